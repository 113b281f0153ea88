"""What a picker may offer: rows of this workspace, people and brands of this workspace."""

from typing import Any

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from tenants.domain.directory import Workspace
from tenants.models import Agency, AgencyModel, Brand, BrandModel, User


def people_of(workspace: Workspace) -> QuerySet[User]:
    """Everybody who works in one of the workspace's brands, by name."""
    here = Q(memberships__brand_id__in=workspace.brand_ids) | Q(
        memberships__agency=workspace.agency, memberships__brand=None
    )
    return User.objects.filter(here, is_active=True).distinct().order_by("name")


def choices_of(model: type[Model], request: HttpRequest | None) -> QuerySet[Any]:
    """Rows of ``model`` that this request may name.

    Brand-owned tables guard themselves. Of the directory only what belongs to the workspace; of
    anything else nothing, until somebody decides what its owner is.
    """
    workspace: Workspace | None = getattr(request, "workspace", None)
    manager: Any = model._default_manager
    if issubclass(model, BrandModel | AgencyModel):
        return manager.all()  # type: ignore[no-any-return]  # managers of unknown models
    if workspace is None:
        return manager.none()  # type: ignore[no-any-return]  # as above
    if model is User:
        return people_of(workspace)
    if model is Brand:
        return Brand.objects.filter(pk__in=workspace.brand_ids)
    if model is Agency:
        return Agency.objects.filter(pk=workspace.agency.pk)
    if any(field.name == "agency" for field in model._meta.fields):
        return manager.filter(agency=workspace.agency)  # type: ignore[no-any-return]  # as above
    return manager.none()  # type: ignore[no-any-return]  # as above
