"""The newest run of a page is found by an index that no other order fits. No writer waits for it."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import F, OrderBy


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("batches", "0019_suggestion_queue")]
    operations = [
        AddIndexConcurrently(
            model_name="pagerun",
            index=models.Index(F("page"), OrderBy(F("id") + 0, descending=True), name="run_newest"),
        ),
        RemoveIndexConcurrently(model_name="pagerun", name="run_by_page"),
        migrations.AlterField(
            model_name="pagerun",
            name="page",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="runs",
                to="batches.page",
            ),
        ),
    ]
