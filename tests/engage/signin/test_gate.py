"""Which addresses stand behind the second factor."""

import pytest

from engage.signin.devices import device_of
from engage.signin.middleware import _GUARDED


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/w/acme/",
        "/w/acme/admin/",
        "/w/acme/north/admin/inbox/conversation/",
        "/w/acme/north/api/v1/conversations/",
        "/admin/",
        "/admin/tenants/brand/",
        "/w/acme/north/admin/x/admin/logout/",
        "/w/acme/north/api/v1/admin/logout/",
        "/w/acme/north/admin/logout",
        "/admin/x/login/",
    ],
)
def test_work_is_guarded(path: str) -> None:
    assert _GUARDED.match(path)


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/2fa/needed/",
        "/accounts/login/",
        "/w/acme/admin/logout/",
        "/w/acme/north/admin/i18n/language/",
        "/admin/login/",
        "/healthz",
        "/appeals/x/",
        "/invitations/x/",
    ],
)
def test_the_way_in_and_public_pages_are_not(path: str) -> None:
    assert not _GUARDED.match(path)


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/1 Safari/1 Edg/1", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; like Mac OS X) Version/1 Safari/1", "Safari · iPhone"),
        ("Mozilla/5.0 (Macintosh; Mac OS X 15) Gecko Firefox/1", "Firefox · macOS"),
        ("curl/8", "–"),
        ("", "–"),
    ],
)
def test_a_device_is_named_in_two_words(agent: str, device: str) -> None:
    assert device_of(agent) == device
