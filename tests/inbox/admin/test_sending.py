"""The kill switch on its page."""

from django.test import Client

from inbox.models import ChannelAccount
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account

PAGE = "/w/acme/north/admin/inbox/channelaccount/sending/"


def test_one_form_stops_the_brand_and_one_lets_it_go_on(
    client: Client, olga: User, north: Brand
) -> None:
    client.force_login(olga)
    client.post(f"{PAGE}stop/", {"target": str(north.pk), "reason": "Wrong price"})
    north.refresh_from_db()
    assert north.sending_stopped_reason == "Wrong price"
    assert "Sending is stopped for North." in client.get(PAGE).content.decode()
    client.post(f"{PAGE}resume/", {"target": str(north.pk)})
    north.refresh_from_db()
    assert north.sending_stopped_at is None


def test_a_stop_without_a_reason_changes_nothing(client: Client, olga: User, north: Brand) -> None:
    client.force_login(olga)
    answer = client.post(f"{PAGE}stop/", {"target": str(north.pk), "reason": " "}, follow=True)
    assert "Say why sending is stopped." in answer.content.decode()
    north.refresh_from_db()
    assert north.sending_stopped_at is None


def test_another_brands_account_cannot_be_named(
    client: Client, olga: User, north: Brand, south: Brand
) -> None:
    with brand_scope(south.pk):
        foreign = make_account(south)
    client.force_login(olga)
    for target in (foreign.pk, south.pk, "nonsense"):
        answer = client.post(f"{PAGE}stop/", {"target": str(target), "reason": "x"})
        assert answer.status_code == 404
    with brand_scope(south.pk):
        assert not ChannelAccount.objects.exclude(sending_stopped_at=None).exists()


def test_who_may_not_stop_sees_no_page(client: Client, ada: User, north: Brand) -> None:
    client.force_login(ada)
    assert client.get(PAGE).status_code == 403


def test_get_stops_nothing(client: Client, olga: User, north: Brand) -> None:
    client.force_login(olga)
    assert client.get(f"{PAGE}stop/").status_code == 405
