"""Versions of a brand's policy: drafted, previewed, asked for, confirmed by another, in effect.

What shortens a time cannot be taken back, so it needs a second person and waits 72 hours, with a
notice to everybody who may decide on retention. What lengthens is in effect at once.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from compliance.choices import PolicyState, RetentionCategory
from compliance.domain.audit import actor_reference, record
from compliance.domain.canonical import instant
from compliance.domain.retention.categories import (
    PERIODS,
    check_action,
    check_months,
    check_together,
)
from compliance.domain.retention.in_effect import (
    Line,
    lines_of,
    next_number,
    put_in_effect,
    shortened,
    stored_lines,
)
from compliance.domain.retention.preview import Preview, preview
from compliance.domain.watchers import tell
from compliance.models import RetentionPolicy
from compliance.permissions import MANAGE_RETENTION
from tenants.actors import SystemActor
from tenants.choices import ENDED_STATES
from tenants.domain.freezing import reason_given
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Brand, Membership, User
from tenants.permissions import Actor, require

WAIT = timedelta(hours=72)
KEEPER = SystemActor("system", "retention")
OPEN = (PolicyState.DRAFT, PolicyState.WAITING, PolicyState.SCHEDULED)


def open_policy(brand_id: UUID) -> RetentionPolicy | None:
    """The version that is not in effect yet; there is at most one."""
    return (
        RetentionPolicy.objects.select_related("submitted_by", "confirmed_by", "created_by")
        .filter(brand_id=brand_id, state__in=OPEN)
        .first()
    )


def check_lines(lines: Mapping[str, Line]) -> None:
    """Raises: InvalidInput for an unknown category or action, a period outside its bounds, or
    periods that contradict each other."""
    for name, line in lines.items():
        if name not in PERIODS:
            raise InvalidInput(name, _("There is no data category “%s”.") % name[:30])
        check_months(name, line.months)
        check_action(name, line.action)
    check_together({name: line.months for name, line in lines.items()})


def _locked_brand(brand: Brand) -> Brand:
    brand = Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)
    if brand.state in ENDED_STATES:
        raise InvalidState(_("The brand is being erased: there is nothing to decide any more."))
    return brand


@transaction.atomic
def draft_policy(
    brand: Brand, lines: Mapping[str, Line], *, reason: str, actor: User
) -> RetentionPolicy:
    """A new version, or new lines for the draft there is. Nothing takes effect.

    Raises: NotAllowed, InvalidInput, InvalidState (another version waits, or nothing changes).
    """
    require(actor, MANAGE_RETENTION, brand)
    words = reason_given(reason)
    check_lines(lines)
    brand = _locked_brand(brand)
    in_effect = lines_of(brand.pk)
    if dict(lines) == in_effect:
        raise InvalidState(_("Nothing would change: these are the periods in effect."))
    policy = open_policy(brand.pk)
    if policy is not None and policy.state != PolicyState.DRAFT:
        raise InvalidState(_("Version %d waits already. Withdraw it first.") % policy.number)
    if policy is None:
        policy = RetentionPolicy(brand=brand, number=next_number(brand.pk))
    policy.lines = {name: line.to_json() for name, line in lines.items()}
    policy.shortened = shortened(in_effect, lines)
    policy.reason, policy.created_at = words, timezone.now()
    policy.created_by, policy.created_ref = actor, actor_reference(actor)[1]
    policy.save()
    record(
        "compliance.retention.drafted",
        policy,
        actor=actor,
        reason=words,
        before={name: line.to_json() for name, line in in_effect.items()},
        after=policy.lines,
        facts={"version": policy.number},
    )
    return policy


def preview_policy(policy: RetentionPolicy) -> Preview:
    """What a run would erase if this version were in effect."""
    return preview(policy.brand, lines=stored_lines(policy))


@transaction.atomic
def submit_policy(policy: RetentionPolicy, *, actor: User) -> RetentionPolicy:
    """Ask that the draft take effect. What only lengthens does so at once; what shortens waits for
    a second person, who sees what this one saw.

    Raises: NotAllowed, InvalidState (no draft any more), InvalidInput (its lines no longer fit).
    """
    require(actor, MANAGE_RETENTION, policy)
    brand = _locked_brand(policy.brand)
    policy = _locked(policy)
    if policy.state != PolicyState.DRAFT:
        raise InvalidState
    lines = stored_lines(policy)
    check_lines(lines)
    shown = preview_policy(policy)
    policy.shortened = shortened(lines_of(brand.pk), lines)
    policy.submitted_by, policy.submitted_at = actor, timezone.now()
    policy.preview = {
        "rows": shown.rows,
        "sha256": shown.sha256,
        "as_of": instant(shown.terms.as_of),
    }
    if policy.shortened:
        policy.state = PolicyState.WAITING
        policy.save()
        _record("submitted", policy, actor=actor)
        return policy
    policy = put_in_effect(brand, lines, actor=actor, policy=policy)
    _record("activated", policy, actor=actor)
    return policy


@transaction.atomic
def confirm_policy(policy: RetentionPolicy, *, actor: User) -> RetentionPolicy:
    """The second person's yes. It takes effect in 72 hours; everybody who may decide on retention
    is told by mail and may withdraw it until then.

    Raises: NotAllowed (no right, or the person who drafted or asked for it), InvalidState.
    """
    require(actor, MANAGE_RETENTION, policy)
    brand = _locked_brand(policy.brand)
    policy = _locked(policy)
    if actor.pk in {policy.submitted_by_id, policy.created_by_id}:
        raise NotAllowed(_("A second person must confirm: not the one who asked for it."))
    if policy.state != PolicyState.WAITING:
        raise InvalidState
    now = timezone.now()
    policy.state, policy.confirmed_by, policy.confirmed_at = PolicyState.SCHEDULED, actor, now
    policy.effective_at = now + WAIT
    policy.save(update_fields=["state", "confirmed_by", "confirmed_at", "effective_at"])
    _record("confirmed", policy, actor=actor)
    _give_notice(brand, policy)
    return policy


@transaction.atomic
def withdraw_policy(policy: RetentionPolicy, *, reason: str, actor: User) -> RetentionPolicy:
    """Take back a version that is not in effect yet. What is in effect stays.

    Raises: NotAllowed, InvalidInput (no reason), InvalidState (in effect, or over).
    """
    require(actor, MANAGE_RETENTION, policy)
    words = reason_given(reason)
    policy = _locked(policy)
    if policy.state not in OPEN:
        raise InvalidState
    policy.state, policy.ended_at = PolicyState.WITHDRAWN, timezone.now()
    policy.save(update_fields=["state", "ended_at"])
    _record("withdrawn", policy, actor=actor, reason=words)
    return policy


@transaction.atomic
def activate_due(brand: Brand, *, now: datetime | None = None) -> RetentionPolicy | None:
    """Put the confirmed version in effect if its day has come; None: there is none."""
    now = now or timezone.now()
    found = RetentionPolicy.objects.filter(
        brand=brand, state=PolicyState.SCHEDULED, effective_at__lte=now
    ).first()
    if found is None:
        return None
    brand, policy = _locked_brand(brand), _locked(found)
    if policy.state != PolicyState.SCHEDULED:
        return None
    policy = put_in_effect(brand, stored_lines(policy), actor=KEEPER, policy=policy)
    _record("activated", policy, actor=KEEPER)
    return policy


def _locked(policy: RetentionPolicy) -> RetentionPolicy:
    return (
        RetentionPolicy.objects.select_for_update(no_key=True, of=("self",))
        .select_related("brand")
        .get(pk=policy.pk)
    )


def _record(what: str, policy: RetentionPolicy, *, actor: Actor, reason: str = "") -> None:
    record(
        f"compliance.retention.{what}",
        policy,
        actor=actor,
        reason=reason,
        after=policy.lines,
        facts={
            "version": policy.number,
            "shortened": policy.shortened,
            "rows": policy.preview.get("rows"),
            "preview": policy.preview.get("sha256"),
            "submitted_by": str(policy.submitted_by_id) if policy.submitted_by_id else None,
            "confirmed_by": str(policy.confirmed_by_id) if policy.confirmed_by_id else None,
        },
    )


def deciders(brand: Brand) -> list[User]:
    """People who may decide on the brand's retention."""
    found = Membership.objects.filter(agency_id=brand.agency_id, user__is_active=True)
    return list(
        {
            one.user_id: one.user
            for one in found.select_related("user", "role").order_by("pk")
            if one.brand_id in {None, brand.pk} and MANAGE_RETENTION in one.role.held
        }.values()
    )


def _give_notice(brand: Brand, policy: RetentionPolicy) -> None:
    def words() -> tuple[str, str]:
        labels = dict(RetentionCategory.choices)
        shorter = ", ".join(str(labels[name]) for name in policy.shortened if name in labels)
        when = formats.date_format(timezone.localtime(policy.effective_at), "DATETIME_FORMAT")
        return (
            _("%s: data will be kept for a shorter time") % brand.name,
            _(
                "Version %(number)d of the retention policy of %(brand)s was asked for by "
                "%(first)s and confirmed by %(second)s.\n\n"
                "Kept for a shorter time: %(shorter)s.\n"
                "It takes effect on %(when)s. A run would then erase %(rows)d rows.\n\n"
                "Until then everybody who may decide on retention can withdraw it:\n%(url)s\n"
            )
            % {
                "number": policy.number,
                "brand": brand.name,
                "first": policy.submitted_by,
                "second": policy.confirmed_by,
                "shorter": shorter,
                "when": when,
                "rows": policy.preview.get("rows", 0),
                "url": f"{settings.PUBLIC_URL}/w/{brand.agency.slug}/{brand.slug}/admin/"
                f"compliance/retentionpolicy/{policy.pk}/change/",
            },
        )

    tell(deciders(brand), agency=brand.agency, words=words)
