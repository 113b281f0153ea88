"""Mail: stored first, sent by a worker, tried again, given up in the open."""

import smtplib
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail as django_mail
from django.core.cache import cache
from django.utils import timezone

from tenants.domain.post import deliver_due, forget_old_mail, post
from tenants.exceptions import InvalidInput
from tenants.models import OutgoingMail

SEND = "django.core.mail.backends.locmem.EmailBackend.send_messages"


def _post(**words: Any) -> OutgoingMail:
    return post(**{"to": "n@x.test", "language": "de", "subject": "Grüße", "text": "Hallo"} | words)


def test_a_mail_is_stored_encrypted_and_erased_once_sent(db: None) -> None:
    stored = _post()
    raw = OutgoingMail.objects.filter(pk=stored.pk).extra(select={"raw": '"to"||subject||text'})
    assert "n@x.test" not in raw.get().raw

    assert deliver_due() == 1

    stored.refresh_from_db()
    assert (stored.state, stored.to, stored.subject, stored.text) == ("sent", "", "", "")
    sent = django_mail.outbox[0]
    assert (sent.to, sent.subject, sent.body) == (["n@x.test"], "Grüße", "Hallo")
    assert sent.extra_headers["Message-ID"].startswith(f"<{stored.pk}@")
    assert deliver_due() == 0


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"to": "nobody"}, "to"),
        ({"to": "a@x.test\nBcc: b@x.test"}, "to"),
        ({"subject": " "}, "subject"),
        ({"subject": "a\nBcc: b@x.test"}, "subject"),
        ({"language": "xx"}, "language"),
    ],
)
def test_a_bad_mail_is_refused_with_its_field(db: None, words: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        _post(**words)
    assert refused.value.field == field
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (smtplib.SMTPRecipientsRefused({"n@x.test": (451, b"busy")}), "451"),
        (smtplib.SMTPAuthenticationError(535, b"bad password"), "535"),
        (ConnectionRefusedError(), "connection"),
    ],
)
def test_a_passing_failure_is_tried_again_later(db: None, error: Exception, code: str) -> None:
    stored = _post()
    with patch(SEND, side_effect=error):
        assert deliver_due() == 0

    stored.refresh_from_db()
    assert (stored.state, stored.failure_code, stored.to) == ("waiting", code, "n@x.test")
    assert deliver_due() == 0  # not yet
    assert deliver_due(now=timezone.now() + timedelta(minutes=2)) == 1


def test_the_servers_last_word_ends_it(db: None) -> None:
    stored = _post()
    refusal = smtplib.SMTPRecipientsRefused({"n@x.test": (550, b"no such user")})
    with patch(SEND, side_effect=refusal):
        deliver_due()

    stored.refresh_from_db()
    assert (stored.state, stored.failure_code, stored.to) == ("failed", "550", "")


def test_a_server_that_never_answers_ends_it_after_a_day(db: None) -> None:
    stored = _post()
    now = timezone.now()
    with patch(SEND, side_effect=TimeoutError()):
        for hours in range(30):
            deliver_due(now=now + timedelta(hours=24 * hours))

    stored.refresh_from_db()
    assert (stored.state, stored.attempts) == ("failed", 8)


def test_a_mail_of_a_worker_that_died_is_taken_over(db: None) -> None:
    stored = _post()
    OutgoingMail.objects.update(state="sending", attempts=1, lease_until=timezone.now())

    assert deliver_due(now=timezone.now() + timedelta(minutes=1)) == 1
    stored.refresh_from_db()
    assert (stored.state, stored.attempts) == ("sent", 2)


def test_old_rows_go(db: None) -> None:
    _post()
    deliver_due()

    assert forget_old_mail(now=timezone.now() + timedelta(days=29)) == 0
    assert forget_old_mail(now=timezone.now() + timedelta(days=31)) == 1


def test_the_cache_is_one_for_all_processes(db: None) -> None:
    cache.set("acme:north:tries", 3)

    assert cache.get("acme:north:tries") == 3
    assert type(cache._connections["default"]).__name__ == "DatabaseCache"  # type: ignore[attr-defined]
