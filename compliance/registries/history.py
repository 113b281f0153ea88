"""Which models keep a readable field history, and what may change without an event."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from auditlog.registry import auditlog
from django.db import models

from tenants.registry import Registry

if TYPE_CHECKING:
    pass


MASKED = "•••"


def mask(_value: str) -> str:
    """Hide all of it: auditlog's own mask shows half."""
    return MASKED


def track(model: type[models.Model], *, fields: Iterable[str], masked: Iterable[str] = ()) -> None:
    """Keep a readable history of these fields of a configuration model; ``masked`` only that they
    changed, not to what.

    Sees ``save()`` and ``delete()`` only; verbs that use ``update`` or ``bulk_*`` record an event
    with the count. Call it once per model from the app's ``AppConfig.ready()``.

    Raises: ValueError for many-to-many fields (auditlog 3.4.1 logs every row of the related table,
    other brands' too, when one is cleared; record an event instead) and for unknown fields.
    """
    hidden, wanted = list(masked), [*fields]
    for name in {*wanted, *hidden}:
        field: Any = model._meta.get_field(name)
        if field.many_to_many or field.auto_created:
            raise ValueError(
                f"{model._meta.label}.{name}: only the model's own columns are tracked"
            )
    auditlog.register(
        model,
        include_fields=[*wanted, *(name for name in hidden if name not in wanted)],
        mask_fields=hidden,
        mask_callable="compliance.registries.mask",
    )


@dataclass(frozen=True, slots=True)
class Unaudited:
    """What of a table may change without an event, and why.

    ``columns``: only these may; ``operations``: only these may (``insert``, ``update``,
    ``delete``); with neither the whole table.
    """

    ground: str
    columns: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        return bool(self.ground) and not self.columns and not self.operations


unaudited: Registry[Unaudited] = Registry("unaudited")
"""By model label, filled by each app's ``unaudited.py``."""
