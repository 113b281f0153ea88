"""The tree over the brands' checkpoints, and where its signed roots were handed to.

A leaf is the hash of a brand's signed checkpoint: it tells nothing about the brand to whoever does
not hold that checkpoint already.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.exceptions import AppendOnly
from compliance.models.append_only import AppendOnlyMixin
from compliance.models.tree import SigningKey
from tenants.models import AgencyModel

M = TypeVar("M", bound=models.Model, covariant=True)


class PlatformQuerySet(models.QuerySet[M]):
    """Rows of the platform's own log: no brand to be limited to, and only added."""

    def update(self, **_kwargs: Any) -> int:
        raise AppendOnly

    def bulk_update(self, _objs: Iterable[Any], _fields: Any, **_kwargs: Any) -> int:  # type: ignore[override]  # always refuses
        raise AppendOnly

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnly


class PlatformLeaf(AppendOnlyMixin, models.Model):
    """The place of a brand's checkpoint in the platform tree, from 0 without gaps."""

    index = models.BigIntegerField(_("number"), primary_key=True)
    checkpoint_ref = models.UUIDField(unique=True)
    hash = models.BinaryField(max_length=32)

    objects = models.Manager.from_queryset(PlatformQuerySet)()

    class Meta:
        verbose_name = _("entry of the platform tree")
        verbose_name_plural = _("entries of the platform tree")
        constraints = (
            models.CheckConstraint(condition=models.Q(index__gte=0), name="platform_leaf_from_0"),
        )

    def __str__(self) -> str:
        return str(self.index)


class PlatformCheckpoint(AppendOnlyMixin, models.Model):
    """A signed statement: the first ``size`` leaves of the platform tree have this root.

    ``frontier`` is the tree's right edge at this size, all that is needed to append.
    """

    size = models.BigIntegerField(_("brand checkpoints"), primary_key=True)
    root = models.BinaryField(max_length=32)
    frontier = models.BinaryField()
    note = models.TextField(_("signed note"))
    signed_at = models.DateTimeField(_("signed"))
    key = models.ForeignKey(SigningKey, on_delete=models.PROTECT, related_name="+")

    objects = models.Manager.from_queryset(PlatformQuerySet)()

    class Meta:
        verbose_name = _("platform checkpoint")
        verbose_name_plural = _("platform checkpoints")

    def __str__(self) -> str:
        return str(self.size)


class AnchorRecord(AgencyModel):
    """A platform checkpoint left our hands: to whom, by which way, when. Once a day and way."""

    checkpoint = models.ForeignKey(
        PlatformCheckpoint, on_delete=models.PROTECT, related_name="anchors"
    )
    sink = models.CharField(_("way"), max_length=20)
    place = models.CharField(_("where to"), max_length=200)
    recipients = models.PositiveIntegerField(_("recipients"), default=0)
    handed_on = models.DateField(_("day"))
    handed_at = models.DateTimeField(_("handed over"))

    class Meta(AgencyModel.Meta):
        verbose_name = _("anchor")
        verbose_name_plural = _("anchors")
        constraints = (
            models.UniqueConstraint(
                fields=("agency", "sink", "handed_on"), name="anchor_once_a_day"
            ),
        )

    def __str__(self) -> str:
        return f"{self.sink} · {self.handed_on}"
