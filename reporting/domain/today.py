"""What is waiting right now in the brands in scope. Six queries at most, whatever the size."""

from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from inbox.choices import EventState, OutboxState
from inbox.models import InboundEvent, OutboxItem
from moderation.models import QualityAlarm
from reporting.domain.figures import Figures, figures_of, seen_by, total_of
from tenants.permissions import can

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


def today(actor: Any, total: Figures | None = None) -> list[Tile]:
    """The tiles this person may see, worst first. ``total`` saves counting it again."""
    if total is None:
        total = total_of(figures_of(actor).values())
    tiles: list[Tile] = []
    if can(actor, "inbox.conversation.view"):
        tiles += _inbox(total)
    if can(actor, "moderation.case.view"):
        tiles.append(_cases(total))
    if can(actor, "moderation.appeal.view"):
        tiles.append(_appeals(total))
    if can(actor, "moderation.quality.view"):
        tiles += _quality(actor)
    if can(actor, "compliance.request.view"):
        tiles.append(_requests(total))
    if can(actor, "inbox.reply.send") or can(actor, "inbox.reply.approve"):
        tiles.append(_held(actor))
    if can(actor, "inbox.event.manage"):
        tiles.append(_problems(actor))
    order = {"late": 0, "soon": 1, "calm": 2}
    return sorted(tiles, key=lambda tile: order[tile.tone])


def _inbox(total: Figures) -> list[Tile]:
    view = "admin:inbox_conversation_changelist"
    return [
        Tile(
            "late",
            _("Answers overdue"),
            total.late,
            _("The promised time is over."),
            "late" if total.late else "calm",
            view,
            "tab=open&due=late",
            "alarm",
        ),
        Tile(
            "soon",
            _("Answers due in 30 minutes"),
            total.soon,
            _("Still in time."),
            "soon" if total.soon else "calm",
            view,
            "tab=open&due=soon",
            "schedule",
        ),
        Tile(
            "open",
            _("Open conversations"),
            total.open,
            _("All that wait for somebody."),
            "calm",
            view,
            "tab=open",
            "inbox",
        ),
        Tile(
            "unassigned",
            _("Unassigned"),
            total.unassigned,
            _("Nobody has taken these yet."),
            "calm",
            view,
            "tab=unassigned",
            "person_off",
        ),
    ]


def _cases(total: Figures) -> Tile:
    tone: Tone = "late" if total.cases_late else "soon" if total.cases_high else "calm"
    note: StrOrPromise = _("Comments that wait for a decision.")
    if total.cases_late:
        note = _("Some are past their time.")
    elif total.cases_high:
        note = _("Some are severe.")
    return Tile(
        "cases",
        _("Open cases"),
        total.cases,
        note,
        tone,
        "admin:moderation_case_changelist",
        "",
        "gavel",
    )


def _appeals(total: Figures) -> Tile:
    tone: Tone = "late" if total.appeals_late else "soon" if total.appeals_soon else "calm"
    note: StrOrPromise = _("Authors who wait for an answer.")
    if total.appeals_late:
        note = _("Some are past their time.")
    elif total.appeals_soon:
        note = _("Some are due within two days.")
    return Tile(
        "appeals",
        _("Open appeals"),
        total.appeals,
        note,
        tone,
        "admin:moderation_appeal_changelist",
        "state__exact=received",
        "balance",
    )


def _quality(actor: Any) -> list[Tile]:
    """Only where there is an alarm: nobody needs a tile that says that nothing is wrong."""
    seen = seen_by(QualityAlarm.objects.filter(closed_at=None), actor, "moderation.quality.view")
    alarms = seen.count() if seen is not None else 0
    if not alarms:
        return []
    return [
        Tile(
            "quality",
            _("Alarms about quality"),
            alarms,
            _("Automatic hiding stopped, or the figures have moved."),
            "late",
            "admin:moderation_qualityalarm_changelist",
            "",
            "monitoring",
        )
    ]


def _requests(total: Figures) -> Tile:
    tone: Tone = "late" if total.requests_late else "soon" if total.requests_soon else "calm"
    note: StrOrPromise = _("People who ask for their data.")
    if total.requests_late:
        note = _("Some are past their time.")
    elif total.requests_soon:
        note = _("Some are due within 7 days.")
    return Tile(
        "requests",
        _("Data requests"),
        total.requests,
        note,
        tone,
        "admin:compliance_datarequest_changelist",
        "",
        "person_search",
    )


def _held(actor: Any) -> Tile:
    rows = OutboxItem.objects.filter(state=OutboxState.HELD)
    seen = seen_by(rows, actor, "inbox.reply.send", "inbox.reply.approve")
    held = seen.count() if seen is not None else 0
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


def _problems(actor: Any) -> Tile:
    seen = seen_by(InboundEvent.objects.filter(state=EventState.DEAD), actor, "inbox.event.manage")
    dead = seen.count() if seen is not None else 0
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
