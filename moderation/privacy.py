"""What moderation holds about people: every field of every model."""

from compliance.registries import About, personal, register, retained, technical, technical_fields

NOTHING = About()
_KEYS = technical_fields("key or link", "id", "brand")
_MODERATE = {
    "purpose": "moderate public comments and answer appeals",
    "basis": "GDPR Art. 6(1)(f); shaped after DSA Art. 17, 20",
    "retention": "moderation_decision",
}
_PROOF = "proof of the decision and its redress; GDPR Art. 17(3)(e)"

register(
    "moderation.PolicyRule",
    NOTHING,
    **_KEYS,
    **technical_fields(
        "the brand's own rule",
        "category",
        "version",
        "severity",
        "auto_hide",
        "text_de",
        "text_en",
        "ground",
        "decide_within_minutes",
        "effective_at",
        "retired_at",
    ),
)
register(
    "moderation.Assessment",
    About(subject="message__conversation__contact", **_MODERATE),
    **_KEYS,
    message=technical("link"),
    revision=technical("counter"),
    verdict=personal("what the machine thought", erase="row"),
    category=personal("what the machine thought", erase="row"),
    scores=personal("what the machine thought", erase="row", json="opaque"),
    reasons=personal("what the machine thought", erase="row", json="opaque"),
    model_version=technical("vocabulary"),
    created_at=technical("time of the assessment"),
)
register(
    "moderation.Case",
    About(subject="message__conversation__contact", **_MODERATE),
    **_KEYS,
    **technical_fields("link", "message", "assessment", "lease_by", "escalated_by"),
    text_key=personal("hash of what was said", erase="const:", export=False),
    **technical_fields(
        "state of the work",
        "revision",
        "category",
        "severity",
        "state",
        "opened_at",
        "due_at",
        "lease_until",
        "rank_at",
        "escalated_at",
    ),
)
register(
    "moderation.QueueSettings",
    NOTHING,
    **_KEYS,
    **technical_fields("the brand's own rule", "undo_seconds", "second_person_for", "pause_after"),
)
register(
    "moderation.Proposal",
    About(subject="case__message__conversation__contact", **_MODERATE),
    **_KEYS,
    **technical_fields("link", "case", "decision", "proposed_by", "answered_by"),
    **technical_fields("state of the work", "state", "proposed_at", "answered_at"),
    action=technical("vocabulary"),
    category=technical("vocabulary"),
    reason=personal("reason of the proposal", erase="const:"),
)
register(
    "moderation.Exposure",
    About(
        subject="person",
        purpose="protect people who look at what is hard to bear",
        basis="GDPR Art. 6(1)(f); duty of care for employees",
        retention="staff_account",
    ),
    **_KEYS,
    person=personal("who saw how much", erase="row"),
    day=personal("time", erase="row"),
    severity=personal("what kind", erase="row"),
    items=personal("how much", erase="row"),
)
register(
    "moderation.Decision",
    About(subject="message__conversation__contact", **_MODERATE),
    **_KEYS,
    **technical_fields("link", "message", "case", "rule", "decided_by", "reverses", "outbox_ref"),
    revision=technical("counter"),
    action=retained("decision", why=_PROOF),
    category=retained("decision", why=_PROOF),
    facts=personal("facts of the decision", erase="const:"),
    reason=retained("reason of the decision", why=_PROOF),
    text_snapshot=personal("message content as judged", erase="const:"),
    automation=technical("vocabulary"),
    detected_automatically=technical("vocabulary"),
    actor_ref=technical("pseudonymous reference of staff or rule"),
    decided_at=retained("time", why=_PROOF),
)
register(
    "moderation.StatementOfReasons",
    About(subject="decision__message__conversation__contact", **_MODERATE),
    **_KEYS,
    **technical_fields("link", "decision", "outbox_ref"),
    language=technical("vocabulary"),
    text=retained("what the author was told", why=_PROOF),
    appeal_until=retained("time", why=_PROOF),
    delivered_by=technical("vocabulary"),
    why_not_delivered=technical("our own words about the delivery"),
    created_at=retained("time", why=_PROOF),
)
register(
    "moderation.Appeal",
    About(subject="decision__message__conversation__contact", **_MODERATE),
    **_KEYS,
    **technical_fields("link", "decision", "decided_by", "reversal"),
    text=personal("what the author says", erase="const:"),
    language=technical("vocabulary"),
    state=technical("vocabulary"),
    received_at=retained("time", why=_PROOF),
    due_at=retained("time", why=_PROOF),
    outcome=retained("outcome of the appeal", why=_PROOF),
    answer=personal("what the author was answered", erase="const:"),
    decided_at=retained("time", why=_PROOF),
)
