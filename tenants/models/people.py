"""Who belongs where, as what, and what a person may do beyond it."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models.models import UserObjectPermissionBase

from tenants.choices import RoleKey
from tenants.models.base import uuid7
from tenants.models.builtin_roles import ROLE_CAPABILITIES
from tenants.models.directory import Agency, Brand, User, slug_is_plain


class Role(models.Model):
    """A named set of capabilities of one agency. Requirement T2.

    The eight built-in ones have a ``RoleKey`` as key; ``capabilities`` is None while the agency
    leaves them as they are delivered, so that they grow with the product.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="roles")
    key = models.CharField(_("key"), max_length=50, validators=[slug_is_plain])
    name = models.CharField(_("name"), max_length=100, blank=True)
    description = models.CharField(_("description"), max_length=300, blank=True)
    capabilities = ArrayField(models.CharField(max_length=80), null=True, blank=True)
    is_builtin = models.BooleanField(_("built in"), default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ("-is_builtin", "name", "key")
        constraints = (
            models.UniqueConstraint(fields=("agency", "key"), name="role_key_once_per_agency"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The agency's name for it, else the built-in one in the reader's language."""
        if self.name or self.key not in RoleKey.values:
            return self.name or self.key
        return str(RoleKey(self.key).label)

    @property
    def held(self) -> frozenset[str]:
        """Names of the capabilities."""
        if self.capabilities is None:
            return ROLE_CAPABILITIES.get(self.key, frozenset())
        return frozenset(self.capabilities)


class Membership(models.Model):
    """A person's role in one brand, or in all brands of an agency when ``brand`` is empty."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="memberships")
    brand = models.ForeignKey(
        Brand, on_delete=models.CASCADE, related_name="memberships", null=True, blank=True
    )
    role = models.ForeignKey(
        Role, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("role")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = (
            models.UniqueConstraint(
                fields=("user", "agency", "brand", "role"),
                nulls_distinct=False,
                name="membership_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} · {self.role}"


class ObjectGrant(UserObjectPermissionBase):
    """One capability for one person on one object, beside their roles.

    The permission's codename is the capability's name. With a direct foreign key, so that grants
    die with their object; ``brand`` says where, so that a person's grants are known without
    reading the objects.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    content_object: Any  # the foreign key of each subclass

    class Meta(UserObjectPermissionBase.Meta):
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Guardian knows no brand: it is the object's."""
        self.brand_id = self.content_object.brand_id
        super().save(*args, **kwargs)


class BrandGrant(ObjectGrant):
    """A capability in one brand."""

    content_object = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="grants")

    class Meta(ObjectGrant.Meta):
        verbose_name = _("grant on a brand")
        verbose_name_plural = _("grants on brands")
