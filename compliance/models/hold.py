"""What must not be erased, because somebody may need it as evidence."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.choices import HoldScope
from tenants.models import BrandModel


class LegalHold(BrandModel):
    """What it covers is not erased while it stands. Requirement C5.

    Without further words it covers the whole brand; ``contact_ref`` or ``conversation_ref`` (never
    both) narrow it to one, ``since`` and ``until`` to what happened from and up to an instant.
    ``owner`` answers for it and is reminded when ``review_on`` has come (``reminded_on``).
    """

    reason = models.CharField(_("reason"), max_length=300)
    contact_ref = models.UUIDField(_("contact"), null=True, blank=True)
    conversation_ref = models.UUIDField(_("conversation"), null=True, blank=True)
    since = models.DateTimeField(_("from"), null=True, blank=True)
    until = models.DateTimeField(_("to"), null=True, blank=True)
    owner = models.ForeignKey(
        "tenants.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reminded_on = models.DateField(_("reminded"), null=True, blank=True)
    placed_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    placed_ref = models.CharField(_("placed by"), max_length=120)
    placed_at = models.DateTimeField(_("placed"))
    review_on = models.DateField(_("review on"), null=True, blank=True)
    released_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    released_ref = models.CharField(_("released by"), max_length=120, blank=True)
    released_at = models.DateTimeField(_("released"), null=True)
    release_reason = models.CharField(_("why it was released"), max_length=300, blank=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        indexes = (
            models.Index(fields=("brand", "placed_at"), name="hold_by_time"),
            models.Index(fields=("brand",), name="hold_open", condition=models.Q(released_at=None)),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(contact_ref=None) | models.Q(conversation_ref=None),
                name="hold_of_one_thing",
            ),
            models.CheckConstraint(
                condition=models.Q(since=None)
                | models.Q(until=None)
                | models.Q(since__lte=models.F("until")),
                name="hold_in_order",
            ),
        )

    def __str__(self) -> str:
        return self.reason

    @property
    def is_open(self) -> bool:
        return self.released_at is None

    @property
    def scope(self) -> HoldScope:
        if self.conversation_ref is not None:
            return HoldScope.CONVERSATION
        if self.contact_ref is not None:
            return HoldScope.CONTACT
        return HoldScope.BRAND if self.is_timeless else HoldScope.PERIOD

    @property
    def is_timeless(self) -> bool:
        return self.since is None and self.until is None

    @property
    def covers_all(self) -> bool:
        """Whether it covers every row of the brand, whatever it is about."""
        return self.scope == HoldScope.BRAND

    def covers_time(self, first: datetime, last: datetime | None = None) -> bool:
        """Whether something of the span from ``first`` to ``last`` (else one instant) lies in it.
        Both ends count."""
        last = first if last is None else last
        return (self.since is None or last >= self.since) and (
            self.until is None or first <= self.until
        )
