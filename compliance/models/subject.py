"""What is kept of an erased person: that they were erased, never who they were."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models import BrandModel, EncryptedTextField


class ErasedAddress(BrandModel):
    """An address that was erased. What happened under it up to ``erased_at`` does not come back.

    Known by a keyed hash only. The newest erasure of an address counts.
    """

    channel = models.CharField(max_length=20)
    address_hash = models.CharField(max_length=64)
    erased_at = models.DateTimeField(_("erased"))
    reference = models.CharField(_("ground of erasure"), max_length=100)

    class Meta(BrandModel.Meta):
        verbose_name = _("erased address")
        verbose_name_plural = _("erased addresses")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "channel", "address_hash", "reference"), name="erasedaddress_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.erased_at:%Y-%m-%d}"


class SubjectErasure(BrandModel):
    """One run that erases one person. A killed worker's run is gone on with.

    ``traces`` holds, encrypted and until the run ends, what the person was called: it leads to the
    rows that are left when the contact itself is empty already. ``outcomes`` is
    ``{source: {"outcome", "rows", "ground", "why"}}``.
    """

    reference = models.CharField(_("ground of erasure"), max_length=100)
    contact_refs = models.JSONField(default=list)
    plan_sha256 = models.CharField(_("hash of the plan"), max_length=64)
    traces = EncryptedTextField(blank=True)
    outcomes = models.JSONField(default=dict)
    erased_at = models.DateTimeField(_("erased"))
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("erasure of a person")
        verbose_name_plural = _("erasures of persons")
        constraints = (
            models.UniqueConstraint(fields=("brand", "reference"), name="subjecterasure_once"),
        )

    def __str__(self) -> str:
        return self.reference
