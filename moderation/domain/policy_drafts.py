"""The next version of a rule: written, changed, put into effect now or on a day, or discarded."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from moderation.choices import OPEN_DRAFTS, Category, DraftState
from moderation.domain.policies import PRESET, Preset, fields_of, preset_of, put_in_force
from moderation.domain.policy_checks import check_content
from moderation.models import PolicyDraft, PolicyRule
from tenants.actors import SystemActor
from tenants.exceptions import DomainError, InvalidInput, InvalidState
from tenants.models import Brand, User
from tenants.permissions import Actor, require

CAPABILITY: Final = "moderation.policy.manage"
SCHEDULE = SystemActor("system", "policy_schedule")
LONGEST_REASON: Final = 300
FARTHEST: Final = timedelta(days=366)


def beginning_of(category: Category, rule: PolicyRule | None) -> Preset:
    """Where a draft begins: the version in effect; of what it does not say yet, the preset."""
    preset = PRESET[category]
    if rule is None:
        return preset
    said = {name: value for name, value in fields_of(preset_of(rule)).items() if value != ""}
    return replace(preset, minutes=said.pop("decide_within_minutes"), **said)


def open_draft(brand_id: UUID, category: str) -> PolicyDraft | None:
    """The draft of this category that is neither in effect nor discarded. One query."""
    return (
        PolicyDraft.objects.filter(brand_id=brand_id, category=category, state__in=OPEN_DRAFTS)
        .select_related("based_on", "made_by")
        .first()
    )


@transaction.atomic
def draft_rule(
    brand: Brand, category: Category, content: Preset, *, reason: str, actor: User
) -> PolicyDraft:
    """Keep the next version, without effect yet.

    Raises: NotAllowed, InvalidInput, InvalidState (somebody drafts this category already).
    """
    require(actor, CAPABILITY, brand)
    _lock(brand.pk)
    if open_draft(brand.pk, category) is not None:
        raise InvalidState(_("There is a draft of this category already. Change or discard it."))
    old = _in_force(brand.pk, category)
    _check(category, content, reason, old=old)
    draft = PolicyDraft.objects.create(
        brand=brand,
        category=category,
        based_on=old,
        reason=reason.strip(),
        made_by=actor,
        changed_at=timezone.now(),
        **fields_of(content),
    )
    record(
        "moderation.policy_draft.drafted",
        draft,
        actor=actor,
        reason=draft.reason,
        after=fields_of(content) | {"category": str(category)},
    )
    return draft


@transaction.atomic
def change_draft(
    draft: PolicyDraft,
    content: Preset,
    *,
    reason: str,
    actor: User,
    seen: datetime | None = None,
) -> PolicyDraft:
    """Write it anew, on what is in effect now. Content that is as before changes nothing.

    Raises: NotAllowed, InvalidInput, InvalidState (scheduled, ended, changed since ``seen``).
    """
    draft = _open(draft, actor=actor, seen=seen)
    if draft.state == DraftState.SCHEDULED:
        raise InvalidState(_("It waits for its day. Take it off the schedule to change it."))
    old = _in_force(draft.brand_id, draft.category)
    _check(draft.category, content, reason, old=old)
    before = fields_of(preset_of(draft))
    after = fields_of(content)
    changed = [name for name, value in after.items() if before[name] != value]
    if (
        not changed
        and draft.reason == reason.strip()
        and draft.based_on_id == (old.pk if old else None)
    ):
        return draft
    for name, value in after.items():
        setattr(draft, name, value)
    draft.reason, draft.based_on, draft.held_because = reason.strip(), old, ""
    draft.made_by, draft.changed_at = actor, timezone.now()
    draft.save()
    record(
        "moderation.policy_draft.changed",
        draft,
        actor=actor,
        reason=draft.reason,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    return draft


@transaction.atomic
def discard_draft(draft: PolicyDraft, *, actor: User) -> PolicyDraft:
    """It never takes effect; it stays to be read. Raises: NotAllowed, InvalidState."""
    draft = _open(draft, actor=actor)
    draft.state, draft.takes_effect_at = DraftState.DISCARDED, None
    draft.changed_at = timezone.now()
    draft.save(update_fields=["state", "takes_effect_at", "changed_at"])
    record("moderation.policy_draft.dropped", draft, actor=actor, facts=_facts(draft))
    return draft


@transaction.atomic
def schedule_draft(
    draft: PolicyDraft, *, at: datetime, actor: User, seen: datetime | None = None
) -> PolicyDraft:
    """It takes effect by itself at ``at``, with the next sweep.

    Raises: NotAllowed, InvalidInput (not in the future, too far), InvalidState (stale, ended).
    """
    draft = _open(draft, actor=actor, seen=seen)
    now = timezone.now()
    if not now < at <= now + FARTHEST:
        raise InvalidInput("at", _("Choose a day in the future, at most one year from now."))
    _require_fresh(draft, _in_force(draft.brand_id, draft.category))
    check_content(draft.category, preset_of(draft))
    draft.state, draft.takes_effect_at = DraftState.SCHEDULED, at
    draft.held_because, draft.changed_at = "", now
    draft.save(update_fields=["state", "takes_effect_at", "held_because", "changed_at"])
    record(
        "moderation.policy_draft.scheduled",
        draft,
        actor=actor,
        facts=_facts(draft),
        after={"takes_effect_at": at.isoformat()},
    )
    return draft


@transaction.atomic
def unschedule_draft(draft: PolicyDraft, *, actor: User) -> PolicyDraft:
    """Back to a draft that can be changed. Raises: NotAllowed, InvalidState."""
    draft = _open(draft, actor=actor)
    if draft.state != DraftState.SCHEDULED:
        raise InvalidState(_("It does not wait for a day."))
    _back_to_draft(draft)
    record("moderation.policy_draft.unscheduled", draft, actor=actor, facts=_facts(draft))
    return draft


@transaction.atomic
def apply_draft(
    draft: PolicyDraft, *, actor: User, seen: datetime | None = None
) -> tuple[PolicyRule, int]:
    """Put it into effect at once. The version, and how many open cases moved to it.

    Raises: NotAllowed, InvalidInput, InvalidState (ended, or the rule was changed meanwhile).
    """
    return _apply(_open(draft, actor=actor, seen=seen), actor=actor, now=timezone.now())


@transaction.atomic
def withdraw_rule(rule: PolicyRule, *, reason: str, actor: User) -> tuple[PolicyRule, int]:
    """Take back the version in effect: the one before it comes back as a new version.

    Decisions keep the version they were made by; open cases move. Raises: NotAllowed, InvalidInput,
    InvalidState (no longer in effect, or nothing was before it).
    """
    require(actor, CAPABILITY, rule)
    brand = _lock(rule.brand_id)
    _check_reason(reason)
    old = _in_force(rule.brand_id, rule.category)
    if old is None or old.pk != rule.pk:
        raise InvalidState(_("This version is no longer in effect. Open the rule again."))
    before = (
        PolicyRule.objects.filter(
            brand_id=rule.brand_id,
            category=rule.category,
            version__lt=rule.version,
            withdrawn_at=None,
        )
        .order_by("-version")
        .first()
    )
    if before is None:
        raise InvalidState(_("There is no earlier version to come back. Draft a new one instead."))
    return put_in_force(
        brand,
        Category(rule.category),
        preset_of(before),
        old=old,
        now=timezone.now(),
        actor=actor,
        reason=reason.strip(),
        is_withdrawal=True,
    )


def apply_due(brand_id: UUID, *, now: datetime) -> int:
    """Put into effect whose day has come; what cannot be becomes a draft again, with the reason.

    In the brand's scope and a transaction. Says how many are in effect.
    """
    due = PolicyDraft.objects.filter(
        brand_id=brand_id, state=DraftState.SCHEDULED, takes_effect_at__lte=now
    )
    keys = list(due.order_by("takes_effect_at", "id").values_list("pk", flat=True))
    if not keys:
        return 0
    brand = _lock(brand_id)
    done = 0
    for draft in due.filter(pk__in=keys).select_for_update(of=("self",)).order_by("id"):
        try:
            with transaction.atomic(), translation.override(brand.language):
                _apply(draft, actor=SCHEDULE, now=now)
            done += 1
        except DomainError as error:
            draft.refresh_from_db()
            _back_to_draft(draft, because=str(error))
            record(
                "moderation.policy_draft.held",
                draft,
                actor=SCHEDULE,
                reason=str(error),
                facts=_facts(draft),
            )
    return done


def _apply(draft: PolicyDraft, *, actor: Actor, now: datetime) -> tuple[PolicyRule, int]:
    old = _in_force(draft.brand_id, draft.category)
    _require_fresh(draft, old)
    check_content(draft.category, preset_of(draft))
    rule, moved = put_in_force(
        Brand.objects.get(pk=draft.brand_id),
        Category(draft.category),
        preset_of(draft),
        old=old,
        now=now,
        actor=actor,
        reason=draft.reason,
        made_by=draft.made_by,
    )
    draft.state, draft.became, draft.changed_at = DraftState.APPLIED, rule, now
    draft.save(update_fields=["state", "became", "changed_at"])
    record(
        "moderation.policy_draft.carried_out",
        draft,
        actor=actor,
        facts=_facts(draft) | {"version": rule.version, "cases_moved": moved},
    )
    return rule, moved


def _back_to_draft(draft: PolicyDraft, *, because: str = "") -> None:
    draft.state, draft.takes_effect_at = DraftState.DRAFT, None
    draft.held_because, draft.changed_at = because, timezone.now()
    draft.save(update_fields=["state", "takes_effect_at", "held_because", "changed_at"])


def _open(draft: PolicyDraft, *, actor: User, seen: datetime | None = None) -> PolicyDraft:
    require(actor, CAPABILITY, draft)
    _lock(draft.brand_id)
    draft = PolicyDraft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    if draft.state not in OPEN_DRAFTS:
        raise InvalidState(_("This draft is in effect or discarded. Begin a new one."))
    if seen is not None and seen != draft.changed_at:
        raise InvalidState(
            _("Somebody changed the draft at %s. Look at the difference again.")
            % formats.time_format(timezone.localtime(draft.changed_at))
        )
    return draft


def _require_fresh(draft: PolicyDraft, old: PolicyRule | None) -> None:
    if draft.based_on_id == (old.pk if old else None):
        return
    raise InvalidState(
        _("The rule was changed since this was drafted. Look at the difference and save it again.")
    )


def _lock(brand_id: UUID) -> Brand:
    """One change of a brand's policy after the other."""
    return Brand.objects.select_for_update(no_key=True).get(pk=brand_id)


def _in_force(brand_id: UUID, category: str) -> PolicyRule | None:
    return (
        PolicyRule.objects.select_for_update(no_key=True)
        .filter(brand_id=brand_id, category=category, retired_at=None)
        .first()
    )


def _check(category: str, content: Preset, reason: str, *, old: PolicyRule | None) -> None:
    check_content(category, content)
    _check_reason(reason)
    if old is not None and preset_of(old) == content:
        raise InvalidInput("text_de", _("This is what the rule says already."))


def _check_reason(reason: str) -> None:
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise InvalidInput(
            "reason", _("Say why the rule changes, in at most %d characters.") % LONGEST_REASON
        )


def _facts(draft: PolicyDraft) -> dict[str, Any]:
    return {"category": draft.category}
