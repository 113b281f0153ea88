"""What was decided, by whom and why: the ledger's rows, and their erasable readable part."""

import json
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.choices import ActorKind
from compliance.exceptions import AppendOnly
from compliance.models.append_only import AppendOnlyMixin, AppendOnlyQuerySet
from tenants.models import BrandModel, ScopedQuerySet


class AuditEvent(AppendOnlyMixin, BrandModel):
    """One event. ``body`` is the canonical JSON whose hash is the leaf; the columns repeat it.

    Written by ``compliance.domain.audit`` only. ``actor_ref`` and ``object_ref`` are keys, never
    names. A reason in a person's own words stands in the details; here only a code.
    """

    at = models.DateTimeField(_("time"))
    kind = models.CharField(_("action"), max_length=80)
    actor_kind = models.CharField(_("by"), max_length=8, choices=ActorKind.choices)
    actor_ref = models.CharField(_("actor"), max_length=120)
    object_type = models.CharField(_("object type"), max_length=80)
    object_ref = models.CharField(_("object"), max_length=80)
    reason = models.CharField(_("reason"), max_length=100, blank=True)
    correlation_id = models.CharField(_("correlation id"), max_length=64, blank=True)
    body = models.TextField()
    leaf_hash = models.BinaryField(max_length=32)

    objects = models.Manager.from_queryset(AppendOnlyQuerySet)()  # type: ignore[misc]  # stricter than the base's

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        base_manager_name = "objects"
        indexes = (
            models.Index(fields=("brand", "at", "id"), name="event_by_time"),
            models.Index(fields=("brand", "kind", "at"), name="event_by_kind"),
            models.Index(fields=("brand", "actor_ref", "at"), name="event_by_actor"),
            models.Index(
                fields=("brand", "object_type", "object_ref", "at"), name="event_by_object"
            ),
            models.Index(fields=("brand", "correlation_id"), name="event_by_correlation"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.object_type} {self.object_ref}"


class AuditDetailQuerySet(ScopedQuerySet["AuditDetail"]):
    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnly


class AuditDetail(BrandModel):
    """A readable value of an event, which may be erased: the leaf holds only its commitment.

    ``value`` is canonical JSON text. Erasing empties value and salt and names the ground; the
    database refuses every other change.
    """

    event = models.ForeignKey(AuditEvent, on_delete=models.PROTECT, related_name="details")
    name = models.CharField(_("field"), max_length=100)
    value = models.TextField(_("value"), null=True)  # noqa: DJ001 -- empty text is a value, erased is none
    salt = models.BinaryField(max_length=16, null=True)
    erased_at = models.DateTimeField(_("erased"), null=True)
    erased_reference = models.CharField(_("ground of erasure"), max_length=100, blank=True)

    objects = models.Manager.from_queryset(AuditDetailQuerySet)()  # type: ignore[misc]  # stricter than the base's

    class Meta:
        verbose_name = _("audit detail")
        verbose_name_plural = _("audit details")
        base_manager_name = "objects"
        constraints = (
            models.UniqueConstraint(fields=("event", "name"), name="detail_once_per_event"),
            models.CheckConstraint(
                condition=models.Q(value__isnull=True, salt__isnull=True, erased_at__isnull=False)
                | models.Q(value__isnull=False, salt__isnull=False, erased_at__isnull=True),
                name="detail_readable_or_erased",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def readable(self) -> Any:
        """The value as it was given (JSON types), None when erased."""
        return None if self.value is None else json.loads(self.value)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly


class AuditPending(BrandModel):
    """An event that waits for its place in the tree. Taken away only by the sequencer."""

    id = None  # type: ignore[assignment]  # the event is the key
    event = models.OneToOneField(
        AuditEvent, on_delete=models.PROTECT, primary_key=True, related_name="pending"
    )

    class Meta:
        verbose_name = _("unsealed event")
        verbose_name_plural = _("unsealed events")
        base_manager_name = "objects"
        indexes = (models.Index(fields=("brand", "event"), name="pending_by_brand"),)

    def __str__(self) -> str:
        return str(self.event_id)
