import json
import threading
from pathlib import Path

import httpx
import pytest

from inbox.providers.base import AccountAccess, Call
from inbox.providers.events import EventKind
from inbox.providers.facebook.client import FacebookConnector
from inbox.providers.meta import appsecret_proof
from inbox.providers.sandbox.client import SandboxClient, SandboxRefused
from inbox.providers.sandbox.server import SandboxServer
from inbox.providers.whatsapp.client import WhatsAppConnector

LENA = {"id": "DE.48ab", "name": "Lena", "handle": "lena.d", "phone": "49170000"}


def test_batch_arrives_as_one_delivery_with_its_broken_item(sandbox: SandboxClient, hook) -> None:
    person = {"account_id": "PN1", "person": LENA}

    ids = sandbox.say_many(
        [
            {**person, "text": "eins", "at": 1795000500},
            {"account_id": "PN1", "kind": "raw", "value": {"messages": [{"id": "kaputt"}]}},
            {**person, "kind": "image", "text": "defekt", "at": "2026-11-18T11:15:01Z"},
        ]
    )
    sandbox.wait_until_delivered()

    assert len(hook.taken) == 1
    events = hook.events("whatsapp")
    assert [(one.kind, one.text) for one in events] == [
        (EventKind.DM_TEXT, "eins"),
        (EventKind.MALFORMED, ""),
        (EventKind.DM_MEDIA, "defekt"),
    ]
    assert [events[0].external_id, events[2].external_id] == [ids[0], ids[2]]
    assert events[0].occurred_at.isoformat() == "2026-11-18T11:15:00+00:00"


def test_a_person_edits_takes_back_reacts_and_opts_out(sandbox: SandboxClient, hook) -> None:
    first = sandbox.say("PN1", text="Hallo", person=LENA)
    sandbox.say("PN1", "edit", text="Hallo!", target=first, person=LENA)
    sandbox.say("PN1", "reaction", text="👍", target=first, person=LENA)
    sandbox.say("PN1", "button", text="Ja", payload="yes", person=LENA)
    sandbox.say("PN1", "number_changed", new_phone="49171111", person=LENA)
    sandbox.say("PN1", "marketing", text="stop", person=LENA)
    sandbox.say("PN1", "revoke", target=first, person=LENA)
    sandbox.wait_until_delivered()

    events = hook.events("whatsapp")
    assert [one.kind for one in events] == [
        EventKind.DM_TEXT,
        EventKind.DM_EDIT,
        EventKind.DM_REACTION,
        EventKind.DM_POSTBACK,
        EventKind.CONTACT_ID_CHANGED,
        EventKind.CONTACT_OPTOUT,
        EventKind.DM_UNSEND,
    ]
    assert [events[i].target_external_id for i in (1, 2, 6)] == [first] * 3
    message = sandbox.message(first)
    assert (message["text"], message["is_removed"]) == ("Hallo!", True)


def test_a_person_without_a_number_is_told_by_user_id(sandbox: SandboxClient, hook) -> None:
    sandbox.say("PN1", text="Hallo", person={"id": "DE.9z", "name": "Ohne Nummer"})
    sandbox.wait_until_delivered()

    (event,) = hook.events("whatsapp")
    assert event.author is not None
    assert (event.author.external_id, event.author.phone) == ("DE.9z", "")
    assert b'"from"' not in hook.taken[0][1]


def test_comment_edit_hide_remove_and_an_anonymous_one(sandbox: SandboxClient, hook) -> None:
    comment = sandbox.say("5551", "comment", text="Preis?", person=LENA, post_id="5551_700")
    sandbox.say("5551", "comment_edit", text="Preise?", target=comment)
    sandbox.say("5551", "comment_hide", target=comment)
    sandbox.say("5551", "comment_remove", target=comment)
    sandbox.say("5551", "comment", text="anonym", post_id="5551_700")
    sandbox.say("5551", "mention", text="@Shop", person=LENA, post_id="8888_1")
    sandbox.wait_until_delivered()

    events = hook.events("facebook")
    assert [(one.kind, one.text) for one in events] == [
        (EventKind.COMMENT_ADD, "Preis?"),
        (EventKind.COMMENT_EDIT, "Preise?"),
        (EventKind.COMMENT_VISIBILITY, ""),
        (EventKind.COMMENT_DELETE, ""),
        (EventKind.COMMENT_ADD, "anonym"),
        (EventKind.MENTION, "@Shop"),
    ]
    assert len({one.lane for one in events[:4]}) == 1
    assert events[4].author is None


def test_webhook_is_posted_again_until_it_is_taken(sandbox: SandboxClient, hook) -> None:
    hook.answers += [500, 503]

    sandbox.say("PN1", text="Hallo", person=LENA)
    sandbox.wait_until_delivered()

    assert [one.text for one in hook.events("whatsapp")] == ["Hallo"]
    assert hook.answers == []


def test_same_delivery_several_times_is_the_same_event(sandbox: SandboxClient, hook) -> None:
    sandbox.say("PN1", text="Hallo", person=LENA, times=5)
    sandbox.wait_until_delivered()

    events = hook.events("whatsapp")
    assert len(events) == 5
    assert len({one.dedupe_key for one in events}) == 1


def test_wrong_and_missing_signature_and_a_lost_webhook(sandbox: SandboxClient, hook) -> None:
    sandbox.add_fault("drop_webhooks")
    sandbox.say("PN1", text="lost", person=LENA)
    sandbox.deliver("app1", "no json", sign="right")
    sandbox.deliver("app1", "wrong", sign="wrong")
    sandbox.deliver("app1", "none", sign="none")
    sandbox.wait_until_delivered()

    verify = WhatsAppConnector().verify_signature
    assert [(body, verify(body, headers, ["app-secret"])) for headers, body in hook.taken] == [
        (b"no json", True),
        (b"wrong", False),
        (b"none", False),
    ]


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"account_id": "PN9"}, "there is no account 'PN9'"),
        ({"account_id": "PN1", "kind": "dance", "person": LENA}, "WhatsApp has no 'dance'"),
        ({"account_id": "PN1", "text": "x"}, "person needs an id"),
        ({"account_id": "PN1", "text": "x", "person": LENA, "at": "soon"}, "'soon' is no time"),
        ({"account_id": "PN1", "kind": "edit", "person": LENA}, "edit needs a target"),
        ({"account_id": "5551", "kind": "comment_edit", "target": "1"}, "there is no comment '1'"),
    ],
)
def test_a_wish_that_cannot_be_carried_out_is_refused_in_words(
    sandbox: SandboxClient, wish: dict[str, object], words: str
) -> None:
    with pytest.raises(SandboxRefused, match=words):
        sandbox.say_many([wish])


def test_control_side_needs_its_key(server: SandboxServer, sandbox: SandboxClient) -> None:
    with SandboxClient(server.base_url, "guess") as other, pytest.raises(SandboxRefused):
        other.state()
    assert httpx.get(f"{server.base_url}/healthz", trust_env=False).json() == {"ok": True}


def test_state_shows_no_secrets(sandbox: SandboxClient) -> None:
    shown = json.dumps(sandbox.state())

    assert "Nordwerk" in shown
    assert "token-wa" not in shown
    assert "app-secret" not in shown


def test_edit_of_a_foreign_comment_is_refused_and_noted(
    server: SandboxServer, sandbox: SandboxClient, page: AccountAccess
) -> None:
    comment = sandbox.say("5551", "comment", text="Preis?", person=LENA)
    proof = appsecret_proof("app-secret", "token-fb")

    answer = httpx.post(
        f"{server.base_url}/v25.0/{comment}?appsecret_proof={proof}",
        json={"message": "neu"},
        headers={"Authorization": "Bearer token-fb"},
        trust_env=False,
    )

    assert answer.json()["error"]["code"] == 200
    assert sandbox.comment(comment)["text"] == "Preis?"
    assert sandbox.state()["refusals"] == [
        {"what": "edit of a foreign comment", "comment_id": comment}
    ]


def test_parallel_calls_are_all_kept_apart(
    sandbox: SandboxClient, number: AccountAccess, whatsapp: WhatsAppConnector
) -> None:
    ids: list[str] = []

    def send(name: int) -> None:
        for turn in range(5):
            call = Call("message", to="DE.48ab", text=f"{name}/{turn}")
            ids.append(whatsapp.send(number, call).external_id)

    threads = [threading.Thread(target=send, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(ids)) == 40
    texts = [one["text"] for one in sandbox.state()["messages"] if one["direction"] == "out"]
    assert sorted(texts) == sorted(f"{name}/{turn}" for name in range(8) for turn in range(5))


def test_restart_keeps_everything_and_delivers_what_was_left(
    tmp_path: Path, hook, facebook: FacebookConnector
) -> None:
    journal = tmp_path / "data" / "sandbox.jsonl"
    first = SandboxServer(key="k", data=journal)
    first.start()
    with SandboxClient(first.base_url, "k") as client:
        nowhere = "http://127.0.0.1:1/"
        client.add_app("a", app_secret="app-secret", verify_token="v", webhook_url=nowhere)
        client.add_account("facebook", "5551", token="t", app_id="a")
        comment = client.say("5551", "comment", text="Grüße", person=LENA, post_id="5551_700")
        account = AccountAccess(first.base_url, "5551", "t", "app-secret", sandbox=True)
        facebook.send(account, Call("hide", target=comment))
        before = client.state()
    first.stop()
    with journal.open("a") as file:
        file.write('{"op": "comment", "counter": 9')  # a crash in the middle of a line

    second = SandboxServer(key="k", data=journal)
    try:
        with second.world.lock:
            second.world.apps["a"].webhook_url = hook.url
        second.start()
        with SandboxClient(second.base_url, "k") as client:
            client.wait_until_delivered()
            after = client.state()
            another = client.say("5551", "comment", text="neu", person=LENA, post_id="5551_700")
    finally:
        second.stop()

    assert journal.stat().st_mode & 0o777 == 0o600
    for table in ("accounts", "people", "messages", "comments"):
        assert after[table] == before[table]
    assert [one.kind for one in hook.events("facebook")][:2] == [
        EventKind.COMMENT_ADD,
        EventKind.COMMENT_VISIBILITY,
    ]
    assert another != comment
    third = SandboxServer(key="k", data=journal)
    assert list(third.world.comments) == [comment, another]
    third.start()
    third.stop()
