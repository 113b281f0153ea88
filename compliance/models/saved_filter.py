"""Searches of the audit trail that somebody keeps."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models import BrandModel


class SavedFilter(BrandModel):
    """A named search of one brand's trail. Its owner's own, or everybody's who may see the trail
    (``is_shared``). ``query`` is the address's part behind the question mark."""

    owner = models.ForeignKey("tenants.User", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    query = models.CharField(_("search"), max_length=1500)
    is_shared = models.BooleanField(_("shared with the brand"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        constraints = (
            models.UniqueConstraint(fields=("brand", "owner", "name"), name="savedfilter_once"),
        )

    def __str__(self) -> str:
        return self.name
