"""What the app and worker roles may do with every table that the owner makes from here on."""

from django.db import migrations

GRANTS = """
DO $$
DECLARE role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['nimbus_app', 'nimbus_worker'] LOOP
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role_name);
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %I', role_name);
            EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO %I', role_name);
            EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', role_name);
            EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO %I', role_name);
        ELSE
            RAISE NOTICE 'Role % does not exist; docs/operations.md says how to make it.', role_name;
        END IF;
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    # Default privileges count only for tables made after them.
    run_before = [
        ("contenttypes", "0001_initial"),
        ("sessions", "0001_initial"),
        ("accounts", "0001_initial"),
        ("projects", "0001_initial"),
        ("batches", "0001_initial"),
    ]
    operations = [migrations.RunSQL(GRANTS, migrations.RunSQL.noop)]
