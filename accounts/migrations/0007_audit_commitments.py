"""Events commit to their text by a salted hash. The text alone may be taken out; nothing else changes."""

from django.db import migrations, models

FUNCTION = """
CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {exception}
    RAISE EXCEPTION 'The audit trail is append-only.' USING ERRCODE = 'insufficient_privilege';
END $$;
"""
ERASING = """
    IF TG_OP = 'UPDATE' AND OLD.commitment <> '' AND NEW.message = '' AND NEW.data = '{}' AND NEW.salt = ''
        AND (to_jsonb(NEW) - '{message,data,salt}'::text[]) = (to_jsonb(OLD) - '{message,data,salt}'::text[])
    THEN
        RETURN NEW;
    END IF;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_walls")]
    operations = [
        migrations.AddField(
            model_name="auditevent",
            name="salt",
            field=models.CharField(blank=True, default="", max_length=32),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="commitment",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
        # COPY names its columns, but another writer of another version may not know these.
        migrations.RunSQL(
            "ALTER TABLE accounts_auditevent ALTER salt SET DEFAULT '', ALTER commitment SET DEFAULT ''",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(FUNCTION.replace("{exception}", ERASING), FUNCTION.replace("{exception}", "")),
    ]
