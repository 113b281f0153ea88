"""A new signing key, vouched for by the one before it.

The note of a change has the lines ``<host>/keys``, old key, new key (as note keys), time. The old
key signs it, so that whoever was given the old key can follow to the new one without asking us; the
new key signs it too, to show that its private half exists. The old private half is destroyed.
"""

import base64
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.keys import note_key, signing_key
from compliance.domain.notes import NoteKey, NoteRefused, cosign_note, open_note, sign_note
from compliance.models import SigningKey
from tenants.actors import SystemActor
from tenants.domain.agencies import audit_agency
from tenants.exceptions import InvalidInput
from tenants.models import Agency

KEYS_SUFFIX = "/keys"
OPERATOR = SystemActor("system", "rotate_signing_key")


def succession_text(old: NoteKey, new: NoteKey, *, at: datetime) -> str:
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{old.name}{KEYS_SUFFIX}\n{old.verifier_line()}\n{new.verifier_line()}\ntime {stamp}\n"


@transaction.atomic
def rotate_signing_key(*, reason: str, actor: SystemActor = OPERATOR) -> SigningKey:
    """A new key signs from now on; each agency's ledger tells of it. For the operator alone.

    The old key's private half is emptied: with the change committed nobody can sign with it.

    Raises: InvalidInput (no reason).
    """
    if not reason.strip():
        raise InvalidInput("reason", _("Say why the key is changed."))
    signing_key()  # there must be one to follow
    old = SigningKey.objects.select_for_update().get(retired_at=None)
    now = timezone.now()
    private_key = Ed25519PrivateKey.generate()
    public_key = private_key.public_key().public_bytes_raw()
    before, after = note_key(old), NoteKey(old.name, public_key)
    note = sign_note(
        succession_text(before, after, at=now), key=before, private_key=old.open_private_key()
    )
    note = cosign_note(note, key=after, private_key=private_key)
    old.retired_at, old.private_key = now, ""
    old.save(update_fields=["retired_at", "private_key"])
    new = SigningKey.objects.create(
        name=old.name,
        public_key=public_key,
        private_key=base64.b64encode(private_key.private_bytes_raw()).decode(),
        chain_note=note,
        reason=reason.strip()[:300],
        created_at=now,
    )
    for agency in Agency.objects.order_by("pk"):
        audit_agency(
            "compliance.key.rotated",
            new,
            agency=agency,
            actor=actor,
            reason=reason.strip()[:300],
            facts={"old": before.key_id, "new": after.key_id},
        )
    return new


def every_key() -> list[SigningKey]:
    """All keys there ever were, the first one first."""
    return list(SigningKey.objects.order_by("created_at", "pk"))


def chain_notes() -> list[str]:
    """The notes of all changes of keys, the first change first."""
    return [key.chain_note for key in every_key() if key.chain_note]


def followed(pinned: Iterable[NoteKey], chain: Sequence[str]) -> list[NoteKey]:
    """The pinned keys and those that an unbroken chain leads to.

    Changes before a pinned key are passed over: nothing pinned vouches for them.

    Raises: NoteRefused (a change that a trusted key should have signed is not genuine).
    """
    trusted = list(pinned)
    for note in chain:
        lines = note.partition("\n\n")[0].splitlines()
        if len(lines) < 4 or not lines[0].endswith(KEYS_SUFFIX):
            raise NoteRefused("a note of the chain of keys is not one")
        old, new = NoteKey.from_line(lines[1]), NoteKey.from_line(lines[2])
        if old not in trusted:
            continue
        open_note(note, key=old)
        open_note(note, key=new)
        if new not in trusted:
            trusted.append(new)
    return trusted
