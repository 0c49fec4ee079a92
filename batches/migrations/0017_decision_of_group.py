"""The decisions of a group in their order, to take them back in portions. No writer waits for it."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("batches", "0016_group_work")]
    operations = [
        AddIndexConcurrently(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("group__isnull", False)), fields=["group", "id"], name="decision_of_group"
            ),
        ),
        RemoveIndexConcurrently(model_name="decision", name="decision_by_group"),
    ]
