"""The audit context for the outside: settings name ``correlation_id`` as auditlog's getter."""

from compliance.scope import acting, audit_context, enter_context

__all__ = ["acting", "audit_context", "correlation_id", "enter_context"]


def correlation_id() -> str | None:
    """The id that ties together what one request or job did."""
    return audit_context().correlation_id or None
