"""Stable values of the directory."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RoleKey(TextChoices):
    """Built-in roles. Requirement T2."""

    OWNER = "owner", _("Agency owner")
    ADMIN = "admin", _("Agency administrator")
    BRAND_MANAGER = "brand_manager", _("Brand manager")
    COMMUNITY_MANAGER = "community_manager", _("Community manager")
    MODERATOR = "moderator", _("Moderator")
    COMPLIANCE_OFFICER = "compliance_officer", _("Compliance officer")
    ANALYST = "analyst", _("Analyst (read only)")
    CLIENT_VIEWER = "client_viewer", _("Client viewer (read only)")


class BrandKind(TextChoices):
    """A client's brand, or the agency's own row beside its clients."""

    CLIENT = "client", _("Client")
    AGENCY = "agency", _("Agency")


class BrandState(TextChoices):
    """Where a brand stands between onboarding and offboarding."""

    ONBOARDING = "onboarding", _("Onboarding")
    LIVE = "live", _("Live")
    FROZEN = "frozen", _("Frozen")
    CLOSING = "closing", _("Being erased")
    CLOSED = "closed", _("Closed")


ENDED_STATES = frozenset({BrandState.CLOSING, BrandState.CLOSED})
"""Nobody works in these brands any more: no workspace leads there."""


class Language(TextChoices):
    """Languages the product speaks to staff and to the public."""

    GERMAN = "de", _("German")
    ENGLISH = "en", _("English")


class MailState(TextChoices):
    """What became of an outgoing mail."""

    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Given up")


class InvitationState(TextChoices):
    """What became of an invitation; worked out from its times, not stored."""

    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")


class Sector(TextChoices):
    """What a brand does; the preset of the same name is proposed to it."""

    RETAIL = "retail", _("Retail")
    B2B_SAAS = "b2b_saas", _("B2B and SaaS")
    FINANCE = "finance", _("Finance and insurance")
    HEALTH = "health", _("Health")
    HOSPITALITY = "hospitality", _("Hospitality and travel")


class DataRegion(TextChoices):
    """Where a brand's data may be kept and processed. Requirement C9."""

    EU = "eu", _("European Union")
    GERMANY = "de", _("Germany only")
    SWITZERLAND = "ch", _("Switzerland")
    UNITED_KINGDOM = "uk", _("United Kingdom")
    UNITED_STATES = "us", _("United States")


class OnboardingStep(TextChoices):
    """The way of a new brand, in order. Requirement T5."""

    PROFILE = "profile", _("Profile")
    PRESET = "preset", _("Sector preset")
    CHANNELS = "channels", _("Channels")
    TEAM = "team", _("Team")
    TEMPLATES = "templates", _("Answer templates")
    TRIAL = "trial", _("Sandbox test")
    LIVE = "live", _("Go live")


class SupportKind(TextChoices):
    """How the platform's staff come to see an agency."""

    CONSENT = "consent", _("By consent")
    EMERGENCY = "emergency", _("Emergency")


class SupportState(TextChoices):
    """Where an access stands; worked out from its times, not stored."""

    ASKED = "asked", _("Asked for")
    OPEN = "open", _("Open")
    REFUSED = "refused", _("Refused")
    ENDED = "ended", _("Ended")
    EXPIRED = "expired", _("Run out")


class Quota(TextChoices):
    """What a brand may use only so much of. All but exports are per minute."""

    EVENTS = "events", _("Events worked on per minute")
    API = "api", _("API requests per minute")
    SENDS = "sends", _("Messages sent per minute")
    EXPORTS = "exports", _("Exports running at once")


class Theme(TextChoices):
    """Colours of the screens."""

    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")
    AUTO = "auto", _("As the device")


class Blur(TextChoices):
    """Which texts and pictures are veiled until the person asks for them. Requirement M10."""

    SEVERE = "severe", _("Severe ones")
    ALL = "all", _("All")
    NONE = "none", _("None")


class SingleKeys(TextChoices):
    """Whether a letter alone acts. Source: WCAG 2.2, 2.1.4."""

    ON = "on", _("Letters alone")
    ALT = "alt", _("Letters with Alt")
    OFF = "off", _("No letters")
