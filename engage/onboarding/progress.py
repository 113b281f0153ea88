"""How far a brand is, from what is there; stored is only what a person confirmed.

For one brand or for many the same number of queries.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.models import DisclosureText, RetentionRule
from inbox.models import AnswerTemplate, ChannelAccount, IntentAutomation, SlaTarget
from moderation.models import PolicyRule
from tenants.choices import BrandState, OnboardingStep
from tenants.models import Brand, Invitation, Membership, OnboardingMark

ORDER = tuple(OnboardingStep)


@dataclass(slots=True)
class Facts:
    """What is there of one brand."""

    rules: int = 0
    targets: int = 0
    levels: int = 0
    periods: int = 0
    disclosures: set[str] = field(default_factory=set)
    templates: dict[str, int] = field(default_factory=dict)
    accounts: list[tuple[bool, bool]] = field(default_factory=list)
    """Per account: is it a sandbox account, must it be connected again."""
    people: int = 0
    invited: int = 0
    marks: dict[str, OnboardingMark] = field(default_factory=dict)

    def is_confirmed(self, step: OnboardingStep) -> bool:
        mark = self.marks.get(step)
        return mark is not None and mark.confirmed_at is not None


@dataclass(frozen=True, slots=True)
class StepState:
    """``missing``: sentences that say what is to be done; empty when the step is done."""

    step: OnboardingStep
    missing: tuple[str, ...]
    url: str

    @property
    def is_done(self) -> bool:
        return not self.missing


@dataclass(frozen=True, slots=True)
class Progress:
    """All steps of one brand, in order."""

    brand: Brand
    steps: tuple[StepState, ...]

    @property
    def next_step(self) -> StepState:
        """The first that is not done, or the last."""
        return next((one for one in self.steps if not one.is_done), self.steps[-1])

    @property
    def done_count(self) -> int:
        return sum(one.is_done for one in self.steps)

    @property
    def blockers(self) -> tuple[StepState, ...]:
        """What stands before going live."""
        return tuple(
            one for one in self.steps if not one.is_done and one.step != OnboardingStep.LIVE
        )


def progress_of(brand: Brand) -> Progress:
    """In a scope that holds the brand."""
    return progress_of_many([brand])[0]


def progress_of_many(brands: Iterable[Brand]) -> list[Progress]:
    """In the order given. Ten queries."""
    rows = list(brands)
    facts = _facts([brand.pk for brand in rows])
    return [_progress(brand, facts[brand.pk]) for brand in rows]


def _facts(ids: Collection[UUID]) -> defaultdict[UUID, Facts]:
    found: defaultdict[UUID, Facts] = defaultdict(Facts)
    here = {"brand_id__in": ids}
    counted = (
        ("rules", PolicyRule.objects.filter(retired_at=None, **here)),
        ("targets", SlaTarget.objects.filter(**here)),
        ("levels", IntentAutomation.objects.filter(**here)),
        ("periods", RetentionRule.objects.filter(**here)),
        ("people", Membership.objects.filter(**here)),
        (
            "invited",
            Invitation.objects.filter(
                accepted_at=None, revoked_at=None, expires_at__gt=timezone.now(), **here
            ),
        ),
    )
    for name, rows in counted:
        for brand_id, count in rows.order_by().values_list("brand_id").annotate(count=Count("pk")):
            setattr(found[brand_id], name, count)
    for brand_id, language in DisclosureText.objects.filter(**here).values_list(
        "brand_id", "language"
    ):
        found[brand_id].disclosures.add(language)
    for brand_id, language, count in (
        AnswerTemplate.objects.filter(is_active=True, **here)
        .order_by()
        .values_list("brand_id", "language")
        .annotate(count=Count("pk"))
    ):
        found[brand_id].templates[language] = count
    for brand_id, *account in ChannelAccount.objects.filter(**here).values_list(
        "brand_id", "is_sandbox", "needs_reconnect"
    ):
        found[brand_id].accounts.append((account[0], account[1]))
    for mark in OnboardingMark.objects.filter(**here):
        found[mark.brand_id].marks[mark.step] = mark
    return found


def _progress(brand: Brand, facts: Facts) -> Progress:
    missing = {
        OnboardingStep.PROFILE: _profile(brand),
        OnboardingStep.PRESET: _preset(brand, facts),
        OnboardingStep.CHANNELS: _channels(facts),
        OnboardingStep.TEAM: _team(facts),
        OnboardingStep.TEMPLATES: _templates(brand, facts),
        OnboardingStep.TRIAL: _trial(facts),
        OnboardingStep.LIVE: _live(brand),
    }
    return Progress(
        brand,
        tuple(
            StepState(
                step, tuple(missing[step]), reverse("admin:onboarding_step", args=[brand.pk, step])
            )
            for step in ORDER
        ),
    )


def _profile(brand: Brand) -> Iterable[str]:
    if not brand.legal_name:
        yield _("Enter the company's name.")
    if not brand.contact_email:
        yield _("Enter an e-mail address for data protection matters.")
    if not brand.sector:
        yield _("Choose the sector.")
    if not brand.business_hours:
        yield _("Enter the business hours.")


def _preset(brand: Brand, facts: Facts) -> Iterable[str]:
    if not facts.rules:
        yield _("There are no moderation rules yet.")
    if not facts.targets:
        yield _("There are no service targets yet.")
    if not facts.levels:
        yield _("Nothing says yet what automation may answer.")
    if not facts.periods:
        yield _("There are no retention periods yet.")
    if brand.language not in facts.disclosures:
        yield _("The disclosure in the brand's language is missing.")


def _channels(facts: Facts) -> Iterable[str]:
    if not facts.accounts:
        yield _("Connect at least one account.")
    broken = sum(needs_reconnect for _is_sandbox, needs_reconnect in facts.accounts)
    if broken:
        yield _("Accounts that must be connected again: %d.") % broken


def _team(facts: Facts) -> Iterable[str]:
    if not (facts.people or facts.invited or facts.is_confirmed(OnboardingStep.TEAM)):
        yield _("Invite somebody, or confirm that the agency's own people do the work.")


def _templates(brand: Brand, facts: Facts) -> Iterable[str]:
    if not facts.templates.get(brand.language):
        yield _("There is no answer template in the brand's language.")
    elif not facts.is_confirmed(OnboardingStep.TEMPLATES):
        yield _("Read the answer templates and confirm them.")


def _trial(facts: Facts) -> Iterable[str]:
    if not facts.is_confirmed(OnboardingStep.TRIAL):
        yield _("Run the sandbox test until every check has passed, and confirm it.")


def _live(brand: Brand) -> Iterable[str]:
    if brand.state == BrandState.ONBOARDING:
        yield _("The brand is not live yet.")
