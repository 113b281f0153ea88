"""A consent or an opt-out entered by hand: the form and its reading."""

from datetime import date, datetime
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_naive, make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.choices import ConsentSource, Purpose
from compliance.domain.consent import CONSENT_PURPOSES, address_hash
from compliance.domain.consent_staff import CustomerCase, Entered, enter_consent
from compliance.models import ConsentText
from compliance.permissions import MANAGE_CONSENT
from tenants.admin.base import workspace_of
from tenants.exceptions import DomainError, InvalidInput
from tenants.models import Brand, User
from tenants.permissions import can

# Compliance knows no inbox, which owns the list; names of companies need no translation.
NETWORKS = {
    "whatsapp": "WhatsApp",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "tiktok": "TikTok",
    "youtube": "YouTube",
    "linkedin": "LinkedIn",
}
WORDS = (
    ("withdraw", gettext_lazy("Opted out")),
    ("grant", gettext_lazy("Consented")),
    ("customer", gettext_lazy("Existing customer, UWG § 7(3)")),
    ("request", gettext_lazy("Was asked for a consent")),
    ("suppress", gettext_lazy("Suppress: no START brings back")),
    ("lift", gettext_lazy("Lift the suppression")),
)


class Entering:
    """Mixed into the consents' page."""

    admin_site: Any
    opts: Any

    def may_enter(self, request: HttpRequest) -> bool:
        """In a brand's own workspace only."""
        workspace = workspace_of(request)
        return bool(
            workspace and workspace.brand and can(request.user, MANAGE_CONSENT, workspace.brand)
        )

    def enter_page(self, request: HttpRequest) -> HttpResponse:
        """GET shows the form, POST stores the word and goes to the address's page."""
        workspace = workspace_of(request)
        if workspace is None or workspace.brand is None:
            raise Http404
        if not self.may_enter(request):
            raise PermissionDenied
        wrong = ""
        if request.method == "POST":
            try:
                with transaction.atomic():
                    entered = _read(request.POST)
                    enter_consent(workspace.brand, entered, actor=cast(User, request.user))
            except InvalidInput as error:
                wrong = error.field
                messages.error(request, str(error))
            except DomainError as error:
                messages.error(request, str(error))
            else:
                messages.success(request, _("Stored, with its evidence."))
                return HttpResponseRedirect(_list_of(workspace.brand, entered))
        context = self.admin_site.each_context(request) | {
            "title": _("Enter a consent or an opt-out"),
            "opts": self.opts,
            "words": WORDS,
            "networks": NETWORKS.items(),
            "purposes": [(p.value, Purpose(p).label) for p in CONSENT_PURPOSES],
            "sources": [
                (value, label)
                for value, label in ConsentSource.choices
                if value not in {ConsentSource.MESSAGE, ConsentSource.IMPORT}
            ],
            "texts": ConsentText.objects.order_by("purpose", "language", "-version")[:100],
            "given": request.POST or request.GET,
            "chosen": (request.POST or request.GET).getlist("purposes"),
            "wrong": wrong,
        }
        return TemplateResponse(request, "compliance/consent_enter.html", context)


def _list_of(brand: Brand, entered: Entered) -> str:
    hashed = address_hash(brand.pk, entered.channel, entered.address)
    return reverse("admin:compliance_consent_changelist") + f"?q={hashed}"


def _read(given: QueryDict) -> Entered:
    """Raises: InvalidInput for what cannot be read at all."""

    def text(name: str) -> str:
        return given.get(name, "").replace("\x00", "").strip()

    age = text("age")
    if age and not (age.isascii() and age.isdigit() and len(age) < 4):
        raise InvalidInput("age", _("Give the age in years."))
    return Entered(
        word=text("word"),
        channel=text("channel"),
        address=text("address"),
        purposes=[purpose[:20] for purpose in given.getlist("purposes")],
        source=text("source"),
        evidence=text("evidence"),
        at=_moment(text("at")),
        note=text("note"),
        text=text("text"),
        wording=text("wording"),
        is_double_opt_in=text("is_double_opt_in") == "on",
        age=int(age) if age else None,
        parental=text("parental"),
        customer=CustomerCase(
            sale=text("sale"),
            sold_on=_day(text("sold_on")),
            similar=text("similar"),
            no_objection=text("no_objection") == "on",
            notice=text("notice"),
        ),
    )


def _moment(text: str) -> datetime | None:
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    return make_aware(at) if at is not None and is_naive(at) else at


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
