"""The review's queue is counted from one index. No writer waits for it."""

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
        RemoveIndexConcurrently(model_name="suggestion", name="suggestion_alike"),
    ]
