"""A row's organization can't differ from its parent's: composite foreign keys beside Django's own."""

from django.db import migrations

PAIRS = (
    ("projects_brief", "project_id", "projects_project"),
    ("projects_spendentry", "project_id", "projects_project"),
    ("projects_memoryentry", "project_id", "projects_project"),
    ("batches_batch", "project_id", "projects_project"),
    ("batches_page", "project_id", "projects_project"),
    ("batches_artifact", "project_id", "projects_project"),
    ("batches_modelcall", "batch_id", "batches_batch"),
    ("batches_providerbatch", "batch_id", "batches_batch"),
    ("batches_pagerun", "batch_id", "batches_batch"),
    ("batches_pagerun", "page_id", "batches_page"),
    ("batches_pagesnapshot", "run_id", "batches_pagerun"),
    ("batches_suggestion", "run_id", "batches_pagerun"),
    ("batches_suggestion", "page_id", "batches_page"),
)


def add(table, column, parent):
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_tenant FOREIGN KEY ({column}, organization_id) "
        f"REFERENCES {parent} (id, organization_id) ON DELETE NO ACTION DEFERRABLE INITIALLY DEFERRED;"
    )


def drop(table, column, _parent):
    return f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_tenant;"


class Migration(migrations.Migration):
    dependencies = [("batches", "0002_counts"), ("projects", "0001_initial")]
    operations = [
        migrations.RunSQL("\n".join(add(*pair) for pair in PAIRS), "\n".join(drop(*pair) for pair in PAIRS)),
        # Compressed by us already; without this every read would try to decompress it again.
        migrations.RunSQL(
            "ALTER TABLE batches_pagesnapshot ALTER COLUMN body SET STORAGE EXTERNAL;",
            "ALTER TABLE batches_pagesnapshot ALTER COLUMN body SET STORAGE EXTENDED;",
        ),
    ]
