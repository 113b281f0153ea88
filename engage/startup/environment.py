"""The environment of the product's processes: what ``engage.settings`` reads."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engage.startup.keys import Secrets

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses of database and broker for the three identities."""

    owner_url: str
    app_url: str
    broker_url: str


def without_second_factor(host: str, environ: Mapping[str, str]) -> bool:
    """Whether this run asks nobody for a second factor: on this machine alone, and only if the
    operator has not decided otherwise."""
    return host in LOOPBACK and "SECOND_FACTOR_REQUIRED" not in environ


def is_external(environ: Mapping[str, str]) -> bool:
    """Whether the operator named a database server of their own."""
    return bool(environ.get("DATABASE_URL"))


def build(
    servers: Servers, secrets: Secrets, data_dir: Path, *, public_url: str, sandbox_url: str
) -> dict[str, str]:
    """Variables for web, worker, beat and commands in the app role.

    What the operator set in the environment wins over what was generated. The owner's address is
    left out: a process that cannot name the owner cannot become it.
    """
    generated = {
        "SECRET_KEY": secrets.secret_key,
        "FIELD_KEYS": secrets.field_keys,
        "CONSENT_KEY": secrets.consent_key,
        "SANDBOX_KEY": secrets.sandbox_key,
        "SANDBOX_URL": sandbox_url,
        "PUBLIC_URL": public_url,
    }
    fixed = {
        "DATABASE_URL": servers.app_url,
        "CELERY_BROKER_URL": servers.broker_url,
        "DATA_DIR": str(data_dir),
        "DJANGO_SETTINGS_MODULE": "engage.settings",
        "PYTHONUNBUFFERED": "1",
    }
    environment = {**generated, **os.environ, **fixed}
    environment.pop("DATABASE_OWNER_URL", None)
    return environment


def as_owner(environment: Mapping[str, str], servers: Servers) -> dict[str, str]:
    """The same environment for a command that changes tables (migrations, grants)."""
    return {
        **environment,
        "DATABASE_URL": servers.owner_url,
        "DATABASE_OWNER_URL": servers.owner_url,
    }
