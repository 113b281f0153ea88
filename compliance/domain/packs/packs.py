"""Packs of evidence: ask for one, stop it, take it, hand it on; all events. ``job`` makes it."""

from datetime import datetime
from functools import partial
from typing import IO, Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import EXPORT_ENDS, ExportState, TransferKind
from compliance.domain.audit import actor_reference, record
from compliance.domain.canonical import storable
from compliance.domain.export_job import EXPORTER
from compliance.domain.links import new_link
from compliance.domain.packs.job import PERIOD
from compliance.domain.queries import expired_packs
from compliance.domain.vendors.exits import let_out
from compliance.exceptions import ExportNotReady
from compliance.models import EvidencePack
from compliance.permissions import EXPORT_EVIDENCE, VIEW_AUDIT
from compliance.registries import evidence_cases
from compliance.tasks import run_pack as run_pack_task
from tenants.exceptions import InvalidInput, NotFound
from tenants.models import Brand, User
from tenants.permissions import Actor, require
from tenants.scope import brand_scope


@transaction.atomic
def request_pack(
    brand: Brand,
    *,
    case_key: str,
    purpose: str,
    actor: Actor,
    object_ref: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    recipient: str = "",
    is_masked: bool = False,
    wake: bool = True,
) -> EvidencePack:
    """Queue the pack of one case: of an object, or of the period ``since`` to ``until``, exclusive.
    The actor must also be allowed to see the object. Wakes a worker after commit.

    Raises: NotAllowed, NotFound (no such object here), InvalidInput (no purpose, no such case, a
    period that does not begin before it ends).
    """
    require(actor, EXPORT_EVIDENCE, brand)
    if not purpose.strip():
        raise InvalidInput("purpose", _("Say what the pack is for."))
    if case_key == PERIOD:
        require(actor, VIEW_AUDIT, brand)
        if since is None or until is None or since >= until:
            raise InvalidInput("until", _("Give a period that begins before it ends."))
        object_ref = ""
    else:
        found = case_object(case_key, object_ref)
        require(actor, evidence_cases[case_key].capability, found)
        since = until = None
    let_out(brand, TransferKind.EXPORTED)
    pack = EvidencePack.objects.create(
        brand=brand,
        case_key=case_key,
        object_ref=object_ref,
        since=since,
        until=until,
        purpose=storable(purpose.strip(), limit=300)[:300],
        recipient=storable(recipient.strip(), limit=200)[:200],
        is_masked=is_masked,
        requested_by=actor if isinstance(actor, User) else None,
        requested_ref=actor_reference(actor)[1],
        requested_at=timezone.now(),
    )
    record(
        "compliance.evidence.requested",
        pack,
        actor=actor,
        personal={"purpose": pack.purpose, "recipient": pack.recipient},
        facts={"case": case_key, "object": object_ref or None, "masked": is_masked},
    )
    if wake:
        wake_up = partial(run_pack_task.delay, brand_id=str(brand.pk), pack_id=str(pack.pk))
        # A broker that is down must not fail the request: the sweep finds the pack.
        transaction.on_commit(wake_up, robust=True)
    return pack


def case_object(case_key: str, object_ref: str) -> Any:
    """The row a case is about. Runs in the brand's scope. Raises: InvalidInput, NotFound."""
    if case_key not in evidence_cases:
        raise InvalidInput("case", _("There is no kind of case “%s”.") % case_key)
    model: Any = apps.get_model(evidence_cases[case_key].label)
    try:
        found = model.objects.filter(pk=object_ref).first()
    except (ValueError, ValidationError):
        found = None
    if found is None:
        raise NotFound
    return found


def _locked(pack: EvidencePack, *, actor: Actor) -> EvidencePack:
    require(actor, EXPORT_EVIDENCE, pack)
    return EvidencePack.objects.select_for_update(no_key=True).get(pk=pack.pk)


@transaction.atomic
def cancel_pack(pack: EvidencePack, *, actor: Actor) -> EvidencePack:
    """Stop one that has not ended; a running worker notices with its next chunk. Idempotent.

    Raises: NotAllowed.
    """
    pack = _locked(pack, actor=actor)
    if pack.state not in EXPORT_ENDS:
        pack.state, pack.finished_at = ExportState.CANCELLED, timezone.now()
        pack.save(update_fields=["state", "finished_at"])
        record("compliance.evidence.cancelled", pack, actor=actor)
    return pack


@transaction.atomic
def open_pack(pack: EvidencePack, *, actor: Actor) -> IO[bytes]:
    """The archive, to be sent to ``actor``. Raises: NotAllowed, ExportNotReady."""
    return take(_locked(pack, actor=actor), actor=actor, way="person")


def take(pack: EvidencePack, *, actor: Actor, way: str) -> IO[bytes]:
    """The archive for whoever may have it, by whatever ``way``. Raises: ExportNotReady."""
    if not pack.is_ready:
        raise ExportNotReady
    record(
        "compliance.evidence.downloaded",
        pack,
        actor=actor,
        facts={"sha256": pack.sha256, "way": way},
    )
    opened: IO[bytes] = pack.file.open("rb")
    return opened


@transaction.atomic
def make_link(pack: EvidencePack, *, actor: Actor) -> str:
    """The token of a link that gives the archive to whoever has it, for as long as it is kept.

    Raises: NotAllowed, ExportNotReady.
    """
    pack = _locked(pack, actor=actor)
    if not pack.is_ready:
        raise ExportNotReady
    token = new_link(pack, "pack")
    record("compliance.evidence.link_made", pack, actor=actor)
    return token


def drop_expired_packs() -> int:
    """Delete archives whose time is up; the rows and their events stay. Says how many."""
    dropped = 0
    for brand_id, pack_id in expired_packs():
        with brand_scope(brand_id):
            pack = EvidencePack.objects.select_for_update().get(pk=pack_id)
            pack.file.delete(save=False)
            pack.link_sha256, pack.link_until = "", None
            pack.save(update_fields=["file", "link_sha256", "link_until"])
            record("compliance.evidence.expired", pack, actor=EXPORTER)
            dropped += 1
    return dropped
