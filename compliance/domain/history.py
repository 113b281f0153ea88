"""Ties the readable field history to the ledger."""

from typing import Any

from compliance.domain.audit import record
from compliance.models import FieldChange
from compliance.scope import audit_context
from tenants.actors import SystemActor

UNNAMED = SystemActor("system", "engage")


def commit_change(
    *, instance: Any, log_entry: FieldChange | None, log_created: bool, **_kwargs: Any
) -> None:
    """Record an event with salted commitments to what auditlog has just written.

    So a history entry that is later changed or removed in the database contradicts the ledger.
    Changes of the platform's own tables (no brand) have no ledger to go to.
    """
    if not log_created or log_entry is None or log_entry.brand_id is None:
        return
    changes: dict[str, Any] = log_entry.changes or {}
    pairs = {name: pair for name, pair in changes.items() if isinstance(pair, list | tuple)}
    context = audit_context()
    record(
        "compliance.field.changed",
        instance,
        actor=context.find_actor() or UNNAMED,
        reason=context.reason,
        before={name: pair[0] for name, pair in pairs.items()},
        after={name: pair[1] for name, pair in pairs.items()},
        facts={"action": log_entry.action, "entry": log_entry.pk},
        brand_id=log_entry.brand_id,
    )
