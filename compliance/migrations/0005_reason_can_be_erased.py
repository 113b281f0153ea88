"""A field change's reason is a person's own words: erasing the change empties it as well."""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION compliance_only_erase_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.changes IS NULL
       AND {reason}
       to_jsonb(NEW) - '{{{kept}}}'::text[]
           = to_jsonb(OLD) - '{{{kept}}}'::text[]
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a field change can only be erased, not changed'
        USING ERRCODE = 'restrict_violation';
END $$;
"""
NOW = FUNCTION.format(
    reason="NEW.reason IN ('', OLD.reason) AND", kept="changes,reason,erased_at,erased_reference"
)
BEFORE = FUNCTION.format(reason="", kept="changes,erased_at,erased_reference")


class Migration(migrations.Migration):
    dependencies = [("compliance", "0004_closing")]

    operations = [migrations.RunSQL(NOW, BEFORE)]
