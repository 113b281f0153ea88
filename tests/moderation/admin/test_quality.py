"""Quality, samples and licences as people see them."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inbox.models import Message
from moderation.choices import Category
from moderation.domain.policies import install_preset
from moderation.models import (
    HidingLicence,
    LicenceStep,
    QualityAlarm,
    QualityRun,
    QualitySample,
    SampleReview,
)
from tenants.actors import SystemActor
from tenants.models import Agency, Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import (
    make_assessment,
    make_decision,
    make_licence,
    make_sample,
)
from tests.factories.tenants import make_member, make_user

ADMIN = "/w/acme/north/admin/moderation"
QUALITY, REVIEW = f"{ADMIN}/qualityalarm/", f"{ADMIN}/qualitysample/"
LICENCE = f"{ADMIN}/hidinglicence/"
AS_SCRIPT = {"Accept": "application/json"}
QUALITY_QUERIES, REVIEW_QUERIES, LICENCE_QUERIES = 17, 13, 17


@pytest.fixture
def messages(north: Brand) -> list[Message]:
    with brand_scope(north.pk):
        install_preset(north, actor=SystemActor("system", "tests"))
        conversation = make_conversation(make_account(north))
        return [make_message(conversation, f"Folgt mir {number}") for number in range(8)]


@pytest.fixture
def sample(north: Brand, messages: list[Message], olga: User) -> QualitySample:
    """What olga has hidden and mo is to look at again."""
    with brand_scope(north.pk):
        decision = make_decision(
            messages[0], decided_by=olga, facts="Three secret links.", reason="A secret reason."
        )
        return make_sample(messages[0], stratum="decided", decision=decision)


def _settled(message: Message, reviewer: User, **fields: Any) -> QualitySample:
    found = make_sample(message, **{"reviewed_at": timezone.now(), "outcome": "right"} | fields)
    SampleReview.objects.create(
        brand_id=message.brand_id,
        sample=found,
        reviewer=reviewer,
        finding="breaks",
        category="spam",
        at=timezone.now(),
    )
    return found


def _queries(client: Client, url: str, capture: Any) -> int:
    client.get(url)
    with capture() as captured:
        assert client.get(url).status_code == 200
    return len(captured)


# Reviewing


def test_every_category_has_a_key_of_its_own(
    client: Client, sample: QualitySample, mo: User
) -> None:
    client.force_login(mo)
    html = client.get(REVIEW).content.decode()
    buttons = re.findall(r'value="(\w+)" data-mark="(\w)"', html)
    assert {category for category, _mark in buttons} == set(Category.values)
    assert len({mark for _category, mark in buttons} | {"a", "x", "j", "k"}) == len(Category) + 4


def test_the_reviewer_sees_the_comment_and_nothing_of_what_was_thought_of_it(
    client: Client, mo: User, sample: QualitySample
) -> None:
    client.force_login(mo)

    html = client.get(REVIEW).content.decode()

    assert "Folgt mir 0" in html
    for told in ("secret", "Olga", "0.95", "lists-1", "Decided by a person", "Three links"):
        assert told not in html
    page = client.get(f"{REVIEW}{sample.pk}/change/")
    assert (page.status_code, page.headers["Location"]) == (302, REVIEW)


def test_one_post_is_a_finding(
    client: Client, mo: User, sample: QualitySample, north: Brand
) -> None:
    client.force_login(mo)

    answer = client.post(f"{REVIEW}{sample.pk}/review/", {"finding": "scam"}, headers=AS_SCRIPT)

    assert answer.status_code == 200
    with brand_scope(north.pk):
        review = SampleReview.objects.get()
        assert (review.finding, review.category, review.reviewer) == ("breaks", "scam", mo)
    again = client.post(f"{REVIEW}{sample.pk}/review/", {"finding": "fine"}, headers=AS_SCRIPT)
    assert again.status_code == 409
    assert client.post(f"{REVIEW}{sample.pk}/review/", {"finding": "x"}).status_code == 404
    assert "Nothing waits for you" in client.get(REVIEW).content.decode()


def test_who_decided_is_not_asked_again(
    client: Client, olga: User, sample: QualitySample, north: Brand
) -> None:
    client.force_login(olga)

    assert "Folgt mir" not in client.get(REVIEW).content.decode()
    answer = client.post(f"{REVIEW}{sample.pk}/review/", {"finding": "fine"}, headers=AS_SCRIPT)

    assert (answer.status_code, answer.json()["code"]) == (400, "took_part")
    with brand_scope(north.pk):
        assert not SampleReview.objects.exists()


@pytest.mark.parametrize("url", [QUALITY, f"{QUALITY}export/", REVIEW, LICENCE])
def test_who_may_not_is_told_so_and_other_brands_find_nothing(
    client: Client, ada: User, gus: User, north: Brand, url: str
) -> None:
    client.force_login(ada)
    assert client.get(url).status_code == 403
    client.force_login(gus)
    assert client.get(url).status_code == 404


def test_acts_ask_for_their_own_rights(
    client: Client, ada: User, aud: User, mo: User, gus: User, north: Brand, sample: QualitySample
) -> None:
    with brand_scope(north.pk):
        alarm = QualityAlarm.objects.create(brand=north, kind="verdicts", opened_at=timezone.now())
    acts = {
        f"{REVIEW}{sample.pk}/review/": (ada, aud),
        f"{QUALITY}draw/": (ada, aud, mo),
        f"{QUALITY}{alarm.pk}/close/": (ada, aud, mo),
        f"{LICENCE}spam/raise/": (ada, aud, mo),
        f"{LICENCE}spam/lower/": (ada, aud, mo),
        f"{LICENCE}spam/restart/": (ada, aud, mo),
        f"{LICENCE}spam/threshold/": (ada, aud, mo),
    }
    said = {"finding": "fine", "to": "five", "reason": "x", "count": "5", "threshold": "0.95"}
    for url, people in acts.items():
        for person in people:
            client.force_login(person)
            assert client.post(url, said).status_code == 403, (url, person)
        client.force_login(gus)
        assert client.post(url, said).status_code == 404, url
    with brand_scope(north.pk):
        assert not SampleReview.objects.exists()
        assert not QualityRun.objects.exists()
        assert not LicenceStep.objects.exists()


def test_another_brands_sample_is_not_found(
    client: Client, acme: Agency, south: Brand, sample: QualitySample
) -> None:
    sue = make_user("sue")
    make_member(sue, acme, "owner")
    client.force_login(sue)

    url = f"/w/acme/south/admin/moderation/qualitysample/{sample.pk}/review/"

    assert client.post(url, {"finding": "fine"}).status_code == 404


# Figures


def test_an_empty_page_says_what_comes(client: Client, olga: User, north: Brand) -> None:
    client.force_login(olga)

    html = client.get(QUALITY).content.decode()

    assert "Nothing is measured yet" in html
    assert "Nothing was drawn yet" in html


def test_rates_agreement_and_alarms_are_shown_in_words(
    client: Client, olga: User, mo: User, aud: User, north: Brand, messages: list[Message]
) -> None:
    with brand_scope(north.pk):
        _settled(messages[0], mo, outcome="false_hide")
        _settled(messages[1], mo)
        _settled(messages[2], mo, kind="targeted", outcome="false_hide")
        _settled(messages[3], mo, stratum="passed", category="", outcome="missed")
        _settled(messages[4], mo, reviewed_at=timezone.now() - timedelta(days=100))
        QualityAlarm.objects.create(
            brand=north,
            kind="licence",
            category="spam",
            opened_at=timezone.now(),
            facts={"reviewed": 200, "false_hides": 5, "upper": 0.0518},
        )
    client.force_login(aud)

    page = client.get(QUALITY)

    figures = page.context["figures"]
    assert [(line.category, line.rate.hits, line.rate.total) for line in figures.false_hides] == [
        ("spam", 1, 2)
    ]
    assert [(line.category, line.rate.hits, line.rate.total) for line in figures.missed] == [
        ("", 1, 1),
        ("spam", 1, 1),
    ]
    html = page.content.decode()
    assert "of 200 reviewed samples 5 were wrong, so up to 5.2 % of all might be" in html
    assert "Close the alarm" not in html
    longer = client.get(f"{QUALITY}?days=180").context["figures"]
    assert longer.false_hides[0].rate.total == 3


def test_the_page_costs_the_same_for_one_and_for_many(
    client: Client,
    olga: User,
    mo: User,
    north: Brand,
    messages: list[Message],
    count_queries: Any,
) -> None:
    client.force_login(olga)
    with brand_scope(north.pk):
        _settled(messages[0], mo)
        make_sample(messages[1])
    costs = [_queries(client, url, count_queries) for url in (QUALITY, REVIEW, LICENCE)]
    with brand_scope(north.pk):
        licence = make_licence(north)
        for message in messages[2:5]:
            _settled(message, mo)
            LicenceStep.objects.create(
                brand=north,
                licence=licence,
                from_state="five",
                to_state="full",
                threshold=0.9,
                reviewed=200,
                false_hides=0,
                upper=0.01,
                reason="Measured.",
                changed_by=olga,
                actor_ref=str(olga.pk),
                at=timezone.now(),
            )
        for message in messages[5:]:
            make_sample(message)

    more = [_queries(client, url, count_queries) for url in (QUALITY, REVIEW, LICENCE)]

    assert costs == more == [QUALITY_QUERIES, REVIEW_QUERIES, LICENCE_QUERIES]


def test_the_file_is_safe_in_a_spreadsheet(
    client: Client, olga: User, mo: User, north: Brand, messages: list[Message]
) -> None:
    with brand_scope(north.pk):
        _settled(messages[0], mo, model_version="=HYPERLINK(1)", outcome="false_hide")
    client.force_login(olga)

    answer = client.get(f"{QUALITY}export/")

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert rows[0]["version"] == "'=HYPERLINK(1)"
    assert (rows[0]["table"], rows[0]["cases"], rows[0]["reviewed"]) == ("false_hides", "1", "1")
    assert [row["table"] for row in rows[-2:]] == ["cohens_kappa", "krippendorffs_alpha"]


def test_a_lead_draws_by_hand(
    client: Client, olga: User, north: Brand, messages: list[Message]
) -> None:
    with brand_scope(north.pk):
        for message in messages:
            make_assessment(message, created_at=timezone.now() - timedelta(hours=1))
    client.force_login(olga)

    client.post(f"{QUALITY}draw/", {"count": "5"})
    wrong = client.post(f"{QUALITY}draw/", {"count": "many"}, headers=AS_SCRIPT)

    assert wrong.status_code == 400
    with brand_scope(north.pk):
        assert QualitySample.objects.count() == 5
        assert QualityRun.objects.get().by_hand


def test_an_alarm_is_on_the_dashboard_until_it_is_closed(
    client: Client, olga: User, north: Brand
) -> None:
    with brand_scope(north.pk):
        alarm = QualityAlarm.objects.create(brand=north, kind="verdicts", opened_at=timezone.now())
    client.force_login(olga)
    today = "/w/acme/north/admin/"
    assert "Alarms about quality" in client.get(today).content.decode()

    client.post(f"{QUALITY}{alarm.pk}/close/", {"note": "A campaign."})

    assert "Alarms about quality" not in client.get(today).content.decode()


# Licences


def test_the_licence_says_why_not_yet(client: Client, olga: User, north: Brand) -> None:
    client.force_login(olga)

    html = client.get(LICENCE).content.decode()
    answer = client.post(
        f"{LICENCE}spam/raise/", {"to": "five", "reason": "Now!"}, headers=AS_SCRIPT
    )

    assert html.count("Shadow: only notes what it would hide") == 2
    assert "The samples do not allow the next step yet." in html
    assert (answer.status_code, answer.json()["code"]) == (400, "not_measured")


def test_a_licence_is_taken_back_and_the_history_says_why(
    client: Client, olga: User, north: Brand, messages: list[Message]
) -> None:
    with brand_scope(north.pk):
        make_licence(north)
    client.force_login(olga)

    client.post(f"{LICENCE}spam/lower/", {"to": "stopped", "reason": "A wave of complaints."})

    with brand_scope(north.pk):
        assert HidingLicence.objects.get().state == "stopped"
    html = client.get(LICENCE).content.decode()
    assert "A wave of complaints." in html
    assert "Start again in shadow" in html
    client.post(f"{LICENCE}spam/restart/", {"reason": "Lists are mended."})
    with brand_scope(north.pk):
        assert HidingLicence.objects.get().state == "shadow"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("hate/raise/", {"to": "five", "reason": "x"}),
        ("nonsense/raise/", {"to": "five", "reason": "x"}),
        ("spam/raise/", {"to": "nonsense", "reason": "x"}),
        ("spam/threshold/", {"threshold": "high", "reason": "x"}),
        ("spam/threshold/", {"threshold": "0.5", "reason": "x"}),
        ("spam/threshold/", {"threshold": "nan", "reason": "x"}),
    ],
)
def test_odd_wishes_change_nothing(
    client: Client, olga: User, north: Brand, address: str, said: dict[str, str]
) -> None:
    client.force_login(olga)

    answer = client.post(f"{LICENCE}{address}", said, headers=AS_SCRIPT)

    assert answer.status_code in {400, 404}
    with brand_scope(north.pk):
        assert not LicenceStep.objects.exists()


@pytest.mark.parametrize("page", ["qualityalarm", "qualitysample", "hidinglicence"])
def test_in_the_agencys_workspace_the_page_leads_to_the_brands(
    client: Client, olga: User, north: Brand, south: Brand, page: str
) -> None:
    client.force_login(olga)

    html = client.get(f"/w/acme/admin/moderation/{page}/").content.decode()

    for brand in ("north", "south"):
        assert f"/w/acme/{brand}/admin/moderation/{page}/" in html
