"""Refusals in the ledger: who asked for what on what, also when the request was rolled back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone

from compliance.domain.audit import Entry, build_event
from compliance.domain.ledger_rows import insert_unless_told
from compliance.scope import audit_context
from tenants.domain.agencies import own_brand
from tenants.domain.directory import Workspace
from tenants.models import ApiToken, Brand, User
from tenants.refusals import Refused
from tenants.scope import brand_scope, own_scope

KIND = "tenants.right.refused"
AGAIN_AFTER = timedelta(minutes=1)
MOST_PER_MINUTE = 30


def record_refusals(
    refused: Sequence[Refused], workspace: Workspace, *, route: str, method: str, status: int
) -> int:
    """Write them to the ledger of the brand each is about, else of the workspace; how many.

    In transactions of its own. Once per person, capability, object and minute, and no more than
    ``MOST_PER_MINUTE`` per person: whoever asks without end fills no ledger.
    """
    facts = {"route": route[:100] or "none", "method": method.lower()[:10], "status": status}
    written = 0
    for one in dict.fromkeys((r.actor, r.capability, *_object(r.obj, workspace)) for r in refused):
        actor, capability, label, pk, brand_id = one
        if not isinstance(actor, User | ApiToken):
            continue
        obj = Brand(pk=brand_id) if not label else _Named(label, pk)
        scope = brand_scope if brand_id in workspace.client_ids else own_scope
        with scope(brand_id):
            event, details = build_event(
                Entry(KIND, obj, facts=facts, brand_id=brand_id),
                actor=actor,
                reason=capability,
                cid=audit_context().correlation_id,
                now=timezone.now(),
            )
            written += insert_unless_told(
                [event], details, within=AGAIN_AFTER, most_per_minute=MOST_PER_MINUTE
            )
    return written


class _Named:
    """An object of which only model and key are known any more."""

    def __init__(self, label: str, pk: Any) -> None:
        self._meta = type("Meta", (), {"label_lower": label})
        self.pk = pk


def _object(obj: Any, workspace: Workspace) -> tuple[str, str, UUID]:
    """(label, key, brand): the object if it is the workspace's, else the workspace itself."""
    here = workspace.brand.pk if workspace.brand is not None else own_brand(workspace.agency).pk
    if isinstance(obj, Brand) and obj.pk in workspace.brand_ids:
        return "", "", obj.pk
    if isinstance(obj, models.Model) and obj.pk is not None:
        brand_id = getattr(obj, "brand_id", None)
        if brand_id in workspace.brand_ids:
            return obj._meta.label_lower, str(obj.pk), brand_id
        if brand_id is None and getattr(obj, "agency_id", None) == workspace.agency.pk:
            return obj._meta.label_lower, str(obj.pk), own_brand(workspace.agency).pk
    return "", "", here
