"""A program that lost its patience: the same reply twice at the same time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from inbox.models import OutboxItem
from tenants.models import Brand
from tenants.scope import brand_scope
from tests.factories.api import Program, make_token
from tests.factories.inbox import make_account, make_conversation, make_message


@pytest.mark.usefixtures("committed")
def test_the_same_key_at_the_same_time_gives_one_reply(
    north: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.domain.wake._send", lambda *_args: None)
    with brand_scope(north.pk):
        conversation = make_conversation(make_account(north))
        make_message(conversation)
    _token, plain = make_token(north, "inbox.reply.send")

    def send(_number: int) -> str:
        try:
            response = Program("acme/north", plain).post(
                f"conversations/{conversation.pk}/replies/",
                {"text": "It is on its way."},
                **{"Idempotency-Key": "k1"},
            )
            assert response.status_code == 201, response.content
            return str(response.json()["id"])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=4) as pool:
        found = set(pool.map(send, range(4)))

    with brand_scope(north.pk):
        assert found == {str(OutboxItem.objects.get().pk)}
