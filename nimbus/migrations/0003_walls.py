"""Row-level security for what the frame keeps, and the role that support sees every tenant with."""

from django.db import migrations

from nimbus import rls

SUPPORT = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'nimbus_support') THEN
        GRANT USAGE ON SCHEMA public TO nimbus_support;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO nimbus_support;
        GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO nimbus_support;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO nimbus_support;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO nimbus_support;
    ELSE
        RAISE NOTICE 'Role nimbus_support does not exist; docs/operations.md says how to make it.';
    END IF;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("nimbus", "0002_idempotency")]
    operations = [migrations.RunSQL(SUPPORT, migrations.RunSQL.noop), *rls.wall("nimbus_idempotencyrecord")]
