"""What a step of the wizard is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict

from engage.onboarding.applying import apply
from engage.onboarding.document import parse
from tenants.models import Brand, User

type Errors = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Done:
    """Where to go after an act, and what to say."""

    next_step: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """``show`` gives the template's context, ``act`` does what was posted, ``state`` is JSON."""

    show: Callable[[Brand, HttpRequest, Errors], dict[str, Any]]
    act: Callable[[Brand, QueryDict, User], Done]
    state: Callable[[Brand], dict[str, Any]] | None = None


def apply_part(brand: Brand, actor: User, /, **document: Any) -> None:
    """The part of a document that a step fills in, through the one verb.

    Raises: NotAllowed, BadDocument.
    """
    base = {"slug": brand.slug} | document.pop("brand", {})
    apply(parse({"brand": base, **document}), agency=brand.agency, actor=actor)
