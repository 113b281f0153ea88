"""What higher apps plug into this one."""

from typing import Any, Protocol

from tenants.registry import Registry


class AuditSink(Protocol):
    """Writes an event to a ledger, in the caller's transaction."""

    def __call__(self, kind: str, obj: Any, /, *, actor: Any, **details: Any) -> Any: ...


audit_sinks: Registry[AuditSink] = Registry("audit_sinks")


def audit(kind: str, obj: Any, *, actor: Any, **details: Any) -> None:
    """Tell every ledger. Details are those of ``compliance.domain.audit.record``."""
    for sink in audit_sinks:
        sink(kind, obj, actor=actor, **details)
