"""The platform's signing key: made once, handed out as a public key."""

import base64
from typing import Literal

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from compliance.domain.notes import NoteKey
from compliance.models import SigningKey

type KeyForm = Literal["pem", "base64", "note"]


def signing_key() -> SigningKey:
    """The key in use; made on first need. Two processes that need it at once get the same one."""
    key = SigningKey.objects.filter(retired_at=None).first()
    if key is not None:
        return key
    private_key = Ed25519PrivateKey.generate()
    try:
        with transaction.atomic():
            return SigningKey.objects.create(
                name=settings.AUDIT_HOST,
                public_key=private_key.public_key().public_bytes_raw(),
                private_key=base64.b64encode(private_key.private_bytes_raw()).decode(),
                created_at=timezone.now(),
            )
    except IntegrityError:
        return SigningKey.objects.get(retired_at=None)


def note_key(key: SigningKey) -> NoteKey:
    return NoteKey(key.name, bytes(key.public_key))


def public_key_text(key: SigningKey, form: KeyForm = "pem") -> str:
    """The public key as PEM, as base64 of its 32 bytes, or as the line of a note key."""
    raw = bytes(key.public_key)
    if form == "note":
        return note_key(key).verifier_line() + "\n"
    if form == "base64":
        return base64.b64encode(raw).decode() + "\n"
    return (
        Ed25519PublicKey.from_public_bytes(raw)
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
