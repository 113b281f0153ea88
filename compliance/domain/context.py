"""What the audit trail knows about the request that is being served."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AuditContext:
    """``correlation_id`` ties the events of one request or task together; ours, never the client's."""

    correlation_id: UUID
    actor: Any = None


current: ContextVar[AuditContext | None] = ContextVar("audit_context", default=None)


def correlation_id() -> str:
    """The running request's or task's id, or an empty string outside both."""
    context = current.get()
    return str(context.correlation_id) if context else ""
