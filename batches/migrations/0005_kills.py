from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("batches", "0004_economy")]
    operations = [
        migrations.AddField("pagerun", "kills", models.SmallIntegerField(default=0)),
        migrations.RunSQL("ALTER TABLE batches_pagerun ALTER COLUMN kills SET DEFAULT 0;", "SELECT 1;"),
    ]
