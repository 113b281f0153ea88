"""A text column that is encrypted at rest."""

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


class SecretUnreadable(RuntimeError):
    """No key in ``FIELD_KEYS`` opens the stored value."""


def encrypt(text: str) -> str:
    """A Fernet token under the first of ``settings.FIELD_KEYS``."""
    return _cipher(tuple(settings.FIELD_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Raises: SecretUnreadable."""
    try:
        return _cipher(tuple(settings.FIELD_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadable("no key in FIELD_KEYS opens this value") from error


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # not generic at run time
    """Plain text in Python, a Fernet token in the column. Not searchable.

    The first of ``settings.FIELD_KEYS`` encrypts, all of them decrypt, so keys rotate by
    prepending a new one.
    """

    def from_db_value(self, value: str | None, *_args: Any) -> str | None:
        if not value:
            return value
        try:
            return _cipher(tuple(settings.FIELD_KEYS)).decrypt(value.encode()).decode()
        except InvalidToken as error:
            raise SecretUnreadable(
                f"{self.model._meta.label}.{self.name}: no key in FIELD_KEYS opens this value"
            ) from error

    def get_prep_value(self, value: Any) -> Any:
        if not value:
            return value
        return _cipher(tuple(settings.FIELD_KEYS)).encrypt(str(value).encode()).decode()
