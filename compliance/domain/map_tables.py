"""The personal-data map, told table by table for readers."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.domain.map_words import told, told_period
from compliance.registries import FieldClass, personal_data

_ERASED = {
    "null": gettext_lazy("emptied"),
    "key": gettext_lazy("replaced by the row's own key"),
    "row": gettext_lazy("goes with the row"),
    "file": gettext_lazy("the file is deleted"),
    "detach": gettext_lazy("the link is taken away"),
    "retain": gettext_lazy("stays"),
    "keep": gettext_lazy("stays"),
}


@dataclass(frozen=True, slots=True)
class ToldField:
    """``erased``: what an erasure does with it; ``ground``: why it stays."""

    name: str
    category: str
    erased: str
    ground: str


@dataclass(frozen=True, slots=True)
class ToldTable:
    """``others``: how many columns say nothing about people."""

    label: str
    title: str
    purpose: str
    basis: str
    kept: str
    fields: list[ToldField]
    others: int


def told_map(term: str = "") -> list[ToldTable]:
    """Tables with data about people, by name, in the language that is active.

    ``term`` limits it to those whose name, purpose or kinds of data hold it.
    """
    found = sorted(_tables(), key=lambda table: table.title.casefold())
    wanted = term.strip().casefold()
    return [table for table in found if not wanted or wanted in _words(table)]


def _words(table: ToldTable) -> str:
    parts = [table.label, table.title, table.purpose, *(one.category for one in table.fields)]
    return " ".join(parts).casefold()


def _tables() -> Iterator[ToldTable]:
    for entry in personal_data:
        about = {name: one for name, one in entry.fields.items() if one.kind != "technical"}
        if about:
            yield ToldTable(
                label=entry.label,
                title=str(apps.get_model(entry.label)._meta.verbose_name_plural),
                purpose=told(entry.about.purpose),
                basis=told(entry.about.basis),
                kept=told_period(entry.about.retention, None),
                fields=[_field(name, one) for name, one in about.items()],
                others=len(entry.fields) - len(about),
            )


def _field(name: str, one: FieldClass) -> ToldField:
    if one.erase.startswith("const:"):
        words = one.erase.removeprefix("const:")
        erased = _("replaced by “%s”") % words if words else _("emptied")
    else:
        erased = str(_ERASED[one.erase])
    return ToldField(name, told(one.category), erased, told(one.why))
