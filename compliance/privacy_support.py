"""What support accesses and quotas hold about people."""

from compliance.registries import About, personal, register, retained, technical_fields

_WHO = "proof of who of the platform saw an agency's data; GDPR Art. 5(2), 28(3)(h), 32(4)"

register(
    "tenants.SupportAccess",
    About(
        subject="staff",
        purpose="let the platform's staff help, for a short time and in the open",
        basis="GDPR Art. 6(1)(f), 28(3)(a), 32",
        retention="audit_event",
    ),
    **technical_fields("key or link", "id", "agency", "brand"),
    **technical_fields("life of the access", "kind", "hours", "expires_at", "pages_viewed"),
    staff=retained("who of the platform", why=_WHO),
    reason=personal("a person's own words", erase="const:"),
    asked_at=retained("time", why=_WHO),
    granted_by=retained("who let them in", why=_WHO),
    opened_at=retained("time", why=_WHO),
    refused_at=retained("time", why=_WHO),
    ended_at=retained("time", why=_WHO),
    ended_by=retained("who ended it", why=_WHO),
)
register(
    "tenants.BrandQuota",
    About(
        subject="set_by",
        purpose="share the machines fairly",
        basis="GDPR Art. 6(1)(f)",
        retention="staff_account",
    ),
    **technical_fields("key or link", "id", "brand"),
    **technical_fields("setting", "resource", "limit"),
    reason=personal("a person's own words", erase="const:"),
    set_by=personal("who set it", erase="detach"),
    set_at=personal("time", erase="row"),
)
register(
    "tenants.QuotaUse",
    About(),
    **technical_fields("key or link", "id", "brand"),
    **technical_fields("counts of a brand", "resource", "minute_at", "used", "deferred_at"),
)
