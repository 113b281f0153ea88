from dataclasses import replace

import pytest

from inbox.providers.base import AccountAccess, Call
from inbox.providers.errors import ErrorClass, PlatformFailure, ReadBackUnavailable
from inbox.providers.events import EventKind
from inbox.providers.sandbox.client import SandboxClient
from inbox.providers.whatsapp.client import WhatsAppConnector

CALL = Call("message", to="DE.48ab", text="Grüße 😀", reference="outbox:77", context_id="wamid.AA1")


def refused(whatsapp: WhatsAppConnector, account: AccountAccess, call: Call) -> PlatformFailure:
    with pytest.raises(PlatformFailure) as caught:
        whatsapp.send(account, call)
    return caught.value


def sent(sandbox: SandboxClient) -> list[str]:
    return [one["text"] for one in sandbox.state()["messages"] if one["direction"] == "out"]


@pytest.mark.parametrize("to", ["DE.48ab", "49170000", "+49170000"])
def test_send_arrives_and_its_statuses_carry_our_reference(
    whatsapp: WhatsAppConnector, number: AccountAccess, sandbox: SandboxClient, hook, to: str
) -> None:
    result = whatsapp.send(number, replace(CALL, to=to))
    sandbox.wait_until_delivered()

    message = sandbox.message(result.external_id)
    assert (message["person_id"], message["text"]) == ("DE.48ab", "Grüße 😀")
    assert (message["reference"], message["context_id"]) == ("outbox:77", "wamid.AA1")
    assert result.usage_pct == 0
    events = hook.events("whatsapp")
    assert [
        (one.kind, one.external_id, one.status, one.reply_ref, one.thread_id) for one in events
    ] == [
        (EventKind.DM_STATUS, result.external_id, status, "outbox:77", "DE.48ab")
        for status in ("sent", "delivered", "read")
    ]


def test_send_closed_window(
    whatsapp: WhatsAppConnector, number: AccountAccess, sandbox: SandboxClient
) -> None:
    sandbox.move_clock(24 * 3600 + 5)

    failure = refused(whatsapp, number, CALL)

    assert (failure.error_class, failure.code) == (ErrorClass.WINDOW_CLOSED, "131047")
    assert "24 hours" in failure.message
    assert sent(sandbox) == []


def test_send_window_just_open(
    whatsapp: WhatsAppConnector, number: AccountAccess, sandbox: SandboxClient
) -> None:
    sandbox.move_clock(24 * 3600 - 60)

    whatsapp.send(number, CALL)

    assert sent(sandbox) == ["Grüße 😀"]


def test_send_to_somebody_who_never_wrote(
    whatsapp: WhatsAppConnector, number: AccountAccess, sandbox: SandboxClient
) -> None:
    failure = refused(whatsapp, number, replace(CALL, to="4915100000"))

    assert (failure.error_class, failure.code) == (ErrorClass.WINDOW_CLOSED, "131047")


def test_send_refused_later_by_a_status(
    whatsapp: WhatsAppConnector, number: AccountAccess, sandbox: SandboxClient, hook
) -> None:
    sandbox.move_clock(25 * 3600)
    sandbox.add_fault("late_refusal")

    result = whatsapp.send(number, CALL)
    sandbox.wait_until_delivered()

    (event,) = hook.events("whatsapp")
    assert (event.external_id, event.status) == (result.external_id, "failed")
    assert event.error is not None
    assert (event.error.code, event.error.error_class) == ("131047", ErrorClass.WINDOW_CLOSED)


def test_send_with_a_dead_token(
    whatsapp: WhatsAppConnector, number: AccountAccess, sandbox: SandboxClient
) -> None:
    failure = refused(whatsapp, replace(number, token="old"), CALL)

    assert (failure.error_class, failure.code) == (ErrorClass.AUTH_EXPIRED, "190/467")


def test_send_with_a_wrong_app_secret(
    whatsapp: WhatsAppConnector, number: AccountAccess, sandbox: SandboxClient
) -> None:
    failure = refused(whatsapp, replace(number, app_secret="other"), CALL)

    assert (failure.error_class, failure.code) == (ErrorClass.INVALID, "100")
    assert "appsecret_proof" in failure.message


def test_send_from_a_number_that_is_not_ours(
    whatsapp: WhatsAppConnector, number: AccountAccess, sandbox: SandboxClient
) -> None:
    failure = refused(whatsapp, replace(number, account_id="5551"), CALL)

    assert (failure.error_class, failure.code) == (ErrorClass.TARGET_GONE, "100/33")


def test_send_rate_limited_tells_when_to_come_back(
    whatsapp: WhatsAppConnector, number: AccountAccess, sandbox: SandboxClient
) -> None:
    sandbox.add_fault("rate_limit", account_id="PN1")

    failure = refused(whatsapp, number, CALL)

    assert (failure.error_class, failure.code) == (ErrorClass.RATE_LIMITED, "130429")
    assert failure.retry_after_s == 2
    assert whatsapp.send(number, CALL).external_id


def test_send_over_the_limit_of_the_account(
    whatsapp: WhatsAppConnector, number: AccountAccess, sandbox: SandboxClient
) -> None:
    sandbox.add_account("whatsapp", "PN1", token="token-wa", app_id="app1", calls_per_minute=2)

    usages = [whatsapp.send(number, CALL).usage_pct for _ in range(2)]
    failure = refused(whatsapp, number, CALL)

    assert usages == [50, 100]
    assert failure.error_class is ErrorClass.RATE_LIMITED


def test_send_to_somebody_who_blocks_us(
    whatsapp: WhatsAppConnector, number: AccountAccess, sandbox: SandboxClient
) -> None:
    sandbox.block("PN1", "DE.48ab")

    failure = refused(whatsapp, number, CALL)

    assert (failure.error_class, failure.code) == (ErrorClass.RECIPIENT_UNREACHABLE, "131026")


def test_send_outage_has_no_effect_and_is_transient(
    whatsapp: WhatsAppConnector, number: AccountAccess, sandbox: SandboxClient
) -> None:
    sandbox.add_fault("http_500")

    failure = refused(whatsapp, number, CALL)

    assert (failure.error_class, failure.code) == (ErrorClass.TRANSIENT, "2")
    assert sent(sandbox) == []


@pytest.mark.parametrize(
    ("fault", "hold_s", "code"),
    [
        ("timeout_after_accept", 0.0, "no_answer"),
        ("timeout_after_accept", 5.0, "no_answer"),
        ("bad_gateway", 0.0, "http_502"),
    ],
)
def test_send_accepted_without_an_answer_is_ambiguous(
    whatsapp: WhatsAppConnector,
    number: AccountAccess,
    sandbox: SandboxClient,
    hook,
    fault: str,
    hold_s: float,
    code: str,
) -> None:
    sandbox.add_fault(fault, hold_s=hold_s)

    failure = refused(whatsapp, number, CALL)

    assert (failure.error_class, failure.code) == (ErrorClass.AMBIGUOUS, code)
    with pytest.raises(ReadBackUnavailable):
        whatsapp.find_sent(number, CALL)
    sandbox.wait_until_delivered()
    assert sent(sandbox) == ["Grüße 😀"]
    assert {one.reply_ref for one in hook.events("whatsapp")} == {"outbox:77"}


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (replace(CALL, text=" \n"), "empty_text"),
        (replace(CALL, text="x" * 4097), "text_too_long"),
        (replace(CALL, to="lena"), "bad_recipient"),
        (replace(CALL, to=""), "bad_recipient"),
        (replace(CALL, reference="r" * 513), "reference_too_long"),
        (Call("hide", target="1_2"), "no_such_action"),
    ],
)
def test_send_our_own_mistakes_never_leave_the_machine(
    whatsapp: WhatsAppConnector, call: Call, code: str
) -> None:
    nowhere = AccountAccess("http://127.0.0.1:1", "PN1", "t", "s", sandbox=True)

    failure = refused(whatsapp, nowhere, call)

    assert (failure.error_class, failure.code) == (ErrorClass.INVALID, code)


def test_loopback_needs_the_sandbox_mark(
    whatsapp: WhatsAppConnector, number: AccountAccess, sandbox: SandboxClient
) -> None:
    failure = refused(whatsapp, replace(number, sandbox=False), CALL)

    assert (failure.error_class, failure.code) == (ErrorClass.INVALID, "address_refused")
    assert sent(sandbox) == []
