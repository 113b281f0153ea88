"""The database's vocabulary, as far as it is used here, and our categories in its terms.

Source: DSA Transparency Database, API documentation of schema v2 (in force since 1 July 2025).
"""

from dataclasses import dataclass

from moderation.choices import Action, Category

VISIBILITY = {
    Action.HIDE: "DECISION_VISIBILITY_CONTENT_DISABLED",
    Action.RESTRICT: "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED",
    Action.MUTE: "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED",
}
ACCOUNT = {Action.BAN: "DECISION_ACCOUNT_SUSPENDED"}
EXPORTED = (*VISIBILITY, *ACCOUNT)
"""Restrictions. A warning restricts nothing, so there is no record of one."""
ILLEGAL = "DECISION_GROUND_ILLEGAL_CONTENT"
INCOMPATIBLE = "DECISION_GROUND_INCOMPATIBLE_CONTENT"
DECISION_GROUNDS = frozenset({ILLEGAL, INCOMPATIBLE})
SOURCES = frozenset(
    {
        "SOURCE_ARTICLE_16",
        "SOURCE_TRUSTED_FLAGGER",
        "SOURCE_TYPE_OTHER_NOTIFICATION",
        "SOURCE_VOLUNTARY",
    }
)
AUTOMATION = frozenset(
    {
        "AUTOMATED_DECISION_FULLY",
        "AUTOMATED_DECISION_PARTIALLY",
        "AUTOMATED_DECISION_NOT_AUTOMATED",
    }
)
CONTENT_TYPES = frozenset(
    f"CONTENT_TYPE_{name}"
    for name in (
        "APP",
        "AUDIO",
        "IMAGE",
        "PRODUCT",
        "SYNTHETIC_MEDIA",
        "TEXT",
        "VIDEO",
        "OTHER",
    )
)
CATEGORIES = frozenset(
    f"STATEMENT_CATEGORY_{name}"
    for name in (
        "ANIMAL_WELFARE",
        "CONSUMER_INFORMATION",
        "CYBER_VIOLENCE",
        "CYBER_VIOLENCE_AGAINST_WOMEN",
        "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
        "ILLEGAL_OR_HARMFUL_SPEECH",
        "INTELLECTUAL_PROPERTY_INFRINGEMENTS",
        "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
        "NOT_SPECIFIED_NOTICE",
        "OTHER_VIOLATION_TC",
        "PROTECTION_OF_MINORS",
        "RISK_FOR_PUBLIC_SECURITY",
        "SCAMS_AND_FRAUD",
        "SELF_HARM",
        "UNSAFE_AND_PROHIBITED_PRODUCTS",
        "VIOLENCE",
    )
)


@dataclass(frozen=True, slots=True)
class Mapped:
    """``keyword``: category_specification, empty if none fits."""

    category: str
    keyword: str = ""


MAPPING: dict[str, Mapped] = {
    Category.SPAM: Mapped("STATEMENT_CATEGORY_OTHER_VIOLATION_TC"),
    Category.SCAM: Mapped("STATEMENT_CATEGORY_SCAMS_AND_FRAUD", "KEYWORD_PHISHING"),
    Category.INSULT: Mapped("STATEMENT_CATEGORY_CYBER_VIOLENCE", "KEYWORD_CYBER_HARASSMENT"),
    Category.HATE: Mapped("STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH", "KEYWORD_HATE_SPEECH"),
    Category.THREAT: Mapped("STATEMENT_CATEGORY_VIOLENCE", "KEYWORD_INCITEMENT_VIOLENCE_HATRED"),
    Category.SELF_HARM: Mapped("STATEMENT_CATEGORY_SELF_HARM"),
    Category.SEXUAL: Mapped(
        "STATEMENT_CATEGORY_OTHER_VIOLATION_TC", "KEYWORD_ADULT_SEXUAL_MATERIAL"
    ),
    Category.LEGAL_CLAIM: Mapped("STATEMENT_CATEGORY_OTHER_VIOLATION_TC"),
    Category.PRIVACY_LEAK: Mapped("STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS"),
    Category.ILLEGAL_OFFER: Mapped("STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS"),
    Category.CHILD_SAFETY: Mapped("STATEMENT_CATEGORY_PROTECTION_OF_MINORS"),
    Category.OFF_TOPIC: Mapped("STATEMENT_CATEGORY_OTHER_VIOLATION_TC"),
    Category.OTHER: Mapped("STATEMENT_CATEGORY_OTHER_VIOLATION_TC"),
}
