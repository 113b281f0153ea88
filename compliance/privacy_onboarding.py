"""What the settings of a brand hold about people: next to nothing."""

from compliance.registries import About, personal, register, technical, technical_fields

_KEYS = technical_fields("key or link", "id", "brand")

register(
    "tenants.OnboardingMark",
    About(
        subject="confirmed_by",
        purpose="know who has led a brand to live",
        basis="GDPR Art. 6(1)(b), contract with the agency",
        retention="staff_account",
    ),
    **_KEYS,
    **technical_fields("state of the onboarding", "step", "detail", "confirmed_at"),
    confirmed_by=personal("who confirmed it", erase="detach"),
)
register(
    "compliance.RetentionRule",
    About(),
    **_KEYS,
    **technical_fields("setting of the brand", "category", "months", "action"),
)
register(
    "compliance.DisclosureText",
    About(),
    **_KEYS,
    language=technical("setting of the brand"),
    text=technical("the brand's own words"),
)
