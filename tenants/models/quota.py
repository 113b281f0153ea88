"""How much one brand may use of what all brands share, and how much it has used."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.choices import Quota
from tenants.models.base import BrandModel
from tenants.models.directory import User


class BrandQuota(BrandModel):
    """A limit of one brand's own in place of the one in ``tenants.domain.quotas``."""

    resource = models.CharField(_("what"), max_length=10, choices=Quota.choices)
    limit = models.PositiveIntegerField(_("limit"))
    reason = models.CharField(_("reason"), max_length=300)
    set_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    set_at = models.DateTimeField(_("set"))

    class Meta(BrandModel.Meta):
        verbose_name = _("quota")
        verbose_name_plural = _("quotas")
        constraints = (models.UniqueConstraint(fields=("brand", "resource"), name="quota_once"),)

    def __str__(self) -> str:
        return f"{self.get_resource_display()}: {self.limit}"


class QuotaUse(BrandModel):
    """What a brand has used of one resource in the minute that began at ``minute_at``.

    One row per resource, written over from minute to minute. ``deferred_at``: when something last
    had to wait for the next minute.
    """

    resource = models.CharField(_("what"), max_length=10, choices=Quota.choices)
    minute_at = models.DateTimeField()
    used = models.PositiveIntegerField(_("used"), default=0)
    deferred_at = models.DateTimeField(_("last had to wait"), null=True, blank=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("use of a quota")
        verbose_name_plural = _("use of quotas")
        constraints = (
            models.UniqueConstraint(fields=("brand", "resource"), name="quota_use_once"),
        )

    def __str__(self) -> str:
        return f"{self.get_resource_display()}: {self.used}"
