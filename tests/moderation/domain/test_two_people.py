"""Escalation of legal claims, and the acts that two people decide."""

import pytest

from compliance.models import AuditEvent
from moderation.choices import Action, Category
from moderation.domain.appeals import took_part
from moderation.domain.duties import needs_second
from moderation.domain.policies import install_preset
from moderation.domain.proposals import act, confirm, hide_from_inbox, refuse, waiting_for
from moderation.domain.queue_settings import change_queue_settings, settings_of
from moderation.exceptions import MustEscalate, OwnProposal, SecondPersonNeeded
from moderation.models import Appeal, Case, Decision, Proposal
from tenants.actors import SystemActor
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_case, make_decision
from tests.factories.tenants import make_member, make_user


@pytest.fixture
def case(north: Brand, olga: User) -> Case:
    with brand_scope(north.pk):
        install_preset(north, actor=SystemActor("system", "tests"))
        change_queue_settings(
            north, undo_seconds=None, second_person_for=["hate"], pause_after=25, actor=olga
        )
        message = make_message(make_conversation(make_account(north)), "Weg mit denen")
        return make_case(message, category="hate", severity=4)


@pytest.fixture
def claim(north: Brand) -> Case:
    with brand_scope(north.pk):
        install_preset(north, actor=SystemActor("system", "tests"))
        message = make_message(make_conversation(make_account(north)), "Mein Anwalt hört davon")
        return make_case(message, category="legal_claim", severity=3)


def _kinds() -> list[str]:
    rows = AuditEvent.objects.filter(kind__startswith="moderation.").order_by("at", "id")
    return [kind for kind in rows.values_list("kind", flat=True) if "policy" not in kind]


def test_the_second_person_carries_it_out(case: Case, north: Brand, mo: User, ada: User) -> None:
    with brand_scope(north.pk):
        proposal = act(case, action=Action.HIDE, reason="Hetze", actor=mo)
        assert isinstance(proposal, Proposal)
        assert not Decision.objects.exists()

        decision = confirm(proposal, actor=ada)

        assert (decision.action, decision.decided_by, decision.reason) == ("hide", ada, "Hetze")
        assert Case.objects.get().state == "decided"
        assert Proposal.objects.get().decision == decision
        assert _kinds() == [
            "moderation.queue.changed",
            "moderation.proposal.made",
            "moderation.decision.made",
            "moderation.statement.written",
            "moderation.proposal.confirmed",
        ]


def test_nobody_confirms_their_own(case: Case, north: Brand, mo: User) -> None:
    with brand_scope(north.pk):
        proposal = act(case, action=Action.HIDE, reason="Hetze", actor=mo)
        assert isinstance(proposal, Proposal)

        with pytest.raises(OwnProposal):
            confirm(proposal, actor=mo)

        assert refuse(proposal, actor=mo).state == "withdrawn"
        assert not Decision.objects.exists()


def test_a_refused_proposal_leaves_the_case_waiting(
    case: Case, north: Brand, mo: User, ada: User
) -> None:
    with brand_scope(north.pk):
        proposal = act(case, action=Action.HIDE, reason="Hetze", actor=mo)
        assert isinstance(proposal, Proposal)
        refuse(proposal, actor=ada)

        assert waiting_for(case) is None
        assert Case.objects.get().state == "open"
        with pytest.raises(InvalidState, match="answered already"):
            confirm(proposal, actor=ada)


def test_while_one_waits_nobody_decides_past_it(
    case: Case, north: Brand, mo: User, ada: User
) -> None:
    with brand_scope(north.pk):
        act(case, action=Action.HIDE, reason="Hetze", actor=mo)

        for action in (Action.APPROVE, Action.ESCALATE, Action.HIDE):
            with pytest.raises(InvalidState, match="proposal waits"):
                act(case, action=action, reason="Doch", actor=ada)


def test_leaving_visible_needs_one_person(case: Case, north: Brand, mo: User) -> None:
    with brand_scope(north.pk):
        assert isinstance(act(case, action=Action.APPROVE, reason="", actor=mo), Decision)


def test_a_viewer_confirms_nothing(case: Case, north: Brand, mo: User, aud: User) -> None:
    with brand_scope(north.pk):
        proposal = act(case, action=Action.HIDE, reason="Hetze", actor=mo)
        assert isinstance(proposal, Proposal)

        with pytest.raises(NotAllowed):
            confirm(proposal, actor=aud)


def test_who_proposed_took_part_in_the_decision(
    case: Case, north: Brand, mo: User, ada: User, olga: User
) -> None:
    with brand_scope(north.pk):
        proposal = act(case, action=Action.HIDE, reason="Hetze", actor=mo)
        assert isinstance(proposal, Proposal)
        appeal = Appeal(decision=confirm(proposal, actor=ada))

        assert [took_part(appeal, who) for who in (mo, ada, olga)] == [True, True, False]


@pytest.mark.parametrize("action", ["ban", "delete"])
def test_the_gravest_acts_always_need_two(action: str) -> None:
    assert needs_second(action, "spam", chosen=[])
    assert not needs_second("hide", "spam", chosen=["hate"])


def test_a_legal_claim_is_only_escalated(claim: Case, north: Brand, mo: User) -> None:
    with brand_scope(north.pk):
        for action in (Action.APPROVE, Action.HIDE):
            with pytest.raises(MustEscalate, match="always escalate"):
                act(claim, action=action, reason="Nein", actor=mo)
        act(claim, action=Action.ESCALATE, reason="", actor=mo)

        row = Case.objects.get()
        assert (row.state, row.severity, row.escalated_by) == ("open", 4, mo)
        assert row.rank_at < claim.rank_at
        with pytest.raises(MustEscalate, match="may settle"):
            act(row, action=Action.HIDE, reason="Nein", actor=mo)
        with pytest.raises(InvalidState, match="escalated already"):
            act(row, action=Action.ESCALATE, reason="", actor=mo)


def test_who_escalated_a_claim_does_not_settle_it(
    claim: Case, north: Brand, olga: User, mo: User
) -> None:
    with brand_scope(north.pk):
        act(claim, action=Action.ESCALATE, reason="", actor=olga)
        row = Case.objects.get()
        # Alone with the right to settle, olga would have to.
        assert isinstance(act(row, action=Action.APPROVE, reason="", actor=olga), Decision)


def test_with_a_second_one_who_may_settle_it_is_theirs(
    claim: Case, north: Brand, olga: User
) -> None:
    nia = make_user("nia")
    make_member(nia, north.agency, "brand_manager", north)
    with brand_scope(north.pk):
        act(claim, action=Action.ESCALATE, reason="", actor=olga)
        row = Case.objects.get()

        with pytest.raises(MustEscalate, match="second person has to settle"):
            act(row, action=Action.APPROVE, reason="", actor=olga)
        assert isinstance(act(row, action=Action.HIDE, reason="Ja", actor=nia), Decision)


def test_from_the_inbox_the_same_rules_hold(north: Brand, mo: User, case: Case) -> None:
    with brand_scope(north.pk):
        conversation = case.message.conversation
        spam, hate, claim = (make_message(conversation, text) for text in ("A", "B", "C"))

        hidden = hide_from_inbox(spam, category=Category.SPAM, reason="Werbung", actor=mo)
        proposed = hide_from_inbox(hate, category=Category.HATE, reason="Hetze", actor=mo)
        escalated = hide_from_inbox(claim, category=Category.LEGAL_CLAIM, reason="x", actor=mo)

        assert isinstance(hidden, Decision)
        assert isinstance(proposed, Proposal)
        assert isinstance(escalated, Decision)
        assert (hidden.action, proposed.action, escalated.action) == ("hide", "hide", "escalate")


def test_one_person_cannot_go_around_the_queue(north: Brand, mo: User, case: Case) -> None:
    from moderation.domain.decisions import hide_comment

    with brand_scope(north.pk), pytest.raises(SecondPersonNeeded):
        hide_comment(case.message, category=Category.HATE, reason="Hetze", actor=mo)


@pytest.mark.parametrize(
    "wrong",
    [
        {"undo_seconds": 121},
        {"undo_seconds": -1},
        {"pause_after": -1},
        {"second_person_for": ["x"]},
    ],
)
def test_settings_nobody_means_are_refused(
    north: Brand, olga: User, wrong: dict[str, object]
) -> None:
    right: dict[str, object] = {"undo_seconds": 8, "second_person_for": [], "pause_after": 1}
    with brand_scope(north.pk):
        with pytest.raises(InvalidInput):
            change_queue_settings(north, actor=olga, **(right | wrong))  # type: ignore[arg-type]
        assert settings_of(north.pk).pk != settings_of(north.pk).pk  # nothing is stored


def test_settings_are_for_who_manages_the_policy(north: Brand, mo: User) -> None:
    with brand_scope(north.pk), pytest.raises(NotAllowed):
        change_queue_settings(north, undo_seconds=0, second_person_for=[], pause_after=0, actor=mo)


def test_a_decision_by_others_is_no_part(north: Brand, case: Case, mo: User) -> None:
    with brand_scope(north.pk):
        decision = make_decision(case.message, decided_by=None)

        assert not took_part(Appeal(decision=decision), mo)
