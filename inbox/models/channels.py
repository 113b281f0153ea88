"""Connected accounts, and how a delivery finds its brand."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inbox.choices import Network
from tenants.models import BrandModel, EncryptedTextField, ObjectGrant, uuid7


class ChannelApp(models.Model):
    """A developer app at a network: its secret signs every delivery.

    Belongs to the directory: it is read before any brand is known.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey("tenants.Agency", on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(_("channel"), max_length=20, choices=Network.choices)
    name = models.CharField(_("name"), max_length=100)
    app_secret = EncryptedTextField(_("app secret"))
    verify_token = EncryptedTextField(_("verify token"))
    client_id = models.CharField(_("client id"), max_length=200, blank=True)
    secret_set_at = models.DateTimeField(_("secret entered"), default=timezone.now, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("channel app")
        verbose_name_plural = _("channel apps")

    def __str__(self) -> str:
        return self.name

    @property
    def webhook_path(self) -> str:
        return f"/webhooks/{self.channel}/{self.pk}/"


class ChannelAccount(BrandModel):
    """One connected profile, page or number of a brand."""

    app = models.ForeignKey(ChannelApp, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(_("channel"), max_length=20, choices=Network.choices)
    external_id = models.CharField(_("account id at the network"), max_length=100)
    name = models.CharField(_("name"), max_length=150)
    base_url = models.URLField(_("address of the network"), max_length=300)
    api_version = models.CharField(_("API version"), max_length=10, default="v25.0")
    access_token = EncryptedTextField(_("access token"))
    secret_set_at = models.DateTimeField(_("token entered"), default=timezone.now, editable=False)
    secret_expires_at = models.DateTimeField(_("token expires"), null=True, blank=True)
    is_sandbox = models.BooleanField(_("sandbox"), default=False)
    automation_on = models.BooleanField(_("automatic answers"), default=True)
    needs_reconnect = models.BooleanField(_("must be connected again"), default=False)
    sending_stopped_at = models.DateTimeField(null=True, blank=True, editable=False)
    sending_stopped_reason = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("channel account")
        verbose_name_plural = _("channel accounts")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "channel", "external_id"), name="channelaccount_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_channel_display()} · {self.name}"


class ChannelAccountGrant(ObjectGrant):
    """A capability on one channel account and on what came through it."""

    content_object = models.ForeignKey(
        ChannelAccount, on_delete=models.CASCADE, related_name="grants"
    )

    class Meta(ObjectGrant.Meta):
        verbose_name = _("grant on a channel account")
        verbose_name_plural = _("grants on channel accounts")


class ChannelRoute(models.Model):
    """Which brand an account of a network belongs to.

    Belongs to the directory: a delivery names only the account. One account serves one brand, or
    its messages would have two owners.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField(max_length=20, choices=Network.choices)
    external_id = models.CharField(max_length=100)
    brand = models.ForeignKey("tenants.Brand", on_delete=models.CASCADE, related_name="+")
    account_ref = models.UUIDField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("channel", "external_id"), name="channelroute_once"),
        )

    def __str__(self) -> str:
        return f"{self.channel}:{self.external_id}"
