"""The brand's Merkle tree: leaves, right edge, signed checkpoints, and the keys that sign."""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models.append_only import AppendOnlyMixin, AppendOnlyQuerySet
from compliance.models.event import AuditEvent
from tenants.models import BrandModel, EncryptedTextField, uuid7


class SigningKey(models.Model):
    """The platform's key for checkpoints. One is in use; retired ones still verify old notes.

    ``chain_note``: the note by which the key before this one names it as its successor, signed by
    both; empty for the first key. A retired key has lost its private half.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("key name"), max_length=120)
    public_key = models.BinaryField(max_length=32)
    private_key = EncryptedTextField(editable=False, blank=True)
    chain_note = models.TextField(_("note of the key before"), blank=True)
    reason = models.CharField(_("why it was made"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"))
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        constraints = (
            models.UniqueConstraint(
                models.Value(1),
                condition=models.Q(retired_at__isnull=True),
                name="signing_key_one_in_use",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def open_private_key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(self.private_key))


class AuditLeaf(AppendOnlyMixin, BrandModel):
    """The place of an event in its brand's tree. ``index`` counts from 0 without gaps."""

    id = None  # type: ignore[assignment]  # the event is the key
    event = models.OneToOneField(
        AuditEvent, on_delete=models.PROTECT, primary_key=True, related_name="leaf"
    )
    index = models.BigIntegerField(_("number"))
    hash = models.BinaryField(max_length=32)

    objects = models.Manager.from_queryset(AppendOnlyQuerySet)()  # type: ignore[misc]  # stricter than the base's

    class Meta:
        verbose_name = _("sealed event")
        verbose_name_plural = _("sealed events")
        base_manager_name = "objects"
        constraints = (
            models.UniqueConstraint(fields=("brand", "index"), name="leaf_index_once"),
            models.CheckConstraint(condition=models.Q(index__gte=0), name="leaf_index_from_0"),
        )

    def __str__(self) -> str:
        return str(self.index)


class AuditTree(BrandModel):
    """The tree's right edge: what the sequencer needs to append. ``origin`` never changes."""

    origin = models.CharField(max_length=200, editable=False)
    size = models.BigIntegerField(default=0)
    frontier = models.BinaryField(default=bytes)

    class Meta:
        verbose_name = _("audit tree")
        verbose_name_plural = _("audit trees")
        base_manager_name = "objects"
        constraints = (models.UniqueConstraint(fields=("brand",), name="tree_once_per_brand"),)

    def __str__(self) -> str:
        return self.origin


class Checkpoint(AppendOnlyMixin, BrandModel):
    """A signed statement: the first ``size`` leaves have this root."""

    size = models.BigIntegerField(_("events"))
    root = models.BinaryField(max_length=32)
    note = models.TextField(_("signed note"))
    signed_at = models.DateTimeField(_("signed"))
    key = models.ForeignKey(SigningKey, on_delete=models.PROTECT, related_name="+")

    objects = models.Manager.from_queryset(AppendOnlyQuerySet)()  # type: ignore[misc]  # stricter than the base's

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        base_manager_name = "objects"
        constraints = (
            models.UniqueConstraint(fields=("brand", "size"), name="checkpoint_once_per_size"),
        )

    def __str__(self) -> str:
        return f"{self.size}"
