"""What retention policies and runs hold about people: those who decided."""

from compliance.registries import About, personal, register, retained, technical_fields

_PROOF = {
    "purpose": "erase what is no longer needed, and prove it",
    "basis": "GDPR Art. 5(1)(e), 5(2)",
    "retention": "audit_event",
}
_WHO = "proof of who decided over the data of others; GDPR Art. 5(2)"

register(
    "compliance.RetentionPolicy",
    About(subject="created_by", **_PROOF),
    **technical_fields("key or link", "id", "brand"),
    **technical_fields(
        "the decision and its way",
        "number",
        "state",
        "lines",
        "shortened",
        "preview",
        "effective_at",
        "ended_at",
    ),
    reason=personal("a person's own words", erase="const:"),
    created_by=retained("who drafted it", why=_WHO),
    created_ref=retained("pseudonymous reference", why=_WHO),
    created_at=retained("time", why=_WHO),
    submitted_by=retained("who asked for it", why=_WHO),
    submitted_at=retained("time", why=_WHO),
    confirmed_by=retained("who confirmed it", why=_WHO),
    confirmed_at=retained("time", why=_WHO),
)
register(
    "compliance.RetentionSchedule",
    About(),
    **technical_fields("key or link", "id", "brand"),
    **technical_fields("setting of the brand", "hour", "weekday", "is_on", "looked_on"),
)
register(
    "compliance.RetentionRun",
    About(subject="requested_by", **_PROOF),
    **technical_fields("key or link", "id", "brand"),
    **technical_fields(
        "state of the job",
        "state",
        "by_hand",
        "policy_number",
        "as_of",
        "criteria",
        "planned",
        "keeping",
        "counts",
        "rows_total",
        "rows_done",
        "chunks",
        "longest_ms",
        "digest",
        "failure",
        "lease_until",
        "attempt",
        "finished_at",
        "receipt_sha256",
    ),
    stop_reason=personal("a person's own words", erase="const:"),
    requested_by=retained("who asked for it", why=_WHO),
    requested_ref=retained("pseudonymous reference", why=_WHO),
    requested_at=retained("time", why=_WHO),
    receipt=retained("names of those who decided", why=_WHO),
)
