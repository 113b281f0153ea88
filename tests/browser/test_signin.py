"""A second factor in a real browser: an authenticator app, a key, a passkey alone."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value

from tenants.models import Brand, StaffSession, User

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
INSIDE = re.compile(r"^http://[^/]+/(?:$|w/)")
pytestmark = pytest.mark.browser


def _code(secret: str, step: int = 0) -> str:
    return f"{hotp_value(secret, int(time.time()) // 30 + step):06d}"


@pytest.fixture
def door(web: str, settings: Any, chromium: Any, north: Brand, olga: User) -> Iterator[Any]:
    """A fresh browser under the name localhost, the only one keys work for without TLS."""
    settings.SECOND_FACTOR_REQUIRED = True
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.complaints = []
    page.on(
        "console",
        lambda m: page.complaints.append(m.text) if m.type in {"error", "warning"} else None,
    )
    page.on("pageerror", lambda error: page.complaints.append(f"page: {error}"))
    page.base = web.replace("127.0.0.1", "localhost")
    yield page
    assert page.complaints == []
    context.close()


def _sign_in(page: Any, user: User) -> None:
    page.goto(f"{page.base}/accounts/login/")
    page.fill("#id_username", user.email)
    page.fill("#id_password", "correct horse")
    page.press("#id_password", "Enter")
    page.wait_for_load_state("load")


def _log_out(page: Any) -> None:
    page.goto(f"{page.base}/accounts/logout/")
    page.click("main button[type=submit]")
    page.wait_for_url(re.compile("/accounts/login/"))


def _fits(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_an_authenticator_app_is_set_up_and_asked_for(door: Any, olga: User) -> None:
    _sign_in(door, olga)
    assert door.locator("h1").inner_text() == "A second factor is needed"
    assert _fits(door)
    door.click("text=With an authenticator app")
    assert door.locator("img.qr").evaluate("(img) => img.naturalWidth") > 0
    assert _fits(door)
    secret = door.input_value("#authenticator_secret")
    door.fill("#id_code", _code(secret))
    door.click("main button[type=submit]")

    door.wait_for_selector("#recovery_codes")
    assert door.locator("#recovery_codes li").count() == 10
    code = door.locator("#recovery_codes li").first.inner_text().strip()
    with door.expect_download() as download:
        door.click("text=Download")
    assert code in download.value.path().read_text()
    # Without the tick the browser keeps the page.
    door.click("text=Continue")
    assert door.locator("#recovery_codes").count() == 1
    door.check("#codes_saved")
    door.click("text=Continue")
    door.wait_for_url(INSIDE)

    _log_out(door)
    _sign_in(door, olga)
    assert door.locator("h1").inner_text() == "Second factor"
    assert _fits(door)
    door.fill("#id_code", _code(secret, 1))
    door.click("main form button[type=submit] >> nth=0")
    door.wait_for_url(INSIDE)
    door.goto(f"{door.base}/accounts/me/")
    assert "set up" in door.locator("main").inner_text()
    assert _fits(door)


def test_a_key_is_added_asked_for_and_opens_alone(door: Any, olga: User) -> None:
    cdp = door.context.new_cdp_session(door)
    cdp.send("WebAuthn.enable")
    cdp.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    _sign_in(door, olga)
    door.click("text=With a security key or passkey")
    door.check("input[name=passwordless]")
    door.click("#mfa_webauthn_add")
    door.wait_for_selector("#recovery_codes")
    assert Authenticator.objects.filter(user=olga, type="webauthn").count() == 1

    _log_out(door)
    _sign_in(door, olga)
    door.click("#mfa_webauthn_authenticate")
    door.wait_for_url(INSIDE)
    _log_out(door)
    door.click("#passkey_login")
    door.wait_for_url(INSIDE)

    methods = StaffSession.objects.filter(user=olga).values_list("method", flat=True)
    assert list(methods) == ["passkey"]


def test_a_key_that_does_not_answer_is_told_in_words(door: Any, olga: User) -> None:
    door.add_init_script("navigator.credentials.get = () => Promise.reject(new Error('no'))")
    door.goto(f"{door.base}/accounts/login/")
    door.click("#passkey_login")

    door.wait_for_selector("#signin-problem:not([hidden])")
    assert "did not answer" in door.locator("#signin-problem").inner_text()


PAGES = (
    "/accounts/me/",
    "/accounts/2fa/needed/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/keys/add/",
    "/accounts/password/change/",
    "/accounts/logout/",
)
STRANGERS_PAGES = (
    "/accounts/login/",
    "/accounts/sso/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/sso/callback/",
    "/invitations/unknown/",
)


def _wrong_on(page: Any) -> list[str]:
    page.evaluate(AXE)
    result = page.evaluate(
        "(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS
    )
    found = [f"{v['id']} {n['html'][:90]}" for v in result["violations"] for n in v["nodes"]]
    for selector, count in (("main", 1), ("h1", 1), ("a.skip", 1)):
        if page.locator(selector).count() != count:
            found.append(f"not {count} {selector}")
    if not _fits(page):
        found.append("too wide for a phone")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_the_door_reads_well(door: Any, olga: User, scheme: str) -> None:
    door.emulate_media(color_scheme=scheme)
    wrong: dict[str, list[str]] = {}
    for path in STRANGERS_PAGES:
        door.goto(f"{door.base}{path}")
        wrong[path] = _wrong_on(door)
    _sign_in(door, olga)
    for path in PAGES:
        door.goto(f"{door.base}{path}")
        wrong[path] = _wrong_on(door)
    # The browser writes every answer but 200 to its console.
    door.complaints[:] = [c for c in door.complaints if "the server responded with" not in c]

    assert {path: found for path, found in wrong.items() if found} == {}
