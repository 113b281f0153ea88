"""The certificate of a person's erasure: what went and what stays, source by source, signed.

The text is JSON as that of a brand: ``{"certificate": <canonical JSON text>, "seal": <note>}``. It
names the people who decided and no personal data of the erased one.
"""

import json
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from compliance.choices import Outcome
from compliance.domain.canonical import canonical, plain
from compliance.domain.checkpoints import origin_of
from compliance.domain.closing.manifest import seal
from compliance.domain.document import Code, Document
from compliance.domain.requests.subjects import reference_of
from compliance.models import DataRequest, RecipientNotice
from tenants.models import User

FORMAT, VERSION = "engage-data-erasure", 1
SEAL_SUFFIX = "/data-erasure"


def certificate_of(case: DataRequest) -> str:
    """The signed text; ``case.results`` are final. In the brand's scope."""
    origin = origin_of(settings.AUDIT_HOST, case.brand_id)
    told: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "origin": origin,
        "brand": {"name": case.brand.name, "slug": case.brand.slug},
        "request": {
            "number": case.number,
            "reference": reference_of(case),
            "received": case.received_on,
        },
        "reviewed": _who(case.reviewed_by, case.reviewed_at),
        "released": _who(case.released_by, case.released_at),
        "plan_sha256": case.plan_sha256,
        "sources": case.results,
        "accepted": {
            "reason": case.accepted_reason,
            **_who(case.accepted_by, None),
        }
        if case.accepted_reason
        else None,
    }
    text = canonical(plain(told))
    sealed = {"certificate": text, "seal": seal(text, origin=origin, suffix=SEAL_SUFFIX)}
    return json.dumps(sealed, ensure_ascii=False, indent=1) + "\n"


def read(case: DataRequest) -> dict[str, Any]:
    """The inner object, empty before there is one."""
    if not case.certificate:
        return {}
    inner: dict[str, Any] = json.loads(json.loads(case.certificate)["certificate"])
    return inner


def pdf_of(case: DataRequest, *, language: str) -> bytes:
    """The same to read and to print."""
    with translation.override(language):
        told = read(case)
        document = Document(
            title=_("Certificate of erasure"),
            subtitle=f"{case.brand.legal_name or case.brand.name} · {told['request']['reference']}",
            language=language,
            made_at=case.released_at or case.received_at,
            footer=str(case.brand.name),
        )
        document.facts(
            [
                (_("Request"), f"{case.number}"),
                (_("Received"), told["request"]["received"]),
                (_("Reviewed by"), told["reviewed"]["name"]),
                (_("Released by"), told["released"]["name"]),
                (_("Plan"), Code(told["plan_sha256"])),
            ]
        )
        document.heading(_("Source by source"))
        document.table(
            [_("Source"), _("Outcome"), _("Rows"), _("Why")],
            [
                (
                    line["title"],
                    str(Outcome(line["outcome"]).label),
                    str(line["rows"]),
                    line["why"],
                )
                for line in told["sources"]
            ],
            widths=[3, 3, 1, 4],
        )
        if told["accepted"]:
            document.heading(_("Accepted as it is"))
            document.note(f"{told['accepted']['reason']} ({told['accepted']['name']})")
        notices = list(RecipientNotice.objects.filter(request=case).order_by("recipient"))
        if notices:
            document.heading(_("Recipients"))
            document.table(
                [_("Recipient"), _("State"), _("How")],
                [(one.recipient, one.get_state_display(), one.how) for one in notices],
            )
        document.heading(_("Signature"))
        document.code(json.loads(case.certificate)["seal"])
        return document.to_pdf()


def _who(person: User | None, at: Any) -> dict[str, Any]:
    return {
        "name": str(person) if person else "",
        "id": str(person.pk) if person else "",
        "at": at,
    }
