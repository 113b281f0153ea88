"""Asking people to join: one mail, one address, one use, seven days."""

import secrets
from datetime import datetime, timedelta
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from tenants.actors import PUBLIC_AUTHOR, SystemActor
from tenants.choices import InvitationState, Language
from tenants.domain.agencies import audit_at
from tenants.domain.members import CAPABILITY, add_member, check_role
from tenants.domain.post import post
from tenants.exceptions import InvalidInput, InvalidState, InvitationRefused, NotAllowed
from tenants.models import Agency, Brand, Invitation, Membership, Role, User
from tenants.permissions import Actor, require

LIFETIME = timedelta(days=7)
MOST_PER_HOUR = 200
INVITER = SystemActor("system", "invitation")

_WHY_NOT = {
    InvitationState.EXPIRED: "expired",
    InvitationState.ACCEPTED: "used",
    InvitationState.REVOKED: "revoked",
}


def place_of(invitation: Invitation) -> Agency | Brand:
    """Where the invited person will work."""
    return invitation.brand or invitation.agency


@transaction.atomic
def invite(
    *,
    agency: Agency,
    brand: Brand | None,
    role: Role,
    email: str,
    actor: Actor,
    language: str = "",
) -> Invitation:
    """Send a link to ``email``. ``brand`` None: for all brands. ``language`` empty: the brand's,
    for all brands the inviter's.

    Raises: NotAllowed; InvalidInput (``email``: no address, a member already, invited already, too
    many in one hour; ``role``: another agency's, holds more than the actor; ``language``).
    """
    place: Agency | Brand = brand or agency
    require(actor, CAPABILITY, place)
    check_role(role, agency=agency, brand=brand, actor=actor)
    email = email.strip().lower()
    language = language or (
        brand.language if brand else getattr(actor, "language", Language.ENGLISH)
    )
    _check_email(email, agency=agency, brand=brand, role=role)
    now = timezone.now()
    token = secrets.token_urlsafe(32)
    invitation = Invitation(
        agency=agency,
        brand=brand,
        role=role,
        email=email,
        language=language,
        invited_by=actor if isinstance(actor, User) else None,
    )
    _send(invitation, token, now=now)
    _tell("sent", invitation, actor=actor)
    return invitation


@transaction.atomic
def resend(invitation: Invitation, *, actor: Actor) -> Invitation:
    """A new link for seven more days; the old one stops working.

    Raises: NotAllowed, InvalidInput (role), InvalidState (accepted or revoked).
    """
    invitation = _locked(invitation)
    require(actor, CAPABILITY, place_of(invitation))
    check_role(invitation.role, agency=invitation.agency, brand=invitation.brand, actor=actor)
    now = timezone.now()
    if invitation.state_at(now) in {InvitationState.ACCEPTED, InvitationState.REVOKED}:
        raise InvalidState(_("Only an open or expired invitation can be sent again."))
    if isinstance(actor, User):
        invitation.invited_by = actor
    _send(invitation, secrets.token_urlsafe(32), now=now)
    _tell("sent", invitation, actor=actor, facts={"again": 1})
    return invitation


@transaction.atomic
def revoke(invitation: Invitation, *, actor: Actor) -> Invitation:
    """The link stops working. Idempotent. Raises: NotAllowed, InvalidState (accepted already)."""
    invitation = _locked(invitation)
    require(actor, CAPABILITY, place_of(invitation))
    if invitation.accepted_at is not None:
        raise InvalidState(_("This invitation was accepted already. Remove the member instead."))
    if invitation.revoked_at is None:
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])
        _tell("revoked", invitation, actor=actor)
    return invitation


def find_invitation(token: str, *, user: User | None) -> Invitation:
    """The open invitation behind a link, for ``user`` (None: nobody is signed in).

    Every refusal of a known link is recorded. Raises: InvitationRefused.
    """
    invitation = (
        Invitation.objects.select_related("agency", "brand__agency", "role", "invited_by")
        .filter(token_sha256=Invitation.hashed(token))
        .first()
    )
    if invitation is None:
        raise InvitationRefused("unknown")
    why = _WHY_NOT.get(invitation.state_at(timezone.now()), "")
    account = user or User.objects.filter(email=invitation.email).first()
    if not why and user is not None and user.email.lower() != invitation.email:
        why = "other_email"
    if not why and account is not None and not account.is_active:
        why = "closed"
    if why:
        _refuse(invitation, why, user)
    return invitation


def accept(token: str, *, user: User) -> Membership:
    """The signed-in person joins. Works once. Raises: InvitationRefused."""
    return _take(find_invitation(token, user=user), user)


def join(token: str, *, name: str, password: str) -> Membership:
    """A new account for the invited address, which joins at once.

    Raises: InvitationRefused, InvalidInput (``name`` empty, ``password`` too weak),
    InvalidState (there is an account: sign in first).
    """
    invitation = find_invitation(token, user=None)
    if not name.strip():
        raise InvalidInput("name", _("Tell us your name."))
    user = User(email=invitation.email, name=name.strip()[:150], language=invitation.language)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput("password", " ".join(error.messages)) from error
    user.set_password(password)
    return _take(invitation, user, is_new=True)


def has_account(invitation: Invitation) -> bool:
    """Whether the invited address belongs to somebody who can sign in already."""
    return User.objects.filter(email=invitation.email).exists()


def _take(invitation: Invitation, user: User, *, is_new: bool = False) -> Membership:
    """Join under the invitation's lock, so that two posts of one form do it once."""
    why = "used"
    try:
        with transaction.atomic():
            locked = _locked(invitation)
            if locked.state_at(timezone.now()) == InvitationState.OPEN:
                why = "not_theirs"
                return _join(locked, user, is_new=is_new)
    except (NotAllowed, InvalidInput):
        pass  # recorded below, outside of what was rolled back
    return _refuse(invitation, why, None if is_new else user)


def _join(invitation: Invitation, user: User, *, is_new: bool) -> Membership:
    if is_new:
        if has_account(invitation):
            raise InvalidState(_("There is an account with this e-mail address. Sign in first."))
        user.save()
    membership = add_member(
        user,
        agency=invitation.agency,
        brand=invitation.brand,
        role=invitation.role,
        actor=invitation.invited_by or INVITER,
    )
    invitation.accepted_at, invitation.accepted_by = timezone.now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    _tell("accepted", invitation, actor=user)
    return membership


def _locked(invitation: Invitation) -> Invitation:
    return (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("agency", "brand__agency", "role", "invited_by")
        .get(pk=invitation.pk)
    )


def _check_email(email: str, *, agency: Agency, brand: Brand | None, role: Role) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidInput("email", _("“%s” is not an e-mail address.") % email[:100]) from error
    there = {"agency": agency, "brand": brand, "role": role}
    if Membership.objects.filter(user__email=email, **there).exists():
        raise InvalidInput("email", _("%s has this role here already.") % email)
    now = timezone.now()
    is_open = {"accepted_at": None, "revoked_at": None, "expires_at__gt": now}
    if Invitation.objects.filter(email=email, **there, **is_open).exists():
        raise InvalidInput(
            "email", _("%s is invited already. Send the invitation again instead.") % email
        )
    lately = Invitation.objects.filter(agency=agency, created_at__gt=now - timedelta(hours=1))
    if lately.count() >= MOST_PER_HOUR:
        raise InvalidInput(
            "email", _("%d invitations in one hour are enough. Try again later.") % MOST_PER_HOUR
        )


def _send(invitation: Invitation, token: str, *, now: datetime) -> None:
    agency = invitation.agency
    with translation.override(invitation.language):
        inviter = str(invitation.invited_by or agency.name)
        subject = _("Invitation to %(agency)s on Engage") % {"agency": _one_line(agency.name)}
        text = _(
            "%(inviter)s invites you to work for %(where)s as “%(role)s”.\n\n"
            "Open this link within seven days. It works once and only for %(email)s:\n\n"
            "%(link)s\n\n"
            "If you do not know what this is about, you can ignore this mail."
        ) % {
            "inviter": inviter,
            "where": invitation.place,
            "role": invitation.role.title,
            "email": invitation.email,
            "link": f"{settings.PUBLIC_URL}/invitations/{token}/",
        }
    invitation.token_sha256 = Invitation.hashed(token)
    invitation.sent_at, invitation.expires_at = now, now + LIFETIME
    invitation.mail = post(
        to=invitation.email,
        language=invitation.language,
        subject=subject,
        text=text,
        agency=agency,
    )
    invitation.save()


def _one_line(words: str) -> str:
    return " ".join(words.split())


def _tell(what: str, invitation: Invitation, *, actor: Actor, facts: Any = None) -> None:
    audit_at(
        place_of(invitation),
        f"tenants.invitation.{what}",
        invitation,
        actor=actor,
        facts={"role": invitation.role.key} | (facts or {}),
        personal={"email": invitation.email},
    )


def _refuse(invitation: Invitation, why: str, user: User | None) -> NoReturn:
    """Recorded in a transaction of its own, then raised."""
    with transaction.atomic():
        _tell("refused", invitation, actor=user or PUBLIC_AUTHOR, facts={"why": why})
    raise InvitationRefused(why)
