"""What the inbox holds about people: every field of every model."""

from compliance.registries import About, personal, register, retained, technical, technical_fields

NOTHING = About()
_KEYS = technical_fields("key or link", "id", "brand")
_ANSWER = {
    "purpose": "answer the people who write to the brand",
    "basis": "GDPR Art. 6(1)(b), (f)",
    "retention": "general_conversation",
}
_PROMISE = "proof of answering in time; GDPR Art. 17(3)(e)"

register(
    "inbox.ChannelApp",
    NOTHING,
    **technical_fields(
        "the agency's own app", "id", "agency", "channel", "name", "client_id", "created_at"
    ),
    **technical_fields("secret of the agency, encrypted", "app_secret", "verify_token"),
    secret_set_at=technical("age of a secret"),
)
register(
    "inbox.ChannelAccount",
    NOTHING,
    **_KEYS,
    **technical_fields(
        "the brand's own account",
        "app",
        "channel",
        "external_id",
        "name",
        "base_url",
        "api_version",
        "is_sandbox",
        "automation_on",
        "needs_reconnect",
        "sending_stopped_at",
        "sending_stopped_reason",
        "created_at",
    ),
    access_token=technical("secret of the brand, encrypted"),
    **technical_fields("age of a secret", "secret_set_at", "secret_expires_at"),
)
register(
    "inbox.ChannelRoute",
    NOTHING,
    **technical_fields("the brand's own account", "id", "channel", "external_id", "brand"),
    account_ref=technical("link"),
)
register(
    "inbox.ChannelPoll",
    NOTHING,
    **_KEYS,
    account=technical("link"),
    cursor=technical("times and ids of comments, how far was read; goes with the account"),
    **technical_fields(
        "state of the work",
        "next_at",
        "lease_until",
        "interval_s",
        "is_behind",
        "last_at",
        "failures",
        "problem",
    ),
)
register(
    "inbox.ApiUnits",
    NOTHING,
    **technical_fields("counter of calls", "id", "app", "day", "account_ref", "units"),
)
register(
    "inbox.ReceivedDelivery",
    About(subject="self", **_ANSWER),
    **technical_fields("key or link", "id", "agency", "app"),
    **technical_fields(
        "of the delivery, not of a person",
        "channel",
        "account_hint",
        "body_sha256",
        "signature",
        "received_at",
        "state",
        "split_at",
        "attempts",
        "problem",
    ),
    body=personal("message content as delivered", erase="const:", export=False),
)
register(
    "inbox.InboundEvent",
    About(subject="self", **_ANSWER),
    **_KEYS,
    **technical_fields("link", "account", "delivery_ref"),
    **technical_fields(
        "state of the work", "kind", "received_at", "state", "attempts", "not_before", "done_at"
    ),
    dedupe_key=retained(
        "id of the message at the network",
        why="keeps a replay from bringing the person back; GDPR Art. 17(3)(b)",
        export=False,
    ),
    lane=personal("id of the person or thread at the network", erase="const:", export=False),
    payload=personal("message content", erase="const:{}", json="opaque"),
    occurred_at=retained("time", why=_PROMISE),
    problem=technical("our own words about the event"),
)
register(
    "inbox.Tombstone",
    NOTHING,
    **_KEYS,
    account=technical("link"),
    external_id=technical("id of a message that is gone"),
    removed_at=technical("time of its removal"),
)
register(
    "inbox.Contact",
    About(subject="self", **_ANSWER),
    **_KEYS,
    name=personal("name", erase="const:"),
    language=personal("language", erase="const:"),
    is_vip=personal("standing with the brand", erase="const:false"),
    follower_count=personal("reach", erase="null"),
    first_seen_at=retained("time", why=_PROMISE),
    last_seen_at=retained("time", why=_PROMISE),
    erased_at=retained("time", why="proof of the erasure; GDPR Art. 5(2)"),
)
register(
    "inbox.ContactHandle",
    About(subject="contact", **_ANSWER),
    **_KEYS,
    contact=technical("link"),
    channel=technical("vocabulary"),
    external_id=personal("id at the network", erase="row"),
    handle=personal("handle", erase="row"),
    phone=personal("phone number", erase="row"),
)
register(
    "inbox.Conversation",
    About(subject="contact", **_ANSWER),
    **_KEYS,
    **technical_fields("link", "account", "contact", "assignee"),
    kind=technical("vocabulary"),
    thread_key=personal("id of the person or post at the network", erase="key"),
    post_id=technical("id of the brand's own post"),
    permalink=technical("address of the brand's own post"),
    **technical_fields(
        "state of the work",
        "state",
        "priority",
        "automation_paused",
        "pause_reason",
        "unanswered_count",
        "due_at",
        "retention_category",
        "emptied_at",
    ),
    language=personal("language", erase="const:"),
    intent=personal("what the person wanted", erase="const:"),
    preview=personal("message content", erase="const:"),
    last_message_at=retained("time", why=_PROMISE),
    last_inbound_at=retained("time", why=_PROMISE),
    last_outbound_at=retained("time", why=_PROMISE),
    last_disclosed_at=retained("time", why="proof of disclosure; AI Act Art. 50(1)"),
)
register(
    "inbox.Message",
    About(subject="conversation__contact", **_ANSWER),
    **_KEYS,
    **technical_fields("link", "account", "conversation", "sent_by"),
    **technical_fields(
        "state of the message",
        "direction",
        "revision",
        "visibility",
        "status",
        "status_problem",
        "is_automated",
    ),
    external_id=retained(
        "id of the message at the network",
        why="keeps a replay from bringing the message back; GDPR Art. 17(3)(b)",
        export=False,
    ),
    parent_external_id=personal("id of the message it answers", erase="const:", export=False),
    text=personal("message content", erase="const:"),
    attachments=personal("message content", erase="const:[]", json="opaque"),
    author_label=personal("name", erase="const:"),
    occurred_at=retained("time", why=_PROMISE),
    received_at=retained("time", why=_PROMISE),
    edited_at=retained("time", why=_PROMISE),
    removed_at=retained("time", why=_PROMISE),
)
register(
    "inbox.MessageRevision",
    About(subject="message__conversation__contact", **_ANSWER),
    **_KEYS,
    message=technical("link"),
    revision=technical("counter"),
    text=personal("message content", erase="row"),
    replaced_at=technical("time of the edit"),
)
register(
    "inbox.Triage",
    About(subject="message__conversation__contact", **_ANSWER),
    **_KEYS,
    message=technical("link"),
    revision=technical("counter"),
    language=personal("language", erase="row"),
    intents=personal("what the person wanted", erase="row", json="opaque"),
    sentiment=personal("mood", erase="row"),
    urgency=personal("urgency", erase="row"),
    order_numbers=personal("order numbers", erase="row", json="opaque"),
    model_version=technical("vocabulary"),
    created_at=technical("time of the triage"),
)
register(
    "inbox.SlaClock",
    About(subject="conversation__contact", **_ANSWER),
    **_KEYS,
    conversation=technical("link"),
    kind=technical("vocabulary"),
    started_at=retained("time", why=_PROMISE),
    due_at=retained("time", why=_PROMISE),
    stopped_at=retained("time", why=_PROMISE),
    breached_at=retained("time", why=_PROMISE),
)
register(
    "inbox.AnswerTemplate",
    NOTHING,
    **_KEYS,
    **technical_fields(
        "the brand's own text",
        "name",
        "shortcut",
        "intent",
        "conversation_kind",
        "language",
        "text",
        "sends_itself",
        "min_confidence_pct",
        "is_active",
    ),
)
register(
    "inbox.OutboxItem",
    About(subject="conversation__contact", **_ANSWER),
    **_KEYS,
    **technical_fields("link", "account", "conversation", "message", "created_by", "approved_by"),
    **technical_fields(
        "state of the work",
        "action",
        "purpose",
        "language",
        "is_automated",
        "needs_approval",
        "idempotency_key",
        "state",
        "not_before",
        "lease_until",
        "attempts",
        "first_attempt_at",
        "error_class",
        "held_reasons",
        "processed_in",
        "transfer_ground",
    ),
    actor_ref=technical("pseudonymous reference of staff or rule"),
    recipient=personal("id at the network", erase="const:"),
    target_external_id=personal("id of the message it answers", erase="const:", export=False),
    text=personal("message content", erase="const:"),
    sent_text=personal("message content", erase="const:"),
    disclosure=retained("disclosure shown", why="proof of disclosure; AI Act Art. 50(1)"),
    disclosure_why=technical("vocabulary"),
    external_id=retained(
        "id of the message at the network", why="proof of sending once", export=False
    ),
    created_at=retained("time", why=_PROMISE),
    sent_at=retained("time", why=_PROMISE),
    error_text=personal("what the network answered", erase="const:", export=False),
)

register(
    "inbox.SlaTarget",
    NOTHING,
    **_KEYS,
    **technical_fields("setting of the brand", "kind", "minutes"),
)
register(
    "inbox.IntentAutomation",
    NOTHING,
    **_KEYS,
    **technical_fields("setting of the brand", "intent", "level"),
)
register(
    "inbox.ConsentWord",
    NOTHING,
    **_KEYS,
    **technical_fields(
        "setting of the brand", "kind", "language", "word", "norm", "match", "is_active"
    ),
    created_at=technical("setting of the brand"),
)
