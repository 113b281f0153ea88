"""The instant between the network's yes and our knowing it."""

import time

from compliance.choices import ConsentState, Purpose
from compliance.domain.consent import standing
from inbox.choices import OutboxState
from inbox.domain.replies import settle_unclear
from inbox.models import OutboxItem
from tenants.scope import brand_scope
from tests.faults.books import Verdict, check_send
from tests.faults.field import Field

HOLD_S = 6.0
LEASE_TIMEOUT_S = 150.0
THANKS = "Vielen Dank, das freut uns sehr!"


def accepted_comment(field: Field) -> Verdict:
    """kill -9 of the worker after the network took a comment reply; its echo is lost as well.

    Only a read-back can tell. It comes when the dead sender's lease is over: see ``settle_owed``.
    """
    comment_id = field.comment(f"Eine Frage {time.time_ns()}")
    field.settle()
    field.sandbox.add_fault("drop_webhooks")
    return _kill_after_acceptance(field, field.page.account_id, comment_id, "accepted_comment")


def accepted_message(field: Field) -> Verdict:
    """The same with a WhatsApp message, which cannot be read back; its receipt tells."""
    message_id = field.say("EEE555", f"Eine Frage {time.time_ns()}")
    field.settle()
    return _kill_after_acceptance(field, field.whatsapp.account_id, message_id, "accepted_message")


def _kill_after_acceptance(field: Field, account_id: str, target: str, name: str) -> Verdict:
    verdict, text = Verdict(), f"Antwort {time.time_ns()}"
    old = field.installation.processes()["worker"]
    field.sandbox.add_fault("timeout_after_accept", account_id=account_id, hold_s=HOLD_S)
    item_id = field.answer(target, text, fault=name)
    field.wait(lambda: field.on_network(text) == 1, "the network has taken the answer")
    field.installation.kill("worker")
    with brand_scope(field.brand.pk):
        state = OutboxItem.objects.get(pk=item_id).state
    field.installation.wait_back("worker", old_pid=old)

    # A receipt may be faster than the kill; a read-back never is.
    verdict.expect(state in {OutboxState.SENDING, OutboxState.SENT}, f"state {state} at the kill")
    return verdict


def stop_in_flight(field: Field) -> Verdict:
    """STOP arrives while an automatic answer is on its way, and while one waits for its retry."""
    verdict, who, account_id = Verdict(), f"SSS{time.time_ns()}", field.whatsapp.account_id
    praise = "Ihr seid super, vielen Dank!"
    before = field.on_network(THANKS)

    # On its way: it has left, so it counts once; nothing follows it.
    field.sandbox.add_fault("timeout_after_accept", account_id=account_id, hold_s=2)
    field.say(who, praise)
    field.wait(lambda: field.on_network(THANKS) == before + 1, "the answer is on its way")
    field.say(who, "STOP")
    field.wait(lambda: _has_stopped(field, who), "STOP is heard")
    field.say(who, praise)
    field.settle()
    _check_stopped(verdict, field, who, sent=1)

    # Waiting for its retry: it must not leave any more.
    other = f"TTT{time.time_ns()}"
    field.sandbox.add_fault("http_500", account_id=account_id, count=3)
    field.say(other, praise)
    field.wait(lambda: _has_tried(field, other), "the first attempt has failed")
    field.say(other, "STOP")
    field.wait(lambda: _has_stopped(field, other), "STOP is heard")
    field.sandbox.add_fault("http_500", count=0)
    field.settle()
    _check_stopped(verdict, field, other, sent=0)

    verdict.expect(field.on_network(THANKS) == before + 1, "an answer left after STOP")
    return verdict


def _items(field: Field, who: str) -> list[OutboxItem]:
    with brand_scope(field.brand.pk):
        return list(OutboxItem.objects.filter(recipient=f"DE.{who}").order_by("id"))


def _has_tried(field: Field, who: str) -> bool:
    return any(item.attempts for item in _items(field, who))


def _has_stopped(field: Field, who: str) -> bool:
    with brand_scope(field.brand.pk):
        found = standing(field.brand.pk, channel="whatsapp", address=f"DE.{who}")
    automation = found.get(Purpose.AUTOMATION)
    return automation is not None and automation.state == ConsentState.WITHDRAWN


def _check_stopped(verdict: Verdict, field: Field, who: str, *, sent: int) -> None:
    items = _items(field, who)
    automatic = [item for item in items if item.purpose == Purpose.AUTOMATION]
    confirmations = [item for item in items if item.purpose == Purpose.CONFIRMATION]
    for item in automatic[:sent] + confirmations:
        rows = field.sandbox.state()["messages"]
        check_send(
            verdict, field.brand, item.pk, times=sum(r["reference"] == str(item.pk) for r in rows)
        )
    held = [item for item in automatic[sent:] if item.state == OutboxState.HELD]
    codes = {reason["code"] for item in held for reason in item.held_reasons}
    verdict.expect(len(confirmations) == 1, f"{len(confirmations)} confirmations of STOP")
    verdict.expect(len(automatic) == len(held) + sent, f"{[item.state for item in automatic]}")
    verdict.expect(codes == {"opted_out"}, f"held for {sorted(codes)}")


def settle_owed(field: Field, verdicts: dict[str, Verdict]) -> int:
    """Wait for every owed answer and count it in its fault's verdict.

    What stays unclear, because its sender died before or while calling a network that cannot be
    asked, is what a person looks at: the text is not there, so they let it go out again. Returns
    how many it took a person for.
    """
    field.wait(lambda: not _moving(field), "senders and leases have ended", LEASE_TIMEOUT_S)
    by_hand = 0
    for item in _owed(field, OutboxState.UNKNOWN):
        if field.on_network(field.owed[item.pk][1]) == 0:
            by_hand += 1
            with brand_scope(field.brand.pk):
                settle_unclear(item, was_sent=False, actor=field.ada)
    field.wait(lambda: not _moving(field), "the released answers are sent")
    for item_id, (fault, text) in field.owed.items():
        check_send(verdicts[fault], field.brand, item_id, times=field.on_network(text))
    return by_hand


def _owed(field: Field, *states: OutboxState) -> list[OutboxItem]:
    with brand_scope(field.brand.pk):
        rows = OutboxItem.objects.filter(pk__in=field.owed, state__in=states)
        return list(rows.select_related("conversation", "account"))


def _moving(field: Field) -> bool:
    """An answer is queued, being sent, or unclear and can still be read back or be receipted."""
    if _owed(field, OutboxState.QUEUED, OutboxState.SENDING):
        return True
    unclear = _owed(field, OutboxState.UNKNOWN)
    return any(field.on_network(field.owed[item.pk][1]) for item in unclear)
