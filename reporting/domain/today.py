"""What is waiting right now in the brands in scope. Seven queries at most, whatever the size."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from inbox.choices import ConversationState, EventState, OutboxState
from inbox.models import Conversation, InboundEvent, OutboxItem
from moderation.choices import AppealState, CaseState, Severity
from moderation.models import Appeal, Case
from tenants.permissions import can

SOON = timedelta(minutes=30)
APPEAL_SOON = timedelta(days=2)

type Tone = Literal["calm", "soon", "late"]


@dataclass(frozen=True, slots=True)
class Tile:
    """One number with what it means. ``view`` and ``query`` name the list behind it."""

    key: str
    title: StrOrPromise
    value: int
    note: StrOrPromise
    tone: Tone
    view: str
    query: str
    icon: str


def today(actor: Any) -> list[Tile]:
    """The tiles this person may see, worst first."""
    tiles: list[Tile] = []
    if can(actor, "inbox.conversation.view"):
        tiles += _inbox()
    if can(actor, "moderation.case.view"):
        tiles.append(_cases())
    if can(actor, "moderation.appeal.view"):
        tiles.append(_appeals())
    if can(actor, "inbox.reply.send") or can(actor, "inbox.reply.approve"):
        tiles.append(_held())
    if can(actor, "inbox.event.manage"):
        tiles.append(_problems())
    order = {"late": 0, "soon": 1, "calm": 2}
    return sorted(tiles, key=lambda tile: order[tile.tone])


def _inbox() -> list[Tile]:
    now = timezone.now()
    is_open = Q(state=ConversationState.OPEN)
    found = Conversation.objects.aggregate(
        open=Count("pk", filter=is_open),
        unassigned=Count("pk", filter=is_open & Q(assignee=None)),
        late=Count("pk", filter=is_open & Q(due_at__lt=now)),
        soon=Count("pk", filter=is_open & Q(due_at__gte=now, due_at__lt=now + SOON)),
    )
    view = "admin:inbox_conversation_changelist"
    return [
        Tile(
            "late",
            _("Answers overdue"),
            found["late"],
            _("The promised time is over."),
            "late" if found["late"] else "calm",
            view,
            "tab=open&due=late",
            "alarm",
        ),
        Tile(
            "soon",
            _("Answers due in 30 minutes"),
            found["soon"],
            _("Still in time."),
            "soon" if found["soon"] else "calm",
            view,
            "tab=open&due=soon",
            "schedule",
        ),
        Tile(
            "open",
            _("Open conversations"),
            found["open"],
            _("All that wait for somebody."),
            "calm",
            view,
            "tab=open",
            "inbox",
        ),
        Tile(
            "unassigned",
            _("Unassigned"),
            found["unassigned"],
            _("Nobody has taken these yet."),
            "calm",
            view,
            "tab=unassigned",
            "person_off",
        ),
    ]


def _cases() -> Tile:
    now = timezone.now()
    is_open = Q(state=CaseState.OPEN)
    found = Case.objects.aggregate(
        open=Count("pk", filter=is_open),
        late=Count("pk", filter=is_open & Q(due_at__lt=now)),
        high=Count("pk", filter=is_open & Q(severity__gte=Severity.HIGH)),
    )
    tone: Tone = "late" if found["late"] else "soon" if found["high"] else "calm"
    note: StrOrPromise = _("Comments that wait for a decision.")
    if found["late"]:
        note = _("Some are past their time.")
    elif found["high"]:
        note = _("Some are severe.")
    return Tile(
        "cases",
        _("Open cases"),
        found["open"],
        note,
        tone,
        "admin:moderation_case_changelist",
        "",
        "gavel",
    )


def _appeals() -> Tile:
    now = timezone.now()
    is_open = Q(state=AppealState.RECEIVED)
    found = Appeal.objects.aggregate(
        open=Count("pk", filter=is_open),
        late=Count("pk", filter=is_open & Q(due_at__lt=now)),
        soon=Count("pk", filter=is_open & Q(due_at__lt=now + APPEAL_SOON)),
    )
    tone: Tone = "late" if found["late"] else "soon" if found["soon"] else "calm"
    note: StrOrPromise = _("Authors who wait for an answer.")
    if found["late"]:
        note = _("Some are past their time.")
    elif found["soon"]:
        note = _("Some are due within two days.")
    return Tile(
        "appeals",
        _("Open appeals"),
        found["open"],
        note,
        tone,
        "admin:moderation_appeal_changelist",
        "state__exact=received",
        "balance",
    )


def _held() -> Tile:
    held = OutboxItem.objects.filter(state=OutboxState.HELD).count()
    return Tile(
        "held",
        _("Held replies"),
        held,
        _("Drafts that wait for an approval."),
        "soon" if held else "calm",
        "admin:inbox_outboxitem_changelist",
        "state=held",
        "approval_delegation",
    )


def _problems() -> Tile:
    dead = InboundEvent.objects.filter(state=EventState.DEAD).count()
    return Tile(
        "problems",
        _("Delivery problems"),
        dead,
        _("Messages that could not be processed."),
        "late" if dead else "calm",
        "admin:inbox_inboundevent_changelist",
        "state__exact=dead",
        "sync_problem",
    )
