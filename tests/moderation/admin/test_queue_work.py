"""Working the queue: context, several at once, two people, veils, counts, settings."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from compliance.models import AuditEvent
from moderation.domain.policies import install_preset
from moderation.models import Assessment, Case, Decision, Exposure, Proposal, QueueSettings
from tenants.actors import SystemActor
from tenants.models import Brand, Membership, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_case, make_decision

QUEUE = "/w/acme/north/admin/moderation/case/"
AS_SCRIPT = {"Accept": "application/json"}
CONTEXT_QUERIES = 17


@pytest.fixture
def case(north: Brand) -> Case:
    with brand_scope(north.pk):
        install_preset(north, actor=SystemActor("system", "tests"))
        conversation = make_conversation(make_account(north))
        conversation.contact.follower_count = 4711
        conversation.contact.save()
        make_message(
            conversation, "Was kostet das?", occurred_at=timezone.now() - timedelta(days=1)
        )
        message = make_message(
            conversation, "Gewinn! http://x.test", attachments=[{"type": "image"}]
        )
        make_decision(make_message(conversation, "Spam von gestern"))
        return make_case(message)


def _same(north: Brand, case: Case, count: int, **fields: Any) -> list[Case]:
    return [
        make_case(make_message(case.message.conversation, case.message.text), **fields)
        for _n in range(count)
    ]


def test_the_context_unfolds_in_place(
    client: Client, mo: User, case: Case, north: Brand, count_queries: Any
) -> None:
    with brand_scope(north.pk):
        _same(north, case, 3)
    client.force_login(mo)
    client.get(f"{QUEUE}{case.pk}/context/")
    with count_queries() as captured:
        html = client.get(f"{QUEUE}{case.pk}/context/").content.decode()

    for words in (
        "Was kostet das?",
        "Spam von gestern",
        "4711 followers",
        "1 picture or file",
        "The same text 3 more times today, 3 of them open.",
        "Werbung und wiederholte",
        f"sanction/impose/{case.message.conversation.contact_id}/?message={case.message_id}&amp;category=spam",
    ):
        assert words in html
    assert "<html" not in html
    assert len(captured) == CONTEXT_QUERIES
    with brand_scope(north.pk):
        assert AuditEvent.objects.filter(kind="moderation.case.read").exists()


@pytest.mark.parametrize(("who", "status"), [("aud", 200), ("gus", 404), ("eve", 404)])
def test_who_may_see_reads_the_context(
    client: Client, request: Any, case: Case, who: str, status: int
) -> None:
    client.force_login(request.getfixturevalue(who))
    assert client.get(f"{QUEUE}{case.pk}/context/").status_code == status


def test_the_preview_says_how_many_and_what_is_left(
    client: Client, mo: User, olga: User, case: Case, north: Brand
) -> None:
    with brand_scope(north.pk):
        held = _same(north, case, 3)[0]
    client.force_login(olga)
    client.post(f"{QUEUE}{held.pk}/take/", headers=AS_SCRIPT)
    client.force_login(mo)

    html = client.get(f"{QUEUE}several/", {"group": case.pk, "part": 1}).content.decode()

    assert "4 items" in html
    assert "3 can be decided now." in html
    assert "Olga" in html
    assert html.count('name="ids"') == 4


def test_each_is_decided_by_itself_and_the_rest_is_left(
    client: Client, mo: User, olga: User, case: Case, north: Brand
) -> None:
    with brand_scope(north.pk):
        others = _same(north, case, 3)
        claim = make_case(
            make_message(case.message.conversation, "Anwalt"), category="legal_claim", severity=3
        )
    client.force_login(olga)
    client.post(f"{QUEUE}{others[0].pk}/take/", headers=AS_SCRIPT)
    client.force_login(mo)
    keys = [str(one.pk) for one in [case, *others, claim]]

    answer = client.post(
        f"{QUEUE}several/", {"ids": [*keys, "nonsense"], "action": "hide"}, headers=AS_SCRIPT
    )

    told = answer.json()
    assert answer.status_code == 200
    assert sorted(told["decided"]) == sorted(str(one.pk) for one in [case, *others[1:]])
    assert {one["case"] for one in told["left"]} == {str(others[0].pk), str(claim.pk)}
    assert len(told["undo"]) == 3
    with brand_scope(north.pk):
        made = AuditEvent.objects.filter(kind="moderation.decision.made")
        assert made.count() == Decision.objects.filter(case__isnull=False).count() == 3
        assert {d.reason for d in Decision.objects.filter(case__isnull=False)} != {""}


@pytest.mark.parametrize(("who", "status"), [("aud", 403), ("gus", 404), ("ada", 200)])
def test_several_are_for_who_decides(
    client: Client, request: Any, case: Case, north: Brand, who: str, status: int
) -> None:
    client.force_login(request.getfixturevalue(who))
    data = {"ids": [str(case.pk)], "action": "approve"}
    answer = client.post(f"{QUEUE}several/", data, headers=AS_SCRIPT)
    assert answer.status_code == status
    with brand_scope(north.pk):
        assert Case.objects.get().state == ("decided" if status == 200 else "open")


def test_two_people_hide_what_the_brand_has_named(
    client: Client, mo: User, ada: User, olga: User, case: Case, north: Brand
) -> None:
    client.force_login(olga)
    data = {"undo_seconds": "8", "second_person_for": ["spam"], "pause_after": "5"}
    assert client.post(f"{QUEUE}settings/", data).status_code == 302
    client.force_login(mo)
    assert "Propose to hide" in client.get(QUEUE).content.decode()
    told = client.post(
        f"{QUEUE}{case.pk}/decide/", {"action": "hide", "reason": "Werbung"}, headers=AS_SCRIPT
    ).json()
    assert told["message"] == "Proposed. A second person has to confirm it."
    confirm = f"{QUEUE}proposal/{told['proposal']}/confirm/"
    assert client.post(confirm, headers=AS_SCRIPT).status_code == 409
    client.force_login(ada)
    assert "Mo proposes to hide this" in client.get(QUEUE).content.decode()
    assert client.post(confirm, headers=AS_SCRIPT).status_code == 200
    with brand_scope(north.pk):
        assert Proposal.objects.get().state == "confirmed"


@pytest.mark.parametrize(("who", "status"), [("mo", 403), ("aud", 403), ("gus", 404)])
def test_settings_are_for_who_manages(
    client: Client, request: Any, case: Case, north: Brand, who: str, status: int
) -> None:
    client.force_login(request.getfixturevalue(who))
    data = {"undo_seconds": "0", "pause_after": "0"}
    answer = client.post(f"{QUEUE}settings/", data, headers=AS_SCRIPT)
    assert answer.status_code == status
    with brand_scope(north.pk):
        assert not QueueSettings.objects.exists()


def test_a_legal_claim_shows_why_it_only_escalates(
    client: Client, mo: User, case: Case, north: Brand
) -> None:
    with brand_scope(north.pk):
        claim = make_case(make_message(case.message.conversation, "Anwalt"), category="legal_claim")
    client.force_login(mo)
    html = client.get(f"{QUEUE}{claim.pk}/change/").content.decode()
    assert "Legal claims always escalate" in html
    assert html.count("disabled aria-describedby") == 2
    answer = client.post(
        f"{QUEUE}{claim.pk}/decide/", {"action": "hide", "reason": "x"}, headers=AS_SCRIPT
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "must_escalate")


def test_several_rules_are_offered_by_digit(
    client: Client, mo: User, case: Case, north: Brand
) -> None:
    with brand_scope(north.pk):
        case.assessment = Assessment.objects.create(
            brand=north,
            message=case.message,
            revision=1,
            verdict="queue",
            category="spam",
            scores={"spam": {"score": 0.5}, "insult": {"score": 0.4}, "scam": {"score": 0.9}},
            model_version="test",
            created_at=timezone.now(),
        )
        case.save()
    client.force_login(mo)
    row = client.get(QUEUE).context["rows"][0]
    assert [(one.digit, one.category) for one in row.matches] == [
        (1, "spam"),
        (2, "scam"),
        (3, "insult"),
    ]
    client.post(
        f"{QUEUE}{case.pk}/decide/",
        {"action": "hide", "reason": "Betrug", "category": "scam"},
        headers=AS_SCRIPT,
    )
    with brand_scope(north.pk):
        assert Decision.objects.get(case=case).category == "scam"


@pytest.mark.parametrize(
    ("blur", "severity", "category", "veiled"),
    [
        ("severe", 1, "spam", False),
        ("severe", 3, "spam", True),
        ("severe", 1, "hate", True),
        ("none", 4, "hate", False),
        ("all", 1, "spam", True),
    ],
)
def test_what_is_severe_is_veiled_as_the_person_wants(
    client: Client, mo: User, case: Case, north: Brand, blur: str, severity: int, category: str,
    veiled: bool,
) -> None:  # fmt: skip
    User.objects.filter(pk=mo.pk).update(blur=blur)
    with brand_scope(north.pk):
        Case.objects.update(severity=severity, category=category)
    client.force_login(mo)
    html = client.get(QUEUE).content.decode()
    assert ("case-text veiled" in html, "Show the text" in html) == (veiled, veiled)


def test_opening_counts_for_the_person_and_is_shown(
    client: Client, mo: User, olga: User, case: Case, north: Brand
) -> None:
    client.force_login(mo)
    for _time in range(3):
        client.post(f"{QUEUE}{case.pk}/take/", {"renew": "1"}, headers=AS_SCRIPT)
    html = client.get(QUEUE).content.decode()
    assert "Today you opened 1, 0 of them severe" in html
    html = client.get(f"{QUEUE}seen/").content.decode()
    assert "People of the brand" not in html
    client.force_login(olga)
    assert "People of the brand" in client.get(f"{QUEUE}seen/").content.decode()
    with brand_scope(north.pk):
        assert Exposure.objects.get().items == 1


def test_reading_counts_nothing(client: Client, mo: User, case: Case, north: Brand) -> None:
    client.force_login(mo)
    for address in ("", f"{case.pk}/context/", f"{case.pk}/change/", "seen/", "news/", "several/"):
        assert client.get(f"{QUEUE}{address}").status_code == 200
    with brand_scope(north.pk):
        assert not Exposure.objects.exists()


def test_news_tell_who_has_what_and_nothing_of_others(
    client: Client, mo: User, olga: User, case: Case, north: Brand, south: Brand
) -> None:
    with brand_scope(south.pk):
        foreign = make_case(make_message(make_conversation(make_account(south, external_id="9"))))
    client.force_login(olga)
    client.post(f"{QUEUE}{case.pk}/take/", headers=AS_SCRIPT)
    client.force_login(mo)
    query = {"ids": [str(case.pk), str(foreign.pk), "nonsense"]}
    told = client.get(f"{QUEUE}news/", query).json()
    assert told["cases"] == {str(case.pk): {"state": "open", "by": "O", "name": "Olga"}}
    assert told["title"] == "1 open, 1 overdue"


def test_a_role_lost_in_the_middle_is_said_and_the_case_stays(
    client: Client, mo: User, ada: User, case: Case, north: Brand
) -> None:
    client.force_login(mo)
    assert client.post(f"{QUEUE}{case.pk}/take/", headers=AS_SCRIPT).status_code == 200
    viewer = Membership.objects.get(user=mo)
    viewer.role = north.agency.roles.get(key="analyst")
    viewer.save()
    answer = client.post(
        f"{QUEUE}{case.pk}/decide/", {"action": "hide", "reason": "Werbung"}, headers=AS_SCRIPT
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert "Your role does not allow this" in answer.json()["error"]
    assert client.post(f"{QUEUE}{case.pk}/release/", headers=AS_SCRIPT).status_code == 200
    client.force_login(ada)
    data = {"action": "approve"}
    assert client.post(f"{QUEUE}{case.pk}/decide/", data, headers=AS_SCRIPT).status_code == 200


def test_a_hiding_says_how_long_it_can_be_taken_back(
    client: Client, mo: User, case: Case, settings: Any
) -> None:
    settings.MODERATION_UNDO_S = 8
    client.force_login(mo)
    told = client.post(
        f"{QUEUE}{case.pk}/decide/", {"action": "hide", "reason": "Werbung"}, headers=AS_SCRIPT
    ).json()
    assert told["leaves_in_s"] in {7, 8}
    back = client.post(told["undo"], headers=AS_SCRIPT).json()
    assert back["is_open"] is True
    assert "before anybody heard of it" in back["message"]
