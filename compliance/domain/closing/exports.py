"""A brand's archive: ask for it, stop it, take it, hand it on by a link. ``export_job`` makes it.

Every step is an event of the brand's ledger.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import IO
from uuid import UUID

from django.core import signing
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from compliance.choices import EXPORT_ENDS, ExportState, TransferKind
from compliance.domain.audit import actor_reference, record
from compliance.domain.export_job import EXPORTER
from compliance.domain.queries import expired_brand_exports
from compliance.domain.vendors.exits import let_out
from compliance.exceptions import ExportNotReady, LinkSpent
from compliance.models import BrandExport
from compliance.tasks import run_brand_export as run_brand_export_task
from tenants.actors import PUBLIC_AUTHOR
from tenants.domain.freezing import CAPABILITY, reason_given
from tenants.models import Brand, User
from tenants.permissions import Actor, require
from tenants.scope import brand_scope

LINK_LIFETIME = timedelta(hours=72)
_SALT = "compliance.brand_export"


@transaction.atomic
def request_brand_export(brand: Brand, *, purpose: str, actor: Actor) -> BrandExport:
    """Queue an archive of everything the brand holds; a worker wakes after commit. One that waits
    or runs already is given back instead.

    Raises: NotAllowed, InvalidInput (no purpose).
    """
    require(actor, CAPABILITY, brand)
    words = reason_given(purpose)
    running = BrandExport.objects.filter(brand=brand).exclude(state__in=EXPORT_ENDS).first()
    if running is not None:
        return running
    let_out(brand, TransferKind.EXPORTED)
    export = BrandExport.objects.create(
        brand=brand,
        purpose=words,
        requested_by=actor if isinstance(actor, User) else None,
        requested_ref=actor_reference(actor)[1],
        requested_at=timezone.now(),
    )
    record("compliance.brand_export.requested", export, actor=actor, personal={"purpose": words})
    wake_up = partial(run_brand_export_task.delay, brand_id=str(brand.pk), export_id=str(export.pk))
    # A broker that is down must not fail the request: the sweep finds the export.
    transaction.on_commit(wake_up, robust=True)
    return export


def _locked(export: BrandExport, *, actor: Actor) -> BrandExport:
    require(actor, CAPABILITY, export)
    return BrandExport.objects.select_for_update(no_key=True).get(pk=export.pk)


@transaction.atomic
def cancel_brand_export(export: BrandExport, *, actor: Actor) -> BrandExport:
    """Stop one that has not ended; a running worker notices with its next chunk. Idempotent.

    Raises: NotAllowed.
    """
    export = _locked(export, actor=actor)
    if export.state not in EXPORT_ENDS:
        export.state, export.finished_at = ExportState.CANCELLED, timezone.now()
        export.save(update_fields=["state", "finished_at"])
        record("compliance.brand_export.cancelled", export, actor=actor)
        for part in export.parts:
            transaction.on_commit(partial(default_storage.delete, part["path"]))
    return export


@transaction.atomic
def open_brand_export(export: BrandExport, *, actor: Actor) -> IO[bytes]:
    """The archive, to be sent to ``actor``. The download is counted and is an event.

    Raises: NotAllowed, ExportNotReady (not done, or expired).
    """
    return _opened(_locked(export, actor=actor), actor=actor, way="person")


def _opened(export: BrandExport, *, actor: Actor, way: str) -> IO[bytes]:
    if not export.is_ready:
        raise ExportNotReady
    export.downloads += 1
    export.save(update_fields=["downloads", "link_sha256", "link_until"])
    record(
        "compliance.brand_export.downloaded",
        export,
        actor=actor,
        facts={"sha256": export.sha256, "way": way},
    )
    opened: IO[bytes] = export.file.open("rb")
    return opened


# The link for somebody without an account, above all the controller


@transaction.atomic
def make_link(export: BrandExport, *, actor: Actor) -> str:
    """The token of a link that gives the archive to whoever has it: once, within 72 hours. An
    earlier link of the export ends. Only the token's hash is stored.

    Raises: NotAllowed, ExportNotReady.
    """
    export = _locked(export, actor=actor)
    if not export.is_ready:
        raise ExportNotReady
    secret = secrets.token_urlsafe(32)
    export.link_sha256, export.link_until = _hash(secret), timezone.now() + LINK_LIFETIME
    export.save(update_fields=["link_sha256", "link_until"])
    record("compliance.brand_export.link_made", export, actor=actor)
    return signing.dumps([str(export.brand_id), str(export.pk), secret], salt=_SALT)


@dataclass(frozen=True, slots=True)
class Link:
    """A token whose signature is right; whether it is still good says the export's row."""

    brand_id: UUID
    export_id: UUID
    secret: str


def read_link(token: str) -> Link | None:
    """None for a token that we did not sign, or too long ago."""
    try:
        brand_id, export_id, secret = signing.loads(token, salt=_SALT, max_age=LINK_LIFETIME)
        return Link(UUID(brand_id), UUID(export_id), str(secret))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def linked_export(link: Link, *, now: datetime) -> BrandExport:
    """The export this link still opens. Runs in the brand's scope. Raises: LinkSpent."""
    export = BrandExport.objects.select_for_update(no_key=True).filter(pk=link.export_id).first()
    if export is None or not export.is_ready or not export.link_sha256:
        raise LinkSpent
    if not hmac.compare_digest(export.link_sha256, _hash(link.secret)):
        raise LinkSpent
    if export.link_until is None or export.link_until < now:
        raise LinkSpent
    return export


@transaction.atomic
def open_by_link(link: Link) -> tuple[BrandExport, IO[bytes]]:
    """The archive for the holder of the link, which is spent with it. Runs in the brand's scope.

    Raises: LinkSpent (used, replaced, expired, or the archive is gone).
    """
    export = linked_export(link, now=timezone.now())
    export.link_sha256, export.link_until = "", None
    return export, _opened(export, actor=PUBLIC_AUTHOR, way="link")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def drop_expired_brand_exports() -> int:
    """Delete archives whose time is up; the rows and their events stay. Says how many."""
    dropped = 0
    for brand_id, export_id in expired_brand_exports():
        with brand_scope(brand_id):
            export = BrandExport.objects.select_for_update().get(pk=export_id)
            export.file.delete(save=False)
            export.link_sha256, export.link_until = "", None
            export.save(update_fields=["file", "link_sha256", "link_until"])
            record("compliance.brand_export.expired", export, actor=EXPORTER)
            dropped += 1
    return dropped
