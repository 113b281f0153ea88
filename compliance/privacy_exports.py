"""What packs of evidence and saved searches hold about people."""

from compliance.registries import About, personal, register, retained, technical, technical_fields

_PROOF = {
    "purpose": "hand evidence to those who may ask for it, and prove who got it",
    "basis": "GDPR Art. 6(1)(c), (f); Art. 5(2) accountability",
    "retention": "audit_event",
}
_WHO = "who took data out; GDPR Art. 5(2), 17(3)(b)"

register(
    "compliance.EvidencePack",
    About(subject="requested_by", **_PROOF),
    **technical_fields("key or link", "id", "brand", "case_key", "object_ref", "checkpoint"),
    **technical_fields(
        "state of the job",
        "state",
        "since",
        "until",
        "rows_total",
        "rows_done",
        "sha256",
        "size_bytes",
        "failure",
        "lease_until",
        "attempt",
        "finished_at",
        "expires_at",
        "is_masked",
        "link_sha256",
        "link_until",
    ),
    purpose=personal("a person's own words", erase="const:"),
    recipient=personal("who was to get it", erase="const:"),
    requested_by=retained("who took data out", why=_WHO),
    requested_ref=retained("pseudonymous reference", why=_WHO),
    requested_at=retained("time", why=_WHO),
    file=personal("copy of the evidence", erase="file", export=False),
)
register(
    "compliance.SavedFilter",
    About(
        subject="owner",
        purpose="find the same entries again",
        basis="GDPR Art. 6(1)(b), contract with the agency",
        retention="staff_account",
    ),
    **technical_fields("key or link", "id", "brand", "is_shared"),
    owner=personal("who keeps it", erase="row"),
    name=personal("a person's own words", erase="row"),
    query=personal("who and what was searched for", erase="row"),
    created_at=technical("when it was kept"),
)
