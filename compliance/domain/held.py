"""Checkpoints that somebody outside holds and hands back to us."""

import re

from django.utils.translation import gettext as _

from compliance.domain.checkpoints import SignedRoot, open_checkpoint
from compliance.domain.key_chain import every_key
from compliance.domain.keys import note_key
from compliance.domain.notes import NoteRefused
from compliance.models import AuditTree
from tenants.exceptions import InvalidInput
from tenants.models import Brand

_NOTE = re.compile(r"(?:[^\n]+\n){3,}\n(?:\u2014 [^\n]+\n)+")
MAX_TEXT = 100_000


def note_in(text: str) -> str:
    """The first signed note in a text, for example in a mail; the text itself if there is none."""
    unified = text[:MAX_TEXT].replace("\r\n", "\n").strip("\ufeff \t\n") + "\n"
    found = _NOTE.search(unified)
    return found[0] if found else unified


def held_size(brand: Brand, text: str) -> int | None:
    """How many events the checkpoint in ``text`` covers; None for an empty text.

    Raises: InvalidInput (no checkpoint of this brand's log, or not signed by any key of ours).
    """
    if not text.strip():
        return None
    return _opened(brand, note_in(text)).size


def _opened(brand: Brand, note: str) -> SignedRoot:
    origin = AuditTree.objects.values_list("origin", flat=True).filter(brand=brand).first() or ""
    why = ""
    for key in reversed(every_key()):
        try:
            return open_checkpoint(note, key=note_key(key), origin=origin)
        except NoteRefused as error:
            why = why or str(error)
    raise InvalidInput(
        "held_checkpoint", _("This is no checkpoint of the brand's audit trail: %s.") % why
    )
