"""What the apps' ``privacy.py`` say of their fields: the personal-data map."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tenants.registry import Registry

if TYPE_CHECKING:
    pass


type FieldKind = Literal["personal", "technical", "retained"]


@dataclass(frozen=True, slots=True)
class FieldClass:
    """How one field is to be treated.

    ``erase``: ``null`` | ``const:<text>`` | ``key`` (the row's own key takes its place, where a
    constant would clash) | ``row`` (the row goes) | ``file`` (with its file) | ``detach`` (the link
    goes) | ``retain`` | ``keep``. ``json``: ``opaque`` when a JSON column is
    erased as a whole. ``why`` gives the reason of what stays, with its source if it is personal.
    """

    kind: FieldKind
    category: str = ""
    erase: str = "keep"
    why: str = ""
    json: str = ""
    export: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """What a table is for. ``subject`` is the path to the person the data is about, ``self`` if it
    is the row, empty if the table holds nothing personal. The texts go into the record of
    processing activities (GDPR Art. 30)."""

    subject: str = ""
    purpose: str = ""
    basis: str = ""
    retention: str = ""


@dataclass(frozen=True, slots=True)
class TableClass:
    label: str
    about: About
    fields: Mapping[str, FieldClass]


personal_data: Registry[TableClass] = Registry("personal_data")


def personal(category: str, *, erase: str, export: bool = True, json: str = "") -> FieldClass:
    """Says something about a person; goes when the person asks or the time is up."""
    return FieldClass("personal", category, erase, json=json, export=export)


def technical(why: str) -> FieldClass:
    """Says nothing about a person by itself: keys, links, vocabulary, states, counters."""
    return FieldClass("technical", why=why)


def retained(category: str, *, why: str, export: bool = True) -> FieldClass:
    """Personal, and stays after an erasure on the legal ground given by ``why``."""
    return FieldClass("retained", category, "retain", why=why, export=export)


def classify(label: str, about: About, /, **fields: FieldClass) -> TableClass:
    """One model, field by field."""
    return TableClass(label.lower(), about, dict(fields))


def register(label: str, about: About, /, **fields: FieldClass) -> None:
    """Classify one model of the running product. Raises: AlreadyRegistered, RegistryClosed."""
    table = classify(label, about, **fields)
    personal_data.register(table.label, table)


def technical_fields(why: str, *names: str) -> dict[str, FieldClass]:
    """Several technical fields with one reason, to be passed with ``**``."""
    return dict.fromkeys(names, technical(why))
