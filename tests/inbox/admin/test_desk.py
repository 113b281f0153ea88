"""The desk: lists of constant cost, what is shown safely, and what a form does without script."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inbox.models import Conversation, Message, OutboxItem
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message

LIST = "/w/acme/north/admin/inbox/conversation/"
# Session, person, memberships; savepoint and scope; counts of the side bar; tabs, page, brands;
# that it was read: one statement, whether it is the first time or not.
LIST_QUERIES = 11
THREAD_QUERIES = 20


def page_of(conversation: Conversation) -> str:
    return f"{LIST}{conversation.pk}/change/"


@pytest.fixture
def thread(north: Brand) -> Conversation:
    with brand_scope(north.pk):
        conversation = make_conversation(make_account(north, "whatsapp"))
        make_message(conversation, "Wo bleibt mein Paket?")
    return conversation


def _more(north: Brand, count: int) -> None:
    with brand_scope(north.pk):
        account = make_account(north, "facebook", external_id="777")
        for _number in range(count):
            make_message(make_conversation(account))


def _queries(client: Client, url: str, capture: Any) -> int:
    client.get(url)
    with capture() as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_the_list_costs_the_same_for_one_and_for_four(
    client: Client, ada: User, thread: Conversation, north: Brand, count_queries: Any
) -> None:
    client.force_login(ada)
    one = _queries(client, LIST, count_queries)
    _more(north, 3)
    assert _queries(client, LIST, count_queries) == one == LIST_QUERIES


def test_a_thread_costs_the_same_for_one_message_and_for_four(
    client: Client, ada: User, thread: Conversation, north: Brand, count_queries: Any
) -> None:
    client.force_login(ada)
    one = _queries(client, page_of(thread), count_queries)
    with brand_scope(north.pk):
        for number in range(3):
            make_message(thread, f"Noch eins {number}")
    assert _queries(client, page_of(thread), count_queries) == one == THREAD_QUERIES


def test_what_people_write_is_text_and_isolated(
    client: Client, ada: User, thread: Conversation, north: Brand
) -> None:
    with brand_scope(north.pk):
        make_message(thread, "<script>alert(1)</script>\u202e gnp.exe שלום")
    client.force_login(ada)
    html = client.get(page_of(thread)).content.decode()
    assert "<script>alert(1)" not in html
    assert '<bdi dir="auto">&lt;script&gt;alert(1)&lt;/script&gt;\u202e gnp.exe שלום</bdi>' in html


def test_a_reply_by_plain_form_comes_back_with_a_message(
    client: Client, ada: User, thread: Conversation, north: Brand
) -> None:
    client.force_login(ada)
    answer = client.post(
        f"{LIST}{thread.pk}/reply/", {"text": "Ist unterwegs.", "reply_id": "k1"}, follow=True
    )
    assert answer.redirect_chain == [(page_of(thread), 302)]
    with brand_scope(north.pk):
        assert OutboxItem.objects.get().text == "Ist unterwegs."


def test_a_double_click_sends_once(
    client: Client, ada: User, thread: Conversation, north: Brand
) -> None:
    client.force_login(ada)
    for _click in range(2):
        client.post(f"{LIST}{thread.pk}/reply/", {"text": "Ja.", "reply_id": "same"})
    with brand_scope(north.pk):
        assert OutboxItem.objects.count() == 1


def test_a_refusal_reaches_the_script_in_words(
    client: Client, ada: User, thread: Conversation
) -> None:
    client.force_login(ada)
    answer = client.post(
        f"{LIST}{thread.pk}/reply/", {"text": " "}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json() == {"error": "Write something first.", "code": "empty_reply"}


def test_a_moderator_may_note_but_not_reply(
    client: Client, mo: User, thread: Conversation, north: Brand
) -> None:
    client.force_login(mo)
    html = client.get(page_of(thread)).content.decode()
    assert "note-form" in html
    assert "reply-form" not in html
    as_script = {"Accept": "application/json"}
    assert (
        client.post(f"{LIST}{thread.pk}/reply/", {"text": "x"}, headers=as_script).status_code
        == 403
    )
    client.post(f"{LIST}{thread.pk}/note/", {"text": "Bitte prüfen"})
    with brand_scope(north.pk):
        assert Message.objects.filter(direction="note").get().text == "Bitte prüfen"
        assert not OutboxItem.objects.exists()


def test_assigning_offers_colleagues_of_the_workspace_only(
    client: Client, ada: User, gus: User, thread: Conversation, north: Brand
) -> None:
    client.force_login(ada)
    url = f"{LIST}{thread.pk}/assign/"
    assert client.post(url, {"to": str(gus.pk)}).status_code == 404
    client.post(url, {"to": "me"})
    with brand_scope(north.pk):
        assert Conversation.objects.get().assignee_id == ada.pk


def test_closed_ones_leave_the_open_tab_and_open_again(
    client: Client, ada: User, thread: Conversation
) -> None:
    client.force_login(ada)
    client.post(f"{LIST}{thread.pk}/close/")
    assert str(thread.pk) not in client.get(LIST).content.decode()
    assert str(thread.pk) in client.get(f"{LIST}?tab=closed").content.decode()
    client.post(f"{LIST}{thread.pk}/reopen/")
    assert str(thread.pk) in client.get(f"{LIST}?tab=open").content.decode()


@pytest.mark.parametrize("term", ["paket", "LENA"])
def test_search_finds_texts_and_people_in_any_case(
    client: Client, ada: User, thread: Conversation, term: str
) -> None:
    client.force_login(ada)
    assert str(thread.pk) in client.get(LIST, {"q": term}).content.decode()
    assert str(thread.pk) not in client.get(LIST, {"q": "nichts davon"}).content.decode()


def test_pages_follow_each_other_without_gap_or_repeat(
    client: Client, ada: User, north: Brand
) -> None:
    now = timezone.now()
    with brand_scope(north.pk):
        account = make_account(north)
        made = {
            str(make_conversation(account, last_message_at=now - timedelta(minutes=n // 2)).pk)
            for n in range(45)
        }
    client.force_login(ada)
    first = client.get(LIST)
    cursor = first.context["page"].next_cursor
    second = client.get(LIST, {"after": cursor})
    seen = [str(row.pk) for page in (first, second) for row in page.context["page"].rows]
    assert len(seen) == 45
    assert set(seen) == made
    assert client.get(LIST, {"after": "bm9uc2Vuc2U"}).context["page"].is_first


def test_parts_for_the_script_are_small(
    client: Client, ada: User, thread: Conversation, count_queries: Any
) -> None:
    client.force_login(ada)
    part = client.get(page_of(thread), {"part": "thread"})
    assert b"Wo bleibt" in part.content
    assert b"<html" not in part.content
    assert _queries(client, f"{page_of(thread)}?part=list", count_queries) == 10
