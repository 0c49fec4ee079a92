"""Changes that are alike know it, and one word on many of them can be found again and undone."""

import django.db.models.deletion
from django.db import migrations, models

from nimbus import rls

PAIRS = (
    ("batches_groupdecision", "batch_id", "batches_batch"),
    ("batches_decision", "group_id", "batches_groupdecision"),
)


def add(table, column, parent):
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_tenant FOREIGN KEY ({column}, organization_id) "
        f"REFERENCES {parent} (id, organization_id) ON DELETE NO ACTION DEFERRABLE INITIALLY DEFERRED;"
    )


def drop(table, column, _parent):
    return f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_tenant;"


class Migration(migrations.Migration):
    dependencies = [("batches", "0009_failed_calls")]
    operations = [
        migrations.CreateModel(
            name="GroupDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("organization_id", models.CharField(max_length=32)),
                ("by", models.CharField(max_length=40)),
                ("what", models.CharField(max_length=8)),
                ("wish", models.JSONField(blank=True, default=dict)),
                ("count", models.IntegerField(default=0)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="group_decisions",
                        to="batches.batch",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("id", "organization_id"), name="group_decision_tenant")
                ],
            },
        ),
        *rls.wall("batches_groupdecision"),
        migrations.AddField(
            model_name="suggestion",
            name="pattern",
            field=models.CharField(blank=True, db_default="", default="", max_length=16),
        ),
        migrations.AddField(
            model_name="decision",
            name="group",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="decisions",
                to="batches.groupdecision",
            ),
        ),
        migrations.RunSQL("\n".join(add(*pair) for pair in PAIRS), "\n".join(drop(*pair) for pair in PAIRS)),
    ]
