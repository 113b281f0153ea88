"""A rule tried before it takes effect: what it would have made of what people really wrote.

Both the rules in effect and the rules with the draft are asked about the same assessments, so what
differs comes from the draft alone, whatever was done with the comments then.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from django.db.models import Exists, F, OuterRef

from inbox.choices import ConversationKind, Direction, Visibility
from inbox.domain.acts import may_machine_hide
from inbox.models import ChannelAccount, ContactHandle
from moderation.choices import Category, LicenceState, Severity
from moderation.domain.assessment.verdict import LOOK_FROM
from moderation.domain.licence.evidence import licence_of
from moderation.domain.licence.ruling import NEVER, is_switched_off, share_of
from moderation.domain.licence.states import is_drawn
from moderation.domain.policies import Preset, preset_of, urgency_of
from moderation.models import Assessment, HidingLicence, PolicyRule
from moderation.models.licence import ELIGIBLE
from tenants.domain.reach import within
from tenants.models import Brand

LAST: Final = (100, 500, 2_000)
SHOWN: Final = 10


class Fate(IntEnum):
    """What becomes of a comment; more attention of people is more."""

    HIDDEN = 0
    PASSED = 1
    PEOPLE = 2
    FIRST = 3


@dataclass(slots=True)
class Counts:
    """Of comments. ``people`` contains ``first``."""

    people: int = 0
    first: int = 0
    hidden: int = 0

    def add(self, fate: Fate) -> None:
        self.people += fate >= Fate.PEOPLE
        self.first += fate == Fate.FIRST
        self.hidden += fate == Fate.HIDDEN


@dataclass(frozen=True, slots=True)
class Changed:
    """A comment that would fare otherwise."""

    assessment: Assessment
    before: Fate
    after: Fate


@dataclass(slots=True)
class Trial:
    """``read`` comments. ``more``/``less``: the newest that people would see more or less of, with
    ``gained``/``lost`` their number; ``sooner``/``later``: same fate, other due time."""

    read: int = 0
    before: Counts = field(default_factory=Counts)
    after: Counts = field(default_factory=Counts)
    by_category: dict[Category, tuple[Counts, Counts]] = field(default_factory=dict)
    gained: int = 0
    lost: int = 0
    sooner: int = 0
    later: int = 0
    more: list[Changed] = field(default_factory=list)
    less: list[Changed] = field(default_factory=list)


type Rules = Mapping[str, Preset]
type MayHide = Callable[[Assessment], bool]


def try_rule(brand: Brand, category: Category, wanted: Preset, *, last: int, actor: Any) -> Trial:
    """Of the ``last`` newest assessed public comments of the brand in scope, as far as ``actor``
    may see them. Five queries, however many comments."""
    before: dict[str, Preset] = {
        rule.category: preset_of(rule)
        for rule in PolicyRule.objects.filter(brand=brand, retired_at=None)
    }
    after = before | {category.value: wanted}
    may_hide = _hiding(brand)
    trial = Trial()
    for one in _assessments(actor, last=last):
        _weigh(trial, one, before, after, may_hide=may_hide)
    return trial


def _weigh(
    trial: Trial, one: Assessment, before: Rules, after: Rules, *, may_hide: MayHide
) -> None:
    trial.read += 1
    (was, minutes_was), (now, minutes) = (
        fate_of(one, rules, may_hide=may_hide) for rules in (before, after)
    )
    trial.before.add(was)
    trial.after.add(now)
    if one.category:
        mine = trial.by_category.setdefault(Category(one.category), (Counts(), Counts()))
        mine[0].add(was)
        mine[1].add(now)
    if was == now:
        trial.sooner += minutes < minutes_was
        trial.later += minutes > minutes_was
        return
    chosen = trial.more if now > was else trial.less
    trial.gained += now > was
    trial.lost += now < was
    if len(chosen) < SHOWN:
        chosen.append(Changed(one, was, now))


def fate_of(one: Assessment, rules: Rules, *, may_hide: MayHide) -> tuple[Fate, int]:
    """What becomes of it by these rules, and the minutes people have for it (0: none needed)."""
    if one.verdict == "pass":
        return Fate.PASSED, 0
    own = one.category if one.category in rules else Category.OTHER.value
    rule = rules.get(own)
    if rule is None:
        return Fate.PEOPLE, 0
    if rule.auto_hide and may_hide(one):
        return Fate.HIDDEN, 0
    severity, minutes = urgency_of(rule, own=own, category=one.category)
    is_first = one.verdict == "queue_first" or severity >= Severity.HIGH
    return (Fate.FIRST if is_first else Fate.PEOPLE), minutes


def _hiding(brand: Brand) -> MayHide:
    """Whether a comment would be hidden without a person, as the licence stands today, if the rule
    wanted it: as ``licence.ruling.rule_on`` for a comment that comes in."""
    licences: dict[str, HidingLicence] = {
        name.value: licence_of(brand.pk, name) for name in ELIGIBLE
    }
    pages = ChannelAccount.objects.filter(
        channel=OuterRef("channel"), external_id=OuterRef("external_id")
    )
    own = set(
        ContactHandle.objects.filter(Exists(pages)).values_list("contact_id", flat=True).distinct()
    )

    def may_hide(one: Assessment) -> bool:
        licence = licences.get(one.category)
        if one.verdict != "auto_hide" or licence is None or _is_grave(one):
            return False
        message = one.message
        if message.conversation.contact_id in own or not may_machine_hide(message):
            return False
        if _score(one, one.category) < licence.threshold or is_switched_off(message.account):
            return False
        if licence.state in {LicenceState.SHADOW, LicenceState.STOPPED}:
            return False
        share = share_of(licence, version=one.model_version)
        return is_drawn(message.pk, one.category, share)

    return may_hide


def _score(one: Assessment, category: str) -> float:
    found = one.scores.get(category)
    return float(found.get("score", 0)) if isinstance(found, dict) else 0.0


def _is_grave(one: Assessment) -> bool:
    return any(_score(one, name) >= LOOK_FROM[name] for name in NEVER)


def _assessments(actor: Any, *, last: int) -> list[Assessment]:
    rows = within(
        Assessment.objects.all(), actor, "moderation.case.view", via="message__account_id"
    )
    chosen = (
        rows.filter(
            message__direction=Direction.INBOUND,
            message__conversation__kind=ConversationKind.COMMENT,
            revision=F("message__revision"),
        )
        .exclude(message__text="")
        .exclude(message__visibility=Visibility.REMOVED)
        .select_related(
            "message__account__brand__agency",
            "message__conversation__account",
            "message__conversation__contact",
        )
        .order_by("-id")
    )
    return list(chosen[:last])
