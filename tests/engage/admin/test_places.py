"""The switcher: found by name, answered by the server, nothing of where the person is not."""

from typing import Any

from django.test import Client
from django.utils import timezone

from tenants.domain.places import brands_of_person
from tenants.models import Agency, Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation
from tests.factories.tenants import make_brand, make_member, make_user

PLACES = "/places/"
NORTH = "/w/acme/north/"
PLACES_QUERIES = 9


def _names(answer: Any) -> list[str]:
    return [hit.place.title for hit in answer.context["hits"]]


def test_words_of_the_name_find_the_place(
    client: Client, olga: User, north: Brand, south: Brand
) -> None:
    client.force_login(olga)
    assert _names(client.get(PLACES, {"q": "SOU"})) == ["South"]
    assert _names(client.get(PLACES, {"q": "acme nor"})) == ["North"]
    assert _names(client.get(PLACES)) == ["Acme", "North", "South"]
    assert "None of your workspaces" in client.get(PLACES, {"q": "zebra"}).content.decode()


def test_nobody_finds_a_place_that_is_not_theirs(
    client: Client, ada: User, gus: User, eve: User, north: Brand, south: Brand, main: Brand
) -> None:
    client.force_login(ada)
    assert _names(client.get(PLACES)) == ["North"]
    assert _names(client.get(PLACES, {"q": "s"})) == []
    client.force_login(gus)
    assert _names(client.get(PLACES, {"q": "north"})) == []
    assert _names(client.get(PLACES)) == ["Globex", "Main"]
    client.force_login(eve)
    assert _names(client.get(PLACES)) == []
    assert Client().get(PLACES).status_code == 403


def test_the_answer_is_never_kept(client: Client, olga: User) -> None:
    client.force_login(olga)
    assert "no-store" in client.get(PLACES).headers["Cache-Control"]
    assert client.post(PLACES).status_code == 405


def test_at_most_twenty_are_shown(client: Client, acme: Agency, olga: User) -> None:
    for number in range(30):
        make_brand(acme, f"many-{number:02}")
    client.force_login(olga)
    answer = client.get(PLACES)
    assert len(_names(answer)) == 20
    assert "Type more of the name" in answer.content.decode()


def test_recent_brands_come_first_and_a_lost_one_is_gone(
    client: Client, acme: Agency, north: Brand, south: Brand
) -> None:
    user = make_user("rita")
    make_member(user, acme, "community_manager", north)
    lost = make_member(user, acme, "community_manager", south)
    client.force_login(user)
    client.get(f"{NORTH}admin/")
    client.get("/w/acme/south/admin/", headers={"sec-fetch-mode": "navigate"})
    client.get(f"{NORTH}admin/jobs/", headers={"sec-fetch-mode": "cors"})
    found = client.get(PLACES).context["hits"]
    assert [(hit.place.title, hit.is_recent) for hit in found][:2] == [
        ("South", True),
        ("North", True),
    ]
    lost.delete()
    assert "South" not in _names(client.get(PLACES))


def test_figures_are_those_the_person_may_see(
    client: Client, acme: Agency, olga: User, north: Brand
) -> None:
    with brand_scope(north.pk):
        make_conversation(make_account(north), due_at=timezone.now())
    client.force_login(olga)
    hit = next(one for one in client.get(PLACES).context["hits"] if one.place.brand == north)
    assert (hit.figures.open, hit.is_late) == (1, True)
    viewer = make_user("vic")
    make_member(viewer, acme, "client_viewer", north)
    client.force_login(viewer)
    hit = client.get(PLACES).context["hits"][0]
    assert (hit.figures.open, hit.first_due_at) == (0, None)


def test_the_screen_is_kept_where_it_exists(
    client: Client, acme: Agency, north: Brand, south: Brand
) -> None:
    user = make_user("rita")
    make_member(user, acme, "brand_manager", north)
    make_member(user, acme, "community_manager", south)
    client.force_login(user)

    def urls(screen: str) -> dict[str, str]:
        hits = client.get(PLACES, {"at": NORTH, "screen": screen}).context["hits"]
        return {hit.place.title: hit.url for hit in hits}

    kept = urls("moderation/case/")
    assert kept["South"] == "/w/acme/south/admin/moderation/case/"
    assert urls("inbox/conversation/0/change/")["South"].endswith("/admin/inbox/conversation/")
    assert urls("compliance/auditevent/")["South"] == "/w/acme/south/admin/"
    assert urls("//evil.test/")["South"] == "/w/acme/south/admin/"


def test_the_cost_does_not_grow_with_the_brands(
    client: Client, acme: Agency, olga: User, north: Brand, count_queries: Any
) -> None:
    client.force_login(olga)
    client.get(PLACES)
    costs = []
    for number in (1, 3):
        for more in range(number):
            make_brand(acme, f"more-{number}-{more}")
        with count_queries() as captured:
            client.get(PLACES)
        costs.append(len(captured))
    assert costs == [PLACES_QUERIES, PLACES_QUERIES]


def test_the_choice_is_searched_and_paged(client: Client, acme: Agency, olga: User) -> None:
    for number in range(60):
        make_brand(acme, f"many-{number:02}")
    client.force_login(olga)
    first = client.get("/")
    titles = [hit.place.title for hit in first.context["hits"]]
    assert (titles[0], len(titles)) == ("Acme", 51)
    rest = client.get("/", {"after": first.context["page"].next_cursor})
    assert len(rest.context["hits"]) == 10
    found = client.get("/", {"q": "many-59"})
    assert [hit.place.title for hit in found.context["hits"]] == ["Many-59"]
    assert client.get("/", {"q": "\x00"}).status_code == 200


def test_an_owner_without_brands_comes_to_the_agency(client: Client, olga: User) -> None:
    client.force_login(olga)
    assert client.get("/").headers["Location"] == "/w/acme/admin/"


def test_a_brand_s_page_does_not_read_the_others(
    client: Client, acme: Agency, olga: User, north: Brand, count_queries: Any
) -> None:
    for number in range(5):
        make_brand(acme, f"many-{number}")
    client.force_login(olga)
    with count_queries() as captured:
        client.get(f"{NORTH}admin/")
    assert not [one for one in captured if "many-1" in str(one)]
    assert brands_of_person(olga).count() == 6
