"""The ways in: public form, message, staff and API, a network's callback. Each ends in a case."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import IdentityMethod, RequestKind, RequestSource, RequestState
from compliance.domain.audit import record
from compliance.domain.consent_address import address_hash
from compliance.domain.rates import HOUR_S, count_try
from compliance.domain.requests import answers, links
from compliance.domain.requests.cases import Asked, locked, take_in
from compliance.domain.requests.identity import start_identity, verified_at_intake
from compliance.exceptions import TooManyRequests
from compliance.models import DataRequest
from compliance.permissions import HANDLE_REQUESTS
from tenants.actors import PIPELINE, PUBLIC_AUTHOR
from tenants.exceptions import InvalidInput, InvalidState
from tenants.models import Brand
from tenants.permissions import Actor, require

DAY_S = 24 * HOUR_S
SAME_CASE = timedelta(days=30)
PER_ADDRESS_HOUR = 5
PER_EMAIL_DAY = 5
PER_BRAND_HOUR = 200

# What a message asks for, gravest first; everything else asks for access.
_KINDS: tuple[tuple[RequestKind, re.Pattern[str]], ...] = (
    (
        RequestKind.ERASURE,
        re.compile(r"lösch|loesch|entfern|vergess|delet|eras|remov|forget|forgot|\b17\b"),
    ),
    (RequestKind.RECTIFICATION, re.compile(r"bericht|korrig|correct|rectif|\b16\b")),
    (RequestKind.RESTRICTION, re.compile(r"einschränk|einschraenk|restrict|\b18\b")),
    (RequestKind.PORTABILITY, re.compile(r"übertrag|uebertrag|portab|\b20\b")),
    (RequestKind.OBJECTION, re.compile(r"widersp|\bobject|\b21\b")),
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A data request in a message: whose, where, when, and the piece of the text that said so."""

    contact_id: UUID
    conversation_id: UUID
    message_id: UUID
    text: str
    matched: str
    language: str
    at: datetime


def kind_of(words: str) -> RequestKind:
    """What these words ask for; access where they do not say."""
    said = words.casefold()
    return next((kind for kind, pattern in _KINDS if pattern.search(said)), RequestKind.ACCESS)


def check_rate(brand: Brand, *, address: str, email: str) -> None:
    """Count one more try by this network address, for this mail address, at this brand.

    Shared by all processes. Raises: TooManyRequests.
    """
    limits = (
        (f"address:{address}", PER_ADDRESS_HOUR, HOUR_S),
        (f"email:{email.strip().casefold()}", PER_EMAIL_DAY, DAY_S),
        ("all", PER_BRAND_HOUR, HOUR_S),
    )
    if not count_try(f"requests:{brand.pk}", limits):
        raise TooManyRequests


@transaction.atomic
def ask_by_form(brand: Brand, asked: Asked) -> None:
    """Take in what the public form says and mail the code. Says nothing about whether the person is
    known: the answer is the same for everybody.

    In the brand's scope. Raises: InvalidInput (no address, no kind).
    """
    email = asked.email.strip()
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidInput("email", _("Give an e-mail address to which we can answer.")) from error
    case, joined = take_in(
        brand, replace(asked, email=email, source=RequestSource.FORM), actor=PUBLIC_AUTHOR
    )
    case.brand = brand
    if case.state in {RequestState.RECEIVED, RequestState.IDENTITY_PENDING}:
        start_identity(case, actor=PUBLIC_AUTHOR)
    elif joined:
        answers.send_joined(case)


@transaction.atomic
def enter_request(brand: Brand, asked: Asked, *, actor: Actor) -> tuple[DataRequest, bool]:
    """A request that reached somebody of the staff or a program; the flag says that it was joined
    with an open one.

    Raises: NotAllowed, InvalidInput (also: neither a name, an address nor a contact).
    """
    require(actor, HANDLE_REQUESTS, brand)
    email = asked.email.strip()
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise InvalidInput("email", _("This is not an e-mail address.")) from error
    if not (email or asked.name.strip() or asked.contact_refs):
        raise InvalidInput("name", _("Say who asks: a name, an e-mail address or a contact."))
    return take_in(brand, replace(asked, email=email), actor=actor)


def ask_by_message(brand: Brand, heard: Heard) -> tuple[DataRequest, bool]:
    """The person wrote it from the account we know them by: that shows the identity too. In the
    caller's transaction and scope; the answer is left to a person."""
    case, joined = take_in(
        brand,
        Asked(
            kind=kind_of(heard.matched),
            source=RequestSource.MESSAGE,
            language=heard.language if heard.language in {"de", "en"} else brand.language,
            details=heard.text[:4000],
            received_at=heard.at,
            conversation_ref=heard.conversation_id,
            message_ref=heard.message_id,
            contact_refs=[heard.contact_id],
        ),
        actor=PIPELINE,
    )
    if case.state in {RequestState.RECEIVED, RequestState.IDENTITY_PENDING}:
        case = verified_at_intake(case, IdentityMethod.CHANNEL, actor=PIPELINE)
    return case, joined


def ask_by_platform(
    brand: Brand, *, platform_id: str, contact_refs: list[UUID], received_at: datetime
) -> DataRequest:
    """A network passes on that a person wants to be erased; its signature was checked. The same
    person asked again within thirty days gets the same case and code. In the caller's transaction
    and scope."""
    there = DataRequest.objects.select_related("brand__agency").filter(
        brand=brand,
        platform_hash=address_hash(brand.pk, "platform", platform_id),
        received_at__gt=received_at - SAME_CASE,
    )
    if (known := there.order_by("received_at").first()) is not None:
        return known
    case, _joined = take_in(
        brand,
        Asked(
            kind=RequestKind.ERASURE,
            source=RequestSource.PLATFORM,
            language=brand.language,
            received_at=received_at,
            platform_id=platform_id,
            contact_refs=contact_refs,
        ),
        actor=PIPELINE,
    )
    if case.state in {RequestState.RECEIVED, RequestState.IDENTITY_PENDING}:
        case = verified_at_intake(case, IdentityMethod.PLATFORM, actor=PIPELINE)
    if not case.confirmation_code:
        case.confirmation_code = links.keyed("confirmation", case.pk)[:12].upper()
        case.save(update_fields=["confirmation_code"])
    return case


@transaction.atomic
def confirm_receipt(case: DataRequest, *, actor: Actor) -> DataRequest:
    """Tell the person that the request came in and when it is answered. Source: 11 CCR 7021(a).

    Raises: NotAllowed, InvalidState (it is over, or confirmed already).
    """
    require(actor, HANDLE_REQUESTS, case)
    case = locked(case)
    if case.confirmed_at is not None:
        raise InvalidState(_("The receipt was confirmed already."))
    told = answers.send_received(case)
    case.confirmed_at = timezone.now()
    case.save(update_fields=["confirmed_at"])
    facts = {"told_by": told or "none"}
    record("compliance.request.receipt_confirmed", case, actor=actor, facts=facts)
    return case
