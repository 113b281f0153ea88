"""Access of the platform's staff to an agency: asked for or taken in an emergency, always short."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.choices import SupportKind, SupportState
from tenants.models.base import uuid7
from tenants.models.directory import Agency, Brand, User

LONGEST = timedelta(hours=4)


class SupportAccess(models.Model):
    """One person of the platform in one agency, or in one of its brands. Requirement T8.

    Belongs to the directory: read before a scope exists, it decides which scope the person may
    enter. What it is at an instant is worked out from its times (``state_at``), so that it ends on
    time whether or not any job runs. ``hours`` is what was asked for.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    brand = models.ForeignKey(
        Brand, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    staff = models.ForeignKey(User, on_delete=models.PROTECT, related_name="support_accesses")
    kind = models.CharField(_("kind"), max_length=9, choices=SupportKind.choices)
    reason = models.CharField(_("reason"), max_length=300)
    hours = models.PositiveSmallIntegerField(_("hours"))
    asked_at = models.DateTimeField(_("asked"))
    granted_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    expires_at = models.DateTimeField(_("open until"), null=True, blank=True)
    refused_at = models.DateTimeField(_("refused"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    pages_viewed = models.PositiveIntegerField(_("pages seen"), default=0)

    class Meta:
        verbose_name = _("support access")
        verbose_name_plural = _("support accesses")
        indexes = (
            models.Index(fields=("agency", "-asked_at"), name="support_of_agency"),
            models.Index(fields=("staff", "-asked_at"), name="support_of_staff"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(expires_at=None)
                | models.Q(
                    expires_at__gt=models.F("opened_at"),
                    expires_at__lte=models.F("opened_at") + LONGEST,
                ),
                name="support_four_hours_at_most",
            ),
        )

    def __str__(self) -> str:
        return f"{self.staff} · {self.place}"

    @property
    def place(self) -> str:
        return self.brand.name if self.brand else self.agency.name

    def state_at(self, now: datetime) -> SupportState:
        if self.refused_at is not None:
            return SupportState.REFUSED
        if self.ended_at is not None:
            return SupportState.ENDED
        if self.opened_at is None or self.expires_at is None:
            return SupportState.ASKED
        return SupportState.OPEN if now < self.expires_at else SupportState.EXPIRED
