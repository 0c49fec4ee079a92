"""Filters with a name."""

import django.db.models.deletion
from django.db import migrations, models

from nimbus import rls

TENANT = "projects_savedview_project_id_tenant"


class Migration(migrations.Migration):
    dependencies = [("projects", "0004_ledger")]
    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("organization_id", models.CharField(max_length=32)),
                (
                    "place",
                    models.CharField(choices=[("pages", "Pages"), ("review", "Review")], max_length=6),
                ),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(max_length=2000)),
                ("created_by", models.CharField(max_length=40)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to="projects.project",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at", None)),
                        fields=("project", "place", "name"),
                        name="saved_view_name",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            f"ALTER TABLE projects_savedview ADD CONSTRAINT {TENANT} FOREIGN KEY "
            "(project_id, organization_id) REFERENCES projects_project (id, organization_id) "
            "ON DELETE NO ACTION DEFERRABLE INITIALLY DEFERRED;",
            f"ALTER TABLE projects_savedview DROP CONSTRAINT {TENANT};",
        ),
        *rls.wall("projects_savedview"),
    ]
