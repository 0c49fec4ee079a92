import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from nimbus import rls


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_data_rights")]
    operations = [
        migrations.CreateModel(
            name="SupportVisit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("organization_id", models.CharField(max_length=32)),
                ("reason", models.CharField(max_length=300)),
                ("started_at", models.DateTimeField(auto_now_add=True)),
                ("ends_at", models.DateTimeField()),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="support_visits",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["staff", "ends_at"], name="visit_by_staff"),
                    models.Index(fields=["organization_id", "ends_at"], name="visit_by_organization"),
                ],
            },
        ),
        *rls.wall("accounts_supportvisit"),
    ]
