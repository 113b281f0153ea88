"""Handing the platform's signed root to places that the platform does not control.

A sink is anything that takes a platform checkpoint and keeps it: the mail boxes of an agency's
people, a folder on another machine, a time stamping service. Each hands over once a day and agency;
the row and an event of the agency's own ledger say what went where and when.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from compliance.domain.anchor_mail import mail_checkpoint
from compliance.domain.platform_tree import seal_whole_platform
from compliance.exceptions import AnchorRefused
from compliance.models import AnchorRecord, PlatformCheckpoint
from compliance.registries import Anchor, Handed, anchors
from tenants.actors import SystemActor
from tenants.domain.agencies import audit_agency
from tenants.models import Agency, Brand
from tenants.scope import agency_scope

logger = logging.getLogger(__name__)

ANCHOR = SystemActor("system", "anchor")
MAX_HELD = 50


class MailAnchor:
    """To everybody of the agency who watches over the audit trail. None if there is nobody."""

    title: StrOrPromise = _("Mail to the agency")

    def hand_over(self, checkpoint: PlatformCheckpoint, agency: Agency) -> Handed | None:
        told = mail_checkpoint(checkpoint, agency)
        return Handed(str(_("mail to the agency's people")), told) if told else None


class FileAnchor:
    """A folder, best on storage that only grows: one file per platform checkpoint."""

    title: StrOrPromise = _("File")

    def hand_over(self, checkpoint: PlatformCheckpoint, agency: Agency) -> Handed | None:
        folder = Path(settings.ANCHOR_DIR)
        name = f"{checkpoint.signed_at.astimezone(UTC):%Y-%m-%d}-{checkpoint.size}.txt"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / name
            if path.exists():
                if path.read_text("utf-8") != checkpoint.note:
                    raise AnchorRefused(f"{name} exists and holds another checkpoint")
            else:
                with path.open("x", encoding="utf-8") as file:
                    file.write(checkpoint.note)
        except OSError as error:
            raise AnchorRefused(f"{name}: {error.strerror}") from error
        return Handed(name)


def anchor_all(*, now: datetime | None = None) -> int:
    """Hand the newest platform checkpoint to every sink, for each agency that has not had it from
    this sink today (UTC). Says how many were handed over. Safe to call as often as one likes."""
    at = now or timezone.now()
    checkpoint = seal_whole_platform(looks_at_all=True)
    if checkpoint is None:
        return 0
    handed = 0
    for agency in Agency.objects.order_by("pk"):
        for key, sink in anchors.items():
            handed += _hand_over(checkpoint, agency, str(key), sink, at)
    return handed


def _hand_over(
    checkpoint: PlatformCheckpoint, agency: Agency, key: str, sink: Anchor, at: datetime
) -> int:
    """One transaction: the mail, the row and the event stand or fall together."""
    try:
        with transaction.atomic(), agency_scope(agency.pk):
            Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)
            if AnchorRecord.objects.filter(sink=key, handed_on=at.date()).exists():
                return 0
            handed = sink.hand_over(checkpoint, agency)
            if handed is None:
                return 0
            row = AnchorRecord.objects.create(
                agency=agency,
                checkpoint=checkpoint,
                sink=key,
                place=handed.place[:200],
                recipients=handed.recipients,
                handed_on=at.date(),
                handed_at=at,
            )
            audit_agency(
                "compliance.checkpoint.anchored",
                row,
                agency=agency,
                actor=ANCHOR,
                facts={
                    "sink": key,
                    "size": checkpoint.size,
                    "root": bytes(checkpoint.root).hex(),
                    "recipients": handed.recipients,
                },
            )
    except AnchorRefused as error:
        logger.warning("anchor %s, agency %s: %s", key, agency.pk, error)
        return 0
    return 1


def anchored_sizes(brand_id: UUID) -> list[int]:
    """Sizes of the platform trees that the brand's agency was handed, newest first."""
    agency_id = Brand.including_agencies.values_list("agency_id", flat=True).get(pk=brand_id)
    with agency_scope(agency_id):
        sizes = AnchorRecord.objects.order_by("-checkpoint_id").values_list(
            "checkpoint_id", flat=True
        )
        return list(sizes.distinct()[:MAX_HELD])


def recent_anchors(*, limit: int = 60) -> Sequence[AnchorRecord]:
    """Of the agency in scope, newest first. One query."""
    found = AnchorRecord.objects.select_related("checkpoint").order_by("-handed_at", "sink")
    return list(found[:limit])
