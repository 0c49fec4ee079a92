from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_second_factor")]
    operations = [
        migrations.AddField(
            model_name="organization", name=name, field=models.DateTimeField(null=True, blank=True)
        )
        for name in ("paused_at", "delete_after")
    ]
