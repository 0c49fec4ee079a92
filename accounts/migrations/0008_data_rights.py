import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.models.rights
from nimbus import rls

# A person's own copies, and those of the organizations that the person may see.
OWN = f"user_id = {rls.PERSON} OR (organization_id <> '' AND {rls.OWN})"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_audit_commitments")]
    operations = [
        migrations.AddField(
            model_name="user",
            name="erase_asked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="DataExport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("organization_id", models.CharField(blank=True, max_length=32)),
                (
                    "status",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("ready", "Ready"), ("failed", "Failed")],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("key", models.CharField(blank=True, max_length=200)),
                ("size", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField(default=accounts.models.rights.in_a_week)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exports",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["user", "organization_id", "-id"], name="export_newest")],
            },
        ),
        *rls.wall("accounts_dataexport", OWN),
    ]
