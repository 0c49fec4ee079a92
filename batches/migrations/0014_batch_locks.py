"""Whoever counts a batch locks it without its key: rows that point to it can be written meanwhile.

A plain FOR UPDATE waits for those writers, and they for a chain that the counting one holds.
"""

from django.db import migrations

SQL = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN
        SELECT pg_get_functiondef(oid) AS body FROM pg_proc
        WHERE proname LIKE 'batch\\_counts\\_%' AND pronamespace = current_schema()::regnamespace
    LOOP
        EXECUTE replace(found.body, '{old}', '{new}');
    END LOOP;
END $$
"""
WITH_KEY, WITHOUT_KEY = "BY b.id FOR UPDATE", "BY b.id FOR NO KEY UPDATE"


class Migration(migrations.Migration):
    dependencies = [("batches", "0013_found_index")]
    operations = [
        migrations.RunSQL(
            SQL.replace("{old}", WITH_KEY).replace("{new}", WITHOUT_KEY),
            SQL.replace("{old}", WITHOUT_KEY).replace("{new}", WITH_KEY),
        )
    ]
