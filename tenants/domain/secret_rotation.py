"""Every stored secret under the newest key of ``FIELD_KEYS``. Requirement C13.

Goes table by table, a brand's tables brand by brand, in chunks of one transaction each. The place
it has reached is committed with the chunk, so a kill at any instant loses nothing, and a second run
goes on. A value that somebody changes meanwhile is left to them: it is under the newest key anyway.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import TextField, Value
from django.db.models.functions import Cast
from django.utils import timezone

from tenants.actors import SystemActor
from tenants.domain.agencies import audit_agency
from tenants.models import (
    Agency,
    AgencyModel,
    Brand,
    BrandModel,
    EncryptedTextField,
    SecretRotation,
)
from tenants.models.encrypted import current_key_id, is_token, rewrapped
from tenants.registries import sealed_json
from tenants.scope import agency_scope, brand_scope

CHUNK = 200
END = "end"
OPERATOR = SystemActor("system", "rotate_secrets")


@dataclass(frozen=True, slots=True)
class Column:
    """Where encrypted values lie. ``is_json``: somewhere inside a JSON document."""

    model: type[models.Model]
    name: str
    is_json: bool = False

    @property
    def label(self) -> str:
        return f"{self.model._meta.label_lower}.{self.name}"


def secret_columns() -> list[Column]:
    """Every encrypted column of every app, found by its type, and the registered JSON ones."""
    found = [
        Column(model, field.name)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_fields
        if isinstance(field, EncryptedTextField)
    ]
    found += [
        Column(apps.get_model(str(label)), name, is_json=True)
        for label, name in sealed_json.items()
    ]
    return sorted(found, key=lambda column: column.label)


def rotate_secrets(
    *, renew: bool = False, tell: Callable[[SecretRotation], None] = lambda _row: None
) -> SecretRotation:
    """Put every secret under the first key of ``FIELD_KEYS``; goes on where a run was killed.

    ``renew`` encrypts anew with new data keys, else only the data keys are wrapped anew. ``tell``
    hears of the progress after each chunk. Idempotent. Not in a transaction.

    Raises: SecretUnreadable (a value is under none of the keys; what was done stays done).
    """
    key_id = current_key_id()
    rotation = (
        SecretRotation.objects.filter(finished_at=None, key_id=key_id, renews_data_keys=renew)
        .order_by("-started_at")
        .first()
    ) or SecretRotation.objects.create(
        key_id=key_id, renews_data_keys=renew, started_at=timezone.now()
    )
    for column in secret_columns():
        for place, scope in _places(column):
            while _chunk(rotation, column, place, scope):
                tell(rotation)
    return _finish(rotation)


def _places(
    column: Column,
) -> Iterator[tuple[str, Callable[[], AbstractContextManager[None]]]]:
    """Name of each part of the table, and the scope in which it is read."""
    if issubclass(column.model, AgencyModel):
        for agency_id in Agency.objects.order_by("pk").values_list("pk", flat=True):
            yield f"{column.label}/{agency_id}", partial(agency_scope, agency_id)
        return
    if not issubclass(column.model, BrandModel):
        yield column.label, nullcontext
        return
    for brand_id in Brand.including_agencies.order_by("pk").values_list("pk", flat=True):
        yield f"{column.label}/{brand_id}", partial(brand_scope, brand_id)


def _chunk(
    rotation: SecretRotation,
    column: Column,
    place: str,
    scope: Callable[[], AbstractContextManager[None]],
) -> bool:
    """One chunk and the note of it, in one transaction. False if this part is done."""
    with transaction.atomic(), scope():
        row = SecretRotation.objects.select_for_update().get(pk=rotation.pk)
        last = row.position.get(place)
        if last == END:
            rotation.position = row.position
            return False
        queryset = column.model._default_manager.annotate(stored=_stored(column)).order_by("pk")
        if last is not None:
            queryset = queryset.filter(pk__gt=last)
        values = list(queryset.values_list("pk", "stored")[:CHUNK])
        for pk, stored in values:
            row.changed += _rewrite(column, pk, stored, renew=row.renews_data_keys)
        row.seen += len(values)
        row.position[place] = str(values[-1][0]) if len(values) == CHUNK else END
        row.save(update_fields=["position", "seen", "changed"])
    rotation.position, rotation.seen, rotation.changed = row.position, row.seen, row.changed
    return bool(row.position[place] != END)


def _stored(column: Column) -> Any:
    """The column as it is stored: the cast takes it past the field that would decrypt it."""
    return Cast(column.name, TextField())


def _rewrite(column: Column, pk: Any, stored: str | None, *, renew: bool) -> int:
    """1 if the value was written; only over exactly the value that was read."""
    if not stored:
        return 0
    rows = column.model._default_manager.annotate(stored=_stored(column)).filter(
        pk=pk, stored=stored
    )
    if column.is_json:
        document = json.loads(stored)
        fresh = _rewrapped_inside(document, renew=renew)
        return rows.update(**{column.name: fresh}) if fresh != document else 0
    token = rewrapped(stored, renew=renew)
    if token == stored:
        return 0
    return rows.update(**{column.name: Value(token, output_field=TextField())})


def _rewrapped_inside(value: Any, *, renew: bool) -> Any:
    if isinstance(value, dict):
        return {name: _rewrapped_inside(item, renew=renew) for name, item in value.items()}
    if isinstance(value, list):
        return [_rewrapped_inside(item, renew=renew) for item in value]
    if isinstance(value, str) and is_token(value):
        return rewrapped(value, renew=renew)
    return value


@transaction.atomic
def _finish(rotation: SecretRotation) -> SecretRotation:
    """The end, told in each agency's own ledger."""
    rotation.finished_at = timezone.now()
    rotation.save(update_fields=["finished_at"])
    for agency in Agency.objects.order_by("pk"):
        audit_agency(
            "tenants.secrets.rotated",
            rotation,
            agency=agency,
            actor=OPERATOR,
            facts={"key": rotation.key_id, "renewed": int(rotation.renews_data_keys)},
        )
    return rotation


def left_under_old_keys() -> int:
    """How many values a run would change. Reads every secret's envelope, opens none."""
    wanted = f"e1:{current_key_id()}:"
    left = 0
    for column in secret_columns():
        for _place, scope in _places(column):
            with transaction.atomic(), scope():
                rows = column.model._default_manager.annotate(stored=_stored(column))
                for stored in rows.values_list("stored", flat=True).iterator():
                    tokens = _tokens(json.loads(stored)) if column.is_json else [stored or ""]
                    left += sum(bool(one) and not one.startswith(wanted) for one in tokens)
    return left


def _tokens(value: Any) -> Iterator[str]:
    if isinstance(value, str) and is_token(value):
        yield value
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in items:
        yield from _tokens(item)
