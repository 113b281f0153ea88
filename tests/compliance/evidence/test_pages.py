"""Integrity and secrets in the admin: who sees them, what they say, and what nobody ever sees."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from compliance.choices import AlarmKind
from compliance.domain.anchors import anchor_all
from compliance.domain.keys import note_key, signing_key
from compliance.domain.ledger_alarms import raise_alarm
from compliance.domain.ledger_watch import check_brand
from compliance.domain.secret_watch import term_of, warn_of_expiry
from compliance.domain.sequencer import seal_all
from compliance.models import AuditEvent, SecretWarning
from inbox.domain.connecting import change_account
from inbox.models import ChannelAccount
from tenants.actors import SystemActor
from tenants.domain.tokens import issue_token
from tenants.models import Brand, OutgoingMail, SsoConnection, User
from tenants.scope import brand_scope
from tests.compliance.ledger import fill
from tests.counting import count_queries
from tests.factories.inbox import make_account

__all__ = ["count_queries"]

SYSTEM = SystemActor("system", "test")
CHECKS = "/w/acme/north/admin/compliance/ledgercheck/"
OF_AGENCY = "/w/acme/admin/compliance/ledgercheck/"
SECRETS = "/w/acme/north/admin/compliance/secretwarning/"
SECRETS_OF_AGENCY = "/w/acme/admin/compliance/secretwarning/"
CHECK_QUERIES, SECRET_QUERIES = 16, 11


@pytest.fixture
def checked(north: Brand) -> Brand:
    fill(north, 3)
    seal_all(north.pk)
    check_brand(north.pk)
    return north


@pytest.fixture
def token(north: Brand) -> ChannelAccount:
    with brand_scope(north.pk):
        return make_account(north, access_token="planted-token", is_sandbox=False)


@pytest.mark.parametrize("address", [CHECKS, SECRETS])
def test_who_sees_them(
    client: Client, checked: Brand, aud: User, ada: User, gus: User, address: str
):
    answers = []
    for person in (aud, ada, gus):
        client.force_login(person)
        answers.append(client.get(address).status_code)

    assert answers == [200, 403, 404]


def test_last_check_and_waiting_events(client: Client, checked: Brand, aud: User):
    fill(checked, 2)
    client.force_login(aud)

    html = client.get(CHECKS).content.decode()

    for words in (
        "3 of 3 sound",
        "2 events wait for their seal",
        "An event may wait 60 seconds",
        note_key(signing_key()).key_id,
        "audit.engage.local/",
    ):
        assert words in html
    assert "stop-banner" not in html


def test_alarm_is_a_banner_a_tile_and_names_the_event(
    client: Client, checked: Brand, aud: User, ada: User
):
    with brand_scope(checked.pk):
        event = AuditEvent.objects.order_by("at").first()
        assert event is not None
        problem = {"event": str(event.pk), "index": 0, "words": "The entry was altered."}
        raise_alarm(
            AlarmKind.DAMAGED,
            [problem],  # type: ignore[list-item]  # the shape of Problem
            brand_id=checked.pk,
            now=timezone.now(),
        )
    client.force_login(aud)

    page = client.get(CHECKS).content.decode()
    today = client.get("/w/acme/north/admin/").content.decode()

    assert f'/compliance/auditevent/{event.pk}/change/">{event.pk}</a>: The entry was' in page
    assert "1 alarm about the audit trail." in today
    assert 'id="tile-ledger"' in today
    client.force_login(ada)
    assert "alarm about the audit trail" not in client.get("/w/acme/north/admin/").content.decode()


def test_check_now(client: Client, checked: Brand, aud: User, ada: User, monkeypatch: Any):
    woken: list[dict[str, str]] = []
    monkeypatch.setattr("compliance.tasks.check_ledger.delay", lambda **what: woken.append(what))
    client.force_login(aud)

    assert client.get(f"{CHECKS}check/").status_code == 405
    client.post(f"{CHECKS}check/")

    with brand_scope(checked.pk):
        assert AuditEvent.objects.filter(kind="compliance.ledger.check_requested").count() == 1
    client.force_login(ada)
    answer = client.post(f"{CHECKS}check/", headers={"accept": "application/json"})
    assert answer.status_code == 403
    assert client.post(f"{OF_AGENCY}check/").status_code in {403, 404}


def test_anchors_stand_in_the_agencys_workspace(
    client: Client, checked: Brand, olga: User, main: Brand, gus: User
):
    anchor_all()
    client.force_login(olga)
    html = client.get(OF_AGENCY).content.decode()

    for words in ("Mail to the agency", ".txt", "audit.engage.local/platform", "3 of 3 sound"):
        assert words in html
    client.force_login(gus)
    other = client.get("/w/globex/admin/compliance/ledgercheck/").content.decode()
    assert ("Mail to the agency" in other, checked.name in other) == (True, False)


@pytest.mark.parametrize("rows", [1, 3])
def test_queries_of_the_pages(
    client: Client, checked: Brand, aud: User, count_queries: Any, rows: int
):
    for n in range(rows):
        check_brand(checked.pk)
        with brand_scope(checked.pk):
            make_account(checked, external_id=f"x{n}")
    client.force_login(aud)
    client.get(CHECKS)
    with count_queries() as captured:
        client.get(CHECKS)
    with count_queries() as of_secrets:
        client.get(SECRETS)

    assert (len(captured), len(of_secrets)) == (CHECK_QUERIES, SECRET_QUERIES)


@pytest.mark.parametrize(
    ("days", "term"), [(15, None), (14, 14), (4, 14), (3, 3), (1, 3), (0, 0), (-5, 0)]
)
def test_terms(days: int, term: int | None):
    now = timezone.now()

    assert term_of(now + timedelta(days=days), now=now) == term
    assert term_of(None, now=now) is None


def test_warned_14_and_3_days_before_and_at_the_end(
    north: Brand, south: Brand, aud: User, ada: User, token: ChannelAccount
):
    start = timezone.now()
    with brand_scope(north.pk):
        token.secret_expires_at = start + timedelta(days=20)
        token.save(update_fields=["secret_expires_at"])
        issue_token(north, name="Shop", names=[], actor=SYSTEM, lifetime=timedelta(days=400))

    told = [warn_of_expiry(now=start + timedelta(days=day)) for day in (0, 5, 6, 7, 16, 17, 18, 21)]

    assert told == [0, 0, 1, 0, 0, 1, 0, 1]
    assert [mail.to for mail in OutgoingMail.objects.all()] == [aud.email] * 3
    mail = OutgoingMail.objects.order_by("pk").first()
    assert mail is not None
    assert str(token) in mail.text
    assert "planted-token" not in mail.text
    with brand_scope(north.pk):
        events = AuditEvent.objects.filter(kind="compliance.secret.expiring").order_by("at")
        assert ['"days":14' in e.body for e in events] == [True, False, False]
        assert SecretWarning.objects.count() == 3


def test_new_token_begins_anew(north: Brand, token: ChannelAccount, aud: User):
    with brand_scope(north.pk):
        token.channel = "instagram"
        token.secret_set_at = timezone.now() - timedelta(days=50)
        token.secret_expires_at = timezone.now() + timedelta(days=10)
        token.save()

        change_account(token, name="", access_token="fresh-token", actor=SYSTEM)

        token.refresh_from_db()
    assert token.secret_set_at > timezone.now() - timedelta(minutes=1)
    assert token.secret_expires_at is not None
    assert (token.secret_expires_at - timezone.now()).days == 59


def test_list_says_kind_age_and_end(
    client: Client, north: Brand, south: Brand, token: ChannelAccount, aud: User, olga: User
):
    with brand_scope(north.pk):
        token.secret_expires_at = timezone.now() + timedelta(days=2)
        token.secret_set_at = timezone.now() - timedelta(days=58)
        token.save()
    with brand_scope(south.pk):
        make_account(south, external_id="77", name="of south")
    client.force_login(aud)

    html = client.get(SECRETS).content.decode()

    for words in ("Access token", "3 days or less", ">58<", token.name):
        assert words in html
    assert "of south" not in html
    assert 'id="tile-secrets"' in client.get("/w/acme/north/admin/").content.decode()
    # In the agency's workspace the officer of one brand sees that brand's, not the agency's own.
    html = client.get(SECRETS_OF_AGENCY).content.decode()
    assert (token.name in html, "App secret" in html, "of south" in html) == (True, False, False)
    signing_key()
    client.force_login(olga)
    html = client.get(SECRETS_OF_AGENCY).content.decode()
    for words in ("App secret", "Signing key of the audit trail", "of south", token.name):
        assert words in html


def _addresses(rows: list[Any]) -> list[str]:
    """Every page of every model that has one: list, each row's own page and history."""
    found = []
    for model, page in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found.append(reverse(f"{name}_changelist"))
        for row in rows:
            if type(row) is model:
                found += [
                    reverse(f"{name}_{kind}", args=[row.pk]) for kind in ("change", "history")
                ]
        assert page
    for view in ("admin:index", "admin:jobs"):
        try:
            found.append(reverse(view))
        except NoReverseMatch:
            continue
    return found


PLANTED = ("planted-token", "planted-secret", "planted-verify", "planted-client", "planted-new")


def test_no_secret_is_ever_shown_again(
    client: Client,
    north: Brand,
    token: ChannelAccount,
    olga: User,
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.DEBUG)
    token.app.app_secret, token.app.verify_token = "planted-secret", "planted-verify"
    token.app.save()
    connection = SsoConnection.objects.create(
        agency=north.agency,
        name="Okta",
        issuer="https://id.example",
        client_id="x",
        client_secret="planted-client",
        domains=["example.org"],
    )
    with brand_scope(north.pk):
        change_account(token, name="Named anew", access_token="planted-new", actor=olga)
        program, plain = issue_token(north, name="Shop", names=[], actor=SYSTEM)
    client.force_login(olga)
    private = signing_key().private_key
    secrets = (*PLANTED, plain, private)
    rows = [token, token.app, connection, program]
    seen, shown = [], []
    for workspace in ("/w/acme/north", "/w/acme"):
        for address in (
            *_addresses(rows),
            "/api/v1/channels/",
            f"/api/v1/channels/{token.pk}/",
            "/api/v1/audit-events/",
        ):
            answer = client.get(workspace + address, follow=True)
            body = (
                b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # of a file
                if answer.streaming
                else answer.content
            )
            seen.append(answer.status_code)
            shown += [f"{workspace}{address}: {s}" for s in secrets if s.encode() in body]

    assert shown == []
    assert seen.count(200) > 60
    assert [s for s in secrets if s in caplog.text] == []
    # The walk came to pages that show the rows: their names are there.
    answer = client.get(f"/w/acme/north/admin/inbox/channelaccount/{token.pk}/change/")
    assert "Named anew" in answer.content.decode()
