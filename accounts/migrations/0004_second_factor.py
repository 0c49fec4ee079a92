from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_invitations")]
    operations = [
        migrations.AddField(
            model_name="organization", name="requires_mfa", field=models.BooleanField(default=False)
        )
    ]
