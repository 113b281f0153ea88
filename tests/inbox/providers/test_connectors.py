import pytest

from inbox.providers.base import AccountAccess, Action, Call
from inbox.providers.connectors import CONNECTORS
from inbox.providers.errors import PlatformFailure, ReadBackUnavailable

ACTIONS: list[Action] = ["message", "comment_reply", "private_reply", "hide", "unhide", "delete"]
NOWHERE = AccountAccess("http://127.0.0.1:1", "5551", "t", "s", sandbox=True)


def test_each_connector_is_found_under_its_own_name() -> None:
    assert [(name, one.channel) for name, one in CONNECTORS.items()] == [
        ("whatsapp", "whatsapp"),
        ("facebook", "facebook"),
        ("instagram", "instagram"),
        ("youtube", "youtube"),
        ("bluesky", "bluesky"),
    ]


@pytest.mark.parametrize("channel", list(CONNECTORS))
@pytest.mark.parametrize("action", ACTIONS)
def test_capabilities_tell_what_send_and_find_sent_do(channel: str, action: Action) -> None:
    connector = CONNECTORS[channel]
    call = Call(action, to="49170000", target="1_2", text="x")

    with pytest.raises(PlatformFailure) as sending:
        connector.send(NOWHERE, call)
    with pytest.raises(PlatformFailure) as reading:
        connector.find_sent(NOWHERE, call)

    is_offered = sending.value.code != "no_such_action"
    can_read_back = not isinstance(reading.value, ReadBackUnavailable)
    assert is_offered is (action in connector.capabilities["actions"])
    assert can_read_back is (action in connector.capabilities["read_back"])
    if action == "hide":
        assert is_offered is connector.capabilities["can_hide"]
