"""What the ledger, the directory below it and the libraries' tables hold about people."""

from compliance import privacy_closing as privacy_closing
from compliance import privacy_consent as privacy_consent
from compliance import privacy_evidence as privacy_evidence
from compliance import privacy_exports as privacy_exports
from compliance import privacy_onboarding as privacy_onboarding
from compliance import privacy_requests as privacy_requests
from compliance import privacy_retention as privacy_retention
from compliance import privacy_signin as privacy_signin
from compliance import privacy_subjects as privacy_subjects
from compliance import privacy_support as privacy_support
from compliance import privacy_vendors as privacy_vendors
from compliance.registries import About, personal, register, retained, technical, technical_fields

NOTHING = About()
_STAFF = {
    "purpose": "let staff sign in and work",
    "basis": "GDPR Art. 6(1)(b), contract with the agency",
    "retention": "staff_account",
}
_LEDGER = {
    "purpose": "prove who decided what, when and why",
    "basis": "GDPR Art. 6(1)(c), (f); Art. 5(2) accountability",
    "retention": "audit_event",
}
_PROOF = "proof of what was decided, pseudonymous; GDPR Art. 17(3)(b), (e)"
_KEYS = technical_fields("key or link", "id", "brand")

# The ledger
register(
    "compliance.AuditEvent",
    About(subject="self", **_LEDGER),
    **_KEYS,
    at=retained("time", why=_PROOF),
    kind=technical("vocabulary"),
    actor_kind=technical("vocabulary"),
    actor_ref=retained("pseudonymous reference", why=_PROOF),
    object_type=technical("vocabulary"),
    object_ref=retained("pseudonymous reference", why=_PROOF),
    reason=technical("a code; reasons in words stand in the details"),
    correlation_id=technical("made by us per request or job"),
    body=retained("pseudonymous references and salted commitments", why=_PROOF),
    leaf_hash=technical("hash of the body"),
)
register(
    "compliance.AuditDetail",
    About(subject="event__self", **_LEDGER),
    **_KEYS,
    event=technical("link"),
    name=technical("vocabulary"),
    value=personal("content of decisions and changes", erase="null"),
    salt=personal("salt of the commitment", erase="null", export=False),
    erased_at=technical("when it was erased"),
    erased_reference=technical("number of the request, no name"),
)
register("compliance.AuditPending", NOTHING, brand=technical("link"), event=technical("link"))
register(
    "compliance.AuditLeaf",
    NOTHING,
    **technical_fields("link or hash", "brand", "event", "index", "hash"),
)
register(
    "compliance.AuditTree",
    NOTHING,
    **_KEYS,
    **technical_fields("hashes and counts", "origin", "size", "frontier"),
)
register(
    "compliance.Checkpoint",
    NOTHING,
    **_KEYS,
    **technical_fields(
        "hashes, counts and a signature", "size", "root", "note", "signed_at", "key"
    ),
)
register(
    "compliance.SigningKey",
    NOTHING,
    **technical_fields(
        "the platform's key", "id", "name", "public_key", "private_key", "created_at", "retired_at"
    ),
    **technical_fields("why the key was made, and who vouches for it", "chain_note", "reason"),
)
register(
    "compliance.AuditExport",
    About(subject="requested_by", **_LEDGER),
    **_KEYS,
    **technical_fields(
        "state of the job",
        "state",
        "rows_total",
        "rows_done",
        "checkpoint",
        "sha256",
        "size_bytes",
        "failure",
        "lease_until",
        "attempt",
        "finished_at",
        "expires_at",
        "known_size",
        "format",
        "columns",
        "language",
        "is_masked",
        "parts",
        "started_at",
        "rows_before",
        "link_sha256",
        "link_until",
    ),
    recipient=personal("who was to get it", erase="const:"),
    filters=personal("who and what was searched for", erase="const:{}", json="opaque"),
    purpose=personal("a person's own words", erase="const:"),
    requested_by=retained("who took data out", why=_PROOF),
    requested_ref=retained("pseudonymous reference", why=_PROOF),
    requested_at=retained("time", why=_PROOF),
    file=personal("copy of the audit trail", erase="file", export=False),
)
register(
    "compliance.FieldChange",
    About(subject="actor", **_LEDGER),
    **_KEYS,
    **technical_fields("which object", "content_type", "object_pk", "object_id", "object_repr"),
    **technical_fields("vocabulary", "action", "actor_kind", "cid"),
    **technical_fields(
        "never filled: auditlog's settings and our manager keep it empty",
        "serialized_data",
        "changes_text",
        "remote_addr",
        "remote_port",
        "additional_data",
        "actor_email",
    ),
    changes=personal("values before and after", erase="null", json="opaque"),
    reason=personal("a person's own words", erase="const:"),
    actor=retained("who changed it", why=_PROOF),
    actor_ref=retained("pseudonymous reference", why=_PROOF),
    timestamp=retained("time", why=_PROOF),
    erased_at=technical("when it was erased"),
    erased_reference=technical("number of the request, no name"),
)

# The directory
register(
    "tenants.User",
    About(subject="self", **_STAFF),
    id=technical("key"),
    password=personal("sign-in", erase="const:!", export=False),
    last_login=personal("time", erase="null"),
    email=personal("contact data of staff", erase="row"),
    name=personal("name of staff", erase="const:erased"),
    language=personal("preference", erase="const:en"),
    created_at=retained("time", why="start of the access, GDPR Art. 5(2)"),
    **technical_fields(
        "rights", "is_superuser", "is_active", "is_platform_staff", "groups", "user_permissions"
    ),
    holds_grants=technical("rights"),
    **technical_fields("the person's own setting", "theme", "single_keys", "blur", "recent_brands"),
)
register(
    "tenants.Agency",
    NOTHING,
    **technical_fields("an organisation, not a person", "id", "slug", "name", "created_at"),
    **technical_fields("state", "sending_stopped_at", "sending_stopped_reason"),
)
register(
    "tenants.Brand",
    NOTHING,
    **technical_fields("an organisation, not a person", "id", "agency", "kind", "slug", "name"),
    **technical_fields("setting", "language", "time_zone", "created_at", "sector", "data_region"),
    **technical_fields("setting", "business_hours", "holiday_country", "holiday_region"),
    **technical_fields("an organisation, not a person", "legal_name", "contact_email"),
    **technical_fields("state", "state", "sending_stopped_at", "sending_stopped_reason"),
    **technical_fields("state", "frozen_at", "frozen_reason", "state_before", "intake_stopped_at"),
    closed_at=technical("state"),
)
register(
    "tenants.Membership",
    About(subject="user", **_STAFF),
    **technical_fields("key or link", "id", "agency", "brand"),
    user=personal("who works where", erase="row"),
    role=personal("role", erase="row"),
    created_at=personal("time", erase="row"),
)
register(
    "tenants.Role",
    NOTHING,
    **technical_fields("vocabulary", "id", "agency", "key", "name", "description", "capabilities"),
    **technical_fields("state", "is_builtin", "created_at"),
)
for _label in ("tenants.BrandGrant", "inbox.ChannelAccountGrant"):
    register(
        _label,
        About(subject="user", **_STAFF),
        **technical_fields("key or link", "id", "brand", "content_object"),
        user=personal("who works where", erase="row"),
        permission=personal("right", erase="row"),
        created_at=personal("time", erase="row"),
    )
register(
    "tenants.ApiToken",
    About(subject="created_by", **_STAFF),
    **technical_fields("key or link", "id", "brand", "name", "capabilities", "token_sha256"),
    **technical_fields("life of the token", "created_at", "expires_at", "revoked_at"),
    created_by=personal("who issued it", erase="detach"),
)
register("tenants.ProcessHeartbeat", NOTHING, **technical_fields("a process", "name", "seen_at"))

# Tables of Django and auditlog
for _label, _names in {
    "contenttypes.ContentType": ("id", "app_label", "model"),
    "auth.Permission": ("id", "name", "content_type", "codename"),
    "auth.Group": ("id", "name", "permissions"),
    "auth.Group_permissions": ("id", "group", "permission"),
    "guardian.UserObjectPermission": (
        "id",
        "permission",
        "user",
        "content_type",
        "object_pk",
        "content_object",
    ),
    "guardian.GroupObjectPermission": (
        "id",
        "permission",
        "group",
        "content_type",
        "object_pk",
        "content_object",
    ),
    "tenants.User_groups": ("id", "user", "group"),
    "tenants.User_user_permissions": ("id", "user", "permission"),
}.items():
    register(_label, NOTHING, **technical_fields("Django's own vocabulary", *_names))
register(
    "sessions.Session",
    About(subject="self", **{**_STAFF, "retention": "session"}),
    session_key=personal("sign-in", erase="row", export=False),
    session_data=personal("sign-in", erase="row", export=False),
    expire_date=technical("when it ends"),
)
register(
    "admin.LogEntry",
    About(subject="user", **_STAFF),
    **technical_fields("key or link", "id", "content_type", "action_flag"),
    action_time=personal("time", erase="row"),
    user=personal("who did it", erase="row"),
    object_id=personal("reference", erase="row"),
    object_repr=personal("name of an object", erase="row"),
    change_message=personal("what was changed", erase="row"),
)
