"""Words on many changes are carried out in portions, however many they are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("batches", "0015_deciders")]
    operations = [
        migrations.AddField(
            model_name="groupdecision", name="total", field=models.IntegerField(db_default=0, default=0)
        ),
        migrations.AddField(
            model_name="groupdecision", name="until", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(
            model_name="groupdecision",
            name="held_out",
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
        migrations.AddField(
            model_name="groupdecision",
            name="is_open",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="groupdecision", name="after", field=models.BigIntegerField(db_default=0, default=0)
        ),
        migrations.AddField(
            model_name="groupdecision",
            name="worked_at",
            field=models.DateTimeField(auto_now_add=True, null=True),
        ),
        migrations.AddIndex(
            model_name="groupdecision",
            index=models.Index(
                condition=models.Q(("is_open", True)), fields=["worked_at"], name="group_open"
            ),
        ),
    ]
