"""What the checks alone say of a text, beside the confidence that people's decisions make of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("batches", "0017_decision_of_group")]
    operations = [
        migrations.AddField("suggestion", "score", models.FloatField(blank=True, null=True)),
    ]
