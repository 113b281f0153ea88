"""What a person sets for themselves, the session's end, and the kill switch in the header."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from compliance.models import AuditEvent
from inbox.domain.channels import stop_sending
from tenants.actors import SystemActor
from tenants.domain.agencies import own_brand
from tenants.domain.preferences import change_preferences
from tenants.exceptions import NotAllowed
from tenants.models import Agency, Brand, User
from tenants.scope import brand_scope, own_scope
from tests.factories.inbox import make_account

HOME = "/w/acme/north/admin/"
PAGE = f"{HOME}my-settings/"
STOP = f"{HOME}inbox/channelaccount/sending/"


def test_language_colours_and_keys_are_kept(client: Client, ada: User) -> None:
    client.force_login(ada)
    answer = client.post(PAGE, {"language": "de", "theme": "dark", "single_keys": "alt"})
    assert answer.headers["Location"] == PAGE
    html = client.get(PAGE).content.decode()
    assert 'data-wanted="dark"' in html
    assert 'data-keys="alt"' in html
    assert '<html lang="de"' in html


def test_one_setting_leaves_the_others(client: Client, ada: User) -> None:
    client.force_login(ada)
    answer = client.post(PAGE, {"theme": "light"}, headers={"accept": "application/json"})
    assert answer.status_code == 200
    ada.refresh_from_db()
    assert (ada.theme, ada.single_keys, ada.language) == ("light", "on", "en")


@pytest.mark.parametrize("field", ["language", "theme", "single_keys", "blur"])
@pytest.mark.parametrize("value", ["", "xx", "\x00", "on " * 50])
def test_a_value_nobody_offers_changes_nothing(
    client: Client, ada: User, field: str, value: str
) -> None:
    client.force_login(ada)
    before = (ada.theme, ada.single_keys, ada.language)
    answer = client.post(
        PAGE, {"theme": "dark", field: value}, headers={"accept": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    ada.refresh_from_db()
    assert (ada.theme, ada.single_keys, ada.language) == before


def test_nobody_sets_for_somebody_else(ada: User, olga: User) -> None:
    with pytest.raises(NotAllowed):
        change_preferences(ada, actor=olga, wanted={"theme": "dark"})


def test_the_page_knows_when_the_session_ends_and_goes_on(client: Client, ada: User) -> None:
    client.force_login(ada)
    html = client.get(HOME).content.decode()
    ends_at = int(html.split('data-session-ends="')[1].split('"')[0]) / 1000
    twelve_hours = timezone.now() + timedelta(hours=12)
    assert abs(ends_at - twelve_hours.timestamp()) < 60
    assert client.get(f"{PAGE}stay/").status_code == 405
    assert client.post(f"{PAGE}stay/").json()["ends_at"] / 1000 >= ends_at - 1


def test_the_header_always_says_whether_sending_is_on(
    client: Client, ada: User, olga: User, north: Brand
) -> None:
    client.force_login(ada)
    html = client.get(HOME).content.decode()
    assert "Sending on" in html
    assert "data-stop-open" not in html
    with brand_scope(north.pk):
        stop_sending(make_account(north), actor=SystemActor("system", "tests"), reason="Test")
    client.force_login(olga)
    html = client.get(HOME).content.decode()
    assert "Sending partly stopped" in html
    assert "data-stop-open" in html


def test_an_owner_stops_the_whole_agency_from_any_brand(
    client: Client, olga: User, acme: Agency, north: Brand, south: Brand
) -> None:
    client.force_login(olga)
    form = client.get(STOP, {"part": "form", "next": HOME}).content.decode()
    assert f'value="{acme.pk}"' in form
    answer = client.post(
        f"{STOP}stop/", {"target": str(acme.pk), "reason": "Wrong price", "next": HOME}
    )
    assert answer.headers["Location"] == HOME
    acme.refresh_from_db()
    assert acme.sending_stopped_reason == "Wrong price"
    assert "Sending is stopped for Acme." in client.get("/w/acme/south/admin/").content.decode()
    own = own_brand(acme)
    with own_scope(own.pk):
        kinds = list(AuditEvent.objects.values_list("kind", flat=True))
    assert "inbox.sending.stopped" in kinds
    client.post(f"{STOP}resume/", {"target": str(acme.pk)})
    acme.refresh_from_db()
    assert acme.sending_stopped_at is None


def test_who_may_stop_one_brand_cannot_stop_the_agency(
    client: Client, aud: User, acme: Agency, north: Brand
) -> None:
    client.force_login(aud)
    assert f'value="{acme.pk}"' not in client.get(STOP, {"part": "form"}).content.decode()
    answer = client.post(
        f"{STOP}stop/",
        {"target": str(acme.pk), "reason": "x"},
        headers={"accept": "application/json"},
    )
    assert answer.status_code == 403
    acme.refresh_from_db()
    assert acme.sending_stopped_at is None
