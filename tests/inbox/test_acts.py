"""What an act means on a network: no machine does what nothing takes back."""

import pytest
from django.utils import timezone

from inbox.choices import OutboxAction
from inbox.domain.acts import check_act, effect_of, may_machine_hide, why_final
from inbox.domain.outbox import put_action
from inbox.exceptions import ActIsFinal, ActNotOffered
from inbox.models import Message, OutboxItem
from inbox.providers.acts import Act, Audience
from inbox.providers.connectors import CONNECTORS
from tenants.actors import SystemActor
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.tenants import make_user

MACHINE = SystemActor("rule", "assess.spam", "1")


@pytest.fixture
def mo(db: None) -> User:
    return make_user("mo")


def _comment(brand: Brand, channel: str = "facebook") -> Message:
    account = make_account(brand, channel, f"acct-{channel}")
    return make_message(make_conversation(account, kind="comment", post_id="post"))


@pytest.mark.parametrize("channel", list(CONNECTORS))
def test_every_network_tells_of_every_act_in_words(channel: str) -> None:
    acts, capabilities = CONNECTORS[channel].acts, CONNECTORS[channel].capabilities

    assert set(acts) == set(Act)
    for act, effect in acts.items():
        assert str(effect.words).endswith("."), act
        if effect.undone_by is not None:
            back = acts[effect.undone_by]
            assert back.is_offered
        if not effect.is_offered:
            assert (effect.undone_by, effect.seen_by) == (None, frozenset())
    assert acts[Act.HIDE].is_offered is capabilities["can_hide"]
    assert acts[Act.HIDE].is_reversible is capabilities["hide_reversible"]
    assert acts[Act.DELETE].is_offered is ("delete" in capabilities["actions"])
    assert not acts[Act.DELETE].is_reversible


def test_on_facebook_author_and_friends_still_see_it(db: None, north: Brand) -> None:
    with brand_scope(north.pk):
        effect = effect_of(_comment(north), Act.HIDE)

        assert effect.seen_by == {Audience.AUTHOR, Audience.FRIENDS}
        assert effect.undone_by is Act.UNHIDE


def test_a_machine_never_deletes_and_a_person_only_after_having_been_told(
    db: None, north: Brand, mo: User
) -> None:
    with brand_scope(north.pk):
        comment = _comment(north)

        for actor, is_confirmed in ((MACHINE, True), (MACHINE, False), (mo, False)):
            with pytest.raises(ActIsFinal, match="gone for good"):
                put_action(
                    comment,
                    action=OutboxAction.DELETE,
                    actor=actor,
                    idempotency_key="d",
                    now=timezone.now(),
                    is_confirmed=is_confirmed,
                )
        assert not OutboxItem.objects.exists()
        item = put_action(
            comment,
            action=OutboxAction.DELETE,
            actor=mo,
            idempotency_key="d",
            now=timezone.now(),
            is_confirmed=True,
        )
        assert (item.action, item.state) == ("delete", "queued")


def test_what_can_be_taken_back_a_machine_may_do(db: None, north: Brand) -> None:
    with brand_scope(north.pk):
        comment = _comment(north)

        assert may_machine_hide(comment)
        assert check_act(comment, OutboxAction.HIDE, actor=MACHINE).is_reversible
        assert why_final(comment) == ""
        assert "gone for good" in why_final(comment, Act.DELETE)


def test_where_there_are_no_comments_nothing_is_hidden(db: None, north: Brand, mo: User) -> None:
    with brand_scope(north.pk):
        message = _comment(north, "whatsapp")

        with pytest.raises(ActNotOffered, match="no public comments"):
            check_act(message, OutboxAction.HIDE, actor=mo)
        assert not may_machine_hide(message)
