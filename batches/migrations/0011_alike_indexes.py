"""The review's groups and their undo. Made while the product runs: no writer waits for it."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("batches", "0010_alike")]
    operations = [
        AddIndexConcurrently(
            model_name="suggestion",
            index=models.Index(
                condition=models.Q(("review", "pending")),
                fields=["batch", "pattern", "level"],
                name="suggestion_alike",
            ),
        ),
        AddIndexConcurrently(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("group__isnull", False)), fields=["group"], name="decision_by_group"
            ),
        ),
    ]
