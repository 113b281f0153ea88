"""Every page of the admin, from the URL configuration itself, with the keys of real objects."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.urls import URLResolver, get_resolver

from tenants.models import Brand, Membership, Role
from tenants.scope import brand_scope

# Routes that are no page of a workspace, and why.
NO_PAGES = {
    "admin/login/": "sign-in has its own test",
    "admin/logout/": "ends the session that the others need",
    "admin/jsi18n/": "a script",
    "admin/autocomplete/": "JSON",
    "admin/my-settings/stay/": "an answer for scripts, by POST",
    "admin/r/<path:content_type_id>/<path:object_id>/": "answers 404: nothing has a public page",
}

# Answers of HTML that a page fetches into itself: read for leaks, not looked at.
PARTS = {"admin/search/", "admin/moderation/case/<uuid:pk>/context/"}


@dataclass(frozen=True, slots=True)
class Route:
    """``path`` is below ``/w/<workspace>/``; ``name`` as in ``reverse``."""

    pattern: str
    name: str
    path: str


def routes(brand: Brand, known: dict[str, Any]) -> list[Route]:
    """The admin's routes with objects of ``brand`` or its agency filled in."""
    found = []
    for pattern, name in _walk(get_resolver()):
        if not pattern.startswith("admin/") or pattern in NO_PAGES or "(?P" in pattern:
            continue
        path = pattern
        if "<" in pattern:
            key = _key_for(name or _owner(pattern), brand, known)
            if key is None:
                continue
            path = re.sub(r"<[^>]+>", str(key), pattern)
        found.append(Route(pattern, name, path))
    return found


def _walk(resolver: URLResolver, prefix: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    for one in resolver.url_patterns:
        text = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _walk(one, text, one.namespace or space)
        else:
            yield text, f"{space}:{one.name}" if one.name and space else one.name or ""


def _owner(pattern: str) -> str:
    parts = pattern.split("/")
    return f"admin:{parts[1]}_{parts[2]}_x"


def _key_for(name: str, brand: Brand, known: dict[str, Any]) -> Any:
    """The key of an object the route is about, or None where there is none to open."""
    match = re.match(r"admin:([a-z]+)_([a-z0-9]+)_", name)
    if match is None:
        return None
    label = f"{match[1]}.{match[2]}"
    if label in known:
        return known[label]
    try:
        model = apps.get_model(label)
    except LookupError:
        return None
    if model is Brand:
        return brand.pk
    if model in (Membership, Role):
        return model._default_manager.filter(agency=brand.agency).values_list("pk", flat=True)[0]
    with brand_scope(brand.pk, agency_ids=[brand.agency_id]):
        manager: Any = getattr(model, "objects", model._default_manager)
        return manager.values_list("pk", flat=True).first()
