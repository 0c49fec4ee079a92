"""Row-level security for the flow."""

from django.db import migrations

from nimbus import rls

TABLES = (
    "batches_batch", "batches_page", "batches_pagerun", "batches_pagesnapshot", "batches_suggestion",
    "batches_decision", "batches_modelcall", "batches_providerbatch", "batches_webhookendpoint",
    "batches_webhookdelivery", "batches_artifact",
)  # fmt: skip
# Mail to a person about the account belongs to no organization; the one it is addressed to may read it.
MAIL = f"coalesce(nullif(organization_id, ''), 'mail') = ANY {rls.TENANTS}"
MINE = f'lower("to") = (SELECT lower(email) FROM accounts_user WHERE id = {rls.PERSON})'


class Migration(migrations.Migration):
    dependencies = [("batches", "0006_webhooks"), ("accounts", "0006_walls")]
    operations = [
        *[operation for table in TABLES for operation in rls.wall(table)],
        *rls.wall("batches_outboxmail", MAIL, or_seen=MINE),
    ]
