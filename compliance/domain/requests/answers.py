"""What the person is told, and how it reaches them: by mail, else on the channel they wrote from.

Every function speaks the language of the request.
"""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from django.conf import settings
from django.utils import formats, translation
from django.utils.translation import gettext as _

from compliance.choices import IdentityMethod, RequestKind, RequestSource, TransferKind
from compliance.domain.requests import links
from compliance.domain.vendors.exits import let_out
from compliance.domain.vendors.routes import VendorNotCleared
from compliance.models import DataRequest
from compliance.registries import person_channels
from tenants.domain.post import post
from tenants.models import uuid7


def remedies() -> str:
    """Complaint and court, as Art. 12(4) GDPR asks, in the active language."""
    return _(
        "You may complain to a data protection supervisory authority, for example the one where you"
        " live. You may also go to court. Source: Art. 77 and 79 GDPR."
    )


def spoken[T](case: DataRequest, words: Callable[[], T]) -> T:
    """``words()`` in the language of the case."""
    with translation.override(case.language):
        return words()


def day(value: date | None) -> str:
    """In words of the active language, a dash for none."""
    return formats.date_format(value, "DATE_FORMAT") if value else "–"


def tell(case: DataRequest, *, subject: str, text: str, key: str = "") -> str:
    """Send it: ``mail``, ``channel``, or empty if there is no way to reach the person.

    ``subject`` and ``text`` are in the person's language. A mail that was only written into a form
    and never confirmed gets no data: callers decide what they put in.
    """
    ending = spoken(case, lambda: _signature(case))
    if case.email and _may_mail(case):
        post(
            to=case.email,
            language=case.language,
            subject=subject,
            text=f"{text}\n\n{ending}",
            agency=case.brand.agency,
        )
        return "mail"
    if case.identity_method == IdentityMethod.CHANNEL or case.source == RequestSource.MESSAGE:
        return "channel" if _on_channel(case, text, key or str(uuid7())) else ""
    return ""


def _may_mail(case: DataRequest) -> bool:
    """Where the mail server's vendor may not have the brand's data, a person finds another way."""
    try:
        let_out(case.brand, TransferKind.MAILED)
    except VendorNotCleared:
        return False
    return True


def _on_channel(case: DataRequest, text: str, key: str) -> bool:
    refs: list[UUID] = list(case.contact_refs)
    return any(
        way.tell(
            case.brand_id,
            refs,
            conversation_ref=case.conversation_ref,
            text=text,
            language=case.language,
            key=f"request:{case.pk}:{key}",
        )
        for way in person_channels
    )


def _signature(case: DataRequest) -> str:
    brand = case.brand
    return _("%(brand)s\nYour request no. %(number)d of %(at)s") % {
        "brand": brand.legal_name or brand.name,
        "number": case.number,
        "at": day(case.received_on),
    }


def subject_line(case: DataRequest) -> str:
    return _("Your data request no. %(number)d: %(kind)s") % {
        "number": case.number,
        "kind": case.get_kind_display(),
    }


def send_code(case: DataRequest, code: str) -> str:
    """The code and the link to the page that takes it."""

    def words() -> tuple[str, str]:
        return (
            subject_line(case),
            _(
                "Somebody gave this e-mail address with a data request to %(brand)s. If it was you,"
                " open this page and enter the code %(code)s:\n\n%(url)s\n\nThe code is good for"
                " 24 hours. The page shows later how far we are. If it was not you, do nothing:"
                " without the code nobody gets any data."
            )
            % {"brand": case.brand.name, "code": code, "url": links.status_url(case)},
        )

    subject, text = spoken(case, words)
    return tell(case, subject=subject, text=text)


def send_joined(case: DataRequest) -> str:
    """That the same was asked before."""

    def words() -> tuple[str, str]:
        return (
            subject_line(case),
            _(
                "You have asked us for the same before, on %(at)s. We treat both as one request."
                " How far we are:\n\n%(url)s"
            )
            % {"at": day(case.received_on), "url": links.status_url(case)},
        )

    subject, text = spoken(case, words)
    return tell(case, subject=subject, text=text)


def send_received(case: DataRequest) -> str:
    """That the request came in, with the day by which it is answered."""

    def words() -> tuple[str, str]:
        return (
            subject_line(case),
            _("We have your request and answer it by %(due)s. How far we are:\n\n%(url)s")
            % {"due": day(case.last_due_on), "url": links.status_url(case)},
        )

    subject, text = spoken(case, words)
    return tell(case, subject=subject, text=text, key="received")


def send_extension(case: DataRequest) -> str:
    """Source: GDPR Art. 12(3): the reasons, within the first month."""

    def words() -> tuple[str, str]:
        return (
            subject_line(case),
            _("We need more time for your request, until %(due)s. The reason: %(why)s.")
            % {"due": day(case.extended_due_on), "why": case.get_extension_reason_display()},
        )

    subject, text = spoken(case, words)
    return tell(case, subject=subject, text=text, key="extension")


def send_question(case: DataRequest, why: str) -> str:
    """That something is needed from the person before it goes on."""

    def words() -> tuple[str, str]:
        return (
            subject_line(case),
            _(
                "We need something from you before we can go on: %(why)s. Please answer on this"
                " page:\n\n%(url)s"
            )
            % {"why": why, "url": links.status_url(case)},
        )

    subject, text = spoken(case, words)
    return tell(case, subject=subject, text=text)


def send_refusal(case: DataRequest, *, words_for_person: str) -> str:
    """The reason and the remedies. Source: GDPR Art. 12(4)."""

    def words() -> tuple[str, str]:
        return (
            subject_line(case),
            _("We cannot do what you ask for. The reason: %(why)s.")
            % {"why": case.get_refusal_reason_display()}
            + (f"\n\n{words_for_person}" if words_for_person else "")
            + f"\n\n{remedies()}",
        )

    subject, text = spoken(case, words)
    return tell(case, subject=subject, text=text, key="refusal")


def send_last_words(case: DataRequest) -> str:
    """Before an erasure cuts the only way to the person."""

    def words() -> tuple[str, str]:
        return (
            subject_line(case),
            _(
                "Your data are being erased now. After that we cannot write to you here any more."
                " The certificate is on this page:\n\n%(url)s"
            )
            % {"url": links.status_url(case)},
        )

    subject, text = spoken(case, words)
    return tell(case, subject=subject, text=text, key="last")


def send_package_code(case: DataRequest, code: str) -> str:
    def words() -> tuple[str, str]:
        return (
            _("Code for your data"),
            _("The code for your data is %(code)s. It is good for 24 hours.") % {"code": code},
        )

    subject, text = spoken(case, words)
    return tell(case, subject=subject, text=text, key=f"code:{code}")


def proposed_answer(case: DataRequest) -> str:
    """The answer as it is proposed to whoever closes the case, in the person's language."""
    return spoken(case, lambda: _proposed(case))


def _proposed(case: DataRequest) -> str:
    if case.kind in {RequestKind.ACCESS, RequestKind.PORTABILITY}:
        if not case.package:
            return _("We hold no data about you, apart from this request itself.")
        return _(
            "Here are your data. The link is good for seven days; on the page you get a code sent."
            "\n\n%(url)s"
        ) % {"url": links.package_url(case)}
    if case.kind == RequestKind.ERASURE:
        if not case.contact_refs:
            return _("We hold no data about you, apart from this request itself.")
        return _(
            "Your data are erased. What the law makes us keep, and why, stands in the certificate"
            " on this page:\n\n%(url)s"
        ) % {"url": links.status_url(case)}
    done = {
        RequestKind.RECTIFICATION: _("Your data are corrected."),
        RequestKind.RESTRICTION: _(
            "From now on your data are only stored. We tell you before that ends."
        ),
        RequestKind.OBJECTION: _("Your objection is carried out: you get no advertising any more.")
        if case.for_marketing
        else _("Your objection was examined."),
        RequestKind.AUTOMATED_REVIEW: _("A person has looked at the automatic decision again."),
    }[RequestKind(case.kind)]
    return f"{done}\n\n{case.work_note}".strip() if case.work_note else done


def send_answer(case: DataRequest, text: str) -> str:
    return tell(case, subject=spoken(case, lambda: subject_line(case)), text=text, key="answer")


def tell_brand(case: DataRequest) -> bool:
    """To the brand as controller, if it has given an address for data protection matters."""
    brand = case.brand
    if not brand.contact_email:
        return False
    with translation.override(brand.language):
        post(
            to=brand.contact_email,
            language=brand.language,
            subject=_("Data request no. %(number)d: %(kind)s")
            % {"number": case.number, "kind": case.get_kind_display()},
            text=_(
                "A person asks %(brand)s for: %(kind)s. It must be answered by %(due)s. You decide"
                " as controller; %(agency)s carries it out on your instruction. Please tell the"
                " agency what to do.\n\n%(url)s"
            )
            % {
                "brand": brand.name,
                "kind": case.get_kind_display(),
                "due": day(case.last_due_on),
                "agency": brand.agency.name,
                "url": case_url(case),
            },
            agency=brand.agency,
        )
    return True


def case_url(case: DataRequest) -> str:
    """The case's page in the brand's workspace."""
    return (
        f"{settings.PUBLIC_URL}/w/{case.brand.workspace}/admin/compliance/datarequest/"
        f"{case.pk}/change/"
    )
