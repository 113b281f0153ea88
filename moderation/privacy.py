"""What moderation holds about people: every field of every model."""

from compliance.registries import About, personal, register, retained, technical, technical_fields

NOTHING = About()
_KEYS = technical_fields("key or link", "id", "brand")
_MODERATE = {
    "purpose": "moderate public comments and answer appeals",
    "basis": "GDPR Art. 6(1)(f); shaped after DSA Art. 17, 20",
    "retention": "moderation_decision",
}
_LEVELS = (
    "action_breaks",
    "action_grave",
    "fine_de",
    "fine_en",
    "breaks_de",
    "breaks_en",
    "grave_de",
    "grave_en",
    "reason",
)
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
        "withdrawn_at",
        *_LEVELS,
    ),
    made_by=technical("link"),
)
register(
    "moderation.PolicyDraft",
    NOTHING,
    **_KEYS,
    **technical_fields("link", "based_on", "became", "made_by"),
    **technical_fields(
        "the brand's own rule",
        "category",
        "severity",
        "auto_hide",
        "text_de",
        "text_en",
        "ground",
        "decide_within_minutes",
        "state",
        "takes_effect_at",
        "held_because",
        "changed_at",
        *_LEVELS,
    ),
)
register(
    "moderation.Assessment",
    About(subject="message__conversation__contact", **_MODERATE),
    **_KEYS,
    message=technical("link"),
    revision=technical("counter"),
    verdict=personal("what the machine thought", erase="row"),
    effect=personal("what the machine thought", erase="row"),
    category=personal("what the machine thought", erase="row"),
    scores=personal("what the machine thought", erase="row", json="opaque"),
    reasons=personal("what the machine thought", erase="row", json="opaque"),
    model_version=technical("vocabulary"),
    versions=technical("vocabulary"),
    text_key=personal("keyed hash of the words", erase="row"),
    created_at=technical("time of the assessment"),
)
register(
    "moderation.WordList",
    NOTHING,
    **_KEYS,
    **technical_fields(
        "the brand's own list",
        "name",
        "category",
        "match",
        "effect",
        "weight_pct",
        "language",
        "terms",
        "is_enabled",
        "version",
        "sha256",
        "changed_at",
    ),
)
register(
    "moderation.WordListVersion",
    NOTHING,
    **_KEYS,
    **technical_fields("link", "word_list", "made_by"),
    **technical_fields("the brand's own list", "version", "sha256", "content", "made_at"),
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
    source=technical("vocabulary"),
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
    **technical_fields("link", "decision", "reviewer", "decided_by", "reversal"),
    **technical_fields("vocabulary", "language", "state", "told_by", "level", "warned"),
    excluded=technical("keys of staff who took part in the decision"),
    text=personal("what the author says", erase="const:"),
    received_at=retained("time", why=_PROOF),
    due_at=retained("time", why=_PROOF),
    acknowledged_at=retained("time", why=_PROOF),
    assigned_at=technical("time of the work"),
    outcome=retained("outcome of the appeal", why=_PROOF),
    inadmissible=retained("outcome of the appeal", why=_PROOF),
    answer=personal("what the author was answered", erase="const:"),
    decided_at=retained("time", why=_PROOF),
    carried_out_at=retained("time", why=_PROOF),
    refused_at=retained("time", why=_PROOF),
)
register(
    "moderation.Sanction",
    About(subject="contact", **_MODERATE),
    **_KEYS,
    **technical_fields("link", "decision", "contact"),
    kind=retained("sanction", why=_PROOF),
    starts_at=retained("time", why=_PROOF),
    until=retained("time", why=_PROOF),
    ended_at=retained("time", why=_PROOF),
    end=technical("vocabulary"),
    is_at_network=technical("where it is carried out"),
)
_REPORT = {
    "purpose": "look at reports of illegal content and answer them",
    "basis": "GDPR Art. 6(1)(f); shaped after DSA Art. 16, 23",
    "retention": "moderation_decision",
}
register(
    "moderation.Notice",
    About(subject="self", **_REPORT),
    **_KEYS,
    **technical_fields("link", "message", "case", "decision", "decided_by", "answer_mail"),
    **technical_fields(
        "vocabulary", "language", "category", "is_good_faith", "is_trusted_flagger", "state"
    ),
    name=personal("who reports", erase="const:"),
    email=personal("where the answer goes", erase="const:"),
    email_hash=retained("keyed hash of the address", why="misuse is recognised; DSA Art. 23"),
    location=personal("what is reported", erase="const:"),
    explanation=personal("what the reporter says", erase="const:"),
    received_at=retained("time", why=_PROOF),
    confirmed_at=retained("time", why=_PROOF),
    outcome=retained("outcome of the notice", why=_PROOF),
    answer=personal("what the reporter was answered", erase="const:"),
    decided_at=retained("time", why=_PROOF),
)
register(
    "moderation.ReporterStanding",
    About(subject="notice", **_REPORT),
    **_KEYS,
    **technical_fields("link", "notice", "decided_by"),
    email_hash=retained("keyed hash of the address", why="misuse is recognised; DSA Art. 23"),
    standing=retained(
        "that the reporter was warned or suspended", why="misuse is recognised; DSA Art. 23"
    ),
    reason=personal("why the reporter was warned or suspended", erase="const:"),
    since=retained("time", why=_PROOF),
    until=retained("time", why=_PROOF),
)
register(
    "moderation.HidingLicence",
    NOTHING,
    **_KEYS,
    **technical_fields(
        "the brand's own setting",
        "category",
        "state",
        "threshold",
        "model_version",
        "evidence_since",
        "changed_at",
    ),
)
register(
    "moderation.LicenceStep",
    NOTHING,
    **_KEYS,
    **technical_fields("link", "licence", "changed_by"),
    **technical_fields(
        "history of the brand's own setting",
        "from_state",
        "to_state",
        "threshold",
        "reviewed",
        "false_hides",
        "upper",
        "model_version",
        "at",
    ),
    reason=technical("our own words about the setting"),
    actor_ref=technical("pseudonymous reference of staff or rule"),
)
register(
    "moderation.QualitySample",
    About(subject="message__conversation__contact", **_MODERATE),
    **_KEYS,
    **technical_fields("link", "message", "assessment", "decision"),
    revision=technical("counter"),
    **technical_fields(
        "how it was drawn",
        "kind",
        "stratum",
        "model_version",
        "rule_version",
        "drawn_at",
        "reviews_wanted",
        "reviewed_at",
    ),
    category=personal("what was thought of a comment", erase="row"),
    score=personal("what was thought of a comment", erase="row"),
    outcome=personal("what was thought of a comment", erase="row"),
)
register(
    "moderation.SampleReview",
    About(subject="sample__message__conversation__contact", **_MODERATE),
    **_KEYS,
    **technical_fields("link", "sample", "reviewer"),
    finding=personal("what was thought of a comment", erase="row"),
    category=personal("what was thought of a comment", erase="row"),
    at=technical("time of the review"),
)
register(
    "moderation.QualityAlarm",
    NOTHING,
    **_KEYS,
    closed_by=technical("link"),
    **technical_fields("figures of many", "kind", "category", "opened_at", "closed_at"),
    facts=technical("counts and shares of many"),
    note=technical("our own words about the figures"),
)
register(
    "moderation.QualityRun",
    NOTHING,
    **_KEYS,
    **technical_fields("counts of many", "started_at", "by_hand", "since", "drawn"),
)
