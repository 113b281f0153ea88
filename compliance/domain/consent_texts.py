"""The wordings that people consent to, in versions that never change."""

import hashlib
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import actor_reference, record
from compliance.domain.consent import NEED_CONSENT
from compliance.models import ConsentText
from compliance.permissions import MANAGE_CONSENT
from tenants.choices import Language
from tenants.exceptions import InvalidInput
from tenants.models import Brand
from tenants.permissions import Actor, require

LONGEST_TEXT = 4000


def wording_sha256(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()


@transaction.atomic
def add_text(brand: Brand, *, purpose: str, language: str, text: str, actor: Actor) -> ConsentText:
    """The next version of a wording; the same words again give the version there is.

    Raises: NotAllowed, InvalidInput.
    """
    require(actor, MANAGE_CONSENT, brand)
    if purpose not in NEED_CONSENT:
        raise InvalidInput("purpose", _("Choose a purpose that needs a consent."))
    if language not in Language.values:
        raise InvalidInput("language", _("Choose German or English."))
    words = text.replace("\x00", "").strip()
    if not words:
        raise InvalidInput("text", _("Give the words that people agree to."))
    if len(words) > LONGEST_TEXT:
        raise InvalidInput("text", _("At most %d characters.") % LONGEST_TEXT)
    known = ConsentText.objects.filter(brand=brand, purpose=purpose, language=language)
    sha256 = wording_sha256(words)
    if there := known.filter(sha256=sha256).first():
        return there
    last = known.order_by("-version").values_list("version", flat=True).first()
    row = ConsentText.objects.create(
        brand=brand,
        purpose=purpose,
        language=language,
        version=(last or 0) + 1,
        text=words,
        sha256=sha256,
        created_at=timezone.now(),
        created_ref=actor_reference(actor)[1],
    )
    record(
        "compliance.consent_text.added",
        row,
        actor=actor,
        facts={"version": row.label, "sha256": sha256},
        after={"text": words},
    )
    return row


def find_text(brand_id: UUID, label: str, *, purpose: str = "") -> ConsentText | None:
    """By its label (``marketing-de-3``) or key; None if the brand has none of that name."""
    rows = ConsentText.objects.filter(brand_id=brand_id)
    if purpose:
        rows = rows.filter(purpose=purpose)
    named, language, version = [*label.split("-"), "", ""][:3]
    if version.isascii() and version.isdigit() and len(version) < 9:
        return rows.filter(purpose=named, language=language, version=int(version)).first()
    return None
