"""What may change without an event in the inbox, and why."""

from compliance.registries import Unaudited, unaudited

_QUEUE = Unaudited(
    "the queue of what arrived: what comes of it is told", operations=("insert", "update")
)

unaudited.register("inbox.receiveddelivery", _QUEUE)
unaudited.register("inbox.inboundevent", _QUEUE)
unaudited.register(
    "inbox.channelpoll",
    Unaudited("how far was read: what was found is told", operations=("insert", "update")),
)
unaudited.register(
    "inbox.outboxitem",
    Unaudited(
        "a sender takes it up; what became of the call is an event",
        columns=(
            "state",
            "attempts",
            "lease_until",
            "first_attempt_at",
            "not_before",
            "held_reasons",
            "disclosure",
            "disclosure_why",
            "processed_in",
            "transfer_ground",
            "sent_text",
        ),
    ),
)
unaudited.register(
    "inbox.message",
    Unaudited("the network's receipts: delivered, read, failed", ("status", "status_problem")),
)
unaudited.register(
    "inbox.conversation", Unaudited("follows the network's receipts", ("last_outbound_at",))
)
