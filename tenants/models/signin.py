"""How people get in: invitations, the agency's rules, single sign-on, running sessions.

Read before a scope exists, like the rest of the directory.
"""

import hashlib
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.choices import InvitationState, Language
from tenants.models.base import uuid7
from tenants.models.directory import Agency, Brand, User
from tenants.models.encrypted import EncryptedTextField
from tenants.models.people import Role
from tenants.models.post import OutgoingMail


class Invitation(models.Model):
    """Asks the owner of one e-mail address to join. The link works once, until ``expires_at``.

    Only the hash of the link's token is stored. ``brand`` empty: for all brands of the agency.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="invitations")
    brand = models.ForeignKey(
        Brand, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField(_("e-mail"))
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    mail = models.ForeignKey(OutgoingMail, on_delete=models.SET_NULL, null=True, related_name="+")
    invited_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("invited by")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"))
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    accepted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("-created_at",)
        indexes = (models.Index(fields=("agency", "-created_at"), name="invitation_by_agency"),)

    def __str__(self) -> str:
        return self.email

    @staticmethod
    def hashed(token: str) -> str:
        """SHA-256 is enough: tokens are 32 random bytes, not words a person chose."""
        return hashlib.sha256(token.encode()).hexdigest()

    @property
    def place(self) -> str:
        """Where the person is invited to: the brand and whose it is, or the agency."""
        return f"{self.brand.name} ({self.agency.name})" if self.brand else self.agency.name

    def state_at(self, now: datetime) -> InvitationState:
        """Where it stands at ``now``."""
        if self.accepted_at is not None:
            return InvitationState.ACCEPTED
        if self.revoked_at is not None:
            return InvitationState.REVOKED
        return InvitationState.OPEN if now < self.expires_at else InvitationState.EXPIRED


class SigninPolicy(models.Model):
    """An agency's rules for signing in. No row: as delivered."""

    agency = models.OneToOneField(
        Agency, on_delete=models.CASCADE, primary_key=True, related_name="signin_policy"
    )
    second_factor_for_all = models.BooleanField(
        _("second factor for everybody"),
        default=False,
        help_text=_("Owners, administrators and compliance officers need one in any case."),
    )
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("sign-in policy")
        verbose_name_plural = _("sign-in policies")

    def __str__(self) -> str:
        return str(self.agency)


class SsoConnection(models.Model):
    """An agency's own OpenID Connect provider.

    ``role_of_group``: ``{group name: key of a role}``, the first group that matches decides, else
    ``default_role``. ``creates_members``: people unknown to the agency join at their first sign-in.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="sso_connections")
    name = models.CharField(_("name"), max_length=100)
    issuer = models.URLField(_("issuer"), max_length=300)
    client_id = models.CharField(_("client id"), max_length=200)
    client_secret = EncryptedTextField(_("client secret"))
    domains = ArrayField(models.CharField(max_length=253), verbose_name=_("e-mail domains"))
    creates_members = models.BooleanField(_("new people join by signing in"), default=False)
    default_role = models.ForeignKey(
        Role,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("role of new people"),
    )
    role_of_group = models.JSONField(_("roles by group"), default=dict, blank=True)
    trusts_second_factor = models.BooleanField(
        _("trust its second factor"),
        default=False,
        help_text=_("Only if the provider says that it has asked for one (amr contains mfa)."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("single sign-on")
        verbose_name_plural = _("single sign-on")
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("agency", "name"), name="sso_name_once_per_agency"),
        )

    def __str__(self) -> str:
        return self.name


class SsoIdentity(models.Model):
    """A person as a provider knows them: found by ``subject``, never by e-mail again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    connection = models.ForeignKey(
        SsoConnection, on_delete=models.CASCADE, related_name="identities"
    )
    subject = models.CharField(max_length=255)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sso_identities")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("identity at a provider")
        verbose_name_plural = _("identities at providers")
        constraints = (
            models.UniqueConstraint(fields=("connection", "subject"), name="sso_subject_once"),
        )

    def __str__(self) -> str:
        return f"{self.pk}"


class StaffSession(models.Model):
    """A running sign-in of a person. The row goes when the session ends.

    ``agency`` is set when the session came from that agency's single sign-on and reaches no other.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="staff_sessions")
    agency = models.ForeignKey(
        Agency, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    session_key = models.CharField(max_length=40, unique=True)
    method = models.CharField(_("signed in with"), max_length=60)
    device = models.CharField(_("device"), max_length=80)
    address = EncryptedTextField(_("address"), blank=True)
    started_at = models.DateTimeField(_("signed in"))
    seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("running session")
        verbose_name_plural = _("running sessions")
        ordering = ("-seen_at",)

    def __str__(self) -> str:
        return self.device
