"""The post against a real SMTP server on loopback."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from engage.mailer import mailer_from
from engage.startup.postgres import free_port
from tenants.domain.post import deliver_due, post
from tenants.models import OutgoingMail


class Sink:
    """Takes mail; refuses ``bounce@`` for good and ``busy@`` for now."""

    def __init__(self) -> None:
        self.messages: list[Any] = []

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address.startswith("bounce@"):
            return "550 5.1.1 no such user"
        if address.startswith("busy@"):
            return "451 4.7.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 -- as above
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def sink(settings: Any, tmp_path: Any) -> Iterator[Sink]:
    handler = Sink()
    port = free_port(None)
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.MAILERS = {"default": mailer_from(f"smtp://127.0.0.1:{port}", tmp_path)}
    yield handler
    controller.stop()


def _send(to: str) -> OutgoingMail:
    mail = post(to=to, language="de", subject="Einladung für Zoë", text="Grüße aus Köln\n")
    deliver_due()
    mail.refresh_from_db()
    return mail


def test_a_mail_arrives_as_it_was_written(db: None, sink: Sink) -> None:
    mail = _send("zoe@example.test")

    assert mail.state == "sent"
    (message,) = sink.messages
    assert (message["To"], message["Subject"]) == ("zoe@example.test", "Einladung für Zoë")
    assert message.get_content().strip() == "Grüße aus Köln"
    assert message["Message-ID"].startswith(f"<{mail.pk}@")
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("to", "state", "code"),
    [("bounce@example.test", "failed", "550"), ("busy@example.test", "waiting", "451")],
)
def test_what_the_server_says_decides(db: None, sink: Sink, to: str, state: str, code: str) -> None:
    mail = _send(to)

    assert (mail.state, mail.failure_code) == (state, code)
    assert sink.messages == []


def test_a_server_that_is_away_is_asked_again(db: None, settings: Any, tmp_path: Any) -> None:
    settings.MAILERS = {"default": mailer_from("smtp://127.0.0.1:9", tmp_path)}

    mail = _send("zoe@example.test")

    assert (mail.state, mail.failure_code) == ("waiting", "connection")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://h", ("h", 25, False, False, "")),
        ("smtp+tls://u:p%40ss@h", ("h", 587, True, False, "p@ss")),
        ("smtps://u:p@h:4650", ("h", 4650, False, True, "p")),
    ],
)
def test_an_address_names_the_server(url: str, expected: tuple[Any, ...], tmp_path: Any) -> None:
    options = mailer_from(url, tmp_path)["OPTIONS"]

    found = (options[k] for k in ("host", "port", "use_tls", "use_ssl", "password"))
    assert tuple(found) == expected


@pytest.mark.parametrize("url", ["http://h", "smtp://", "mail"])
def test_another_address_stops_the_start(url: str, tmp_path: Any) -> None:
    from django.core.exceptions import ImproperlyConfigured

    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        mailer_from(url, tmp_path)


def test_without_a_server_each_mail_is_a_file(db: None, settings: Any, tmp_path: Any) -> None:
    settings.MAILERS = {"default": mailer_from("", tmp_path)}

    assert _send("zoe@example.test").state == "sent"
    (file,) = (tmp_path / "mail").iterdir()
    assert "zoe@example.test" in file.read_text()
