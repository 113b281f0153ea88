"""Erases rows the way the map says. Used by erasures of persons and by retention."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Q

from compliance.choices import ActorKind
from compliance.domain.audit import record
from compliance.domain.erasure import erase_details, erase_field_changes
from compliance.domain.subjects.erased_values import file_fields, new_values, removes_row
from compliance.models import AuditDetail, FieldChange
from compliance.registries import personal_data
from tenants.models import Brand
from tenants.permissions import Actor
from tenants.scope import active_brand_id

STAFF_DETAILS = ("from.address",)
"""Values that are about who acted, not about whom: the address a request came from. Unless the
person acted, as one who appeals."""


class PointedAt(RuntimeError):
    """Rows that must stay point at rows that are to go."""


@transaction.atomic
def erase_rows(
    model: type[models.Model],
    keys: Iterable[UUID],
    *,
    reference: str,
    actor: Actor,
    brand_id: UUID | None = None,
) -> dict[str, int]:
    """Apply the map's way of erasing to these rows, and empty what the ledger tells of them in
    words; their events stay and verify. ``{table: rows}``, nothing left out at zero.

    One transaction: callers pass at most a few hundred keys. Files go first, so a worker killed in
    between leaves a row that is erased again. One event tells table, rows and ``reference``, which
    is a code such as ``art17.2026-0042``. Safe to run twice.

    Raises: PointedAt.
    """
    label, chosen = model._meta.label_lower, list(keys)
    entry = personal_data[label]
    if not chosen:
        return {}
    brand = Brand(pk=brand_id or active_brand_id())
    counts = erase_history({label: chosen}, brand=brand, reference=reference, actor=actor)
    rows = model._default_manager.filter(pk__any_of=chosen)
    _drop_files(rows, file_fields(entry))
    if removes_row(entry):
        _let_go_of(model, chosen)
        counts[label] = rows._raw_delete(rows.db)  # past the collector
    else:
        values = new_values(model, entry)
        counts[label] = rows.update(**values) if values else 0
    counts = {name: count for name, count in counts.items() if count}
    if counts.get(label):
        facts = {"table": label, "rows": counts[label], "reference": reference}
        record("compliance.rows.erased", brand, actor=actor, facts=facts)
    return counts


def erase_history(
    about: Mapping[str, Iterable[UUID | str]], *, brand: Brand, reference: str, actor: Actor
) -> dict[str, int]:
    """Empty the readable values of events and field changes about these rows: ``{table: keys}``."""
    details = details_about(about).filter(erased_at=None)
    changes = changes_about(about).filter(erased_at=None)
    found = {
        AuditDetail._meta.label_lower: erase_details(
            details, brand=brand, reference=reference, actor=actor
        ),
        FieldChange._meta.label_lower: erase_field_changes(
            changes, brand=brand, reference=reference, actor=actor
        ),
    }
    return {name: count for name, count in found.items() if count}


def details_about(about: Mapping[str, Iterable[UUID | str]]) -> models.QuerySet[AuditDetail]:
    """Readable values of events about these rows; not where staff sat who worked on them."""
    named = Q(pk__in=[])
    for label, keys in about.items():
        named |= Q(event__object_type=label, event__object_ref__any_of=[str(key) for key in keys])
    return AuditDetail.objects.filter(
        ~Q(name__in=STAFF_DETAILS) | Q(event__actor_kind=ActorKind.AUTHOR), named
    )


def changes_about(about: Mapping[str, Iterable[UUID | str]]) -> models.QuerySet[FieldChange]:
    """The field history of these rows."""
    named = Q(pk__in=[])
    for label, keys in about.items():
        kind = ContentType.objects.get_for_model(apps.get_model(label))
        named |= Q(content_type=kind, object_pk__any_of=[str(key) for key in keys])
    found: models.QuerySet[FieldChange] = FieldChange.objects.filter(named)
    return found


def _drop_files(rows: models.QuerySet[Any], names: list[str]) -> None:
    if not names:
        return
    for row in rows.only("pk", *names):
        for name in names:
            if file := getattr(row, name):
                file.delete(save=False)


def _let_go_of(model: type[models.Model], keys: list[UUID]) -> None:
    """Rows elsewhere that may live without these lose the link. Raises: PointedAt."""
    # Relations without a name of their own count too.
    for relation in model._meta.get_fields(include_hidden=True):
        if not (relation.one_to_many or relation.one_to_one) or relation.concrete:
            continue
        field: Any = relation.field  # type: ignore[union-attr]  # the reverse side of a key
        other: Any = relation.related_model
        pointing = other._default_manager.filter(**{f"{field.name}__any_of": keys})
        if field.null:
            pointing.update(**{field.name: None})
        elif pointing.exists():
            raise PointedAt(f"{other._meta.label} points at {model._meta.label} and must stay")
