"""Mail that the product sends to staff and to people outside: a queue of record."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.choices import Language, MailState
from tenants.models.base import uuid7
from tenants.models.directory import Agency
from tenants.models.encrypted import EncryptedTextField


class OutgoingMail(models.Model):
    """One mail. Address and words are encrypted, and erased as soon as it is sent or given up.

    ``lease_until`` is set while a worker holds it. ``failure_code`` is the server's SMTP code, or
    ``connection``; what the server said in words is not kept, it repeats the address.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey(
        Agency, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    to = EncryptedTextField(blank=True)
    language = models.CharField(max_length=2, choices=Language.choices)
    subject = EncryptedTextField(blank=True)
    text = EncryptedTextField(blank=True)
    state = models.CharField(
        _("state"), max_length=8, choices=MailState.choices, default=MailState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    failure_code = models.CharField(_("failure"), max_length=12, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mail")
        indexes = (
            models.Index(
                fields=("not_before",),
                name="mail_to_send",
                condition=models.Q(state__in=("waiting", "sending")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk}"
