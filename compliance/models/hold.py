"""What must not be erased, because somebody may need it as evidence."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models import BrandModel


class LegalHold(BrandModel):
    """Nothing of the brand is erased while one stands. Requirement C5, brand-wide part."""

    reason = models.CharField(_("reason"), max_length=300)
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
        indexes = (models.Index(fields=("brand", "placed_at"), name="hold_by_time"),)

    def __str__(self) -> str:
        return self.reason

    @property
    def is_open(self) -> bool:
        return self.released_at is None
