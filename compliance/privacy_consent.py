"""What consents, opt-outs and the proof of disclosures hold about people."""

from compliance.registries import (
    About,
    personal,
    register,
    retained,
    technical,
    technical_fields,
)

_CONSENT = {
    "purpose": "write only to people who may be written to",
    "basis": "GDPR Art. 6(1)(c), 7(1), 21; UWG § 7a",
    "retention": "consent_proof",
}
_KEYS = technical_fields("key or link", "id", "brand")
_SUPPRESSION = "keeps an opt-out in force after an erasure; GDPR Art. 17(3)(b), (e), 21(3)"
_PROOF = "proof of a consent or an opt-out; GDPR Art. 7(1), 17(3)(b), (e), UWG § 7a"
_SHOWN = "proof of the disclosure, AI Act Art. 50(1)"

register(
    "compliance.Consent",
    About(subject="self", **_CONSENT),
    **_KEYS,
    **technical_fields("vocabulary", "channel", "purpose", "source", "basis"),
    **technical_fields("which wording, no name", "text_version", "text_sha256"),
    address_hash=retained("keyed hash of an address", why=_SUPPRESSION),
    state=retained("consent or opt-out", why=_SUPPRESSION),
    since=retained("time", why=_SUPPRESSION),
    evidence_ref=retained("key of the message that says so", why=_SUPPRESSION),
    confirmed_at=retained("time", why=_SUPPRESSION),
    is_double_opt_in=retained("how the consent was given", why=_PROOF),
    is_child=retained("younger than 16", why=_PROOF),
    last_used_at=retained("time", why=_PROOF),
)
register(
    "compliance.ConsentEntry",
    About(subject="self", **_CONSENT),
    **_KEYS,
    **technical_fields("vocabulary", "channel", "purpose", "source", "basis"),
    **technical_fields("which wording, no name", "text_version", "text_sha256"),
    **technical_fields("hash and key of the ledger", "sha256", "event_ref"),
    address_hash=retained("keyed hash of an address", why=_SUPPRESSION),
    before=retained("consent or opt-out", why=_PROOF),
    state=retained("consent or opt-out", why=_PROOF),
    at=retained("time", why=_PROOF),
    recorded_at=retained("time", why=_PROOF),
    evidence_ref=retained("key of the message that says so", why=_PROOF),
    message_ref=retained("key of the message that says so", why=_PROOF),
    conversation_ref=retained("key of the conversation", why=_PROOF),
    note=retained("evidence in the words of staff", why=_PROOF),
    facts=retained("codes, keys, conditions of UWG § 7(3)", why=_PROOF),
    is_double_opt_in=retained("how the consent was given", why=_PROOF),
    is_child=retained("younger than 16", why=_PROOF),
    actor_kind=technical("vocabulary"),
    actor_ref=retained("pseudonymous reference", why=_PROOF),
)
register(
    "compliance.ConsentText",
    About(),
    **_KEYS,
    **technical_fields(
        "the brand's own words", "purpose", "language", "version", "text", "sha256", "created_at"
    ),
    **technical_fields("pseudonymous reference of staff", "created_ref"),
)
register(
    "compliance.DisclosureShown",
    About(subject="self", **_CONSENT),
    **_KEYS,
    **technical_fields("the product's own words", "text", "language", "why", "channel"),
    **technical_fields("which wording, no name", "version", "text_sha256"),
    outbox_ref=retained("key of the message", why=_SHOWN),
    message_ref=retained("key of the message", why=_SHOWN),
    conversation_ref=retained("key of the conversation", why=_SHOWN),
    shown_at=retained("time", why=_SHOWN),
)
register(
    "compliance.DisclosureVersion",
    About(),
    **_KEYS,
    **technical_fields(
        "the brand's own words", "language", "version", "text", "sha256", "created_at"
    ),
)
register(
    "compliance.ConsentJob",
    About(subject="requested_by", **_CONSENT),
    **_KEYS,
    **technical_fields(
        "state of the job",
        "kind",
        "state",
        "language",
        "rows_total",
        "rows_done",
        "counts",
        "problems",
        "sha256",
        "size_bytes",
        "failure",
        "lease_until",
        "attempt",
        "finished_at",
        "expires_at",
    ),
    purpose=personal("a person's own words", erase="const:"),
    filters=personal("what was searched for", erase="const:{}", json="opaque"),
    filename=personal("name of a file", erase="const:"),
    upload=personal("addresses, until the job ends", erase="file", export=False),
    file=personal("hashes of addresses, or a report of errors", erase="file", export=False),
    requested_by=retained("who took data in or out", why=_PROOF),
    requested_ref=retained("pseudonymous reference", why=_PROOF),
    requested_at=retained("time", why=_PROOF),
)
