"""The one verb behind wizard, command and API: make a brand what its document says.

Everything happens in one transaction, or nothing does. A dry run is the same run, taken back at the
end: what it tells is what would happen.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from engage.onboarding.changes import Diff
from engage.onboarding.document import Document
from engage.onboarding.problems import BadDocument, Path, Problem, line_of
from engage.onboarding.sections import (
    Section,
    apply_channels,
    apply_settings,
    apply_team,
    settings_of,
)
from engage.onboarding.settings_part import Settings
from tenants.choices import ENDED_STATES, OnboardingStep
from tenants.domain.brands import change_brand, create_brand
from tenants.domain.onboarding import mark
from tenants.exceptions import DomainError, InvalidInput, InvalidState, NotAllowed
from tenants.models import Agency, Brand
from tenants.permissions import Actor, require
from tenants.scope import active_scope, brand_scope, new_brand_scope


@dataclass(frozen=True, slots=True)
class Outcome:
    """``brand`` is unsaved knowledge after a dry run of a new brand: only its slug holds."""

    brand: Brand
    is_new: bool
    is_dry_run: bool
    diff: Diff


class _TakeBack(Exception):
    """Ends a dry run."""


class Problems:
    """Collects what the verbs refuse, at the place of the document that asked for it."""

    def __init__(self, document: Document) -> None:
        self.lines = document.lines
        self.found: list[Problem] = []

    @contextmanager
    def at(self, *path: str | int, fields: bool = True) -> Iterator[None]:
        """A refusal inside is noted; what was written inside is taken back. NotAllowed goes on."""
        try:
            with transaction.atomic():
                yield
        except NotAllowed:
            raise
        except DomainError as error:
            self.note(path, error, fields=fields)

    def note(self, path: Path, error: DomainError, *, fields: bool) -> None:
        if fields and isinstance(error, InvalidInput) and error.field:
            path = (*path, *error.field.split("."))
        self.found.append(Problem(path, str(error), line_of(path, self.lines)))


def apply(
    document: Document,
    *,
    agency: Agency,
    actor: Actor,
    dry_run: bool = False,
    must_be_new: bool = False,
) -> Outcome:
    """Make the brand what the document says; what it leaves out stays as it is.

    Run twice, the second run changes nothing. A preset fills in only what the brand has not decided
    yet; what the document itself says is put in force. The brand's state never changes here: a
    person opens it after the sandbox test.

    Raises: NotAllowed, BadDocument (with every problem).
    """
    outcome: Outcome | None = None
    try:
        with transaction.atomic():
            outcome = _apply(document, agency, actor, dry_run=dry_run, must_be_new=must_be_new)
            if dry_run:
                raise _TakeBack
    except _TakeBack:
        pass
    assert outcome is not None  # noqa: S101 -- set, or an error has left
    return outcome


def _apply(
    document: Document, agency: Agency, actor: Actor, *, dry_run: bool, must_be_new: bool
) -> Outcome:
    problems, diff = Problems(document), Diff()
    brand = Brand.objects.filter(agency=agency, slug=document.slug).first()
    is_new = brand is None
    if brand is None:
        brand = _create(document, agency, actor, problems, diff)
    elif must_be_new:
        require(actor, "tenants.brand.create", agency)
        words = _("Your agency has a brand “%s” already.") % document.slug
        problems.note(("brand",), InvalidInput("slug", words), fields=True)
    else:
        # A brand that this person may not change is none that they may learn of.
        require(actor, "tenants.brand.manage", brand)
        if brand.state in ENDED_STATES:
            raise InvalidState(_("%s is closed; nothing is changed any more.") % brand)
    if brand is None or (must_be_new and not is_new):
        raise BadDocument(problems.found)
    brand.agency = agency
    copied = _copied(document, agency, actor, problems)
    with _scope_of(brand, is_new=is_new):
        section = Section(brand, document, actor, problems, diff)
        if not is_new:
            _change(section)
        apply_settings(section, copied=copied)
        apply_channels(section)
        apply_team(section)
        if problems.found:
            raise BadDocument(problems.found)
        if document.preset:
            mark(
                brand,
                OnboardingStep.PRESET,
                actor=actor,
                detail={"key": document.preset, "copied_from": document.copy_from},
            )
    return Outcome(brand, is_new, dry_run, diff)


@contextmanager
def _scope_of(brand: Brand, *, is_new: bool) -> Iterator[None]:
    """The brand alone. From the agency's workspace, its own workspace or a command."""
    if is_new:
        with new_brand_scope(brand.pk):
            yield
        return
    outer = active_scope()
    if outer is not None and brand.pk not in outer.brand_ids:
        raise NotAllowed
    with brand_scope(brand.pk):
        yield


def _create(
    document: Document, agency: Agency, actor: Actor, problems: Problems, diff: Diff
) -> Brand | None:
    require(actor, "tenants.brand.create", agency)
    profile = dict(document.profile)
    name = profile.pop("name", "")
    brand = None
    with problems.at("brand"):
        brand = create_brand(agency, slug=document.slug, name=name, actor=actor, **profile)
    if brand is not None:
        for field, value in ({"slug": brand.slug, "name": brand.name} | profile).items():
            diff.note(f"brand.{field}", None, value)
    return brand


def _change(section: Section) -> None:
    profile = dict(section.document.profile)
    before = {field: getattr(section.brand, field) for field in profile}
    with section.problems.at("brand"):
        section.brand = change_brand(section.brand, actor=section.actor, **profile)
    for field in profile:
        section.diff.note(f"brand.{field}", before[field], getattr(section.brand, field))


def _copied(
    document: Document, agency: Agency, actor: Actor, problems: Problems
) -> Settings | None:
    """The settings of the brand that is copied, if the actor may see how it is set up."""
    if not document.copy_from:
        return None
    origin = Brand.objects.filter(agency=agency, slug=document.copy_from).first()
    outer = active_scope()
    is_here = origin is not None and (outer is None or origin.pk in outer.brand_ids)
    if origin is None or not is_here or origin.slug == document.slug:
        error = InvalidInput("", _("Your agency has no brand “%s”.") % document.copy_from)
        problems.note(("copy_from",), error, fields=False)
        return None
    require(actor, "tenants.brand.manage", origin)
    with brand_scope(origin.pk):
        return settings_of(origin)
