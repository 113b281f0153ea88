"""What the pages of team and roles share: capabilities by area, objects that take grants."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.http import Http404, HttpRequest
from django.utils.functional import Promise
from django_stubs_ext import StrOrPromise

from tenants.domain.directory import Workspace
from tenants.permissions import Capability, can, capabilities
from tenants.registries import object_grants


@dataclass(frozen=True, slots=True)
class Choice:
    """A capability to tick. ``is_open``: the person at the screen may give it."""

    capability: Capability
    is_held: bool
    is_open: bool


@dataclass(frozen=True, slots=True)
class Area:
    title: StrOrPromise | Promise
    choices: tuple[Choice, ...]


def capability_groups(
    held: Iterable[str], *, only_held: bool = False, actor: Any = None, place: Any = None
) -> list[Area]:
    """Every capability by the app it belongs to; with ``only_held`` those in ``held`` alone.

    With an ``actor`` each choice says whether they hold it in ``place`` and so may give it.
    """
    ticked = frozenset(held)
    areas: dict[str, list[Choice]] = {}
    for name, one in capabilities.items():
        if only_held and name not in ticked:
            continue
        is_open = actor is None or can(actor, str(name), place)
        areas.setdefault(str(name).partition(".")[0], []).append(
            Choice(one, name in ticked, is_open)
        )
    return [Area(apps.get_app_config(app).verbose_name, tuple(c)) for app, c in areas.items()]


@dataclass(frozen=True, slots=True)
class Grantable:
    """An object that may be named in a grant; ``key`` is what the form sends."""

    key: str
    title: str
    kind: StrOrPromise


def objects_in(workspace: Workspace) -> list[Grantable]:
    """Brands of the workspace and what in them takes grants, one query per kind."""
    brand_ids = [brand.pk for brand in workspace.brands]
    names = {brand.pk: brand.name for brand in workspace.brands}
    found = []
    for key, model in _models():
        rows = model.objects.filter(**{_brand_path(model): brand_ids})
        several = len(names) > 1 and _brand_path(model) != "pk__in"
        found += [
            Grantable(
                f"{key}:{row.pk}",
                f"{names[row.brand_id]} · {row}" if several else str(row),
                model._meta.verbose_name,
            )
            for row in rows
        ]
    return found


def open_grant(request: HttpRequest, workspace: Workspace) -> Any:
    """The object named by the form, if it is in this workspace. Raises: Http404."""
    key, _colon, text = request.POST.get("object", "").partition(":")
    try:
        wanted = UUID(text)
    except ValueError:
        raise Http404 from None
    brand_ids = [brand.pk for brand in workspace.brands]
    for known, model in _models():
        if known == key:
            found = model.objects.filter(pk=wanted, **{_brand_path(model): brand_ids}).first()
            if found is not None:
                return found
    raise Http404


def _models() -> list[tuple[str, Any]]:
    return [
        (str(key), table._meta.get_field("content_object").remote_field.model)
        for key, table in object_grants.items()
    ]


def _brand_path(model: Any) -> str:
    return "pk__in" if model._meta.label_lower == "tenants.brand" else "brand_id__in"
