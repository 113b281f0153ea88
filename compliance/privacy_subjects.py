"""What stays of persons who were erased."""

from compliance.registries import About, personal, register, retained, technical_fields

_PROOF = {
    "purpose": "keep an erased person from coming back, and prove the erasure",
    "basis": "GDPR Art. 6(1)(c), 17(1), 5(2)",
    "retention": "suppression_hash",
}
_WHY = "keeps a replay from bringing an erased person back; GDPR Art. 17(3)(b), (e)"

register(
    "compliance.ErasedAddress",
    About(subject="self", **_PROOF),
    **technical_fields("key or link", "id", "brand"),
    **technical_fields("vocabulary", "channel"),
    address_hash=retained("keyed hash of an address", why=_WHY, export=False),
    erased_at=retained("time", why=_WHY),
    reference=retained("number of the request, no name", why=_WHY),
)
register(
    "compliance.SubjectErasure",
    About(subject="self", **_PROOF),
    **technical_fields("key or link", "id", "brand"),
    **technical_fields("state of the run", "outcomes", "plan_sha256", "finished_at"),
    traces=personal("what the person is called, until the run ends", erase="const:", export=False),
    contact_refs=retained("keys of emptied contacts", why=_WHY),
    reference=retained("number of the request, no name", why=_WHY),
    erased_at=retained("time", why=_WHY),
)
