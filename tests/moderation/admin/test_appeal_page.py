"""The appeal as its reviewer sees it, and as its author does."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from inbox.models import OutboxItem
from moderation.domain.appeal_reversal import note_settled
from moderation.domain.appeals import decide_appeal, file_appeal
from moderation.domain.decisions import hide_comment
from moderation.domain.policies import install_preset
from moderation.domain.statements import appeal_token
from moderation.models import Appeal, Decision, Sanction
from tenants.actors import SystemActor
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import leave
from tests.factories.tenants import make_member, make_user

ADMIN = "/w/acme/north/admin/moderation/"


@pytest.fixture
def mia(north: Brand) -> User:
    user = make_user("mia")
    make_member(user, north.agency, "moderator", north)
    return user


@pytest.fixture
def decision(north: Brand, mo: User, mia: User) -> Decision:
    cache.clear()
    with brand_scope(north.pk):
        install_preset(north, actor=SystemActor("system", "tests"))
        message = make_message(make_conversation(make_account(north)), "Ihr seid Vollidioten")
        hidden = hide_comment(message, category="insult", reason="Beleidigung.", actor=mo)
        leave(hidden)
        return hidden


@pytest.fixture
def appeal(north: Brand, decision: Decision) -> Appeal:
    with brand_scope(north.pk):
        return file_appeal(decision, text="Das war Ironie.", language="de")


def _page(client: Client, appeal: Appeal) -> str:
    return client.get(f"{ADMIN}appeal/{appeal.pk}/change/").content.decode()


def _act(client: Client, appeal: Appeal, act: str, **fields: Any) -> int:
    headers = {"Accept": "application/json"}
    url = f"{ADMIN}appeal/{appeal.pk}/{act}/"
    return client.post(url, fields, headers=headers).status_code


def test_the_reviewer_begins_hands_back_takes_and_answers(
    client: Client, north: Brand, appeal: Appeal, mia: User
) -> None:
    client.force_login(mia)
    assert "Begin the review" in _page(client, appeal)
    acts = [
        _act(client, appeal, "begin"),
        _act(client, appeal, "hand-back"),
        _act(client, appeal, "assign", to=str(mia.pk)),
        _act(client, appeal, "answer", outcome="upheld", answer="Bleibt."),
        _act(client, appeal, "answer", outcome="upheld", answer="Noch einmal."),
    ]

    assert acts == [200, 200, 200, 200, 409]
    with brand_scope(north.pk):
        assert Appeal.objects.get().answer == "Bleibt."


@pytest.mark.parametrize("act", ["begin", "assign", "answer", "refuse", "hand-back", "retry"])
def test_who_may_only_read_and_who_is_elsewhere_can_do_nothing(
    client: Client, north: Brand, appeal: Appeal, aud: User, gus: User, mia: User, act: str
) -> None:
    fields = {"to": str(mia.pk), "outcome": "upheld", "answer": "x", "ground": "unfounded"}
    client.force_login(aud)
    assert _act(client, appeal, act, **fields) == 403
    client.force_login(gus)
    assert _act(client, appeal, act, **fields) == 404
    with brand_scope(north.pk):
        assert Appeal.objects.get().state == "assigned"


def test_not_admitted_is_told_to_the_author(
    client: Client, north: Brand, appeal: Appeal, mia: User
) -> None:
    client.force_login(mia)
    assert _act(client, appeal, "refuse", ground="unfounded", answer="Ohne Grund.") == 200
    client.logout()
    with brand_scope(north.pk):
        link = f"/appeals/{appeal_token(appeal.decision)}/"

    html = client.get(f"{link}?lang=en").content.decode()
    assert "We cannot admit your appeal." in html
    assert "Ohne Grund." in html


def test_the_statistics_stand_on_a_page_and_in_a_file(
    client: Client, north: Brand, appeal: Appeal, mia: User, aud: User
) -> None:
    with brand_scope(north.pk):
        decide_appeal(appeal, outcome="overturned", answer="Stimmt.", actor=mia)
    client.force_login(aud)
    lines = client.get(f"{ADMIN}appeal/statistics/").context["groups"]
    text = client.get(f"{ADMIN}appeal/statistics/?as=csv").content.decode()

    assert [[line.what for line in found] for _title, found in lines] == [
        ["Insult or harassment"],
        ["Insult or harassment v1"],
        ["found by people"],
        ["Mia"],
    ]
    rows = [row.split(",") for row in text.splitlines()]
    assert rows[1][:3] == ["all", "All", "1"]
    assert rows[1][rows[0].index("changed_pct")] == "100.0"


def _shown(client: Client, link: str) -> str:
    return client.get(f"{link}?lang=en").content.decode()


def test_the_author_reads_what_really_happened(
    client: Client, north: Brand, appeal: Appeal, mia: User
) -> None:
    with brand_scope(north.pk):
        link = f"/appeals/{appeal_token(appeal.decision)}/"
        assert "Given to somebody who took no part" in _shown(client, link)
        decide_appeal(appeal, outcome="overturned", answer="Stimmt.", actor=mia)
        item = OutboxItem.objects.get(action="unhide")
    assert "has not shown your comment again yet" in _shown(client, link)
    with brand_scope(north.pk):
        item.state, item.error_text = "failed", "Cannot publish a rejected comment"
        item.save()
        note_settled(item, timezone.now())
    refused = _shown(client, link)
    assert "the network refuses to show your comment again" in refused
    assert "Cannot publish a rejected comment" in refused
    client.force_login(mia)
    assert "Cannot publish a rejected comment" in _page(client, appeal)
    assert _act(client, appeal, "retry") == 200
    with brand_scope(north.pk):
        item.refresh_from_db()
        item.state = "sent"
        item.save()
        note_settled(item, timezone.now())
    assert "your comment is shown again" in _shown(client, link)


def test_the_link_twice_and_a_second_appeal_and_a_flood(
    client: Client, north: Brand, decision: Decision
) -> None:
    with brand_scope(north.pk):
        link = f"/appeals/{appeal_token(decision)}/"
    codes = [client.post(link, {"text": text}).status_code for text in ("Ironie", "Ironie", "x")]

    assert codes == [302, 302, 409]
    assert client.post(link, {"act": "withdraw"}).status_code == 302
    assert "You have withdrawn the appeal" in _shown(client, link)
    assert client.post(link, {"act": "withdraw"}).status_code == 400
    flood = [client.post(link, {"text": "Ironie"}).status_code for _try in range(6)]
    assert flood[-1] == 429


def test_a_sanction_from_the_contact_and_back(
    client: Client, north: Brand, decision: Decision, mo: User, ada: User, gus: User
) -> None:
    message = decision.message
    with brand_scope(north.pk):
        contact = message.conversation.contact
    url = f"{ADMIN}sanction/impose/{contact.pk}/"
    fields = {
        "message": str(message.pk),
        "kind": "mute",
        "days": "7",
        "category": "insult",
        "reason": "Oft.",
    }
    client.force_login(gus)
    assert client.get(url).status_code == 404
    client.force_login(ada)
    assert client.get(url).status_code == 403
    client.force_login(mo)
    asked = client.get(f"/w/acme/north/admin/moderation/decision/{decision.pk}/change/")
    link = f"{url}?message={message.pk}&amp;category=insult"
    assert link in asked.content.decode()
    form = client.get(link.replace("&amp;", "&")).content.decode()
    assert "Ihr seid Vollidioten" in form
    assert f'value="{message.pk}" required checked' in form
    assert '<option value="insult" selected>' in form
    assert (
        url
        in client.get(f"/w/acme/north/admin/inbox/contact/{contact.pk}/change/").content.decode()
    )
    assert client.post(url, fields).status_code == 302
    with brand_scope(north.pk):
        sanction = Sanction.objects.get()
    page = client.get(f"{ADMIN}sanction/{sanction.pk}/change/").content.decode()
    assert "Lift the sanction" in page
    assert "Muted for a time" in client.get(f"{ADMIN}sanction/").content.decode()
    assert (
        client.post(f"{ADMIN}sanction/{sanction.pk}/lift/", {"reason": "Gut."}).status_code == 302
    )
    with brand_scope(north.pk):
        assert Sanction.objects.get().end == "lifted"
