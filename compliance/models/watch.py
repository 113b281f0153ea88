"""What the monitor found in a brand's ledger, and what people were told."""

from typing import TypedDict

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.choices import AlarmKind
from tenants.models import BrandModel


class Problem(TypedDict):
    """One thing that does not fit. ``event``: its id, empty if it is about no single event."""

    event: str
    index: int | None
    words: str


class LedgerCheck(BrandModel):
    """One run of the monitor over samples of a brand's ledger.

    ``next_index``: where the next run goes on with the rows in order, so that in time every row is
    looked at and not only those that chance picks.
    """

    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"))
    size = models.BigIntegerField(_("events"))
    checked = models.PositiveIntegerField(_("checked"))
    sound = models.PositiveIntegerField(_("sound"))
    checkpoints = models.PositiveIntegerField(_("checkpoints"), default=0)
    next_index = models.BigIntegerField(default=0)
    duration_ms = models.PositiveIntegerField(_("milliseconds"), default=0)
    problems = models.JSONField(_("problems"), default=list)

    class Meta(BrandModel.Meta):
        verbose_name = _("check of the ledger")
        verbose_name_plural = _("checks of the ledger")
        indexes = (models.Index(fields=("brand", "finished_at"), name="ledgercheck_by_time"),)

    def __str__(self) -> str:
        return f"{self.sound}/{self.checked}"


class LedgerAlarm(BrandModel):
    """Something about the brand's ledger that people must look at; open until it is no longer so.

    ``events``: ids of those that do not fit; every later check looks at them again.
    """

    kind = models.CharField(_("kind"), max_length=10, choices=AlarmKind.choices)
    opened_at = models.DateTimeField(_("since"))
    closed_at = models.DateTimeField(_("ended"), null=True, blank=True)
    told_at = models.DateTimeField(_("last mail"))
    events = models.JSONField(default=list)
    problems = models.JSONField(default=list)

    class Meta(BrandModel.Meta):
        verbose_name = _("alarm about the ledger")
        verbose_name_plural = _("alarms about the ledger")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "kind"),
                condition=models.Q(closed_at__isnull=True),
                name="ledgeralarm_one_open",
            ),
        )

    def __str__(self) -> str:
        return self.get_kind_display()


class SecretWarning(BrandModel):
    """That people were told of a secret which is about to expire: once per secret, day and term."""

    secret_kind = models.CharField(_("kind"), max_length=40)
    secret_ref = models.UUIDField()
    days_before = models.PositiveSmallIntegerField(_("days before"))
    expires_at = models.DateTimeField(_("expires"))
    told_at = models.DateTimeField(_("told"))

    class Meta(BrandModel.Meta):
        verbose_name = _("warning about a secret")
        verbose_name_plural = _("warnings about secrets")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "secret_ref", "days_before", "expires_at"),
                name="secretwarning_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.secret_kind} · {self.expires_at:%Y-%m-%d}"
