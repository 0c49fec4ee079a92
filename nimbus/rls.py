"""Row-level security in migrations: `operations = [*rls.wall("batches_batch"), …]`.

Every table of a tenant gets it in the migration that makes the table; tests/test_walls.py finds the others.
"""

from django.db.migrations.operations.special import RunSQL

# Looked up once a statement, not once a row.
TENANTS = "((SELECT string_to_array(current_setting('nimbus.tenants', true), ','))::text[])"
PROOF = "ANY ((SELECT string_to_array(current_setting('nimbus.proof', true), ','))::text[])"
PERSON = "(SELECT nullif(current_setting('nimbus.person', true), ''))"
OWN = f"organization_id = ANY {TENANTS}"


def wall(table: str, own: str = OWN, or_seen: str = "") -> list[RunSQL]:
    """Only rows where `own` holds are seen and written; `or_seen` shows some more, to be read or ended.

    FORCE: the table's owner gets no free pass either, but a policy that names it, for migrations.
    """
    seen = f"({own}) OR ({or_seen})" if or_seen else own
    forward = f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON {table} USING ({seen}) WITH CHECK ({own});
        CREATE POLICY owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true);
    """
    backward = f"""
        DROP POLICY owner ON {table};
        DROP POLICY tenant ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
    """
    return [RunSQL(forward, backward)]
