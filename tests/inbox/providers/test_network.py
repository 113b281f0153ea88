import gzip
import http.server
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from inbox.providers.base import AccountAccess
from inbox.providers.errors import ErrorClass, PlatformFailure
from inbox.providers.exchange import ANSWER_LIMIT_BYTES
from inbox.providers.graph import GraphClient, retry_after, usage_pct
from inbox.providers.network import checked_base_url, is_allowed_address

QUICK = GraphClient(connect_timeout_s=1, read_timeout_s=0.5, total_timeout_s=1)


def account(base_url: str, *, sandbox: bool = True) -> AccountAccess:
    return AccountAccess(base_url, "PN1", "token", "secret", sandbox=sandbox)


@contextmanager
def answering(answer: Callable[[http.server.BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A server whose POST does ``answer``; gives its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer(self)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def failure_of(base_url: str, *, sandbox: bool = True) -> PlatformFailure:
    with pytest.raises(PlatformFailure) as caught:
        QUICK.post(account(base_url, sandbox=sandbox), "PN1", "messages", json_body={"a": 1})
    return caught.value


@pytest.mark.parametrize(
    ("address", "real", "sandbox"),
    [
        ("157.240.1.1", True, True),
        ("2a03:2880:f11c:8183::1", True, True),
        ("127.0.0.1", False, True),
        ("127.9.9.9", False, True),
        ("::1", False, True),
        ("::ffff:127.0.0.1", False, True),
        ("::ffff:10.0.0.1", False, False),
        ("10.0.0.1", False, False),
        ("172.16.0.1", False, False),
        ("192.168.1.1", False, False),
        ("169.254.169.254", False, False),
        ("100.64.0.1", False, False),
        ("0.0.0.0", False, False),  # noqa: S104 -- an address to refuse
        ("224.0.0.1", False, False),
        ("fe80::1%eth0", False, False),
        ("fd00::1", False, False),
        ("::", False, False),
    ],
)
def test_address_allowed(address: str, real: bool, sandbox: bool) -> None:
    assert is_allowed_address(address, sandbox=False) is real
    assert is_allowed_address(address, sandbox=True) is sandbox


@pytest.mark.parametrize(
    "base_url",
    [
        "http://graph.facebook.com",
        "ftp://graph.facebook.com",
        "https://user:pass@graph.facebook.com",
        "https://graph.facebook.com/?x=1",
        "https://graph.facebook.com/#x",
        "https://",
        "nonsense",
        "",
        "http://localhost:8900",
        "http://127.0.0.1:8900",
        "https://127.0.0.1:8900",
        "http://[::1]:8900",
    ],
)
def test_base_url_of_a_real_account_refused(base_url: str) -> None:
    with pytest.raises(PlatformFailure) as caught:
        checked_base_url(base_url, sandbox=False)

    assert (caught.value.error_class, caught.value.code) == (ErrorClass.INVALID, "address_refused")


@pytest.mark.parametrize("base_url", ["http://intranet.example", "http://10.0.0.1"])
def test_base_url_of_a_sandbox_account_must_be_loopback_or_https(base_url: str) -> None:
    with pytest.raises(PlatformFailure, match="must begin with https"):
        checked_base_url(base_url, sandbox=True)


def test_name_that_leads_to_this_machine_is_refused_when_connecting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def resolve(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", ("93.184.216.34", port)), (2, 1, 6, "", ("169.254.169.254", port))]

    monkeypatch.setattr("inbox.providers.network.socket.getaddrinfo", resolve)

    failure = failure_of("https://graph.example", sandbox=False)

    assert (failure.error_class, failure.code) == (ErrorClass.INVALID, "address_refused")
    assert "169.254.169.254" in failure.message


def test_nobody_listens_is_transient() -> None:
    failure = failure_of("http://127.0.0.1:1")

    assert (failure.error_class, failure.code) == (ErrorClass.TRANSIENT, "not_sent")


@pytest.mark.parametrize("target", ["../5551", "a/b", "a?b", "..", "", "x" * 300, "a b", "ü"])
def test_id_that_would_change_the_address_is_refused(target: str) -> None:
    with pytest.raises(PlatformFailure) as caught:
        QUICK.get(account("http://127.0.0.1:1"), target)

    assert (caught.value.error_class, caught.value.code) == (ErrorClass.INVALID, "bad_id")


def respond(
    status: int, body: bytes, **headers: str
) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def test_redirect_is_not_followed() -> None:
    hits: list[int] = []

    def second(handler: http.server.BaseHTTPRequestHandler) -> None:
        hits.append(1)
        respond(200, b"{}")(handler)

    with (
        answering(second) as elsewhere,
        answering(respond(307, b"", Location=elsewhere)) as base_url,
    ):
        failure = failure_of(base_url)

    assert (failure.error_class, failure.code) == (ErrorClass.INVALID, "http_307")
    assert hits == []


@pytest.mark.parametrize(
    ("status", "body", "error_class", "code"),
    [
        (502, b"<html>", ErrorClass.AMBIGUOUS, "http_502"),
        (200, b"<html>", ErrorClass.AMBIGUOUS, "http_200"),
        (200, b"[]", ErrorClass.AMBIGUOUS, "http_200"),
        (200, b"[" * 100_000, ErrorClass.AMBIGUOUS, "http_200"),
        (404, b"nothing", ErrorClass.INVALID, "http_404"),
        (429, b"", ErrorClass.RATE_LIMITED, "http_429"),
        (500, b'{"error":{"code":2,"message":"x"}}', ErrorClass.TRANSIENT, "2"),
        (500, b'{"error":{"code":1,"error_subcode":1357046}}', ErrorClass.AMBIGUOUS, "1/1357046"),
        (400, b'{"error":{"code":"x","message":["y"]}}', ErrorClass.INVALID, "0"),
    ],
)
def test_answer_without_success(
    status: int, body: bytes, error_class: ErrorClass, code: str
) -> None:
    with answering(respond(status, body)) as base_url:
        failure = failure_of(base_url)

    assert (failure.error_class, failure.code) == (error_class, code)


def test_reading_is_never_ambiguous() -> None:
    with answering(respond(200, b"{}")) as base_url, pytest.raises(PlatformFailure) as caught:
        QUICK.get(account(base_url), "PN1")  # the server knows no GET: 501 with a page

    assert caught.value.error_class is ErrorClass.TRANSIENT


def test_endless_and_slow_answers_are_cut_off() -> None:
    def endless(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(ANSWER_LIMIT_BYTES // 65536 + 2):
            handler.wfile.write(b" " * 65536)

    def slow(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(50):
            handler.wfile.write(b" ")
            time.sleep(0.1)

    with answering(endless) as base_url:
        large = failure_of(base_url)
    began = time.monotonic()
    with answering(slow) as base_url:
        late = failure_of(base_url)

    assert (large.error_class, large.code) == (ErrorClass.AMBIGUOUS, "no_answer")
    assert "larger than" in large.message
    assert (late.error_class, late.code) == (ErrorClass.AMBIGUOUS, "no_answer")
    assert time.monotonic() - began < 3


def test_packed_answer_is_not_unpacked() -> None:
    packed = gzip.compress(b" " * 50_000_000)

    with answering(respond(200, packed, Content_Encoding="gzip")) as base_url:
        failure = failure_of(base_url)

    assert (failure.error_class, failure.code) == (ErrorClass.AMBIGUOUS, "http_200")


def test_no_answer_in_time_is_ambiguous() -> None:
    with answering(lambda _: time.sleep(1)) as base_url:
        failure = failure_of(base_url)

    assert (failure.error_class, failure.code) == (ErrorClass.AMBIGUOUS, "no_answer")


def test_proxy_settings_of_the_machine_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    with answering(respond(200, b'{"ok":true}', X_App_Usage='{"call_count":28}')) as base_url:
        answer = QUICK.post(account(base_url), "PN1", "messages", json_body={})

    assert (answer.data, answer.usage_pct) == ({"ok": True}, 28)


@pytest.mark.parametrize(
    ("headers", "wait", "usage"),
    [
        ({}, None, None),
        ({"retry-after": "7"}, 7, None),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None, None),
        ({"retry-after": "9" * 50}, 86_400, None),
        ({"x-app-usage": '{"call_count":28,"total_time":90.5}'}, None, 90),
        (
            {
                "x-business-use-case-usage": '{"1":[{"call_count":100,'
                '"estimated_time_to_regain_access":3}]}'
            },
            180,
            100,
        ),
        ({"x-app-usage": "{", "x-business-use-case-usage": "[1]"}, None, None),
    ],
)
def test_rate_headers(headers: dict[str, str], wait: int | None, usage: int | None) -> None:
    assert retry_after(headers) == wait
    assert usage_pct(headers) == usage


def test_secrets_of_an_account_are_not_in_its_repr() -> None:
    shown = repr(AccountAccess("https://graph.facebook.com", "PN1", "t0ken", "s3cret"))

    assert "PN1" in shown
    assert "t0ken" not in shown
    assert "s3cret" not in shown
