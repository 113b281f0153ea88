"""Secrets at rest: envelopes, the old form, and a change of keys that may be killed. C13."""

import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from compliance.models import AuditEvent
from inbox.models import ChannelAccount
from tenants.domain.agencies import own_brand
from tenants.domain.secret_rotation import left_under_old_keys, rotate_secrets, secret_columns
from tenants.models import Brand, SecretRotation, User
from tenants.models.encrypted import (
    SecretUnreadable,
    current_key_id,
    decrypt,
    encrypt,
    rewrapped,
)
from tenants.scope import brand_scope
from tests import databases
from tests.factories.inbox import make_account

ROOT = Path(__file__).parents[2]
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@given(st.text())
def test_round_trip(text: str):
    text = text.encode("utf-8", "replace").decode()

    token = encrypt(text)

    assert decrypt(token) == text
    assert token != encrypt(text)
    assert len(text) < 4 or text not in token


def test_each_value_has_its_own_data_key(settings: Any):
    settings.FIELD_KEYS = [OLD]

    one, two = encrypt("same"), encrypt("same")

    assert [part.split(":")[1] for part in (one, two)] == [current_key_id()] * 2
    assert one.split(":")[2] != two.split(":")[2]


def test_values_of_the_old_form_are_read(settings: Any):
    settings.FIELD_KEYS = [NEW, OLD]
    token = Fernet(OLD).encrypt(b"geheim").decode()

    assert decrypt(token) == "geheim"
    assert rewrapped(token).startswith(f"e1:{current_key_id()}:")
    assert decrypt(rewrapped(token)) == "geheim"


def test_wrapping_anew_leaves_the_value_alone(settings: Any):
    settings.FIELD_KEYS = [OLD]
    token = encrypt("geheim")
    settings.FIELD_KEYS = [NEW, OLD]

    fresh = rewrapped(token)

    assert fresh.split(":")[3] == token.split(":")[3]
    assert fresh.split(":")[1:3] != token.split(":")[1:3]
    assert rewrapped(fresh) == fresh
    renewed = rewrapped(fresh, renew=True)
    assert renewed.split(":")[3] != token.split(":")[3]
    settings.FIELD_KEYS = [NEW]
    assert [decrypt(one) for one in (fresh, renewed)] == ["geheim", "geheim"]
    with pytest.raises(SecretUnreadable, match="is not in FIELD_KEYS"):
        decrypt(token)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda t: t[:-6] + ("A" if t[-6] != "A" else "B") + t[-5:], "was changed"),
        (lambda t: ":".join([*t.split(":")[:2], "AAAA", t.split(":")[3]]), "was changed"),
        (lambda t: t.rpartition(":")[0], "was changed"),
        (lambda t: t + ":x", "was changed"),
        (lambda t: "e1:00000000:" + t.split(":", 2)[2], "the key 00000000 is not in FIELD_KEYS"),
        (lambda _t: "plain text", "no key in FIELD_KEYS"),
    ],
)
def test_what_was_changed_is_not_opened(broken: Any, words: str):
    with pytest.raises(SecretUnreadable, match=words):
        decrypt(broken(encrypt("geheim")))


def test_every_encrypted_column_is_known():
    labels = {column.label for column in secret_columns()}

    assert labels >= {
        "compliance.signingkey.private_key",
        "inbox.channelaccount.access_token",
        "inbox.channelapp.app_secret",
        "inbox.channelapp.verify_token",
        "mfa.authenticator.data",
        "tenants.outgoingmail.text",
        "tenants.ssoconnection.client_secret",
    }


def _stored(account: ChannelAccount) -> str:
    with brand_scope(account.brand_id), connection.cursor() as cursor:
        cursor.execute("SELECT access_token FROM inbox_channelaccount WHERE id = %s", [account.pk])
        return str(cursor.fetchone()[0])


def _accounts(north: Brand, south: Brand, count: int = 3) -> list[ChannelAccount]:
    made = []
    for brand in (north, south):
        with brand_scope(brand.pk):
            made += [make_account(brand, external_id=f"{brand.slug}-{n}") for n in range(count)]
    return made


def test_rotation_reaches_every_brand_and_the_second_factors(
    north: Brand, south: Brand, ada: User, settings: Any
):
    settings.FIELD_KEYS = [OLD]
    accounts = _accounts(north, south)
    factor = Authenticator.objects.create(
        user=ada, type="totp", data={"secret": encrypt("JBSWY3DP"), "n": 1}
    )
    was = [account.access_token for account in accounts]
    settings.FIELD_KEYS = [NEW, OLD]
    assert left_under_old_keys() >= 7

    first = rotate_secrets()
    second = rotate_secrets()

    assert first.changed >= 7
    assert (second.seen, second.changed) == (first.seen, 0)
    assert left_under_old_keys() == 0
    settings.FIELD_KEYS = [NEW]
    for account, token in zip(accounts, was, strict=True):
        with brand_scope(account.brand_id):
            account.refresh_from_db()
        assert account.access_token == token
    factor.refresh_from_db()
    assert (decrypt(factor.data["secret"]), factor.data["n"]) == ("JBSWY3DP", 1)
    own = own_brand(north.agency)
    with brand_scope(own.pk):
        assert AuditEvent.objects.filter(kind="tenants.secrets.rotated").count() == 2


def test_command_says_what_is_left(north: Brand, south: Brand, settings: Any):
    settings.FIELD_KEYS = [OLD]
    _accounts(north, south, 1)
    settings.FIELD_KEYS = [NEW, OLD]
    said = io.StringIO()
    with pytest.raises(CommandError, match="Run rotate_secrets before"):
        call_command("rotate_secrets", check=True, stdout=said)

    call_command("rotate_secrets", stdout=said)
    call_command("rotate_secrets", check=True, stdout=said)

    assert said.getvalue().splitlines()[-1] == "0 secrets under older keys"


def test_a_key_that_was_taken_out_too_early(north: Brand, south: Brand, settings: Any):
    settings.FIELD_KEYS = [OLD]
    (account, _other) = _accounts(north, south, 1)
    before = _stored(account)
    settings.FIELD_KEYS = [NEW]

    with pytest.raises(CommandError, match="Put the old key back into FIELD_KEYS"):
        call_command("rotate_secrets", stdout=io.StringIO())

    assert _stored(account) == before
    settings.FIELD_KEYS = [NEW, OLD]
    call_command("rotate_secrets", stdout=io.StringIO())
    assert left_under_old_keys() == 0


ROTATE = """
import time
import django; django.setup()
from tenants.domain import secret_rotation
secret_rotation.CHUNK = 1
def tell(row):
    print(row.changed, flush=True)
    time.sleep(0.02)
print("done", secret_rotation.rotate_secrets(renew={renew}, tell=tell).changed, flush=True)
"""


@pytest.mark.parametrize("renew", [False, True])
def test_killed_in_the_middle_and_run_again(
    committed: None, north: Brand, south: Brand, settings: Any, tmp_path: Path, *, renew: bool
):
    settings.FIELD_KEYS = [OLD]
    accounts = _accounts(north, south)
    was = {account.pk: (account.access_token, _stored(account)) for account in accounts}
    env = os.environ | {
        "DATABASE_URL": databases.url("APP", connection.settings_dict["NAME"]),
        "DJANGO_SETTINGS_MODULE": "engage.settings_test",
        "DATA_DIR": str(tmp_path),
        "FIELD_KEYS": f"{NEW},{OLD}",
    }
    command = [sys.executable, "-c", ROTATE.format(renew=renew)]
    for _kill in range(3):
        with subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for _line in range(2):
                assert process.stdout.readline(), "it ended before it could be killed"
            process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL

    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1].startswith("done ")
    rotation = SecretRotation.objects.get()
    assert rotation.finished_at is not None
    settings.FIELD_KEYS = [NEW]
    for account in accounts:
        token, stored = was[account.pk]
        with brand_scope(account.brand_id):
            account.refresh_from_db()
        assert account.access_token == token
        assert (_stored(account).split(":")[3] == stored.split(":")[3]) != renew
    # Each value was written once: what a kill undid was never committed.
    assert rotation.changed == rotation.seen == int(done.stdout.split()[-1])
