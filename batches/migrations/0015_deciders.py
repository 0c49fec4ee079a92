"""Which pages of a provider batch ask about lines that others hold as well."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("batches", "0014_batch_locks")]
    operations = [
        migrations.AddField(
            "providerbatch",
            "deciders",
            django.contrib.postgres.fields.ArrayField(models.BigIntegerField(), blank=True, default=list),
        )
    ]
