"""The pages table asks which pages a check has found something on."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("batches", "0012_bundles")]
    operations = [
        AddIndexConcurrently(
            model_name="suggestion",
            index=models.Index(
                fields=["run"], name="suggestion_found", condition=models.Q(("level", "pass"), _negated=True)
            ),
        ),
    ]
