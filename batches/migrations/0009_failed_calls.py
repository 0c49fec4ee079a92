"""/metrics counts the newest errors of providers. Made while the product runs: no writer waits for it."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("batches", "0008_reuse")]
    operations = [
        AddIndexConcurrently(
            model_name="modelcall",
            index=models.Index(
                condition=models.Q(("outcome", "failed")),
                fields=["answered_at", "error_code"],
                name="call_failed",
            ),
        ),
    ]
