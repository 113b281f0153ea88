"""What the registers of vendors, transfers and incidents hold about people."""

from compliance.registries import About, personal, register, retained, technical, technical_fields

_VENDORS = {
    "purpose": "choose and supervise processors, prove where data go",
    "basis": "GDPR Art. 6(1)(c), 28(1), 30, 44",
    "retention": "audit_event",
}
_INCIDENTS = {
    "purpose": "document breaches and tell those who must know",
    "basis": "GDPR Art. 6(1)(c), 33(5), 34",
    "retention": "audit_event",
}
_WHO = "proof of who decided over the data of others; GDPR Art. 5(2)"
_KEYS = technical_fields("key or link", "id", "brand")

register(
    "compliance.Vendor",
    About(subject="created_by", **_VENDORS),
    **_KEYS,
    **technical_fields(
        "a company and its review",
        "key",
        "name",
        "task",
        "website",
        "services",
        "places",
        "sub_processors",
        "contract_status",
        "contract_on",
        "state",
        "review_on",
        "reminded_on",
        "approved_until",
    ),
    contact_name=personal("name of the vendor's contact", erase="const:"),
    contact_email=personal("address of the vendor's contact", erase="const:"),
    decision_reason=personal("a person's own words", erase="const:"),
    assessed_by=retained("who assessed it", why=_WHO),
    assessed_at=retained("time", why=_WHO),
    approved_by=retained("who approved it", why=_WHO),
    approved_at=retained("time", why=_WHO),
    created_by=retained("who entered it", why=_WHO),
    created_at=retained("time", why=_WHO),
)
register(
    "compliance.VendorCheck",
    About(subject="answered_by", **_VENDORS),
    **_KEYS,
    **technical_fields("answer about a company", "vendor", "item", "answer"),
    note=personal("a person's own words", erase="const:"),
    answered_by=retained("who answered", why=_WHO),
    answered_at=retained("time", why=_WHO),
)
register(
    "compliance.VendorEvidence",
    About(subject="added_by", **_VENDORS),
    **_KEYS,
    **technical_fields(
        "paper of a company, not about people outside",
        "vendor",
        "item",
        "title",
        "link",
        "file",
        "file_name",
        "media_type",
        "sha256",
        "size_bytes",
    ),
    added_by=retained("who added it", why=_WHO),
    added_at=retained("time", why=_WHO),
)
register(
    "compliance.VendorSafeguard",
    About(subject="added_by", **_VENDORS),
    **_KEYS,
    **technical_fields(
        "ground of a transfer",
        "vendor",
        "mechanism",
        "dated_on",
        "reference",
        "for_brand_ref",
        "ended_on",
    ),
    added_by=retained("who added it", why=_WHO),
    added_at=retained("time", why=_WHO),
)
register(
    "compliance.FallenMechanism",
    About(subject="fallen_by", **_VENDORS),
    **_KEYS,
    **technical_fields("ground of transfers", "mechanism", "since"),
    reason=personal("a person's own words", erase="const:"),
    fallen_by=retained("who decided it", why=_WHO),
)
register(
    "compliance.VendorRoute",
    About(),
    **technical_fields(
        "a company and its approval, copied from the register",
        "id",
        "agency",
        "service",
        "is_enforced",
        "vendor_ref",
        "vendor_name",
        "vendor_state",
        "approved_until",
        "places",
        "safeguards",
        "fallen",
    ),
)
register(
    "compliance.TransferDay",
    About(),
    **_KEYS,
    **technical_fields(
        "counts per day",
        "day",
        "kind",
        "service",
        "vendor_ref",
        "vendor_name",
        "home",
        "place",
        "ground",
        "ground_on",
        "count",
    ),
)
register(
    "compliance.Incident",
    About(subject="created_by", **_INCIDENTS),
    **_KEYS,
    **technical_fields(
        "the course of a breach, naming no person",
        "number",
        "state",
        "kinds",
        "data_kinds",
        "people_count",
        "record_count",
        "vendor_ref",
        "happened_at",
        "suspected_at",
        "aware_at",
        "report_hours",
        "due_at",
        "assessed_at",
        "is_high_risk",
        "reported_at",
        "informed_at",
        "closed_at",
        "warned",
    ),
    title=personal("a person's own words", erase="const:"),
    description=personal("a person's own words", erase="const:"),
    contact_point=personal("name and address of staff", erase="const:"),
    consequences=personal("a person's own words", erase="const:"),
    measures=personal("a person's own words", erase="const:"),
    no_report_reason=personal("a person's own words", erase="const:"),
    late_reason=personal("a person's own words", erase="const:"),
    not_informed_reason=personal("a person's own words", erase="const:"),
    created_by=retained("who entered it", why=_WHO),
    created_ref=retained("pseudonymous reference", why=_WHO),
)
register(
    "compliance.IncidentBrand",
    About(subject="told_by", **_INCIDENTS),
    **_KEYS,
    **technical_fields(
        "a brand and its notice", "incident_ref", "incident_number", "people_count", "added_at"
    ),
    title=personal("a person's own words", erase="const:"),
    contact_refs=retained(
        "keys of the persons concerned; their rows are erased on their own",
        why="documentation of a breach; GDPR Art. 33(5), 17(3)(b)",
    ),
    told_at=retained("time", why=_WHO),
    told_how=personal("a person's own words", erase="const:"),
    notice=personal("a person's own words", erase="const:"),
    told_by=retained("who told the brand", why=_WHO),
)
register(
    "compliance.IncidentEntry",
    About(subject="written_by", **_INCIDENTS),
    **_KEYS,
    **technical_fields("course of a breach", "incident", "kind", "code", "event_ref"),
    happened_at=retained("time", why=_WHO),
    at=retained("time", why=_WHO),
    addressee=personal("who was told", erase="const:"),
    reference=technical("file number of an authority"),
    text=personal("a person's own words", erase="const:"),
    written_by=retained("who wrote it", why=_WHO),
    written_ref=retained("pseudonymous reference", why=_WHO),
)
