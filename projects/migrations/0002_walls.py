"""Row-level security for projects, and the function that tells a transaction who asks."""

from django.db import migrations

from nimbus import rls

# What a person or a key may see is looked up here, in the transaction that it holds for.
ENTER = """
CREATE FUNCTION nimbus_enter(person text, proof text, more text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    own text;
BEGIN
    PERFORM set_config('nimbus.person', person, true), set_config('nimbus.proof', proof, true),
        set_config('nimbus.tenants', more, true);
    IF person <> '' THEN
        SELECT string_agg(organization_id, ',') INTO own FROM accounts_membership WHERE user_id = person;
    ELSIF proof <> '' THEN
        SELECT organization_id INTO own FROM projects_apikey
        WHERE digest = ANY (string_to_array(proof, ',')) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now());
    END IF;
    PERFORM set_config('nimbus.tenants', concat_ws(',', nullif(more, ''), nullif(person, ''), own), true);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial"), ("accounts", "0006_walls")]
    operations = [
        *rls.wall("projects_project"),
        *rls.wall("projects_brief"),
        # A key is found by its digest, before it is known whose it is.
        *rls.wall("projects_apikey", or_seen=f"digest = {rls.PROOF}"),
        *rls.wall("projects_apikeyusage"),
        *rls.wall("projects_spendentry"),
        *rls.wall("projects_memoryentry"),
        migrations.RunSQL(ENTER, "DROP FUNCTION nimbus_enter(text, text, text)"),
    ]
