"""The directory: agencies, brands, people and who belongs where.

Read before a scope exists, therefore not brand-owned; only ``tenants`` reads it across agencies.
"""

import hashlib
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.choices import (
    Blur,
    BrandKind,
    BrandState,
    DataRegion,
    Language,
    Sector,
    SingleKeys,
    Theme,
)
from tenants.models.base import uuid7

slug_is_plain = RegexValidator(
    r"^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$",
    _("Use lower-case letters, digits and inner hyphens only."),
)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None, **fields: Any) -> "User":
        """A person who can sign in. ``email`` is compared without regard to case."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person of an agency or of the platform."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=150)
    language = models.CharField(
        _("language"), max_length=2, choices=Language.choices, default=Language.ENGLISH
    )
    theme = models.CharField(_("colours"), max_length=5, choices=Theme.choices, default=Theme.AUTO)
    single_keys = models.CharField(
        _("single keys"), max_length=3, choices=SingleKeys.choices, default=SingleKeys.ON
    )
    blur = models.CharField(
        _("veiled in the queue"), max_length=6, choices=Blur.choices, default=Blur.SEVERE
    )
    # Newest first. Where the person has no place any more is left out when it is read.
    recent_brands = ArrayField(models.UUIDField(), default=list, blank=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    is_platform_staff = models.BooleanField(_("platform staff"), default=False)
    holds_grants = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """Django's admin asks this; what a person may do is decided by ``tenants.permissions``."""
        return self.is_active

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email


class Agency(models.Model):
    """A paying customer: an agency that works for brands."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.CharField(max_length=50, unique=True, validators=[slug_is_plain])
    name = models.CharField(_("name"), max_length=150)
    sending_stopped_at = models.DateTimeField(null=True, blank=True, editable=False)
    sending_stopped_reason = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class ClientBrandManager(models.Manager["Brand"]):
    def get_queryset(self) -> models.QuerySet["Brand"]:
        return super().get_queryset().filter(kind=BrandKind.CLIENT)


class Brand(models.Model):
    """One client's workspace inside an agency: the unit of isolation.

    ``objects`` and ``agency.brands`` hold clients' brands. Beside them each agency has one row of
    kind ``agency``: it has no workspace and owns what concerns the agency as a whole, above all the
    agency's ledger. ``business_hours``: ``{"mon": [["09:00", "17:30"]], …}`` in the brand's own
    time zone; a day without entry is closed. ``holiday_region``: ISO 3166-2, ``DE-BY``.
    ``state_before``: what a frozen brand thaws to. ``intake_stopped_at`` set: what the networks
    hand in for the brand is answered and dropped.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="brands")
    kind = models.CharField(
        max_length=8, choices=BrandKind.choices, default=BrandKind.CLIENT, editable=False
    )
    slug = models.CharField(max_length=50, validators=[slug_is_plain])
    name = models.CharField(_("name"), max_length=150)
    state = models.CharField(
        max_length=12, choices=BrandState.choices, default=BrandState.ONBOARDING, editable=False
    )
    language = models.CharField(
        _("language"), max_length=2, choices=Language.choices, default=Language.GERMAN
    )
    time_zone = models.CharField(_("time zone"), max_length=50, default="Europe/Berlin")
    legal_name = models.CharField(_("company name"), max_length=200, blank=True)
    contact_email = models.EmailField(_("e-mail for data protection matters"), blank=True)
    sector = models.CharField(_("sector"), max_length=12, choices=Sector.choices, blank=True)
    business_hours = models.JSONField(_("business hours"), default=dict, blank=True)
    holiday_country = models.CharField(_("holidays: country"), max_length=2, blank=True)
    holiday_region = models.CharField(_("holidays: region"), max_length=6, blank=True)
    data_region = models.CharField(
        _("data residency"), max_length=2, choices=DataRegion.choices, default=DataRegion.EU
    )
    sending_stopped_at = models.DateTimeField(null=True, blank=True, editable=False)
    sending_stopped_reason = models.CharField(max_length=300, blank=True, editable=False)
    frozen_at = models.DateTimeField(null=True, blank=True, editable=False)
    frozen_reason = models.CharField(max_length=300, blank=True, editable=False)
    state_before = models.CharField(
        max_length=12, choices=BrandState.choices, blank=True, editable=False
    )
    intake_stopped_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ClientBrandManager()
    including_agencies = models.Manager["Brand"]()

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("agency", "slug"), name="brand_slug_once_per_agency"),
            models.UniqueConstraint(
                fields=("agency",), condition=models.Q(kind="agency"), name="one_brand_of_its_own"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def workspace(self) -> str:
        """``<agency>/<brand>``, as it stands in the address."""
        return f"{self.agency.slug}/{self.slug}"

    @property
    def brand_id(self) -> Any:
        """So that a brand can be asked for its brand like anything it owns."""
        return self.pk


class ApiToken(models.Model):
    """A program's key to one brand with named capabilities. Only the hash is stored."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=100)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    capabilities = ArrayField(models.CharField(max_length=80), default=list)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def hashed(token: str) -> str:
        """SHA-256 is enough: tokens are 32 random bytes, not words a person chose."""
        return hashlib.sha256(token.encode()).hexdigest()

    @property
    def is_authenticated(self) -> bool:
        """DRF asks this of whatever stands in for a user."""
        return True

    @property
    def ref(self) -> str:
        return f"token:{self.pk}"


class ProcessHeartbeat(models.Model):
    """When a long-running process was last seen alive."""

    name = models.CharField(max_length=50, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
