"""The ledger: three lines for each paid call, written once, and the sums that caps are held against."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from nimbus import rls

FORWARD = """
CREATE FUNCTION spend_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is append-only.' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER spend_append_only BEFORE UPDATE OR DELETE ON projects_spendentry
    FOR EACH ROW EXECUTE FUNCTION spend_append_only();
"""
BACKWARD = "DROP TRIGGER spend_append_only ON projects_spendentry; DROP FUNCTION spend_append_only();"
AMOUNT = {"default": 0}


class Migration(migrations.Migration):
    dependencies = [("projects", "0003_key_rules")]
    operations = [
        migrations.RemoveIndex("spendentry", "spend_by_month"),
        migrations.AlterField(
            "spendentry",
            "project",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="spend",
                to="projects.project",
            ),
        ),
        # Nobody wrote such rows so far.
        migrations.AddField(
            "spendentry", "call", models.UUIDField(default=uuid.uuid4), preserve_default=False
        ),
        migrations.AddField("spendentry", "model", models.CharField(blank=True, max_length=80)),
        migrations.AddField("spendentry", "lane", models.CharField(blank=True, max_length=7)),
        migrations.AddField(
            "spendentry",
            "day",
            models.DateField(default=django.utils.timezone.now),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            "spendentry", models.UniqueConstraint(fields=("call", "kind"), name="spend_once")
        ),
        migrations.CreateModel(
            "SpendTotal",
            [
                ("key", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("organization_id", models.CharField(max_length=32)),
                ("owner", models.CharField(max_length=40)),
                ("month", models.CharField(blank=True, max_length=7)),
                ("spent", models.BigIntegerField(**AMOUNT)),
                ("reserved", models.BigIntegerField(**AMOUNT)),
                ("input_tokens", models.BigIntegerField(**AMOUNT)),
                ("output_tokens", models.BigIntegerField(**AMOUNT)),
                ("cap_microdollars", models.BigIntegerField(blank=True, null=True)),
                ("told_percent", models.SmallIntegerField(**AMOUNT)),
            ],
        ),
        migrations.CreateModel(
            "SpendDay",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("organization_id", models.CharField(max_length=32)),
                ("day", models.DateField()),
                ("model", models.CharField(max_length=80)),
                ("lane", models.CharField(max_length=7)),
                ("pages", models.IntegerField(**AMOUNT)),
                ("calls", models.IntegerField(**AMOUNT)),
                ("input_tokens", models.BigIntegerField(**AMOUNT)),
                ("output_tokens", models.BigIntegerField(**AMOUNT)),
                ("microdollars", models.BigIntegerField(**AMOUNT)),
                ("saved_by_lane", models.BigIntegerField(**AMOUNT)),
                ("saved_by_memory", models.BigIntegerField(**AMOUNT)),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="spend_days",
                        to="projects.project",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["organization_id", "day"], name="spend_day_by_tenant")],
                "constraints": [
                    models.UniqueConstraint(fields=["project", "day", "model", "lane"], name="spend_day_once")
                ],
            },
        ),
        *rls.wall("projects_spendtotal"),
        *rls.wall("projects_spendday"),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
