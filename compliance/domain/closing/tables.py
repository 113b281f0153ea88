"""Every table that holds rows of a brand, found from the models, and what becomes of each.

A table is the brand's if it has a key to the brand, or to a table that is the brand's. Nothing is
listed by hand but the exceptions, each with its ground; ``tests/project/test_closing.py`` fails for
an exception that is no longer needed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from tenants.models import Brand, EncryptedTextField

type Model = type[models.Model]

# The table stays as it is, and why.
KEPT: dict[str, StrOrPromise] = {
    "compliance.auditevent": _("pseudonymous proof of what was decided; GDPR Art. 17(3)(b), (e)"),
    "compliance.auditleaf": _("hashes of the ledger, so that it can still be checked"),
    "compliance.audittree": _("hashes of the ledger, so that it can still be checked"),
    "compliance.checkpoint": _("signed hashes of the ledger, so that it can still be checked"),
    "compliance.auditpending": _("place of an event that is not sealed yet; emptied by sealing"),
    "compliance.unexplainedwrite": _("counts of rows that changed without an event: evidence"),
    "inbox.channelroute": _(
        "number of the brand's own account at the network: what still arrives for it is dropped"
    ),
}
# The row stays, what it says is emptied, and why.
EMPTIED: dict[str, StrOrPromise] = {
    "compliance.auditdetail": _("the event stays provable, its readable values are erased"),
    "compliance.fieldchange": _("that something was changed stays, the values are erased"),
}
# Not a table of its own in the archive, and why.
LEFT_OUT: dict[str, StrOrPromise] = {
    **dict.fromkeys(
        (
            "compliance.auditevent",
            "compliance.auditdetail",
            "compliance.auditleaf",
            "compliance.audittree",
            "compliance.checkpoint",
            "compliance.auditpending",
        ),
        _("stands with its proofs in the audit trail of this archive"),
    ),
    "compliance.brandexport": _("describes the making of this archive"),
    "compliance.branderasure": _("belongs to the agency: proof of the erasure"),
}
# Columns that are never handed out, and why; encrypted columns are found by their type.
WITHHELD: dict[str, StrOrPromise] = {
    "tenants.apitoken.token_sha256": _("recognises an access key"),
}
_SECRET = _("a secret, encrypted at rest; whoever takes over connects anew")
_HASH = _("recognises an access key")


@dataclass(frozen=True, slots=True)
class Table:
    """``path`` leads from a row to its brand, in the words of a query."""

    model: Model
    path: str

    @property
    def label(self) -> str:
        return self.model._meta.label_lower

    @property
    def title(self) -> str:
        return str(self.model._meta.verbose_name_plural)

    def rows(self, brand: Brand) -> models.QuerySet[Any]:
        """Of this brand, through the guarded manager."""
        return self.model._default_manager.filter(**{self.path: brand.pk})


def _links(model: Model) -> Iterator[Any]:
    for field in model._meta.local_fields:
        if field.is_relation and isinstance(field.related_model, type):
            yield field


def _path(model: Model, known: dict[Model, str]) -> str | None:
    own = [field for field in _links(model) if field.related_model is Brand]
    if own:
        return min(own, key=lambda field: field.name != "brand").name  # type: ignore[no-any-return]  # a field's name
    for field in _links(model):
        if field.related_model in known and not field.null:
            return f"{field.name}__{known[field.related_model]}"
    return None


@lru_cache(maxsize=1)
def brand_tables() -> tuple[Table, ...]:
    """All of them, those that others point to last: the order in which rows can be deleted."""
    known: dict[Model, str] = {}
    everything = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model is not Brand and model._meta.managed and not model._meta.proxy
    ]
    grown = True
    while grown:
        grown = False
        for model in everything:
            if model not in known and (path := _path(model, known)) is not None:
                known[model] = path
                grown = True
    return tuple(Table(model, known[model]) for model in _deletable(known))


class CircularKeys(RuntimeError):
    """Tables point at each other by keys that cannot be emptied: no order deletes them."""


def _deletable(known: dict[Model, str]) -> Iterator[Model]:
    left = dict.fromkeys(known)
    while left:
        pointed_at = {
            field.related_model
            for model in left
            for field in _links(model)
            if field.related_model is not model and not field.null
        }
        free = [model for model in left if model not in pointed_at]
        if not free:
            raise CircularKeys(", ".join(model._meta.label for model in left))
        # Among those, first what nobody points at even by a key that may be empty.
        loosely = {
            field.related_model
            for model in left
            for field in _links(model)
            if field.related_model is not model
        }
        first = next((model for model in free if model not in loosely), free[0])
        del left[first]
        yield first


def loose_keys(table: Table) -> list[str]:
    """Keys that may be empty and lead to a table of the brand which is deleted earlier, or to the
    table itself: they are emptied first."""
    order = [entry.model for entry in brand_tables()]
    place = order.index(table.model)
    return [
        field.attname
        for field in _links(table.model)
        if field.null and field.related_model in order and order.index(field.related_model) <= place
    ]


def erased_tables() -> list[Table]:
    """Whose rows are deleted, in order."""
    return [t for t in brand_tables() if t.label not in KEPT and t.label not in EMPTIED]


def exported_tables() -> list[Table]:
    """What becomes a file of the archive, by name."""
    tables = [table for table in brand_tables() if table.label not in LEFT_OUT]
    return sorted(tables, key=lambda table: table.label)


def withheld_columns(model: Model) -> dict[str, StrOrPromise]:
    """Column -> why it is not handed out."""
    found: dict[str, StrOrPromise] = {}
    for field in model._meta.local_fields:
        label = f"{model._meta.label_lower}.{field.name}"
        if isinstance(field, EncryptedTextField):
            found[field.attname] = _SECRET
        elif label in WITHHELD:
            found[field.attname] = WITHHELD[label]
        elif field.name.endswith(("_hash", "_sha256")) and "token" in field.name:
            found[field.attname] = _HASH
    return found


def file_columns(model: Model) -> list[str]:
    return [f.name for f in model._meta.local_fields if isinstance(f, models.FileField)]
