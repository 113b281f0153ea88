"""What holds, archives and erasures of a brand hold about people."""

from compliance.registries import About, personal, register, retained, technical_fields

_PROOF = {
    "purpose": "hand over and erase what is held for a brand, and prove it",
    "basis": "GDPR Art. 28(3)(g), (h); Art. 5(2) accountability",
    "retention": "audit_event",
}
_WHO = "proof of who decided over the data of others; GDPR Art. 5(2), 28(3)(h)"

register(
    "compliance.LegalHold",
    About(subject="placed_by", **_PROOF),
    **technical_fields("key or link", "id", "brand"),
    **technical_fields("life of the hold", "review_on", "reminded_on"),
    **technical_fields(
        "what it covers, by key and time", "contact_ref", "conversation_ref", "since", "until"
    ),
    owner=retained("who answers for it", why=_WHO),
    reason=personal("a person's own words", erase="const:"),
    release_reason=personal("a person's own words", erase="const:"),
    placed_by=retained("who placed it", why=_WHO),
    placed_ref=retained("pseudonymous reference", why=_WHO),
    placed_at=retained("time", why=_WHO),
    released_by=retained("who released it", why=_WHO),
    released_ref=retained("pseudonymous reference", why=_WHO),
    released_at=retained("time", why=_WHO),
)
register(
    "compliance.BrandExport",
    About(subject="requested_by", **_PROOF),
    **technical_fields("key or link", "id", "brand", "audit_export"),
    **technical_fields(
        "state of the job",
        "state",
        "as_of",
        "parts",
        "rows_total",
        "rows_done",
        "sha256",
        "size_bytes",
        "failure",
        "lease_until",
        "attempt",
        "finished_at",
        "expires_at",
        "downloads",
        "link_sha256",
        "link_until",
    ),
    purpose=personal("a person's own words", erase="const:"),
    requested_by=retained("who asked for the archive", why=_WHO),
    requested_ref=retained("pseudonymous reference", why=_WHO),
    requested_at=retained("time", why=_WHO),
    file=personal("archive of everything", erase="file", export=False),
)
register(
    "compliance.BrandErasure",
    About(subject="requested_by", **_PROOF),
    **technical_fields("key or link", "id", "brand", "target", "export_ref"),
    **technical_fields(
        "state of the job",
        "state",
        "confirm_until",
        "not_before",
        "export_sha256",
        "export_as_of",
        "checkpoint_before",
        "checkpoint_after",
        "counts",
        "rows_total",
        "rows_done",
        "failure",
        "lease_until",
        "attempt",
        "finished_at",
    ),
    reason=personal("a person's own words", erase="const:"),
    requested_by=retained("who asked for the erasure", why=_WHO),
    requested_at=retained("time", why=_WHO),
    confirmed_by=retained("who confirmed it", why=_WHO),
    confirmed_at=retained("time", why=_WHO),
    certificate=retained("names of those who decided", why=_WHO),
)
