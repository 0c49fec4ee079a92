"""Uploaded pages, results and audit logs are files, too."""

from django.db import migrations, models

KINDS = [
    ("upload", "Upload"),
    ("site", "Site"),
    ("page", "Page"),
    ("report", "Report"),
    ("pages", "Pages"),
    ("results", "Results"),
    ("audit", "Audit"),
]


class Migration(migrations.Migration):
    dependencies = [("batches", "0011_alike_indexes")]
    operations = [
        migrations.AlterField(
            model_name="artifact", name="kind", field=models.CharField(choices=KINDS, max_length=8)
        ),
    ]
