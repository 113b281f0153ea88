"""How long a sanction runs and how it may end. Pure; asks no database."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from moderation.choices import SanctionEnd
from tenants.exceptions import InvalidInput, InvalidState


@dataclass(frozen=True, slots=True)
class Term:
    """``until`` None: without end. Instants in UTC."""

    starts_at: datetime
    until: datetime | None = None
    ended_at: datetime | None = None
    end: SanctionEnd | None = None


def is_running(term: Term, *, now: datetime) -> bool:
    """Whether it has effect now; one whose time is over has none, noted or not."""
    return term.ended_at is None and (term.until is None or now < term.until)


def ended(term: Term, end: SanctionEnd, *, now: datetime) -> Term:
    """The same, over. Once is enough, and time alone cannot end what still runs.

    Raises: InvalidState.
    """
    if term.ended_at is not None:
        raise InvalidState(_("This sanction is over already."))
    if end == SanctionEnd.EXPIRED:
        if is_running(term, now=now) or term.until is None:
            raise InvalidState(_("The time of this sanction is not over yet."))
        return replace(term, ended_at=term.until, end=end)
    return replace(term, ended_at=now, end=end)


def shortened(term: Term, to: datetime | None, *, now: datetime) -> Term:
    """The same with an earlier end in the future.

    Raises: InvalidState (it is over), InvalidInput (not earlier, or past).
    """
    if not is_running(term, now=now):
        raise InvalidState(_("This sanction is over already."))
    if to is None or to <= now or (term.until is not None and to >= term.until):
        raise InvalidInput(
            "until", _("Give an end that is in the future and earlier than now set.")
        )
    return replace(term, until=to)
