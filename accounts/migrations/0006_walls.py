"""Row-level security for organizations, their people, and the audit trail."""

from django.db import migrations

from nimbus import rls

# A person's own chain belongs to no organization, but to that person.
CHAIN = "coalesce(nullif(organization_id, ''), {}) = ANY " + rls.TENANTS


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_organization_life")]
    operations = [
        *rls.wall("accounts_organization", f"id = ANY {rls.TENANTS}"),
        # One's own memberships are what everything else is found by.
        *rls.wall("accounts_membership", or_seen=f"user_id = {rls.PERSON}"),
        # Whoever has the link sees the invitation.
        *rls.wall("accounts_invitation", or_seen=f"token_digest = {rls.PROOF}"),
        *rls.wall("accounts_providerkey"),
        *rls.wall("accounts_auditchain", CHAIN.format("id")),
        *rls.wall("accounts_auditevent", CHAIN.format("chain")),
    ]
