"""What vendors are needed for besides the inbox's channels; vendors known from the start."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from compliance.registries import ServiceUse, VendorService, vendor_services

MAIL, FILES, CRM = "mail", "files", "crm"


@dataclass(frozen=True, slots=True)
class OwnService:
    """A service of the installation itself: every brand uses it."""

    key: str
    title: StrOrPromise
    is_channel: bool = False
    is_handed_persons: bool = False

    def uses(self, brand_ids: Iterable[UUID]) -> Sequence[ServiceUse]:
        if self.key == CRM:
            return []
        return [ServiceUse(brand_id, str(self.title)) for brand_id in brand_ids]


@dataclass(frozen=True, slots=True)
class Builtin:
    """A company behind a network, as it is entered; nothing about it is assessed."""

    key: str
    name: str
    services: tuple[str, ...]
    places: tuple[str, ...]
    website: str


@cache
def builtins() -> tuple[Builtin, ...]:
    source = files("compliance.domain.vendors").joinpath("builtin.toml").read_text(encoding="utf-8")
    return tuple(
        Builtin(
            row["key"], row["name"], tuple(row["services"]), tuple(row["places"]), row["website"]
        )
        for row in tomllib.loads(source)["vendor"]
    )


def builtins_in_use() -> list[Builtin]:
    """Those with a service that this installation has."""
    return [one for one in builtins() if any(key in vendor_services for key in one.services)]


def service_title(key: str) -> str:
    """What people call a service; its key if it is gone."""
    return str(vendor_services[key].title) if key in vendor_services else key


def services() -> list[VendorService]:
    """Channels first, both in the order of registration."""
    return sorted(vendor_services, key=lambda one: not one.is_channel)


def register_services() -> None:
    """Mail, stored files and the CRM."""
    for service in (
        OwnService(MAIL, _("Mail server")),
        OwnService(FILES, _("Files: exports, packs, pictures")),
        OwnService(CRM, _("CRM"), is_handed_persons=True),
    ):
        vendor_services.register(service.key, service)
