"""Signed text notes: a text that people can read and mail, with an Ed25519 signature below it.

A note is the text, an empty line and one line ``— <key name> base64(key hash ‖ signature)``.
Source: C2SP signed-note. The key hash binds name, algorithm and key: the first four bytes of
SHA-256(name ‖ LF ‖ 0x01 ‖ public key), where 0x01 says Ed25519.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
KEY_HASH_BYTES = 4
SIGNATURE_BYTES = 64
MARK = "\u2014 "


class NoteRefused(ValueError):
    """A note is malformed or not signed by the key that was asked for. Says why in words."""


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key with the name under which it signs. The name has no space and no ``+``."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        if not self.name or "+" in self.name or any(char.isspace() for char in self.name):
            raise NoteRefused(f"a key cannot be named {self.name!r}")
        if len(self.public_key) != 32:
            raise NoteRefused("an Ed25519 public key has 32 bytes")

    @property
    def key_hash(self) -> bytes:
        named = self.name.encode() + b"\n" + ED25519 + self.public_key
        return hashlib.sha256(named).digest()[:KEY_HASH_BYTES]

    @property
    def key_id(self) -> str:
        return self.key_hash.hex()

    def verifier_line(self) -> str:
        """The key as ``name+hash+base64``, the form in which note keys are handed out."""
        body = base64.b64encode(ED25519 + self.public_key).decode()
        return f"{self.name}+{self.key_id}+{body}"

    @classmethod
    def from_line(cls, line: str) -> NoteKey:
        """Back from ``verifier_line``. Raises: NoteRefused."""
        name, _plus, rest = line.strip().partition("+")
        key_id, _plus, encoded = rest.partition("+")
        try:
            body = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error) as error:
            raise NoteRefused("a note key is not base64") from error
        key = cls(name, body[1:])
        if body[:1] != ED25519 or key.key_id != key_id:
            raise NoteRefused("a note key does not fit its own hash, or is not Ed25519")
        return key


def sign_note(text: str, *, key: NoteKey, private_key: Ed25519PrivateKey) -> str:
    """The note over ``text``, which must end with a line feed and hold no empty line."""
    if not text.endswith("\n") or "\n\n" in text or text.startswith("\n"):
        raise NoteRefused("a note's text is made of non-empty lines")
    return f"{text}\n{_stamp(text, key, private_key)}"


def cosign_note(note: str, *, key: NoteKey, private_key: Ed25519PrivateKey) -> str:
    """The same note with one more signature below. Raises: NoteRefused (it is no note)."""
    text, empty_line, signatures = note.rpartition("\n\n")
    if not empty_line or not signatures.endswith("\n"):
        raise NoteRefused("the note has no signature lines")
    return note + _stamp(text + "\n", key, private_key)


def _stamp(text: str, key: NoteKey, private_key: Ed25519PrivateKey) -> str:
    stamp = base64.b64encode(key.key_hash + private_key.sign(text.encode())).decode()
    return f"{MARK}{key.name} {stamp}\n"


def open_note(note: str, *, key: NoteKey) -> str:
    """The text of a note that ``key`` has signed; other signatures below it are skipped.

    Raises: NoteRefused.
    """
    text, empty_line, signatures = note.rpartition("\n\n")
    if not empty_line or not signatures.endswith("\n"):
        raise NoteRefused("the note has no signature lines")
    text += "\n"
    for line in signatures.splitlines():
        name, stamp = _signature_line(line)
        if name != key.name or stamp[:KEY_HASH_BYTES] != key.key_hash:
            continue
        try:
            public_key = Ed25519PublicKey.from_public_bytes(key.public_key)
            public_key.verify(stamp[KEY_HASH_BYTES:], text.encode())
        except InvalidSignature as error:
            raise NoteRefused(f"the signature of {name} does not fit the text") from error
        return text
    raise NoteRefused(f"not signed by {key.name} (key {key.key_id})")


def _signature_line(line: str) -> tuple[str, bytes]:
    """Key name, and key hash followed by the signature."""
    name, space, encoded = line.removeprefix(MARK).partition(" ")
    try:
        stamp = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error) as error:
        raise NoteRefused("a signature line is not base64") from error
    if not line.startswith(MARK) or not space or len(stamp) <= KEY_HASH_BYTES:
        raise NoteRefused("a line below the text is not a signature")
    return name, stamp
