"""What is said in public leaves room, on every network, to disclose that a machine says it."""

import pytest
from django.utils import translation
from django.utils.translation import gettext

from compliance.domain.gates import DISCLOSURE_ROOM
from inbox.providers.connectors import CONNECTORS
from moderation.domain.appeal_notices import SHOWN_AGAIN
from moderation.domain.statement_delivery import PUBLIC_NOTE


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("words", [PUBLIC_NOTE, SHOWN_AGAIN])
def test_public_words_fit_every_network(language: str, words: str) -> None:
    limits = {
        channel: connector.capabilities["max_chars_comment"]
        for channel, connector in CONNECTORS.items()
        if "comment_reply" in connector.capabilities["actions"]
    }
    assert "bluesky" in limits
    with translation.override(language):
        assert (gettext(words) != words) is (language == "de")
        room = len(gettext(words)) + DISCLOSURE_ROOM

    assert {channel for channel, most in limits.items() if room > most} == set()
