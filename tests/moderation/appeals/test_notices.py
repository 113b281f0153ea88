"""Notices from the public: taken in, looked at by people, answered, and not misused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from compliance.models import AuditEvent
from moderation.choices import Action
from moderation.domain.cases import take
from moderation.domain.decisions import decide
from moderation.domain.notice_answers import status_url
from moderation.domain.notice_handling import (
    answer_notice,
    choose_message,
    find_unfounded,
    set_trusted,
    suspend_reporter,
    warn_reporter,
)
from moderation.domain.notices import Reported, report
from moderation.domain.undoing import undo
from moderation.exceptions import ReasonMissing
from moderation.models import Case, Decision, Notice
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Brand, OutgoingMail, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_message

Hide = Callable[..., Decision]
FORM = "/notices/acme/north/"
GOOD = {
    "location": "https://example.test/post/1",
    "explanation": "Das ist Volksverhetzung nach § 130 StGB.",
    "category": "hate",
    "name": "Rita Report",
    "email": "rita@example.test",
    "good_faith": "1",
}


@pytest.fixture(autouse=True)
def own_counts(north: Brand) -> None:
    cache.clear()


def _told(**more: Any) -> Reported:
    values = {name: value for name, value in GOOD.items() if name != "good_faith"}
    return replace(Reported(**values, language="de", is_good_faith=True), **more)


def test_a_notice_puts_its_comment_before_people_with_its_source(
    hidden: Hide, north: Brand, mia: User
) -> None:
    with brand_scope(north.pk):
        message = make_message(hidden().message.conversation, external_id="5551_42")
        notice = report(north, _told(location="https://fb.test/x?comment_id=5551_42"))

        case = Case.objects.get(message=message)
        assert (notice.state, notice.case) == ("under_review", case)
        assert (case.category, case.severity) == ("hate", 4)
        decision = decide(take(case, actor=mia), action=Action.HIDE, reason="Hass.", actor=mia)
        notice.refresh_from_db()
    assert decision.source == "SOURCE_ARTICLE_16"
    assert (notice.state, notice.outcome) == ("decided", "restricted")
    assert notice.decision_id == decision.pk
    texts = list(OutgoingMail.objects.order_by("id").values_list("to", "text"))
    assert [to for to, _text in texts] == ["rita@example.test"] * 2
    assert "Gericht" in texts[1][1] or "court" in texts[1][1]


def test_a_decision_taken_back_unheard_is_not_told(
    hidden: Hide, north: Brand, mia: User, settings: Any
) -> None:
    settings.MODERATION_UNDO_S = 60
    with brand_scope(north.pk):
        message = make_message(hidden().message.conversation, external_id="5551_42")
        notice = report(north, _told(location="5551_42"))
        case = Case.objects.get(message=message)
        decision = decide(take(case, actor=mia), action=Action.HIDE, reason="Hass.", actor=mia)
        told = OutgoingMail.objects.order_by("id").last()
        assert told is not None
        assert told.not_before == decision.decided_at + timedelta(seconds=60)

        undo(decision, actor=mia)
        notice.refresh_from_db()
        assert (notice.state, notice.outcome, notice.answer) == ("under_review", "", "")
        assert (notice.decision, notice.decided_by) == (None, None)
        assert not OutgoingMail.objects.filter(pk=told.pk).exists()

        decide(take(case, actor=mia), action=Action.APPROVE, reason="", actor=mia)
        notice.refresh_from_db()
        assert (notice.state, notice.outcome) == ("decided", "no_action")


def test_a_mail_that_has_left_is_followed_by_another(
    hidden: Hide, north: Brand, mia: User, settings: Any
) -> None:
    settings.MODERATION_UNDO_S = 60
    with brand_scope(north.pk):
        message = make_message(hidden().message.conversation, external_id="5551_42")
        report(north, _told(location="5551_42"))
        case = Case.objects.get(message=message)
        decision = decide(take(case, actor=mia), action=Action.APPROVE, reason="", actor=mia)
        OutgoingMail.objects.update(state="sent", attempts=1)

        undo(decision, actor=mia)
        decide(take(case, actor=mia), action=Action.HIDE, reason="Hass.", actor=mia)
        assert OutgoingMail.objects.count() == 3
        [event] = AuditEvent.objects.filter(kind="moderation.notice.reopened")
        assert '"unheard":false' in event.body.replace(" ", "")


def test_a_trusted_flagger_is_written_into_the_record(
    hidden: Hide, north: Brand, mia: User
) -> None:
    with brand_scope(north.pk):
        message = make_message(hidden().message.conversation, external_id="5551_43")
        notice = report(north, _told(location="5551_43"))
        set_trusted(notice, is_trusted=True, actor=mia)
        decision = decide(
            take(Case.objects.get(message=message), actor=mia),
            action=Action.APPROVE,
            reason="",
            actor=mia,
        )
        notice.refresh_from_db()

    assert decision.source == "SOURCE_TRUSTED_FLAGGER"
    assert notice.outcome == "no_action"


def test_a_decided_comment_comes_back_into_the_queue(hidden: Hide, north: Brand, mia: User) -> None:
    with brand_scope(north.pk):
        message = make_message(hidden().message.conversation, external_id="5551_44")
        report(north, _told(location="5551_44"))
        case = Case.objects.get(message=message)
        decide(take(case, actor=mia), action=Action.APPROVE, reason="", actor=mia)
        report(north, _told(location="5551_44", email="other@example.test"))

        case.refresh_from_db()
        assert case.state == "open"


def test_a_person_finds_the_comment_or_says_that_there_is_none(
    hidden: Hide, north: Brand, mia: User, ada: User
) -> None:
    with brand_scope(north.pk):
        message = make_message(hidden().message.conversation)
        first, second = report(north, _told()), report(north, _told())
        with pytest.raises(NotAllowed):
            choose_message(first, message, actor=ada)
        assert choose_message(first, message, actor=mia).state == "under_review"
        with pytest.raises(InvalidState):
            answer_notice(first, answer="Gibt es nicht.", actor=mia)
        with pytest.raises(ReasonMissing):
            answer_notice(second, answer="", actor=mia)
        assert answer_notice(second, answer="Gibt es nicht.", actor=mia).outcome == "not_found"


def test_misuse_needs_a_warning_before_a_suspension(north: Brand, mia: User, hidden: Hide) -> None:
    with brand_scope(north.pk):
        first = report(north, _told())
        with pytest.raises(InvalidState):
            warn_reporter(first, reason="Zum dritten Mal.", actor=mia)
        first = find_unfounded(first, reason="Frei erfunden.", actor=mia)
        with pytest.raises(InvalidState):
            suspend_reporter(first, days=30, reason="Sofort.", actor=mia)
        warn_reporter(first, reason="Zum dritten Mal.", actor=mia)
        with pytest.raises(InvalidState):
            suspend_reporter(first, days=30, reason="Sofort.", actor=mia)
        second = find_unfounded(report(north, _told()), reason="Wieder.", actor=mia)
        with pytest.raises(InvalidInput):
            suspend_reporter(second, days=181, reason="Genug.", actor=mia)
        suspend_reporter(second, days=30, reason="Genug.", actor=mia)

        aside = report(north, _told(email="RITA@example.test"))
        others = report(north, _told(email="other@example.test"))
    assert (aside.state, others.state) == ("set_aside", "confirmed")


@pytest.mark.parametrize(
    "wrong",
    [
        {"location": " "},
        {"explanation": "kurz"},
        {"explanation": "x" * 4001},
        {"category": "nonsense"},
        {"email": "rita"},
        {"name": ""},
        {"good_faith": ""},
    ],
)
def test_the_form_says_what_is_wrong_and_keeps_nothing(
    client: Client, north: Brand, hidden: Hide, wrong: dict[str, str]
) -> None:
    answer = client.post(FORM, GOOD | wrong)

    assert answer.status_code == 400
    assert b'role="alert"' in answer.content
    with brand_scope(north.pk):
        assert not Notice.objects.exists()


def test_the_form_speaks_both_languages_and_answers_the_same_to_everybody(
    client: Client, north: Brand, hidden: Hide
) -> None:
    assert 'lang="de"' in client.get(f"{FORM}?lang=de").content.decode()
    assert "Report a comment" in client.get(f"{FORM}?lang=en").content.decode()
    known = client.post(FORM, GOOD)
    unknown = client.post(FORM, GOOD | {"email": "nobody@example.test"})

    assert known.status_code == unknown.status_code == 200
    assert known.content == unknown.content
    with brand_scope(north.pk):
        assert Notice.objects.count() == 2


def test_a_flood_is_stopped_and_robots_are_dropped(
    client: Client, north: Brand, hidden: Hide
) -> None:
    client.post(FORM, GOOD | {"website": "http://spam.test"})
    with brand_scope(north.pk):
        assert not Notice.objects.exists()
    answers = [client.post(FORM, GOOD).status_code for _try in range(11)]

    assert answers == [200] * 10 + [429]


def test_without_a_name_only_where_the_law_says_so(
    client: Client, north: Brand, hidden: Hide
) -> None:
    nameless = GOOD | {"name": "", "email": ""}

    assert client.post(FORM, nameless).status_code == 400
    assert client.post(FORM, nameless | {"category": "sexual"}).status_code == 200


def test_the_status_is_for_whoever_has_the_link(
    client: Client, north: Brand, hidden: Hide, mia: User
) -> None:
    with brand_scope(north.pk):
        notice = report(north, _told())
        path = status_url(notice).partition("/notices")[2]
        answer_notice(notice, answer="Gibt es nicht.", actor=mia)
    answer = client.get(f"/notices{path}?lang=en")

    assert "There is no such comment on our pages" in answer.content.decode()
    assert client.get("/notices/status/forged/").status_code == 404
    assert client.get("/notices/acme/nowhere/").status_code == 404
