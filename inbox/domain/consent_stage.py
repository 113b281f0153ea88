"""The first stage: what a person says about being written to, heard before anything else speaks."""

from typing import TypedDict
from uuid import UUID

from compliance.choices import Purpose
from compliance.domain.consent import (
    BLOCKED,
    OPT_OUT_PURPOSES,
    confirm_once,
    grant,
    not_confirmed,
    standing,
    withdraw,
)
from compliance.domain.consent_entries import Proof
from compliance.domain.consent_returns import asked_for, returning
from compliance.models import Consent
from inbox.choices import ConversationKind, OutboxAction, OutboxState, Priority
from inbox.domain import ahead
from inbox.domain import consent_words as words
from inbox.domain.items import Item
from inbox.domain.outbox import queue_automatic
from inbox.domain.own_words import own_words
from inbox.domain.texts import consent_reply
from inbox.models import OutboxItem
from tenants.actors import PIPELINE, SystemActor

_PERSON_WORDS = {"agent", "mensch", "human", "person", "mitarbeiter"}
_ONLY_IF = ("keyword.start_if_stopped.", "keyword.agree.", "own.start.")


def consent_words(item: Item) -> None:
    """STOP, START, HELP and "send me my data" are heard before anything else may speak.

    Only in direct messages: a public comment is no channel to opt out of. Unclear words stop
    automation and leave the question to a person.
    """
    if item.conversation.kind != ConversationKind.DIRECT or not item.message.text:
        return
    item.heard = _listen(item)
    heard = item.heard.kind
    if heard == "stop":
        _withdraw(item)
    elif heard == "start":
        _return(item)
    elif heard == "agree":
        _agree(item)
    elif heard == "help" and words.normalise(item.heard.matched) in _PERSON_WORDS:
        item.conversation.priority = max(item.conversation.priority, Priority.HIGH.value)
        pause(item, "person_requested")
    elif heard == "help":
        # Who has opted out may still ask for help: the answer is not what they opted out of.
        is_out = _is_out(_known(item))
        _answer(item, "help", Purpose.CONFIRMATION if is_out else Purpose.AUTOMATION)
        item.stop_automation("help_word")
    elif heard in {"data_request", "unclear"}:
        pause(item, f"heard_{heard}")
    if heard != "data_request" and "data_request" in item.heard.also:
        pause(item, "heard_data_request")


def pause(item: Item, why: str) -> None:
    """From here on a person answers, until a person says otherwise."""
    item.stop_automation(why)
    item.conversation.automation_paused = True
    item.conversation.pause_reason = why[:200]


def _listen(item: Item) -> words.Heard:
    """A bare "yes" means something only to those who had stopped, or who were asked: only then
    the ledger is asked what they have said before."""
    own = ahead.once(
        ("consent_words", item.account.brand_id), lambda: own_words(item.account.brand_id)
    )
    text = item.message.text
    heard = words.hear(text, own=own, opted_out=True, asked=True)
    if not heard.rule.removeprefix("unclear.").startswith(_ONLY_IF):
        return heard
    known = _known(item)
    return words.hear(text, own=own, opted_out=_is_out(known), asked=bool(asked_for(known)))


def _known(item: Item) -> dict[str, Consent]:
    return standing(
        item.account.brand_id, channel=item.account.channel, address=item.handle.external_id
    )


def _is_out(known: dict[str, Consent]) -> bool:
    word = known.get(Purpose.AUTOMATION)
    return word is not None and word.state in BLOCKED


def _withdraw(item: Item) -> None:
    withdraw(purposes=OPT_OUT_PURPOSES, **_word(item))
    item.stop_automation("opted_out")
    where = _Address(
        brand_id=item.account.brand_id,
        channel=item.account.channel,
        address=item.handle.external_id,
    )
    if confirm_once(**where, at=item.now):
        answer = _answer(item, "stop", Purpose.CONFIRMATION)
        if answer.state == OutboxState.HELD:
            not_confirmed(**where)


def _return(item: Item) -> None:
    """Back in: automation, and what had been granted before it was withdrawn, never more. A list
    that suppresses the address stands above it, so then a person looks."""
    purposes = returning(_known(item))
    if purposes is None:
        pause(item, "start_while_suppressed")
        return
    if grant(purposes=purposes, **_word(item)):
        item.conversation.automation_paused = False
        item.conversation.pause_reason = ""
        _answer(item, "start", Purpose.CONFIRMATION)
    item.stop_automation("start_word")


def _agree(item: Item) -> None:
    """The yes to what was asked, with the wording that was asked with."""
    for purpose, asked in asked_for(_known(item)).items():
        word = _word(item)
        word["proof"] = Proof(
            message_ref=item.message.pk,
            conversation_ref=item.conversation.pk,
            facts=word["proof"].facts,
            text_version=asked.text_version,
            text_sha256=asked.text_sha256,
            is_double_opt_in=True,
            is_child=asked.is_child,
        )
        grant(purposes=(purpose,), **word)
    _answer(item, "agree", Purpose.CONFIRMATION)
    item.stop_automation("agreed")


class _Address(TypedDict):
    brand_id: UUID
    channel: str
    address: str


class _Word(_Address):
    source: str
    evidence: str
    actor: SystemActor
    at: object
    proof: Proof


def _word(item: Item) -> _Word:
    heard = item.heard
    return {
        "brand_id": item.account.brand_id,
        "channel": item.account.channel,
        "address": item.handle.external_id,
        "source": "message",
        "evidence": str(item.message.pk),
        "actor": PIPELINE,
        "at": item.message.occurred_at,
        "proof": Proof(
            message_ref=item.message.pk,
            conversation_ref=item.conversation.pk,
            facts={"rule": heard.rule if heard else "", "words": words.version()},
        ),
    }


def _answer(item: Item, which: str, purpose: Purpose) -> OutboxItem:
    # "STOP" is the same word in both languages, so what was spoken before counts first.
    known = item.conversation.language or item.contact.language
    language = known or (item.heard.language if item.heard and which != "stop" else "")
    return queue_automatic(
        item,
        action=OutboxAction.MESSAGE,
        text=consent_reply(
            which,
            language if language in {"de", "en"} else brand_language(item),
            brand=str(item.account.brand),
        ),
        purpose=purpose,
        actor=SystemActor("rule", f"consent_words.{which}", words.version()),
        key=f"{which}:{item.message.pk}",
    )


def brand_language(item: Item) -> str:
    """The language to answer in, if the message itself does not tell."""
    return item.conversation.language or item.contact.language or item.account.brand.language
