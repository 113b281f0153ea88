"""Is it the person? A code sent by mail, a message on the same channel, or staff shows it."""

import re
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import IdentityMethod, PauseReason, RequestState
from compliance.domain.audit import record
from compliance.domain.requests import answers, links
from compliance.domain.requests.cases import CLOCK_FIELDS, MOVE_FIELDS, locked, move, set_clock
from compliance.exceptions import WrongCode
from compliance.models import DataRequest, RequestPause
from compliance.permissions import HANDLE_REQUESTS
from tenants.actors import PUBLIC_AUTHOR, SystemActor
from tenants.exceptions import InvalidInput, InvalidState
from tenants.permissions import Actor, require

INTAKE = SystemActor("system", "requests")
_UNVERIFIED = (RequestState.RECEIVED, RequestState.IDENTITY_PENDING)
_CODE = re.compile(r"(?<!\d)\d{4}[ -]?\d{4}(?!\d)")


def start_identity(case: DataRequest, *, actor: Actor) -> DataRequest:
    """Send the code to the address that was given; the case waits for it. In the caller's
    transaction, with the case held; the caller has checked the permission."""
    code = links.new_code()
    case.code_sha256 = links.code_hash(case, code)
    case.code_until, case.code_attempts = timezone.now() + links.CODE_LIFETIME, 0
    case.channel_code_hash = links.channel_code_hash(case.brand_id, links.channel_code(case))
    if case.state != RequestState.IDENTITY_PENDING:
        move(case, RequestState.IDENTITY_PENDING)
    case.save(
        update_fields=[*MOVE_FIELDS, "code_until", "code_attempts"],
    )
    answers.send_code(case, code)
    record("compliance.request.code_sent", case, actor=actor)
    return case


@transaction.atomic
def send_mail_code(case: DataRequest, *, actor: Actor) -> DataRequest:
    """Ask for the identity by mail: a new code, the earlier one ends.

    Raises: NotAllowed, InvalidState, InvalidInput (no address).
    """
    require(actor, HANDLE_REQUESTS, case)
    case = locked(case)
    if not case.email:
        raise InvalidInput("email", _("There is no e-mail address in this case."))
    if case.state not in (*_UNVERIFIED, RequestState.VERIFIED):
        raise InvalidState(_("The identity is settled already."))
    return start_identity(case, actor=actor)


@transaction.atomic
def send_code_again(case: DataRequest) -> None:
    """The person asks for a new code on the status page. Raises: InvalidState."""
    case = locked(case)
    if case.state not in _UNVERIFIED or not case.email:
        raise InvalidState(_("No code is needed."))
    start_identity(case, actor=PUBLIC_AUTHOR)


def confirm_code(case: DataRequest, *, code: str) -> DataRequest:
    """The person enters the code from the mail.

    Raises: WrongCode (with the tries that are left; ended; expired), InvalidState.
    """
    wrong = ""
    with transaction.atomic():
        case = locked(case)
        if case.state not in _UNVERIFIED:
            raise InvalidState(_("The identity is settled already."))
        if not links.in_time(case.code_until, now=timezone.now()):
            raise WrongCode(_("This code has expired. Have a new one sent."))
        if case.code_attempts >= links.CODE_TRIES:
            raise WrongCode(_("Too many wrong codes. Have a new one sent."))
        if links.fits(case, code, case.code_sha256):
            return _verify(case, IdentityMethod.MAIL, actor=PUBLIC_AUTHOR)
        case.code_attempts += 1
        case.save(update_fields=["code_attempts"])
        record(
            "compliance.request.code_refused",
            case,
            actor=PUBLIC_AUTHOR,
            facts={"attempts": case.code_attempts},
        )
        left = links.CODE_TRIES - case.code_attempts
        wrong = _("This code is not right. Tries left: %d.") % left
    # Outside: the count of tries stays, whatever is raised.
    raise WrongCode(wrong)


def hear_channel_code(
    brand_id: UUID, *, text: str, contact_id: UUID, conversation_ref: UUID
) -> DataRequest | None:
    """A message that holds the code of a waiting case shows who asks, and which contact it is.

    In the caller's transaction and scope; None if there is no such code in the text.
    """
    hashes = [links.channel_code_hash(brand_id, found[0]) for found in _CODE.finditer(text[:2000])][
        :5
    ]
    if not hashes:
        return None
    case = (
        DataRequest.objects.select_for_update(no_key=True, of=("self",))
        .select_related("brand__agency")
        .filter(
            brand_id=brand_id,
            channel_code_hash__in=hashes,
            ended_at=None,
            state__in=_UNVERIFIED,
        )
        .first()
    )
    if case is None:
        return None
    case.contact_refs = sorted({*case.contact_refs, contact_id})
    case.contacts_chosen_at = timezone.now()
    case.conversation_ref = case.conversation_ref or conversation_ref
    case.save(update_fields=["contact_refs", "contacts_chosen_at", "conversation_ref"])
    return _verify(case, IdentityMethod.CHANNEL, actor=PUBLIC_AUTHOR)


@transaction.atomic
def verify_by_staff(case: DataRequest, *, note: str, actor: Actor) -> DataRequest:
    """Somebody has checked the identity in another way, and says how.

    Raises: NotAllowed, InvalidState, InvalidInput (no note).
    """
    require(actor, HANDLE_REQUESTS, case)
    words = note.replace("\x00", "").strip()
    if not words:
        raise InvalidInput("note", _("Say how the identity was checked."))
    case = locked(case)
    if case.state not in _UNVERIFIED:
        raise InvalidState(_("The identity is settled already."))
    case.identity_note = words[:300]
    case.save(update_fields=["identity_note"])
    return _verify(case, IdentityMethod.STAFF, actor=actor)


def verified_at_intake(case: DataRequest, method: IdentityMethod, *, actor: Actor) -> DataRequest:
    """The way in shows who it is: a message from the person's account, a network's signature. In
    the caller's transaction."""
    return _verify(locked(case), method, actor=actor)


def _verify(case: DataRequest, method: IdentityMethod, *, actor: Actor) -> DataRequest:
    """Verified, and on to the brand as controller without delay. Source: GDPR Art. 28(3)(e)."""
    now = timezone.now()
    case.identity_method, case.verified_at = method, now
    case.code_sha256 = case.channel_code_hash = ""
    move(case, RequestState.VERIFIED)
    end_pause(case, PauseReason.IDENTITY, now=now)
    move(case, RequestState.ASSIGNED)
    case.save(update_fields=[*MOVE_FIELDS, *CLOCK_FIELDS, "identity_method", "verified_at"])
    record("compliance.request.verified", case, actor=actor, facts={"method": method.value})
    told = answers.tell_brand(case)
    record("compliance.request.forwarded", case, actor=INTAKE, facts={"by_mail": told})
    return case


def end_pause(case: DataRequest, reason: PauseReason | None = None, *, now: datetime) -> bool:
    """End the open pause (of this reason) and compute the days anew; the case is not saved."""
    open_ones = RequestPause.objects.filter(request=case, ended_at=None)
    if reason is not None:
        open_ones = open_ones.filter(reason=reason)
    ended = bool(open_ones.update(ended_at=now))
    if ended:
        set_clock(case, case.brand, now=now)
        record("compliance.request.resumed", case, actor=INTAKE)
    return ended
