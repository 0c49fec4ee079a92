"""The economy lane: pages that wait for answers at half price, and the provider batches they wait in."""

import django.db.models.deletion
from django.db import migrations, models

import batches.models.provider_batch

PAIRS = ("batches_modelcall", "batches_pagerun")


def add(table):
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_provider_batch_id_tenant "
        "FOREIGN KEY (provider_batch_id, organization_id) REFERENCES batches_providerbatch (id, organization_id) "
        "ON DELETE NO ACTION DEFERRABLE INITIALLY DEFERRED;"
    )


def drop(table):
    return f"ALTER TABLE {table} DROP CONSTRAINT {table}_provider_batch_id_tenant;"


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0003_tenants"),
        ("projects", "0001_initial"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="pagerun",
            name="run_queue",
        ),
        migrations.AddField(
            model_name="batch",
            name="terms",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="modelcall",
            name="provider_batch",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="calls",
                to="batches.providerbatch",
            ),
        ),
        migrations.AddField(
            model_name="pagerun",
            name="economy_rounds",
            field=models.SmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="pagerun",
            name="lane",
            field=models.CharField(
                choices=[("live", "Live"), ("economy", "Economy")], default="live", max_length=7
            ),
        ),
        migrations.AddField(
            model_name="pagerun",
            name="parked_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="pagerun",
            name="provider_batch",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="runs",
                to="batches.providerbatch",
            ),
        ),
        migrations.AddField(
            model_name="providerbatch",
            name="answered_count",
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name="providerbatch",
            name="attempts",
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name="providerbatch",
            name="cancel_wanted",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="providerbatch",
            name="ended_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="providerbatch",
            name="error_code",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="providerbatch",
            name="failed_count",
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name="providerbatch",
            name="key",
            field=models.CharField(default=batches.models.provider_batch.new_key, max_length=48, unique=True),
        ),
        migrations.AddField(
            model_name="providerbatch",
            name="lease_expires_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="providerbatch",
            name="lease_token",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="providerbatch",
            name="missing_count",
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name="providerbatch",
            name="model",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="providerbatch",
            name="next_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="providerbatch",
            name="repeated_count",
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name="providerbatch",
            name="request_count",
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name="providerbatch",
            name="status",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name="providerbatch",
            name="submitted_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="providerbatch",
            name="unknown_count",
            field=models.IntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="providerbatch",
            name="state",
            field=models.CharField(
                choices=[("preparing", "Preparing"), ("submitted", "Submitted"), ("ended", "Ended")],
                default="preparing",
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="pagerun",
            index=models.Index(
                condition=models.Q(("parked_until", None), ("status", "queued")),
                fields=["batch", "-priority", "id"],
                name="run_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="pagerun",
            index=models.Index(
                condition=models.Q(
                    ("parked_until__isnull", False), ("provider_batch", None), ("status", "queued")
                ),
                fields=["batch", "-priority", "id"],
                name="run_parked",
            ),
        ),
        migrations.AddIndex(
            model_name="providerbatch",
            index=models.Index(
                condition=models.Q(("state__in", ["preparing", "submitted"])),
                fields=["next_at"],
                name="provider_batch_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelcall",
            constraint=models.UniqueConstraint(
                fields=("provider_batch", "custom_id"), name="call_once_a_line"
            ),
        ),
        migrations.AddConstraint(
            model_name="providerbatch",
            constraint=models.UniqueConstraint(
                fields=("id", "organization_id"), name="provider_batch_tenant"
            ),
        ),
        # A row's organization can't differ from its provider batch's.
        migrations.RunSQL("\n".join(map(add, PAIRS)), "\n".join(map(drop, PAIRS))),
    ]
