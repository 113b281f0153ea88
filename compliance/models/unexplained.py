"""Changed rows that no event of their transaction tells of."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models.append_only import AppendOnlyMixin, AppendOnlyQuerySet
from tenants.models import BrandModel


class UnexplainedWrite(AppendOnlyMixin, BrandModel):
    """One transaction that changed rows of a brand and wrote no event about it.

    Written by the database itself (``compliance.domain.net``), at the end of that transaction.
    ``changes``: ``{"<table>:<insert|update|delete>": rows}``. ``login``: who was connected to the
    database. ``correlation_id``: of the request or job, empty for what came past the product.
    """

    at = models.DateTimeField(_("time"))
    transaction = models.BigIntegerField(_("transaction"))
    login = models.CharField(_("database login"), max_length=63)
    correlation_id = models.CharField(_("correlation id"), max_length=64, blank=True)
    changes = models.JSONField(_("changed rows"), default=dict)

    objects = models.Manager.from_queryset(AppendOnlyQuerySet)()  # type: ignore[misc]  # stricter than the base's

    class Meta(BrandModel.Meta):
        verbose_name = _("unexplained write")
        verbose_name_plural = _("unexplained writes")
        indexes = (models.Index(fields=("brand", "at"), name="unexplained_by_time"),)

    def __str__(self) -> str:
        return ", ".join(f"{name} {count}" for name, count in sorted(self.changes.items()))
