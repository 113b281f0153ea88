"""The readable field history of configuration: django-auditlog's log model, made ours."""

from typing import Any

from auditlog.models import AbstractLogEntry, LogEntryManager
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from compliance.choices import ActorKind
from compliance.exceptions import AppendOnly, NotInTransaction
from compliance.scope import audit_context, clean_correlation_id
from tenants.models import ApiToken, ScopedQuerySet, User, uuid7
from tenants.models.base import check_write
from tenants.scope import active_brand_id


class FieldChangeQuerySet(ScopedQuerySet["FieldChange"]):
    def bulk_create(self, *_args: Any, **_kwargs: Any) -> Any:
        raise AppendOnly

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnly


class FieldChangeManager(LogEntryManager.from_queryset(FieldChangeQuerySet)):  # type: ignore[misc]  # auditlog is untyped
    """Fills in brand, actor and reason from our own context instead of auditlog's receivers.

    Theirs lose the outer actor when nested and believe client headers (auditlog 3.4.1).
    """

    def log_create(self, instance: Any, force_log: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 -- their signature
        if kwargs.get("action") == FieldChange.Action.UPDATE and not connection.in_atomic_block:
            # auditlog writes before the UPDATE: outside a transaction a refused change would
            # leave an entry of something that never happened.
            raise NotInTransaction(
                f"{instance._meta.label}: change audited fields in a transaction"
            )
        kwargs.setdefault("brand_id", getattr(instance, "brand_id", None) or active_brand_id())
        # str(instance) may be a person's name, and auditlog would never mask it.
        kwargs.setdefault("object_repr", instance._meta.label_lower)
        context = audit_context()
        kwargs.setdefault("reason", context.reason[:300])
        kwargs.setdefault("cid", clean_correlation_id(context.correlation_id) or None)
        actor = context.find_actor()
        if isinstance(actor, User):
            kwargs |= {"actor": actor, "actor_kind": ActorKind.USER, "actor_ref": str(actor.pk)}
        elif isinstance(actor, ApiToken):
            kwargs |= {"actor_kind": ActorKind.API, "actor_ref": str(actor.pk)}
        elif actor is not None:
            kwargs |= {"actor_kind": actor.kind, "actor_ref": actor.ref[:120]}
        return super().log_create(instance, force_log=force_log, **kwargs)


class FieldChange(AbstractLogEntry):  # type: ignore[misc]  # auditlog is untyped
    """One save of a configuration object. Without brand: a change of the platform's own.

    ``changes`` is ``{field: [old, new]}`` as text; erasing empties it and names the ground.
    """

    row_security = "brand"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(
        "tenants.Brand", on_delete=models.PROTECT, related_name="+", null=True, editable=False
    )
    # PROTECT where auditlog cascades: removing a content type must not remove its history.
    content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    actor_kind = models.CharField(max_length=8, choices=ActorKind.choices, blank=True)
    actor_ref = models.CharField(max_length=120, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    erased_at = models.DateTimeField(_("erased"), null=True)
    erased_reference = models.CharField(_("ground of erasure"), max_length=100, blank=True)

    objects = FieldChangeManager()

    class Meta:
        verbose_name = _("field change")
        verbose_name_plural = _("field changes")
        base_manager_name = "objects"
        get_latest_by = "timestamp"
        ordering = ("-timestamp",)
        indexes = (
            models.Index(
                fields=("brand", "content_type", "object_pk", "timestamp"), name="change_by_object"
            ),
            models.Index(fields=("brand", "timestamp"), name="change_by_time"),
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly
        if self.brand_id is not None:
            check_write(self)
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly
