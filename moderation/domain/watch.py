"""What time brings: warnings before an appeal is late, reviewers who may no longer, sanctions that
are over, rules whose day has come."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from compliance.domain.requests.watch import people_who
from moderation.choices import OPEN_APPEALS, AppealState, DraftState
from moderation.domain.appeal_clock import warning_level
from moderation.domain.appeal_reviewers import (
    ASSIGNER,
    MAY_DECIDE,
    give_to_somebody,
    hand_back,
    parties_of,
)
from moderation.domain.policy_drafts import apply_due
from moderation.domain.sanctions import expire_due
from moderation.models import Appeal, PolicyDraft, Sanction
from tenants.domain.post import post
from tenants.models import Brand, User
from tenants.permissions import can
from tenants.scope import all_brands, brand_scope  # noqa: TID251 -- platform job: the sweep


def brands_to_watch() -> list[UUID]:
    """Brands with open appeals, sanctions that run, or rules whose day has come."""
    with all_brands(reason="watch the days of all brands' appeals, sanctions and rules"):
        open_appeals = Appeal.objects.filter(state__in=OPEN_APPEALS)
        over = Sanction.objects.filter(ended_at=None, until__lte=timezone.now())
        rules = PolicyDraft.objects.filter(
            state=DraftState.SCHEDULED, takes_effect_at__lte=timezone.now()
        )
        return list(
            {
                *rules.order_by().values_list("brand_id", flat=True).distinct(),
                *open_appeals.order_by().values_list("brand_id", flat=True).distinct(),
                *over.order_by().values_list("brand_id", flat=True).distinct(),
            }
        )


def watch_brand(brand_id: UUID, *, now: datetime | None = None) -> int:
    """Everything that time brings to this brand; says how many warnings went out."""
    at = now or timezone.now()
    with brand_scope(brand_id):
        expire_due(brand_id, now=at)
        apply_due(brand_id, now=at)
        sent = 0
        appeals = (
            Appeal.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("brand__agency", "reviewer", "decision__message")
            .filter(Q(state__in=OPEN_APPEALS), brand_id=brand_id)
            .order_by("due_at", "id")
        )
        for appeal in appeals:
            _find_reviewer(appeal)
            sent += _warn(appeal, now=at)
        return sent


def _find_reviewer(appeal: Appeal) -> None:
    """Whoever lost the role, left, or took part since then gives the appeal back."""
    reviewer = appeal.reviewer
    if reviewer is not None:
        lost = not can(reviewer, MAY_DECIDE, appeal) or reviewer.pk in parties_of(appeal.decision)
        if not lost:
            return
        hand_back(appeal, actor=ASSIGNER, reason="reviewer_may_no_longer")
        appeal.refresh_from_db()
    if appeal.state == AppealState.ACKNOWLEDGED:
        give_to_somebody(appeal)


def _warn(appeal: Appeal, *, now: datetime) -> int:
    level = warning_level(appeal.due_at, now=now)
    if not level or level == appeal.warned:
        return 0
    appeal.warned = level
    appeal.save(update_fields=["warned"])
    people = _to_warn(appeal, is_late=level == "overdue")
    for person in people:
        _mail(appeal, person, is_late=level == "overdue")
    record(
        "moderation.appeal.warned",
        appeal,
        actor=ASSIGNER,
        reason=level,
        facts={"people": len(people)},
    )
    return len(people)


def _to_warn(appeal: Appeal, *, is_late: bool) -> list[User]:
    """The reviewer; everybody who may decide appeals once it is late or nobody has it."""
    everybody = list(people_who(MAY_DECIDE, appeal.brand))
    return [appeal.reviewer] if appeal.reviewer is not None and not is_late else everybody


def _mail(appeal: Appeal, person: User, *, is_late: bool) -> None:
    brand: Brand = appeal.brand
    with translation.override(person.language):
        subject = (
            _("Overdue: an appeal at %s") if is_late else _("An appeal at %s is soon due")
        ) % brand.name
        post(
            to=person.email,
            language=person.language,
            subject=subject,
            text=_("The author was promised an answer by %(date)s.\n\n%(url)s")
            % {
                "date": formats.date_format(appeal.due_at, "SHORT_DATE_FORMAT"),
                "url": f"{settings.PUBLIC_URL}/w/{brand.workspace}/admin/moderation/appeal/"
                f"{appeal.pk}/change/",
            },
            agency=brand.agency,
        )
