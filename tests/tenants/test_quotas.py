"""Quotas: counted by the minute over all processes, answered in words, nothing lost. T9."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client

from compliance.models import AuditEvent
from tenants.actors import SystemActor
from tenants.choices import Quota
from tenants.domain.quotas import CEILINGS, DEFAULTS, room, set_quota, spend, standings_of
from tenants.exceptions import InvalidInput, NotAllowed
from tenants.models import Brand, BrandQuota, QuotaUse, User
from tenants.scope import brand_scope
from tests.factories.api import make_program
from tests.faults.parallel import run_parallel

SETUP = SystemActor("system", "tests")
NOON = datetime(2026, 11, 22, 12, 0, 20, tzinfo=UTC)
PAGE = "/w/acme/north/admin/tenants/brandquota/"


def limit(brand: Brand, resource: Quota, number: int) -> None:
    with brand_scope(brand.pk):
        set_quota(brand, resource, limit=number, reason="test", actor=SETUP)


# Counting


def test_a_minute_is_counted_and_the_next_begins_anew(north: Brand) -> None:
    limit(north, Quota.API, 3)
    with brand_scope(north.pk):
        found = [spend(north.pk, Quota.API, now=NOON) for _time in range(4)]
        left = room(north.pk, Quota.API, now=NOON)
        later = spend(north.pk, Quota.API, 2, now=NOON + timedelta(seconds=40))

    assert [(one.left, one.retry_after_s) for one in found] == [(2, 0), (1, 0), (0, 0), (0, 40)]
    assert left == 0
    assert (later.left, later.retry_after_s) == (1, 0)


def test_a_brand_without_a_limit_of_its_own_has_the_usual_one(north: Brand) -> None:
    with brand_scope(north.pk):
        assert room(north.pk, Quota.SENDS, now=NOON) == DEFAULTS[Quota.SENDS]
        spend(north.pk, Quota.SENDS, 10, now=NOON)
        assert room(north.pk, Quota.SENDS, now=NOON) == DEFAULTS[Quota.SENDS] - 10


def test_brands_do_not_share_their_counts(north: Brand, south: Brand) -> None:
    limit(north, Quota.API, 1)
    with brand_scope(north.pk):
        spend(north.pk, Quota.API, 5, now=NOON)
    with brand_scope(south.pk):
        assert spend(south.pk, Quota.API, now=NOON).left == DEFAULTS[Quota.API] - 1
        assert QuotaUse.objects.count() == 1


def test_many_processes_at_once_lose_no_count(committed: None, north: Brand) -> None:
    def work() -> None:
        for _time in range(20):
            with brand_scope(north.pk):
                spend(north.pk, Quota.API, now=NOON)

    run_parallel(*[work] * 4)

    with brand_scope(north.pk):
        assert QuotaUse.objects.get().used == 80


def test_having_to_wait_is_noted(north: Brand) -> None:
    limit(north, Quota.EVENTS, 1)
    with brand_scope(north.pk):
        spend(north.pk, Quota.EVENTS, now=NOON)
        assert QuotaUse.objects.get().deferred_at is None
        assert room(north.pk, Quota.EVENTS, now=NOON) == 0
        assert QuotaUse.objects.get().deferred_at == NOON


# Setting


@pytest.mark.parametrize(
    ("resource", "number", "reason", "field"),
    [("storage", 5, "why", "resource"), ("api", 0, "why", "limit"),
     ("api", CEILINGS[Quota.API] + 1, "why", "limit"), ("api", 5, "  ", "reason")],
)  # fmt: skip
def test_bad_limits_say_which_field(
    olga: User, north: Brand, resource: str, number: int, reason: str, field: str
) -> None:
    with brand_scope(north.pk):
        with pytest.raises(InvalidInput) as caught:
            set_quota(north, resource, limit=number, reason=reason, actor=olga)
        assert caught.value.field == field
        assert not BrandQuota.objects.exists()


def test_who_sets_limits(olga: User, ada: User, gus: User, north: Brand) -> None:
    with brand_scope(north.pk):
        for person in (ada, gus):
            with pytest.raises(NotAllowed):
                set_quota(north, "api", limit=5, reason="why", actor=person)
        set_quota(north, "api", limit=5, reason="Sale on Friday", actor=olga)
        set_quota(north, "api", limit=5, reason="again", actor=olga)
        set_quota(north, "api", limit=None, reason="over", actor=olga)

        kinds = AuditEvent.objects.filter(kind="tenants.quota.changed")
        assert kinds.count() == 2
        assert not BrandQuota.objects.exists()


def test_the_platforms_command_goes_beyond_the_ceiling(north: Brand) -> None:
    out = StringIO()
    much = CEILINGS[Quota.API] * 2

    call_command("set_quota", "acme/north", "api", str(much), reason="Big sale", stdout=out)

    assert "acme/north api" in out.getvalue()
    with brand_scope(north.pk):
        assert BrandQuota.objects.get().limit == much
    call_command("set_quota", "acme/north", "api", "0", reason="over", stdout=out)
    with brand_scope(north.pk):
        assert not BrandQuota.objects.exists()
    with pytest.raises(CommandError, match="no brand"):
        call_command("set_quota", "acme/nowhere", "api", "5", reason="x")


# The API


def test_the_api_says_when_to_come_back(north: Brand, south: Brand) -> None:
    limit(north, Quota.API, 2)
    program, other = make_program(north), make_program(south, name="other")

    with time_machine.travel(NOON, tick=False):
        codes = [program.get("conversations/").status_code for _time in range(3)]
        refused = program.post("conversations/", {})
        beside = other.get("conversations/").status_code
    with time_machine.travel(NOON + timedelta(seconds=40), tick=False):
        later = program.get("conversations/").status_code

    assert codes == [200, 200, 429]
    assert refused.status_code == 429
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.headers["Retry-After"] == "40"
    assert (refused.json()["code"], refused.json()["status"]) == ("over_quota", 429)
    assert (beside, later) == (200, 200)


def test_who_may_not_come_in_is_not_counted(north: Brand, gus: User) -> None:
    program = make_program(north)
    program.plain = "eng_wrong"
    stranger = Client()
    stranger.force_login(gus)

    assert program.get("conversations/").status_code == 401
    assert stranger.get("/w/acme/north/api/v1/conversations/").status_code == 404
    with brand_scope(north.pk):
        assert not QuotaUse.objects.exists()


# The page


def test_the_page_shows_use_and_limit_and_sets_it(olga: User, north: Brand) -> None:
    client = Client()
    client.force_login(olga)
    with time_machine.travel(NOON, tick=False):
        client.force_login(olga)
        with brand_scope(north.pk):
            spend(north.pk, Quota.API, 7, now=NOON)
        page = client.get(PAGE).content.decode()
        assert "<b>7</b> of 600 used" in page

        sent = {"resource": "api", "limit": "50", "reason": "Less is enough"}
        assert client.post(f"{PAGE}set/", sent).status_code == 302
        assert "<b>7</b> of 50 used" in client.get(PAGE).content.decode()
        assert client.post(f"{PAGE}set/", sent | {"limit": ""}).status_code == 302
        assert "<b>7</b> of 600 used" in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("more", "words"),
    [({"limit": "many"}, "whole number"), ({"limit": "-1"}, "whole number"),
     ({"limit": "0"}, "at least 1"), ({"limit": "999999999"}, "At most"),
     ({"resource": "x\x00"}, "There is no quota"), ({"reason": ""}, "Say why")],
)  # fmt: skip
def test_bad_input_is_answered_in_words(
    olga: User, north: Brand, more: dict[str, str], words: str
) -> None:
    client = Client()
    client.force_login(olga)

    answer = client.post(f"{PAGE}set/", {"resource": "api", "limit": "5", "reason": "why"} | more)

    assert answer.status_code == 400
    assert words in answer.content.decode()


def test_others_see_no_quotas(ada: User, gus: User, north: Brand) -> None:
    for user, code in ((ada, 403), (gus, 404)):
        client = Client()
        client.force_login(user)
        assert client.get(PAGE).status_code == code
        assert client.post(f"{PAGE}set/", {}).status_code == code


def test_the_agency_sees_all_its_brands_in_the_same_number_of_queries(
    olga: User, north: Brand, south: Brand, main: Brand, django_assert_num_queries: Any
) -> None:
    client = Client()
    client.force_login(olga)
    page = client.get("/w/acme/admin/tenants/brandquota/").content.decode()

    shown = [slug for slug in ("north", "south", "main") if f"/{slug}/admin/tenants/" in page]
    assert shown == ["north", "south"]
    with brand_scope([north.pk, south.pk]), django_assert_num_queries(3):
        assert set(standings_of([north, south])) == {north.pk, south.pk}
