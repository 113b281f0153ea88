"""Words for columns whose model gives them none: Django would show the field's English name."""

from typing import Any

from django.db.models import Field, Model
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

LABELS: dict[str, StrOrPromise] = {
    "account": _("account"),
    "action": _("action"),
    "address_hash": _("address (hash)"),
    "agency": _("agency"),
    "app": _("channel app"),
    "attempts": _("attempts"),
    "automation": _("automation"),
    "body_sha256": _("SHA-256"),
    "brand": _("brand"),
    "capabilities": _("capabilities"),
    "category": _("category"),
    "channel": _("channel"),
    "contact": _("contact"),
    "created_at": _("created"),
    "created_by": _("created by"),
    "decided_at": _("decided"),
    "decided_by": _("decided by"),
    "dedupe_key": _("recognised by"),
    "delivery_ref": _("from delivery"),
    "done_at": _("done"),
    "expires_at": _("expires"),
    "ended_by": _("ended by"),
    "first_seen_at": _("first seen"),
    "granted_by": _("let in by"),
    "kind": _("kind"),
    "lane": _("lane"),
    "last_seen_at": _("last seen"),
    "not_before": _("not before"),
    "occurred_at": _("happened"),
    "payload": _("content"),
    "placed_by": _("placed by"),
    "problem": _("problem"),
    "purpose": _("purpose"),
    "received_at": _("received"),
    "requested_by": _("requested by"),
    "revoked_at": _("revoked"),
    "role": _("role"),
    "sending_stopped_at": _("sending stopped"),
    "sending_stopped_reason": _("reason of the stop"),
    "slug": _("short name in addresses"),
    "staff": _("platform staff"),
    "state": _("state"),
    "user": _("person"),
}


def label_of(field: "Field[Any, Any]") -> StrOrPromise | None:
    """The word for a field without one of its own; None if nobody has given it any."""
    has_own = field._verbose_name is not None  # type: ignore[attr-defined]  # what the model wrote
    return field.verbose_name if has_own else LABELS.get(field.name)


def give_labels(model: type[Model]) -> None:
    """Put the words on the model's fields. Migrations read what the model wrote, not this."""
    for field in model._meta.fields:
        word = label_of(field)
        if word is not None:
            field.verbose_name = word
