"""Every address of the product, from the URL configuration itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.urls import URLResolver, get_resolver

from tests.isolation.world import World

INSIDE = ("admin/", "api/")
_PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")
_APP = re.compile(r"\(\?P<app_label>[^)]*\)")  # Django lists every app with a page
_MODEL = re.compile(r"^admin/(?P<app>\w+)/(?P<model>\w+)/")

# Routes outside the admin: which kind of row their parameter names.
NAMED = {
    "conversation_id": "inbox.conversation",
    "decision_id": "moderation.decision",
    "app_id": "inbox.channelapp",
}
API = {
    "conversations": "inbox.conversation",
    "messages": "inbox.message",
    "replies": "inbox.outboxitem",
    "channels": "inbox.channelaccount",
    "cases": "moderation.case",
    "decisions": "moderation.decision",
    "appeals": "moderation.appeal",
    "audit-events": "compliance.auditevent",
    "contacts": "inbox.contact",
    "consents": "compliance.consent",
    "data-requests": "compliance.datarequest",
}
# Addresses written as regular expressions by Django's admin: a catch-all and a redirect to any
# object, both answered before any row is read.
WRITTEN_AS_PATTERN = {"admin/(?P<url>.*)$"}


@dataclass(frozen=True, slots=True)
class Route:
    pattern: str

    @property
    def is_inside(self) -> bool:
        """Below a workspace."""
        return self.pattern.startswith(INSIDE)

    @property
    def names_a_row(self) -> bool:
        return "<" in self.pattern

    def label(self) -> str:
        """The model whose row the first parameter names, as far as the address says."""
        if found := _MODEL.match(self.pattern):
            return f"{found['app']}.{found['model']}"
        if self.pattern.startswith("api/v1/"):
            return API.get(self.pattern.split("/")[2], "")
        return ""

    def path(self, world: World, brand: str) -> str:
        """The address with ids of the brand's rows; an unknown id where there is no such row."""

        def fill(found: re.Match[str]) -> str:
            label = NAMED.get(found["name"]) or self.label()
            row = world.uuid_of(brand, label) if label else None
            if row is None and found["kind"] == "int":
                return "1"
            return str(row or uuid4())

        return _PARAMETER.sub(fill, self.pattern.replace("<app_label>", "inbox"))


def _patterns(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        text = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern, text)
        else:
            yield text


def every_route() -> list[Route]:
    """All of them, each once, in the order of the configuration."""
    found: dict[str, Any] = {}
    for text in _patterns(get_resolver()):
        if text not in WRITTEN_AS_PATTERN:
            plain = _APP.sub("<app_label>", text)
            found.setdefault(plain.replace("^", "").replace("\\Z", "").rstrip("$"))
    return [Route(text) for text in found]
