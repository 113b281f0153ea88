"""What was refused while a request ran: kept aside, so that it outlives the rolled-back request."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

MOST = 20


@dataclass(frozen=True, slots=True)
class Refused:
    """``capability`` is empty where a rule said no rather than a missing right."""

    actor: Any
    capability: str
    obj: Any


_refused: ContextVar[list[Refused] | None] = ContextVar("refused", default=None)


@contextmanager
def refusals() -> Iterator[list[Refused]]:
    """Collects what is refused inside; at most ``MOST``."""
    found: list[Refused] = []
    token = _refused.set(found)
    try:
        yield found
    finally:
        _refused.reset(token)


def note_refusal(actor: Any, capability: str, obj: Any = None) -> None:
    """Does nothing outside a request, and never says no itself."""
    found = _refused.get()
    if found is not None and len(found) < MOST:
        found.append(Refused(actor, capability, obj))
