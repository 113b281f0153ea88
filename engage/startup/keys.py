"""Secrets of one installation: made once, kept in ``secrets.json`` (mode 0600)."""

import base64
import json
import os
import secrets as random
from dataclasses import asdict, dataclass
from pathlib import Path

from engage.startup.datadir import DataDir, write_private_json
from engage.startup.errors import CannotStart


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys and passwords. Passwords are hexadecimal, so they need no quoting in a URL."""

    secret_key: str
    field_keys: str
    consent_key: str
    sandbox_key: str
    postgres_password: str
    owner_password: str
    app_password: str
    broker_password: str


def generate() -> Secrets:
    """New random secrets: 256 bits for keys, 192 bits for passwords."""
    return Secrets(
        secret_key=random.token_urlsafe(48),
        field_keys=base64.urlsafe_b64encode(os.urandom(32)).decode(),
        consent_key=random.token_urlsafe(48),
        sandbox_key=random.token_hex(24),
        postgres_password=random.token_hex(24),
        owner_password=random.token_hex(24),
        app_password=random.token_hex(24),
        broker_password=random.token_hex(24),
    )


def load_or_create(data_dir: DataDir) -> Secrets:
    """The secrets of this data directory, made at the first call.

    Raises: CannotStart (file damaged, or missing although a database exists: its encrypted fields
    could never be read again with new keys).
    """
    path = data_dir.secrets_file
    if path.exists():
        return _read(path)
    if data_dir.postgres.exists():
        raise CannotStart(
            f"{path} is missing although {data_dir.postgres} holds a database; "
            "restore the file from a backup or move the whole data directory away."
        )
    secrets = generate()
    write_private_json(path, asdict(secrets))
    return secrets


def _read(path: Path) -> Secrets:
    try:
        return Secrets(**json.loads(path.read_text()))
    except OSError as error:
        raise CannotStart(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, TypeError) as error:
        raise CannotStart(
            f"{path} is damaged; restore it from a backup (it holds the encryption keys)."
        ) from error
