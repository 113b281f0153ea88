"""Accounts that are asked for news, because their network brings none; and what asking costs."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from inbox.models.channels import ChannelAccount, ChannelApp
from tenants.models import BrandModel, uuid7


class ChannelPoll(BrandModel):
    """How far an account has been read, and when it is asked next.

    ``cursor``: the connector's own words; a delivery and the cursor that follows it are stored in
    one transaction, so nothing is lost between two polls. ``is_behind``: more is waiting there than
    one poll could fetch, as after an outage.
    """

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="polls")
    cursor = models.JSONField(default=dict)
    next_at = models.DateTimeField(_("asked next"))
    lease_until = models.DateTimeField(null=True)
    interval_s = models.PositiveIntegerField(_("seconds between two polls"), default=60)
    is_behind = models.BooleanField(_("more is waiting there"), default=False)
    last_at = models.DateTimeField(_("asked last"), null=True)
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    problem = models.CharField(_("problem"), max_length=300, blank=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("reading position")
        verbose_name_plural = _("reading positions")
        constraints = (
            models.UniqueConstraint(fields=("brand", "account"), name="channelpoll_once"),
        )
        indexes = (models.Index(fields=("brand", "next_at"), name="channelpoll_due"),)

    def __str__(self) -> str:
        return f"{self.account_id} {self.next_at:%Y-%m-%d %H:%M:%S}"


class ApiUnits(models.Model):
    """What an account has spent of its app's daily allowance at the network.

    Belongs to the directory: the allowance is the app's, and accounts of several brands share it.
    ``day``: of the network's own calendar.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(ChannelApp, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    account_ref = models.UUIDField()
    units = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("units spent at a network")
        verbose_name_plural = _("units spent at a network")
        constraints = (
            models.UniqueConstraint(fields=("app", "day", "account_ref"), name="apiunits_once"),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.units}"
