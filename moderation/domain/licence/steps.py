"""A licence rises by a person on evidence, sinks by a person at will, and stops by itself."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from moderation.choices import Category, LicenceState, QualityAlarmKind
from moderation.domain.licence.calling_back import call_back
from moderation.domain.licence.evidence import evidence_for, running_version
from moderation.domain.licence.states import (
    NEW_PER_STEP,
    Evidence,
    may_rise,
    must_stop,
    next_up,
    steps_down,
)
from moderation.domain.quality.alarm_words import percent
from moderation.domain.quality.alarms import raise_alarm
from moderation.exceptions import NotEligible, NotMeasured, ReasonMissing
from moderation.models import HidingLicence, LicenceStep
from moderation.models.licence import ELIGIBLE, LEAST_THRESHOLD
from moderation.permissions import MANAGE_LICENCE
from tenants.actors import SystemActor
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Brand, User
from tenants.permissions import Actor, require

LICENCE_WATCH: Final = SystemActor("system", "licence_watch")


@transaction.atomic
def raise_licence(
    brand: Brand, category: Category, *, to: LicenceState, reason: str, actor: User
) -> HidingLicence:
    """One step up: shadow, 5 %, 25 %, 100 %. ``to`` says which step the person saw.

    Raises: NotAllowed (also for whoever is no person), ReasonMissing, NotEligible, InvalidState
    (the top, stopped, or it moved meanwhile), NotMeasured (too few samples, or too many wrong).
    """
    licence = _open(brand, category, reason=reason, actor=actor)
    state = LicenceState(licence.state)
    if next_up(state) is None or next_up(state) != to:
        raise InvalidState
    version = running_version(brand.pk)
    evidence = evidence_for(licence, version=version)
    if not may_rise(state, evidence):
        raise NotMeasured(_why_not(state, evidence))
    licence.model_version = version
    return _move(licence, to, evidence=evidence, reason=reason, actor=actor)


@transaction.atomic
def lower_licence(
    brand: Brand, category: Category, *, to: LicenceState, reason: str, actor: User
) -> HidingLicence:
    """Back to a lower step, to shadow, or stop; needs no evidence. A stop opens no alarm.

    Raises: NotAllowed, ReasonMissing, NotEligible, InvalidState (that is not lower).
    """
    licence = _open(brand, category, reason=reason, actor=actor)
    if to not in steps_down(LicenceState(licence.state)):
        raise InvalidState
    evidence = evidence_for(licence)
    licence = _move(licence, to, evidence=evidence, reason=reason, actor=actor)
    if to == LicenceState.STOPPED:
        call_back(licence, now=timezone.now())
    return licence


@transaction.atomic
def restart_licence(brand: Brand, category: Category, *, reason: str, actor: User) -> HidingLicence:
    """From stopped to shadow. What was measured before counts no more.

    Raises: NotAllowed, ReasonMissing, NotEligible, InvalidState (not stopped).
    """
    licence = _open(brand, category, reason=reason, actor=actor)
    if licence.state != LicenceState.STOPPED:
        raise InvalidState
    evidence = evidence_for(licence)
    licence.evidence_since = timezone.now()
    return _move(licence, LicenceState.SHADOW, evidence=evidence, reason=reason, actor=actor)


@transaction.atomic
def set_threshold(
    brand: Brand, category: Category, *, threshold: float, reason: str, actor: User
) -> HidingLicence:
    """From which score on an item counts. Lowering it lets in what nobody measured: back to shadow.

    Raises: NotAllowed, ReasonMissing, NotEligible, InvalidInput (under 0.9, over 1, or as it is).
    """
    licence = _open(brand, category, reason=reason, actor=actor)
    if not LEAST_THRESHOLD <= threshold <= 1:
        raise InvalidInput("threshold", _("Between 0.9 and 1."))
    if threshold == licence.threshold:
        raise InvalidInput("threshold", _("This is the score already."))
    is_wider, licence.threshold = threshold < licence.threshold, threshold
    state = LicenceState(licence.state)
    to = LicenceState.SHADOW if is_wider and state != LicenceState.STOPPED else state
    evidence = evidence_for(licence)
    licence = _move(licence, to, evidence=evidence, reason=reason, actor=actor)
    stop_if_crossed(licence, now=timezone.now())
    return licence


def stop_if_crossed(licence: HidingLicence, *, now: datetime) -> bool:
    """Stop what is no longer ruled out to be wrong too often: one in twenty.

    In the transaction of the review that shows it. The caller holds no lock; this takes it.
    """
    found = HidingLicence.objects.select_for_update().filter(pk=licence.pk).first()
    if found is None:
        return False
    evidence = evidence_for(found)
    if not must_stop(LicenceState(found.state), evidence):
        return False
    _move(
        found, LicenceState.STOPPED, evidence=evidence, reason="limit_crossed", actor=LICENCE_WATCH
    )
    raise_alarm(
        QualityAlarmKind.LICENCE,
        found.category,
        facts={
            "reviewed": evidence.reviewed,
            "false_hides": evidence.false_hides,
            "upper": evidence.rate.upper,
        },
        brand_id=found.brand_id,
        now=now,
    )
    call_back(found, now=now)
    return True


def _open(brand: Brand, category: Category, *, reason: str, actor: Actor) -> HidingLicence:
    """The licence, locked; stored from the first change on."""
    require(actor, MANAGE_LICENCE, brand)
    if not isinstance(actor, User):
        raise NotAllowed(_("Only a person decides how far a machine may go."))
    if category not in ELIGIBLE:
        raise NotEligible
    if not reason.strip():
        raise ReasonMissing(_("Say why. It stays in the history."))
    HidingLicence.objects.get_or_create(brand=brand, category=category)
    return HidingLicence.objects.select_for_update().get(brand=brand, category=category)


def _move(
    licence: HidingLicence, to: LicenceState, *, evidence: Evidence, reason: str, actor: Actor
) -> HidingLicence:
    before, now = licence.state, timezone.now()
    licence.state, licence.changed_at = to, now
    licence.save(
        update_fields=["state", "threshold", "model_version", "evidence_since", "changed_at"]
    )
    LicenceStep.objects.create(
        brand_id=licence.brand_id,
        licence=licence,
        from_state=before,
        to_state=to,
        threshold=licence.threshold,
        reviewed=evidence.reviewed,
        false_hides=evidence.false_hides,
        upper=evidence.rate.upper,
        model_version=licence.model_version,
        reason=reason.strip(),
        changed_by=actor if isinstance(actor, User) else None,
        actor_ref=actor.ref if isinstance(actor, SystemActor) else str(actor.pk),
        at=now,
    )
    record(
        f"moderation.licence.{_deed(LicenceState(before), to)}",
        licence,
        actor=actor,
        reason=reason.strip(),
        facts={
            "category": licence.category,
            "from": before,
            "to": str(to),
            "reviewed": evidence.reviewed,
            "false_hides": evidence.false_hides,
            "upper_permille": round(1000 * evidence.rate.upper),
            "threshold_permille": round(1000 * licence.threshold),
        },
    )
    return licence


def _deed(before: LicenceState, to: LicenceState) -> str:
    if before == to:
        return "changed"
    if before == LicenceState.STOPPED:
        return "restarted"
    if to == LicenceState.STOPPED:
        return "stopped"
    return "raised" if to == next_up(before) else "lowered"


def _why_not(state: LicenceState, evidence: Evidence) -> str:
    told = {
        "reviewed": evidence.reviewed,
        "false": evidence.false_hides,
        "upper": percent(evidence.rate.upper),
        "new": evidence.new,
        "least": NEW_PER_STEP,
    }
    if not evidence.is_enough:
        return (
            _(
                "Not yet: %(reviewed)d samples of the running version are reviewed, %(false)d of"
                " them wrong. Up to %(upper)s of all might be wrong; it must be under 5 %%. Review"
                " more samples."
            )
            % told
        )
    return (
        _(
            "Not yet: %(new)d samples were reviewed since the last step, it takes %(least)d."
            " Review more samples."
        )
        % told
    )
