"""The database itself refuses to change the ledger, also for the owner of the tables.

Privileges already withhold UPDATE and DELETE from the app role; these triggers are the second
line and the only one that TRUNCATE and the owner meet. Rows leave the queue only when sealed,
readable values change only by being emptied.
"""

from django.db import migrations

APPEND_ONLY = ("compliance_auditevent", "compliance_auditleaf", "compliance_checkpoint")
ERASABLE = ("compliance_auditdetail", "compliance_fieldchange")

FUNCTIONS = """
CREATE FUNCTION compliance_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit ledger is append-only: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION compliance_only_erase_detail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL
       AND NEW.value IS NULL AND NEW.salt IS NULL
       AND (NEW.id, NEW.brand_id, NEW.event_id, NEW.name)
           = (OLD.id, OLD.brand_id, OLD.event_id, OLD.name)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an audit detail can only be erased, not changed'
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION compliance_only_erase_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.changes IS NULL
       AND to_jsonb(NEW) - '{changes,erased_at,erased_reference}'::text[]
           = to_jsonb(OLD) - '{changes,erased_at,erased_reference}'::text[]
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a field change can only be erased, not changed'
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION compliance_only_sealed_leaves_queue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM compliance_auditleaf WHERE event_id = OLD.event_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'event % is not sealed yet', OLD.event_id
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION compliance_tree_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.size > OLD.size AND (NEW.id, NEW.brand_id, NEW.origin)
        = (OLD.id, OLD.brand_id, OLD.origin)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an audit tree only grows' USING ERRCODE = 'restrict_violation';
END $$;
"""

DROP_FUNCTIONS = """
DROP FUNCTION compliance_refuse(), compliance_only_erase_detail(),
    compliance_only_erase_change(), compliance_only_sealed_leaves_queue(),
    compliance_tree_only_grows();
"""


def trigger(name, table, event, function, *, each="ROW"):
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {each}"
        f" EXECUTE FUNCTION {function}();",
        f"DROP TRIGGER {name} ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_ledger")]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        *(
            trigger("ledger_keeps", table, "UPDATE OR DELETE", "compliance_refuse")
            for table in APPEND_ONLY
        ),
        *(
            trigger("ledger_keeps", table, "DELETE", "compliance_refuse")
            for table in (*ERASABLE, "compliance_audittree")
        ),
        trigger("only_erase", ERASABLE[0], "UPDATE", "compliance_only_erase_detail"),
        trigger("only_erase", ERASABLE[1], "UPDATE", "compliance_only_erase_change"),
        trigger("only_grows", "compliance_audittree", "UPDATE", "compliance_tree_only_grows"),
        trigger(
            "only_sealed", "compliance_auditpending", "DELETE", "compliance_only_sealed_leaves_queue"
        ),
        trigger("ledger_keeps", "compliance_auditpending", "UPDATE", "compliance_refuse"),
        *(
            trigger("ledger_stays", table, "TRUNCATE", "compliance_refuse", each="STATEMENT")
            for table in (*APPEND_ONLY, *ERASABLE, "compliance_audittree", "compliance_auditpending")
        ),
        # Changes of the platform's own tables have no brand; they may be written, not read, by
        # the app role. The policy that reads by brand comes with ``grant_app_role``.
        migrations.RunSQL(
            "CREATE POLICY platform_rows ON compliance_fieldchange FOR INSERT"
            " WITH CHECK (brand_id IS NULL);",
            "DROP POLICY platform_rows ON compliance_fieldchange;",
        ),
    ]
