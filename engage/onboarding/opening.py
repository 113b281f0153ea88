"""Going live: every precondition is looked at again, then the brand is opened."""

from django.db import transaction
from django.utils.translation import gettext as _

from engage.onboarding.checks import checks_of
from engage.onboarding.progress import progress_of
from engage.onboarding.trial import run_of
from tenants.choices import BrandState, OnboardingStep
from tenants.domain.brands import open_brand
from tenants.domain.onboarding import mark, marks_of
from tenants.exceptions import DomainError, InvalidState
from tenants.models import Brand
from tenants.permissions import Actor, require


class NotReady(DomainError):
    """Something is missing; the message names all of it."""

    code = "not_ready"


@transaction.atomic
def confirm_trial(brand: Brand, *, actor: Actor) -> None:
    """Note that the sandbox test passed. Raises: NotAllowed, NotReady (what has not passed)."""
    require(actor, "tenants.brand.manage", brand)
    run = run_of(marks_of(brand.pk).get(OnboardingStep.TRIAL))
    if run is None:
        raise NotReady(_("The sandbox test was not run yet."))
    open_checks = [check for check in checks_of(brand, run) if check.state != "ok"]
    if open_checks:
        names = "; ".join(check.title for check in open_checks)
        raise NotReady(_("Not passed yet: %s.") % names)
    mark(brand, OnboardingStep.TRIAL, actor=actor)


@transaction.atomic
def go_live(brand: Brand, *, actor: Actor) -> Brand:
    """Open the brand: from now on answers reach real people.

    Raises: NotAllowed, InvalidState (not in onboarding), NotReady (everything that is missing).
    """
    require(actor, "tenants.brand.manage", brand)
    if brand.state != BrandState.ONBOARDING:
        raise InvalidState
    missing = [words for step in progress_of(brand).blockers for words in step.missing]
    if missing:
        raise NotReady(" ".join(missing))
    opened = open_brand(brand, actor=actor)
    mark(opened, OnboardingStep.LIVE, actor=actor)
    return opened
