"""The queue, decisions and appeals as people see them."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from moderation.admin.evidence import pieces_of
from moderation.domain.policies import install_preset
from moderation.models import Appeal, Assessment, Case, Decision
from tenants.actors import SystemActor
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_case, make_decision, make_statement

QUEUE = "/w/acme/north/admin/moderation/case/"
AS_SCRIPT = {"Accept": "application/json"}
QUEUE_QUERIES = 14
AGENCY_QUERIES = 18


@pytest.fixture
def case(north: Brand) -> Case:
    with brand_scope(north.pk):
        install_preset(north, actor=SystemActor("system", "tests"))
        message = make_message(make_conversation(make_account(north)), "Ihr seid Vollidioten")
        assessment = Assessment.objects.create(
            brand=north,
            message=message,
            revision=1,
            verdict="queue",
            category="insult",
            scores={
                "insult": {
                    "score": 0.6,
                    "evidence": [{"start": 9, "end": 20, "signal": "insult.word", "term": "x"}],
                }
            },
            model_version="test",
            created_at=timezone.now(),
        )
        return make_case(message, category="insult", severity=2, assessment=assessment)


def _queries(client: Client, url: str, capture: Any) -> int:
    client.get(url)
    with capture() as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_the_queue_costs_the_same_for_one_and_for_four(
    client: Client, mo: User, case: Case, north: Brand, count_queries: Any
) -> None:
    client.force_login(mo)
    one = _queries(client, QUEUE, count_queries)
    with brand_scope(north.pk):
        for number in range(3):
            conversation = make_conversation(make_account(north, external_id=f"x{number}"))
            make_case(make_message(conversation))
    assert _queries(client, QUEUE, count_queries) == one == QUEUE_QUERIES


def test_what_was_found_is_marked(client: Client, mo: User, case: Case) -> None:
    client.force_login(mo)
    html = client.get(QUEUE).content.decode()
    assert '<mark title="insult.word">Vollidioten</mark>' in html


def test_the_severest_comes_first(client: Client, mo: User, case: Case, north: Brand) -> None:
    with brand_scope(north.pk):
        worse = make_case(
            make_message(make_conversation(make_account(north, external_id="9"))), severity=4
        )
    client.force_login(mo)
    assert [row.case.pk for row in client.get(QUEUE).context["rows"]] == [worse.pk, case.pk]


def test_one_post_hides_with_the_rules_reason_and_tells_how_to_undo(
    client: Client, mo: User, case: Case, north: Brand
) -> None:
    client.force_login(mo)
    reason = client.get(QUEUE).context["rows"][0].reason
    answer = client.post(
        f"{QUEUE}{case.pk}/decide/", {"action": "hide", "reason": reason}, headers=AS_SCRIPT
    )
    assert answer.status_code == 200
    undo = answer.json()["undo"]
    with brand_scope(north.pk):
        assert Decision.objects.get().reason == reason
    assert client.post(undo, headers=AS_SCRIPT).status_code == 200
    with brand_scope(north.pk):
        actions = Decision.objects.order_by("decided_at").values_list("action", flat=True)
        assert list(actions) == ["hide", "restore"]


def test_hiding_without_a_reason_changes_nothing(
    client: Client, mo: User, case: Case, north: Brand
) -> None:
    client.force_login(mo)
    answer = client.post(f"{QUEUE}{case.pk}/decide/", {"action": "hide"}, headers=AS_SCRIPT)
    assert answer.status_code == 400
    with brand_scope(north.pk):
        assert not Decision.objects.exists()
        assert Case.objects.get().state == "open"


def test_the_second_decision_hears_who_was_first(
    client: Client, mo: User, olga: User, case: Case
) -> None:
    client.force_login(mo)
    client.post(f"{QUEUE}{case.pk}/decide/", {"action": "approve"})
    client.force_login(olga)
    answer = client.post(f"{QUEUE}{case.pk}/decide/", {"action": "approve"}, headers=AS_SCRIPT)
    assert answer.status_code == 409
    assert "Mo" in answer.json()["error"]


def test_a_case_a_colleague_has_open_says_so(
    client: Client, mo: User, olga: User, case: Case
) -> None:
    client.force_login(mo)
    assert client.post(f"{QUEUE}{case.pk}/take/", headers=AS_SCRIPT).status_code == 200
    client.force_login(olga)
    assert "Mo has it open" in client.get(QUEUE).content.decode()
    assert client.post(f"{QUEUE}{case.pk}/take/", headers=AS_SCRIPT).status_code == 409


def test_who_may_only_read_gets_no_buttons(client: Client, aud: User, case: Case) -> None:
    client.force_login(aud)
    html = client.get(QUEUE).content.decode()
    assert "Vollidioten" in html
    assert "case-form" not in html
    answer = client.post(f"{QUEUE}{case.pk}/decide/", {"action": "approve"}, headers=AS_SCRIPT)
    assert answer.status_code == 403


def test_without_script_the_form_leads_back_to_the_queue(
    client: Client, mo: User, case: Case
) -> None:
    client.force_login(mo)
    answer = client.post(f"{QUEUE}{case.pk}/decide/", {"action": "escalate"})
    assert (answer.status_code, answer.headers["Location"]) == (302, QUEUE)


@pytest.fixture
def appeal(case: Case, mo: User, north: Brand) -> Appeal:
    with brand_scope(north.pk):
        decision = make_decision(case.message, decided_by=mo, actor_ref=str(mo.pk))
        make_statement(decision)
        return Appeal.objects.create(
            brand=north,
            decision=decision,
            text="Das war Ironie",
            language="de",
            received_at=timezone.now(),
            due_at=timezone.now(),
        )


def test_who_took_part_reads_why_they_may_not_answer(
    client: Client, mo: User, olga: User, appeal: Appeal
) -> None:
    url = f"/w/acme/north/admin/moderation/appeal/{appeal.pk}/change/"
    client.force_login(mo)
    html = client.get(url).content.decode()
    assert "You took part in this decision" in html
    assert "Your answer" not in html
    client.force_login(olga)
    html = client.get(url).content.decode()
    assert "Your answer" in html
    assert "Das war Ironie" in html
    assert "We hid your comment." in html


def test_overturning_answers_the_appeal(
    client: Client, olga: User, appeal: Appeal, north: Brand
) -> None:
    client.force_login(olga)
    client.post(
        f"/w/acme/north/admin/moderation/appeal/{appeal.pk}/answer/",
        {"outcome": "overturned", "answer": "Sie haben recht."},
    )
    with brand_scope(north.pk):
        assert Appeal.objects.get().outcome == "overturned"


@pytest.mark.parametrize(
    ("evidence", "marked"),
    [
        ([{"start": 0, "end": 2, "signal": "s"}], ["ab"]),
        (
            [{"start": 4, "end": 6, "signal": "s"}, {"start": 0, "end": 1, "signal": "t"}],
            ["a", "ef"],
        ),
        ([{"start": 0, "end": 3, "signal": "s"}, {"start": 2, "end": 4, "signal": "t"}], ["abc"]),
        ([{"start": 5, "end": 99, "signal": "s"}, {"start": 3, "end": 3, "signal": "t"}], []),
        ([{"start": "0", "end": 2, "signal": "s"}], []),
    ],
)
def test_pieces_are_the_text_whatever_the_evidence(
    evidence: list[dict[str, Any]], marked: list[str]
) -> None:
    pieces = pieces_of("abcdef", evidence)
    assert "".join(piece.text for piece in pieces) == "abcdef"
    assert [piece.text for piece in pieces if piece.signal] == marked


def test_the_agencys_queue_is_one_order_over_all_brands(
    client: Client, olga: User, north: Brand, south: Brand, count_queries: Any
) -> None:
    now = timezone.now()
    made = []
    for number, brand in enumerate((north, north, south, north, south) * 6):
        with brand_scope(brand.pk):
            if number < 3:
                install_preset(brand, actor=SystemActor("system", "tests"))
            account = make_account(brand, external_id=f"a{number}")
            message = make_message(make_conversation(account), f"Text {number}")
            category = "spam" if number % 3 else "insult"
            rank = now + timedelta(minutes=number)
            made.append(make_case(message, category=category, rank_at=rank))
    client.force_login(olga)
    url = "/w/acme/admin/moderation/case/"

    def shown(query: str = "") -> tuple[list[str], str]:
        html = client.get(f"{url}?{query}").content.decode()
        more = re.search(r'href="\?([^"]*)" id="next-page"', html)
        return re.findall(r'id="c-([^"]+)"', html), unescape(more[1]) if more else ""

    first, more = shown()
    second, end = shown(more)
    insults, _more = shown("category=insult")

    keys = [str(case.pk) for case in made]
    assert (first, second, end) == (keys[:20], keys[20:], "")
    assert insults == keys[::3]
    assert _queries(client, url, count_queries) == AGENCY_QUERIES
