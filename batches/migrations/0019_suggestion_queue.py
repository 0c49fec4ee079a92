"""The review's queue is counted from one index, and its lists are read from another. No writer waits."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("batches", "0018_score")]
    operations = [
        AddIndexConcurrently(
            model_name="suggestion",
            index=models.Index(
                condition=models.Q(("review", "pending")),
                fields=["batch", "pattern", "level"],
                include=["page", "confidence", "id"],
                name="suggestion_queue",
            ),
        ),
        AddIndexConcurrently(
            model_name="suggestion",
            index=models.Index(
                models.F("batch"),
                models.OrderBy(models.F("confidence"), nulls_first=True),
                models.F("id"),
                condition=models.Q(("review", "pending")),
                name="suggestion_by_confidence",
            ),
        ),
        RemoveIndexConcurrently(model_name="suggestion", name="suggestion_pending"),
        RemoveIndexConcurrently(model_name="suggestion", name="suggestion_alike"),
    ]
