"""A text column that is encrypted at rest, each value under a data key of its own.

Envelope encryption: a fresh key per value encrypts it (AES-256-GCM), a key of ``FIELD_KEYS`` wraps
that data key (AES key wrap, RFC 3394), and the wrapped key lies beside the value. Changing the
master key therefore wraps 32 bytes anew and leaves the values alone. Values of before, Fernet
tokens under a master key itself, are still read.
"""

import base64
import binascii
import hashlib
import os
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from django.conf import settings
from django.db import models

MARK = "e1"
KEY_BYTES, NONCE_BYTES = 32, 12
_USE = b"engage field keys: wrap data keys, 1"


class SecretUnreadable(RuntimeError):
    """No key in ``FIELD_KEYS`` opens the stored value."""


@lru_cache(maxsize=4)
def _fernets(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


@lru_cache(maxsize=16)
def _wrapping_key(key: str) -> tuple[str, bytes]:
    """Name and wrapping key derived from a key of ``FIELD_KEYS``: the name tells nothing of it."""
    wrapping = HKDF(SHA256(), KEY_BYTES, salt=None, info=_USE).derive(base64.urlsafe_b64decode(key))
    return hashlib.sha256(b"name" + wrapping).hexdigest()[:8], wrapping


def current_key_id() -> str:
    """Name of the key that wraps new data keys: the first of ``FIELD_KEYS``. Not secret."""
    return _wrapping_key(settings.FIELD_KEYS[0])[0]


def key_ids() -> list[str]:
    """Names of all keys that are known, the current one first."""
    return [_wrapping_key(key)[0] for key in settings.FIELD_KEYS]


def encrypt(text: str) -> str:
    """``e1:<key name>:<wrapped data key>:<nonce and ciphertext>``, the parts in base64."""
    key_id, wrapping = _wrapping_key(settings.FIELD_KEYS[0])
    data_key, nonce = os.urandom(KEY_BYTES), os.urandom(NONCE_BYTES)
    sealed = AESGCM(data_key).encrypt(nonce, text.encode(), MARK.encode())
    return ":".join(
        (MARK, key_id, _coded(aes_key_wrap(wrapping, data_key)), _coded(nonce + sealed))
    )


def decrypt(token: str) -> str:
    """Raises: SecretUnreadable."""
    if not token.startswith(f"{MARK}:"):
        try:
            return _fernets(tuple(settings.FIELD_KEYS)).decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise SecretUnreadable("no key in FIELD_KEYS opens this value") from error
    _key_id, data_key, body = _opened(token)
    try:
        sealed = AESGCM(data_key).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], MARK.encode())
    except (InvalidTag, ValueError) as error:
        raise SecretUnreadable("the stored value was changed") from error
    return sealed.decode()


def is_token(text: str) -> bool:
    """Whether this looks like a value of ours, of either form."""
    return text.startswith((f"{MARK}:", "gAAAA"))


def rewrapped(token: str, *, renew: bool = False) -> str:
    """The same value under the current key; unchanged if it is so already.

    ``renew``: with a new data key too, which reads the value. A value of the old form always gets
    the new one. Raises: SecretUnreadable.
    """
    if renew or not token.startswith(f"{MARK}:"):
        return encrypt(decrypt(token))
    key_id, data_key, body = _opened(token)
    current, wrapping = _wrapping_key(settings.FIELD_KEYS[0])
    if key_id == current:
        return token
    return ":".join((MARK, current, _coded(aes_key_wrap(wrapping, data_key)), _coded(body)))


def _opened(token: str) -> tuple[str, bytes, bytes]:
    """Name of the wrapping key, data key, nonce with ciphertext. Raises: SecretUnreadable."""
    try:
        _mark, key_id, wrapped, body = token.split(":")
        for key in settings.FIELD_KEYS:
            name, wrapping = _wrapping_key(key)
            if name == key_id:
                return key_id, aes_key_unwrap(wrapping, _decoded(wrapped)), _decoded(body)
    except (ValueError, binascii.Error, InvalidUnwrap) as error:
        raise SecretUnreadable("the stored value was changed") from error
    raise SecretUnreadable(f"the key {key_id[:8]} is not in FIELD_KEYS")


def _coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode())


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # not generic at run time
    """Plain text in Python, an encrypted token in the column. Not searchable.

    The first of ``settings.FIELD_KEYS`` encrypts, all of them decrypt: keys rotate by prepending a
    new one and running ``manage.py rotate_secrets``.
    """

    def from_db_value(self, value: str | None, *_args: Any) -> str | None:
        if not value:
            return value
        try:
            return decrypt(value)
        except SecretUnreadable as error:
            raise SecretUnreadable(f"{self.model._meta.label}.{self.name}: {error}") from error

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(str(value)) if value else value
