"""Who has a case open, for how long, and what a race between two people leaves behind."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from moderation.choices import Action
from moderation.domain import cases
from moderation.domain.decisions import decide
from moderation.domain.policies import install_preset
from moderation.domain.proposals import act
from moderation.exceptions import AlreadyDecided, CaseTaken, LeaseLost
from moderation.models import Case, Decision, Exposure
from tenants.actors import SystemActor
from tenants.exceptions import NotAllowed
from tenants.models import Brand, Membership, User
from tenants.permissions import forget_rights
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_case

ITEMS = 200


@pytest.fixture
def case(north: Brand) -> Case:
    with brand_scope(north.pk):
        install_preset(north, actor=SystemActor("system", "tests"))
        return make_case(make_message(make_conversation(make_account(north)), "Hallo"))


def test_a_lease_keeps_others_out_until_it_ends(
    case: Case, north: Brand, mo: User, olga: User
) -> None:
    with brand_scope(north.pk):
        cases.take(case, actor=mo)

        with pytest.raises(CaseTaken, match="Mo has this case open"):
            cases.take(case, actor=olga)
        with time_machine.travel(timezone.now() + timedelta(seconds=91), tick=False):
            assert cases.take(case, actor=olga).lease_by == olga


def test_a_heartbeat_keeps_it_alive(case: Case, north: Brand, mo: User, olga: User) -> None:
    start = timezone.now()
    with brand_scope(north.pk):
        for seconds in (0, 60, 120, 180):
            with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
                cases.take(case, actor=mo)
        with (
            time_machine.travel(start + timedelta(seconds=260), tick=False),
            pytest.raises(CaseTaken),
        ):
            cases.take(case, actor=olga)


def test_letting_go_frees_it_at_once(case: Case, north: Brand, mo: User, olga: User) -> None:
    with brand_scope(north.pk):
        cases.take(case, actor=mo)
        cases.release(case, actor=olga)
        with pytest.raises(CaseTaken):
            cases.take(case, actor=olga)

        cases.release(case, actor=mo)

        assert cases.take(case, actor=olga).lease_by == olga


@pytest.mark.parametrize("holder", ["nobody", "expired", "olga"])
def test_nobody_decides_without_a_lease(
    case: Case, north: Brand, mo: User, olga: User, holder: str
) -> None:
    error = CaseTaken if holder == "olga" else LeaseLost
    with brand_scope(north.pk):
        if holder != "nobody":
            cases.take(case, actor=mo if holder == "expired" else olga)
        seconds = 91 if holder == "expired" else 0
        with (
            time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=False),
            pytest.raises(error),
        ):
            decide(case, action=Action.APPROVE, reason="", actor=mo)

        assert not Decision.objects.exists()
        assert Case.objects.get().state == "open"


def test_who_lost_the_role_reads_so_and_nothing_is_lost(
    case: Case, north: Brand, mo: User, olga: User
) -> None:
    with brand_scope(north.pk):
        cases.take(case, actor=mo)
        Membership.objects.filter(user=mo).delete()
        forget_rights(mo)

        with pytest.raises(NotAllowed, match="Your role does not allow this"):
            act(case, action=Action.HIDE, reason="Werbung", actor=mo)
        cases.release(case, actor=mo)

        assert Case.objects.get().state == "open"
        assert act(case, action=Action.APPROVE, reason="", actor=olga).decided_by == olga


def test_the_next_case_is_one_that_nobody_has_open(
    case: Case, north: Brand, mo: User, olga: User
) -> None:
    with brand_scope(north.pk):
        worse = make_case(
            make_message(make_conversation(make_account(north, external_id="2"))), severity=4
        )

        assert cases.take_next(actor=mo, brand_id=north.pk) == worse
        assert cases.take_next(actor=olga, brand_id=north.pk) == case
        assert (
            cases.take_next(actor=olga, brand_id=north.pk, leaving_out=frozenset({case.pk})) is None
        )


def test_opening_counts_once_and_renewing_does_not(case: Case, north: Brand, mo: User) -> None:
    with brand_scope(north.pk):
        for _time in range(3):
            cases.take(case, actor=mo)
        cases.release(case, actor=mo)
        cases.take(case, actor=mo)

        assert list(Exposure.objects.values_list("person", "severity", "items")) == [(mo.pk, 1, 1)]


def test_a_decided_case_says_who_was_first(case: Case, north: Brand, mo: User, olga: User) -> None:
    with brand_scope(north.pk):
        act(case, action=Action.APPROVE, reason="", actor=mo)

        with pytest.raises(AlreadyDecided, match="Mo decided this already: Leave visible"):
            cases.take(case, actor=olga)


def _clear(north: Brand, person: User, barrier: Barrier, refused: Counter[str]) -> None:
    """Work down the list as the screen does: take, skip what a colleague has, decide."""
    try:
        barrier.wait()
        with brand_scope(north.pk):
            keys = list(Case.objects.order_by("rank_at", "id").values_list("pk", flat=True))
        for key in keys:
            _one(north, person, key, refused)
    finally:
        connection.close()


def _one(north: Brand, person: User, key: UUID, refused: Counter[str]) -> None:
    try:
        with brand_scope(north.pk):
            act(Case.objects.get(pk=key), action=Action.APPROVE, reason="", actor=person)
    except (CaseTaken, AlreadyDecided) as error:
        refused[error.code] += 1


def test_two_people_clear_a_queue_of_200(
    committed: None, north: Brand, mo: User, ada: User
) -> None:
    with brand_scope(north.pk):
        install_preset(north, actor=SystemActor("system", "tests"))
        conversation = make_conversation(make_account(north))
        for number in range(ITEMS):
            make_case(make_message(conversation, f"Text {number}"))
    barrier, refused = Barrier(2), Counter[str]()
    threads = [Thread(target=_clear, args=(north, who, barrier, refused)) for who in (mo, ada)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with brand_scope(north.pk):
        decided = Counter(Decision.objects.values_list("case_id", flat=True))
        people = set(Decision.objects.values_list("decided_by", flat=True))
        assert len(decided) == ITEMS
        assert set(decided.values()) == {1}
        assert people == {mo.pk, ada.pk}
        assert not Case.objects.filter(state="open").exists()
    assert sum(refused.values()) == ITEMS


def _take_and_decide(north: Brand, person: User, taken: list[UUID]) -> None:
    try:
        while True:
            with brand_scope(north.pk):
                case = cases.take_next(actor=person, brand_id=north.pk)
                if case is None:
                    return
            with brand_scope(north.pk):
                decide(case, action=Action.APPROVE, reason="", actor=person)
            taken.append(case.pk)
    finally:
        connection.close()


def test_two_who_ask_for_the_next_never_meet(
    committed: None, north: Brand, mo: User, ada: User
) -> None:
    with brand_scope(north.pk):
        install_preset(north, actor=SystemActor("system", "tests"))
        conversation = make_conversation(make_account(north))
        for number in range(30):
            make_case(make_message(conversation, f"Text {number}"))
    taken: dict[User, list[UUID]] = {mo: [], ada: []}
    run: Callable[[User], Thread] = lambda who: Thread(  # noqa: E731 -- a thread per person
        target=_take_and_decide, args=(north, who, taken[who])
    )
    threads = [run(who) for who in taken]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken[mo]) + len(taken[ada]) == 30
    assert not set(taken[mo]) & set(taken[ada])
