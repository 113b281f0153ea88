"""People who write to a brand."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from inbox.choices import Network
from tenants.models import BrandModel


class Contact(BrandModel):
    """A person outside who wrote to the brand on at least one channel.

    ``erased_at``: the person asked to be forgotten. The row stays as an empty shell, so that what
    was decided stays provable; whoever writes from the same address later is a new contact.
    """

    name = models.CharField(_("name"), max_length=300, blank=True)
    language = models.CharField(_("language"), max_length=3, blank=True)
    is_vip = models.BooleanField(_("VIP or influencer"), default=False)
    follower_count = models.PositiveIntegerField(_("followers"), null=True, blank=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    erased_at = models.DateTimeField(_("erased"), null=True, editable=False)

    class Meta(BrandModel.Meta):
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        indexes = (models.Index(fields=("brand", "-last_seen_at"), name="contact_recent"),)

    def __str__(self) -> str:
        return self.name or str(_("Erased person") if self.erased_at else _("Unknown person"))


class ContactHandle(BrandModel):
    """How a contact is known on one channel. A person can have several."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="handles")
    channel = models.CharField(max_length=20, choices=Network.choices)
    external_id = models.CharField(max_length=150)
    handle = models.CharField(max_length=150, blank=True)
    phone = models.CharField(max_length=32, blank=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("handle")
        verbose_name_plural = _("handles")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "channel", "external_id"), name="contacthandle_once"
            ),
        )

    def __str__(self) -> str:
        return self.handle or self.phone or self.external_id
