"""Papers behind the answers: files of bounded size and known kind, or links."""

import hashlib
from typing import Any

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import CheckItem, TransferKind
from compliance.domain.audit import record
from compliance.domain.vendors.exits import let_out
from compliance.domain.vendors.fields import clean_link, clean_text
from compliance.domain.vendors.register import locked, person
from compliance.domain.vendors.states import OPEN_TO_CHANGE
from compliance.models import Vendor, VendorEvidence
from compliance.permissions import MANAGE_VENDORS
from tenants.exceptions import InvalidInput, InvalidState
from tenants.permissions import Actor, require
from tenants.scope import own_scope

MAX_BYTES = 10 * 1024 * 1024
MAX_PER_VENDOR = 100
# First bytes -> kind. What a file says of itself is not believed; nothing here runs in a browser.
_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-", "application/pdf", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
)
TEXT = "text/plain"


@transaction.atomic
def add_evidence(
    vendor: Vendor,
    *,
    item: str,
    title: str,
    actor: Actor,
    link: str = "",
    upload: "File[Any] | None" = None,
) -> VendorEvidence:
    """Put a file or a link behind an answer. It is never changed; its SHA-256 goes into the ledger.

    Raises: NotAllowed, InvalidInput (no such question, no title, neither or both of file and link,
    a file too large, empty or of another kind), InvalidState (assessed already).
    """
    require(actor, MANAGE_VENDORS, vendor)
    if item not in CheckItem.values:
        raise InvalidInput("item", _("The checklist has no such question."))
    words = clean_text("title", title, longest=150, is_needed=True)
    address = clean_link("link", link)
    if bool(address) == (upload is not None):
        raise InvalidInput("file", _("Give a file or a link, one of the two."))
    content, media_type, ending = _read(upload) if upload is not None else (b"", "", "")
    with own_scope(vendor.brand_id):
        vendor = locked(vendor)
        if vendor.state not in OPEN_TO_CHANGE:
            raise InvalidState(_("This was assessed. Start a new review first."))
        if vendor.evidence.count() >= MAX_PER_VENDOR:
            raise InvalidInput("file", _("At most %d papers fit.") % MAX_PER_VENDOR)
        found = VendorEvidence(
            brand_id=vendor.brand_id,
            vendor=vendor,
            item=item,
            title=words,
            link=address,
            added_by=person(actor),
            added_at=timezone.now(),
        )
        if upload is not None:
            let_out(vendor.brand, TransferKind.STORED)
            found.file_name = _file_name(upload.name or "", ending)
            found.media_type, found.size_bytes = media_type, len(content)
            found.sha256 = hashlib.sha256(content).hexdigest()
            found.file.save("evidence", ContentFile(content), save=False)
        found.save()
        record(
            "compliance.vendor.evidence_added",
            vendor,
            actor=actor,
            facts={
                "item": item,
                "sha256": found.sha256 or None,
                "bytes": found.size_bytes or 0,
            },
            personal={"title": words, "link": address},
        )
    return found


def _read(upload: "File[Any]") -> tuple[bytes, str, str]:
    if upload.size > MAX_BYTES:
        raise InvalidInput(
            "file", _("The file is too large: at most %d MB.") % (MAX_BYTES // 1024 // 1024)
        )
    content = b"".join(upload.chunks())
    if not content:
        raise InvalidInput("file", _("The file is empty."))
    for start, media_type, ending in _KINDS:
        if content.startswith(start):
            return content, media_type, ending
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text:
        raise InvalidInput("file", _("Only PDF, PNG, JPEG and plain text are taken."))
    return content, TEXT, "txt"


def _file_name(given: str, ending: str) -> str:
    """The name people know it by, with the ending of what it is."""
    stem = given.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or "evidence"
    plain = "".join(c if c.isalnum() or c in " -_." else "_" for c in stem)
    return f"{plain[:100].strip() or 'evidence'}.{ending}"
