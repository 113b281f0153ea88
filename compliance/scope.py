"""Who acts just now, why, and under which correlation id.

Entered by the middleware, by tasks and by verbs that act for somebody. Nests: leaving an inner
context brings the outer actor back. Holds no signal receivers and reads no client header unchecked.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from tenants.scope import correlation

if TYPE_CHECKING:
    from tenants.permissions import Actor

_CORRELATION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AuditContext:
    """``find_actor`` is asked when something is recorded, so that reading costs no query."""

    find_actor: "Callable[[], Actor | None]"
    reason: str = ""
    correlation_id: str = ""
    address: str = ""


_NOBODY = AuditContext(lambda: None)
_active: ContextVar[AuditContext] = ContextVar("audit_context", default=_NOBODY)


def audit_context() -> AuditContext:
    return _active.get()


@contextmanager
def enter_context(context: AuditContext) -> Iterator[AuditContext]:
    token = _active.set(context)
    database_token = correlation.set(context.correlation_id)
    try:
        yield context
    finally:
        correlation.reset(database_token)
        _active.reset(token)


@contextmanager
def acting(
    actor: "Actor | None", *, reason: str = "", correlation_id: str = ""
) -> Iterator[AuditContext]:
    """Field changes inside are this actor's. What is left empty is taken from the outer context."""
    outer = _active.get()
    inner = AuditContext(
        lambda: actor,
        reason or outer.reason,
        clean_correlation_id(correlation_id) or outer.correlation_id,
        outer.address,
    )
    with enter_context(inner) as context:
        yield context


def clean_correlation_id(text: str | None) -> str:
    """The text if it is a harmless id of at most 64 characters, else nothing."""
    return text if text and _CORRELATION_ID.fullmatch(text) else ""


def new_correlation_id() -> str:
    return uuid4().hex


def clean_address(text: str | None) -> str:
    """A well-formed IP address in its usual notation, without zone, else nothing."""
    try:
        # The zone after % may be any text and would be taken as it is.
        return str(ipaddress.ip_address((text or "").strip().partition("%")[0]))
    except ValueError:
        return ""
