"""What signing in and the post hold about people."""

from compliance.registries import About, personal, register, retained, technical, technical_fields

_STAFF = {
    "purpose": "let staff sign in and work",
    "basis": "GDPR Art. 6(1)(b), contract with the agency",
    "retention": "staff_account",
}
_PROVES_ACCESS = "proof of who let whom in, GDPR Art. 5(2)"

register(
    "tenants.OutgoingMail",
    About(purpose="send a mail", basis="GDPR Art. 6(1)(b)", retention="session", subject="self"),
    **technical_fields("key or link", "id", "agency"),
    to=personal("contact data", erase="const:"),
    subject=personal("words of a mail", erase="const:"),
    text=personal("words of a mail", erase="const:", export=False),
    **technical_fields("setting", "language"),
    **technical_fields("state", "state", "attempts", "not_before", "lease_until", "failure_code"),
    **technical_fields("time of a mail", "created_at", "ended_at"),
)
register(
    "tenants.Invitation",
    About(subject="accepted_by", **_STAFF),
    **technical_fields("key or link", "id", "agency", "brand", "role", "mail", "token_sha256"),
    email=personal("contact data of staff", erase="row"),
    language=technical("setting"),
    invited_by=personal("who invited", erase="detach"),
    accepted_by=personal("who joined", erase="detach"),
    **technical_fields("life of the invitation", "created_at", "sent_at", "expires_at"),
    **technical_fields("life of the invitation", "accepted_at", "revoked_at"),
)
register(
    "tenants.SigninPolicy",
    About(),
    **technical_fields("setting", "agency", "second_factor_for_all", "changed_at"),
)
register(
    "tenants.SsoConnection",
    About(),
    **technical_fields("key or link", "id", "agency", "default_role"),
    **technical_fields("setting", "name", "issuer", "client_id", "client_secret", "domains"),
    **technical_fields("setting", "creates_members", "role_of_group", "trusts_second_factor"),
    **technical_fields("state", "is_active", "created_at"),
)
register(
    "tenants.SsoIdentity",
    About(subject="user", **_STAFF),
    **technical_fields("key or link", "id", "connection"),
    subject=personal("reference at the provider", erase="row"),
    user=personal("whose it is", erase="row"),
    created_at=retained("time", why=_PROVES_ACCESS),
)
register(
    "tenants.StaffSession",
    About(subject="user", **{**_STAFF, "retention": "session"}),
    **technical_fields("key or link", "id", "agency"),
    user=personal("who is signed in", erase="row"),
    session_key=personal("sign-in", erase="row", export=False),
    method=personal("sign-in", erase="row"),
    device=personal("device", erase="row"),
    address=personal("IP address", erase="row"),
    started_at=personal("time", erase="row"),
    seen_at=personal("time", erase="row"),
)

# django-allauth
register(
    "account.EmailAddress",
    About(),
    **technical_fields(
        "never written: a person's address is on the person",
        "id",
        "user",
        "email",
        "verified",
        "primary",
    ),
)
register(
    "account.EmailConfirmation",
    About(),
    **technical_fields("never written, as above", "id", "email_address", "created", "sent", "key"),
)
register(
    "mfa.Authenticator",
    About(subject="user", **_STAFF),
    **technical_fields("key or kind", "id", "type"),
    user=personal("whose it is", erase="row"),
    data=personal("secret of a second factor, encrypted", erase="row", export=False, json="opaque"),
    created_at=personal("time", erase="row"),
    last_used_at=personal("time", erase="row"),
)
