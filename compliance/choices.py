"""Stable values of compliance."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Purpose(TextChoices):
    """What a message is for; consent is asked per purpose. Requirement C8."""

    SERVICE = "service", _("Answer to a question")
    AUTOMATION = "automation", _("Automatic answer")
    MARKETING = "marketing", _("Marketing")
    NOTICE = "notice", _("Notice about a decision")
    CONFIRMATION = "confirmation", _("Confirmation of an opt-out")


class ConsentState(TextChoices):
    """Where a person stands for one purpose on one channel. ``withdrawn`` overrides all else."""

    GRANTED = "granted", _("Consented")
    WITHDRAWN = "withdrawn", _("Opted out")
