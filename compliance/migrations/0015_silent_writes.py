"""The database notices by itself what changes without an event.

Three steps, all by the end of the transaction. An event that tells of a change (reading and being
refused change nothing) leaves a mark in the transaction. Each changed row of an audited table
queues a look at commit: with the mark it is over at once; without it the rows are counted by brand,
table and operation, and the count becomes one row of ``compliance_unexplainedwrite``. Savepoints
that are rolled back take their mark and their rows with them.

``compliance.domain.net`` puts the triggers on the tables; here are the functions.
"""

from django.db import migrations

# With the rights of the owner: the app role may neither change nor remove these rows.
FUNCTIONS = r"""
CREATE FUNCTION compliance_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('engage.told', 'y', true);
    RETURN NULL;
END $$;

CREATE FUNCTION compliance_told_by_commit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    changed jsonb;
    owner text;
    name text := TG_TABLE_NAME || ':' || lower(TG_OP);
    counts jsonb;
    outer_scope text;
BEGIN
    IF current_setting('engage.told', true) = 'y' THEN
        RETURN NULL;
    END IF;
    changed := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    owner := changed ->> TG_ARGV[0];
    IF owner IS NULL THEN
        SELECT id::text INTO owner FROM tenants_brand
            WHERE agency_id = (changed ->> TG_ARGV[1])::uuid AND kind = 'agency';
    END IF;
    -- A brand that is going altogether, or an agency that has no ledger yet.
    IF owner IS NULL OR NOT EXISTS (SELECT FROM tenants_brand WHERE id = owner::uuid) THEN
        RETURN NULL;
    END IF;
    counts := coalesce(nullif(current_setting('engage.silent', true), ''), '{}')::jsonb;
    IF NOT counts ? owner THEN
        outer_scope := coalesce(current_setting('engage.brand_ids', true), '');
        PERFORM set_config('engage.brand_ids', owner, true);
        INSERT INTO compliance_unexplainedwrite
            (id, brand_id, at, transaction, login, correlation_id, changes)
        VALUES (uuidv7(), owner::uuid, now(), pg_current_xact_id()::text::bigint, session_user,
            left(coalesce(current_setting('engage.correlation_id', true), ''), 64), '{}');
        PERFORM set_config('engage.brand_ids', outer_scope, true);
        counts := counts || jsonb_build_object(owner, '{}'::jsonb);
    END IF;
    counts := jsonb_set(counts, ARRAY[owner, name],
        to_jsonb(coalesce((counts -> owner ->> name)::bigint, 0) + 1));
    PERFORM set_config('engage.silent', counts::text, true);
    RETURN NULL;
END $$;

CREATE FUNCTION compliance_count_silent() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    outer_scope text := coalesce(current_setting('engage.brand_ids', true), '');
    counts jsonb := coalesce(nullif(current_setting('engage.silent', true), ''), '{}')::jsonb;
BEGIN
    PERFORM set_config('engage.brand_ids', NEW.brand_id::text, true);
    UPDATE compliance_unexplainedwrite
        SET changes = coalesce(counts -> NEW.brand_id::text, '{}') WHERE id = NEW.id;
    PERFORM set_config('engage.brand_ids', outer_scope, true);
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_tells AFTER INSERT ON compliance_auditevent FOR EACH ROW
    WHEN (current_setting('engage.told', true) IS DISTINCT FROM 'y'
        AND NEW.kind !~ '\.(read|listed|searched|page_viewed)$'
        AND NEW.kind <> 'tenants.right.refused')
    EXECUTE FUNCTION compliance_tell();

-- Runs after the looks at all rows: what a deferred trigger queues comes in the next round.
CREATE CONSTRAINT TRIGGER count_silent AFTER INSERT ON compliance_unexplainedwrite
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION compliance_count_silent();
"""

DROP_FUNCTIONS = """
DROP TRIGGER count_silent ON compliance_unexplainedwrite;
DROP TRIGGER ledger_tells ON compliance_auditevent;
DROP FUNCTION compliance_count_silent(), compliance_told_by_commit(), compliance_tell() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("compliance", "0014_unexplained_writes")]

    operations = [migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS)]
