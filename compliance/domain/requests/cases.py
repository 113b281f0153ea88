"""A data request from its intake: number, clock, joining of repeated ones, moves between states."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import Regime, RequestKind, RequestSource, RequestState
from compliance.domain.audit import record
from compliance.domain.consent_address import address_hash
from compliance.domain.requests import clocks
from compliance.domain.requests.states import TERMINAL, may_move
from compliance.models import DataRequest, RequestPause
from tenants.choices import Language
from tenants.exceptions import InvalidInput, InvalidState
from tenants.models import Brand
from tenants.permissions import Actor

DETAILS_LIMIT = 4000
EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for. ``platform_id``: what a network calls the person."""

    kind: str
    source: RequestSource
    language: str
    regime: str = Regime.GDPR
    name: str = ""
    email: str = ""
    details: str = ""
    for_marketing: bool = False
    received_at: datetime | None = None
    platform_id: str = ""
    conversation_ref: UUID | None = None
    message_ref: UUID | None = None
    contact_refs: Sequence[UUID] = field(default=())


def check_asked(asked: Asked) -> None:
    """Raises: InvalidInput, naming the field."""
    if asked.kind not in RequestKind.values:
        raise InvalidInput("kind", _("Choose what you ask for."))
    if asked.regime not in Regime.values:
        raise InvalidInput("regime", _("Choose GDPR or CCPA."))
    if asked.language not in Language.values:
        raise InvalidInput("language", _("Choose German or English."))
    if asked.received_at is not None and asked.received_at > timezone.now():
        raise InvalidInput("received_at", _("A request cannot have come in the future."))
    if len(asked.details) > DETAILS_LIMIT:
        raise InvalidInput("details", _("At most %d characters, please.") % DETAILS_LIMIT)


def take_in(brand: Brand, asked: Asked, *, actor: Actor) -> tuple[DataRequest, bool]:
    """A new case, or the open one of the same person about the same: then the flag says so.

    In the caller's transaction and the brand's scope; the caller has checked the permission.

    Raises: InvalidInput.
    """
    check_asked(asked)
    # Numbers have no gaps and no doubles: those who take in for one brand stand in line.
    brand = Brand.including_agencies.select_for_update(no_key=True).get(pk=brand.pk)
    email_hash = address_hash(brand.pk, EMAIL, asked.email) if asked.email else ""
    platform_hash = (
        address_hash(brand.pk, "platform", asked.platform_id) if asked.platform_id else ""
    )
    there = _same(brand, asked, email_hash=email_hash, platform_hash=platform_hash)
    if there is not None:
        return _join(there, asked, actor=actor), True
    received_at = asked.received_at or timezone.now()
    number = DataRequest.objects.filter(brand=brand).aggregate(n=Max("number"))["n"] or 0
    case = DataRequest(
        brand=brand,
        number=number + 1,
        kind=asked.kind,
        regime=asked.regime,
        source=asked.source,
        language=asked.language,
        name=_clean(asked.name)[:200],
        email=asked.email.strip()[:254],
        email_hash=email_hash,
        details=_clean(asked.details),
        for_marketing=asked.for_marketing and asked.kind == RequestKind.OBJECTION,
        platform_hash=platform_hash,
        conversation_ref=asked.conversation_ref,
        message_ref=asked.message_ref,
        contact_refs=sorted(set(asked.contact_refs)),
        contacts_chosen_at=timezone.now() if asked.contact_refs else None,
        received_at=received_at,
        received_on=clocks.day_of(received_at, brand.time_zone),
    )
    set_clock(case, brand)
    case.save(force_insert=True)
    record(
        "compliance.request.received",
        case,
        actor=actor,
        facts={
            "number": case.number,
            "kind": case.kind,
            "regime": case.regime,
            "source": case.source,
            "due_on": case.due_on.isoformat(),
        },
    )
    return case, False


def _clean(text: str) -> str:
    return text.replace("\x00", "").replace("\r\n", "\n").strip()


def _same(brand: Brand, asked: Asked, *, email_hash: str, platform_hash: str) -> DataRequest | None:
    same = Q(pk__in=())
    if email_hash:
        same |= Q(email_hash=email_hash)
    if platform_hash:
        same |= Q(platform_hash=platform_hash)
    if asked.contact_refs:
        same |= Q(contact_refs__overlap=list(asked.contact_refs))
    return (
        DataRequest.objects.select_for_update(no_key=True)
        .filter(same, brand=brand, kind=asked.kind, ended_at=None)
        .order_by("received_at", "id")
        .first()
    )


def _join(case: DataRequest, asked: Asked, *, actor: Actor) -> DataRequest:
    case.joined_count += 1
    names = ["joined_count"]
    more = _clean(asked.details)
    if more and more not in case.details:
        case.details = f"{case.details}\n\n{more}".strip()[:DETAILS_LIMIT]
        names.append("details")
    new = sorted({*case.contact_refs, *asked.contact_refs})
    if new != sorted(case.contact_refs) and not case.plan:
        case.contact_refs = new
        names.append("contact_refs")
    case.save(update_fields=names)
    record(
        "compliance.request.joined",
        case,
        actor=actor,
        facts={"count": case.joined_count, "source": asked.source},
    )
    return case


def set_clock(case: DataRequest, brand: Brand, *, now: datetime | None = None) -> None:
    """Compute the days of the case from its receipt and its pauses; not saved."""
    pauses = []
    if not case._state.adding:
        pauses = [
            clocks.Span(
                clocks.day_of(pause.started_at, brand.time_zone),
                clocks.day_of(pause.ended_at, brand.time_zone) if pause.ended_at else None,
            )
            for pause in RequestPause.objects.filter(request=case)
        ]
    told = clocks.clock(
        case.received_on,
        regime=case.regime,
        kind=case.kind,
        free=clocks.free_days_of(case.regime, brand.holiday_country, brand.holiday_region),
        pauses=pauses,
        today=clocks.day_of(now or timezone.now(), brand.time_zone),
    )
    case.due_on, case.confirm_on = told.due_on, told.confirm_on
    case.extended_due_on = told.extended_due_on


CLOCK_FIELDS = ("due_on", "extended_due_on", "confirm_on")


def locked(case: DataRequest) -> DataRequest:
    """The case as it is now, held until the transaction ends. Raises: InvalidState (it is over)."""
    found = (
        DataRequest.objects.select_for_update(no_key=True, of=("self",))
        .select_related("brand__agency")
        .get(pk=case.pk)
    )
    if found.state in TERMINAL:
        raise InvalidState(_("This case is over: %s.") % found.get_state_display())
    return found


def move(case: DataRequest, to: RequestState) -> None:
    """Set the next state and, at the end, the time; not saved. Raises: InvalidState."""
    before_hold = RequestState(case.state_before_hold) if case.state_before_hold else None
    if not may_move(RequestState(case.state), to, before_hold=before_hold):
        raise InvalidState(
            _("The case is “%(now)s” and cannot become “%(next)s”.")
            % {"now": case.get_state_display(), "next": to.label}
        )
    if to == RequestState.ON_HOLD:
        case.state_before_hold = case.state
    elif case.state == RequestState.ON_HOLD:
        case.state_before_hold = ""
    case.state = to
    if to in TERMINAL:
        case.ended_at = timezone.now()
        case.channel_code_hash = case.code_sha256 = ""


MOVE_FIELDS = ("state", "state_before_hold", "ended_at", "channel_code_hash", "code_sha256")


def last_day(case: DataRequest) -> str:
    """ISO date of the day that counts now."""
    return case.last_due_on.isoformat()
