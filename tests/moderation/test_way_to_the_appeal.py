"""Spam is hidden with reasons; the author appeals; another person decides; it is shown again."""

import re

import httpx
import pytest

from compliance.models import AuditEvent
from inbox.models import Message
from moderation.choices import Action, AppealState, Category, Outcome
from moderation.domain.appeals import decide_appeal
from moderation.domain.cases import take
from moderation.domain.decisions import decide, hide_comment, restore
from moderation.domain.statements import read_appeal_token
from moderation.exceptions import AlreadyDecided, ReasonMissing, TookPart
from moderation.models import Appeal, Case, Decision, StatementOfReasons
from tenants.exceptions import InvalidState, NotAllowed
from tenants.models import Brand, User
from tests.factories.moderation import make_licence
from tests.factories.tenants import make_member, make_user
from tests.inbox.stage import Stage

SPAMMER = {"id": "666", "name": "Best Deals"}
MAX = {"id": "9001", "name": "Max D."}
SPAM = (
    "🔥🔥 FREE iPhone giveaway!!! Click https://bit.ly/win-now"
    " and DM me on WhatsApp +49 176 12345678 🔥🔥"
)


def _member(name: str, role: str, brand: Brand) -> User:
    user = make_user(name)
    make_member(user, brand.agency, role, brand)
    return user


@pytest.fixture
def mo(north: Brand) -> User:
    return _member("mo", "moderator", north)


@pytest.fixture
def mia(north: Brand) -> User:
    return _member("mia", "moderator", north)


@pytest.fixture
def ada(north: Brand) -> User:
    return _member("ada", "community_manager", north)


def test_spam_is_hidden_by_itself_and_comes_back_on_appeal(
    stage: Stage, mo: User, settings: object
) -> None:
    with stage.scope():
        make_licence(stage.brand, "scam")
        make_licence(stage.brand, "spam")
    comment = stage.sandbox.say(stage.page, "comment", person=SPAMMER, text=SPAM)
    stage.work()

    with stage.scope():
        decision = Decision.objects.get()
        statement = StatementOfReasons.objects.get()
        assert (decision.action, decision.automation) == ("hide", "AUTOMATED_DECISION_FULLY")
        assert decision.detected_automatically
        assert decision.text_snapshot == SPAM
        assert statement.delivered_by == "private_reply"
        assert Message.objects.get(external_id=comment).visibility == "hidden"
    assert stage.sandbox.comment(comment)["is_hidden"] is True
    told = [m["text"] for m in stage.sandbox.state()["messages"] if m["direction"] == "out"]
    assert len(told) == 1
    link = re.search(r"http\S+/appeals/(\S+)/", told[0])
    assert link
    assert read_appeal_token(link[1]) == (stage.brand.pk, decision.pk)

    base = stage.web
    page = httpx.get(f"{base}/appeals/{link[1]}/", trust_env=False)
    filed = httpx.post(
        f"{base}/appeals/{link[1]}/",
        data={"text": "It was a joke <script>alert(1)</script>"},
        follow_redirects=True,
        trust_env=False,
    )
    assert (page.status_code, filed.status_code) == (200, 200)
    assert "<script>alert(1)" not in filed.text
    assert "&lt;script&gt;alert(1)" in filed.text

    with stage.scope():
        appeal = Appeal.objects.get()
        decide_appeal(appeal, outcome=Outcome.OVERTURNED, answer="You are right.", actor=mo)
    stage.work()

    with stage.scope():
        appeal.refresh_from_db()
        assert (appeal.state, appeal.reversal.action) == (AppealState.DECIDED, "restore")
        assert Message.objects.get(external_id=comment).visibility == "visible"
        kinds = set(AuditEvent.objects.values_list("kind", flat=True))
        assert {
            "moderation.decision.made",
            "moderation.statement.written",
            "moderation.appeal.received",
            "moderation.appeal.decided",
            "inbox.comment.hidden",
            "inbox.comment.shown",
        } <= kinds
    assert stage.sandbox.comment(comment)["is_hidden"] is False
    replies = [c for c in stage.sandbox.state()["comments"] if c["parent_id"] == comment]
    assert len(replies) == 1
    answer = httpx.get(f"{base}/appeals/{link[1]}/", trust_env=False)
    assert "You are right." in answer.text


def test_who_decided_cannot_judge_the_appeal(stage: Stage, mo: User, mia: User, ada: User) -> None:
    comment = stage.sandbox.say(stage.page, "comment", person=MAX, text="Ihr seid echt Betrüger")
    stage.work()
    with stage.scope():
        message = Message.objects.get(external_id=comment)
        decision = hide_comment(message, category=Category.INSULT, reason="Beleidigung", actor=mo)
        appeal = Appeal.objects.create(
            brand=stage.brand,
            decision=decision,
            text="Nein",
            language="de",
            received_at=decision.decided_at,
            due_at=decision.decided_at,
        )

        with pytest.raises(TookPart):
            decide_appeal(appeal, outcome=Outcome.UPHELD, answer="Bleibt.", actor=mo)
        with pytest.raises(NotAllowed):
            decide_appeal(appeal, outcome=Outcome.UPHELD, answer="Bleibt.", actor=ada)
        with pytest.raises(ReasonMissing):
            decide_appeal(appeal, outcome=Outcome.UPHELD, answer=" ", actor=mia)
        decided = decide_appeal(appeal, outcome=Outcome.UPHELD, answer="Bleibt.", actor=mia)
        with pytest.raises(InvalidState):
            decide_appeal(appeal, outcome=Outcome.OVERTURNED, answer="Doch.", actor=mia)

        assert (decided.outcome, decided.decided_by) == ("upheld", mia)


def test_a_threat_is_never_hidden_by_a_machine_and_comes_first(stage: Stage, mo: User) -> None:
    stage.sandbox.say(stage.page, "comment", person=MAX, text="Ich bringe euch alle um!")
    stage.work()

    with stage.scope():
        case = Case.objects.get()
        assert (case.category, case.severity, case.state) == ("threat", 4, "open")
        assert not Decision.objects.exists()

        decide(take(case, actor=mo), action=Action.HIDE, reason="Drohung", actor=mo)
        with pytest.raises(AlreadyDecided, match="Mo"):
            decide(case, action=Action.APPROVE, reason="", actor=mo)
    stage.work()
    with stage.scope():
        assert Message.objects.get(direction="in").visibility == "hidden"


def test_a_hide_taken_back_at_once_never_reaches_the_network(stage: Stage, mo: User) -> None:
    comment = stage.sandbox.say(stage.page, "comment", person=MAX, text="Schöne Schuhe")
    stage.work()
    with stage.scope():
        decision = hide_comment(
            Message.objects.get(), category=Category.OTHER, reason="Versehen", actor=mo
        )
        restore(decision, reason="Versehen", actor=mo)
    stage.work()

    assert stage.sandbox.comment(comment)["is_hidden"] is False
    with stage.scope():
        assert Message.objects.get(external_id=comment).visibility == "visible"


@pytest.mark.parametrize("token", ["x", "WyJhIl0:1abc:def", "../../etc/passwd", "%00"])
def test_a_forged_link_is_refused_in_words(db: None, client: object, token: str) -> None:
    response = client.get(f"/appeals/{token}/")  # type: ignore[attr-defined]

    assert response.status_code == 404
