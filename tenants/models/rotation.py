"""Where a change of the keys that protect secrets stands."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models.base import uuid7


class SecretRotation(models.Model):
    """One run of ``rotate_secrets``; ``position`` moves in the transaction of the rows it passes.

    ``key_id`` names the key of ``FIELD_KEYS`` that is rotated to, ``position`` is
    ``{table.column[/brand]: last primary key done, or "end"}``.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key_id = models.CharField(_("key"), max_length=8)
    renews_data_keys = models.BooleanField(_("with new data keys"), default=False)
    position = models.JSONField(default=dict)
    seen = models.BigIntegerField(_("values seen"), default=0)
    changed = models.BigIntegerField(_("values changed"), default=0)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("rotation of secrets")
        verbose_name_plural = _("rotations of secrets")

    def __str__(self) -> str:
        return f"{self.key_id} · {self.started_at:%Y-%m-%d}"
