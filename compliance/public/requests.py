"""Data requests of people without an account: the form, the status, the package.

No session and no cookie. The form says the same to everybody, so that nobody can find out by it
whom a brand knows; everything else goes by mail.
"""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.core import signing
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from compliance.choices import Regime, RequestKind, RequestSource, RequestState
from compliance.domain.requests import answers, certificate, handing_over, identity, intake, links
from compliance.domain.requests.cases import DETAILS_LIMIT, Asked
from compliance.domain.requests.ending import withdraw
from compliance.domain.requests.states import BEFORE_THE_POINT
from compliance.exceptions import TooManyRequests
from compliance.models import DataRequest
from compliance.scope import audit_context
from tenants.choices import BrandState, Language
from tenants.exceptions import DomainError
from tenants.models import Brand
from tenants.scope import brand_scope

HONEYPOT = "website"
_METHODS = ["GET", "HEAD", "POST"]


def language_of(request: HttpRequest, default: str) -> str:
    """The one that was chosen on the page, else the browser's, else ``default``."""
    chosen = request.POST.get("lang") or request.GET.get("lang", "")
    if chosen in Language.values:
        return chosen
    if request.headers.get("Accept-Language"):
        return translation.get_language_from_request(request)[:2]
    return default


@csrf_exempt  # there is no session to ride on
@never_cache
@require_http_methods(_METHODS)
def ask(request: HttpRequest, agency: str, brand: str) -> HttpResponse:
    """The brand's public form. Works without script."""
    found = (
        Brand.objects.select_related("agency")
        .filter(agency__slug=agency, slug=brand)
        .exclude(state__in=(BrandState.CLOSING, BrandState.CLOSED))
        .first()
    )
    if found is None:
        return _refuse(request, _("There is no such page."), status=HTTPStatus.NOT_FOUND)
    language = language_of(request, found.language)
    with translation.override(language):
        context: dict[str, Any] = {
            "brand": found,
            "language": language,
            "languages": Language.choices,
            "kinds": RequestKind.choices,
            "given": request.POST,
            "limit": DETAILS_LIMIT,
            "page": request.path,
        }
        status = HTTPStatus.OK
        if request.method == "POST" and "kind" in request.POST:
            try:
                _take(found, request, language)
                context["is_taken"] = True
            except TooManyRequests as error:
                context["problem"], status = str(error), HTTPStatus.TOO_MANY_REQUESTS
            except DomainError as error:
                context["problem"], status = str(error), HTTPStatus.BAD_REQUEST
        return render(request, "requests/public_form.html", context, status=status)


def _take(brand: Brand, request: HttpRequest, language: str) -> None:
    """What a machine filled in is dropped. Raises: TooManyRequests, InvalidInput."""
    post = request.POST
    if post.get(HONEYPOT):
        return
    # The address names the brand and everybody may ask it, so its scope may be entered.
    with brand_scope(brand.pk):
        intake.check_rate(brand, address=audit_context().address, email=post.get("email", ""))
        intake.ask_by_form(
            brand,
            Asked(
                kind=post.get("kind", ""),
                regime=Regime.CCPA if post.get("is_californian") else Regime.GDPR,
                source=RequestSource.FORM,
                language=language,
                name=post.get("name", ""),
                email=post.get("email", ""),
                details=post.get("details", ""),
                for_marketing=bool(post.get("for_marketing")),
            ),
        )


@csrf_exempt  # the signed token in the address is the key
@never_cache
@require_http_methods(_METHODS)
def status(request: HttpRequest, token: str) -> HttpResponseBase:
    """Where the request stands; takes the code; lets the person withdraw."""
    try:
        brand_id, case_id = links.read_status_token(token)
    except signing.SignatureExpired:
        return _refuse(request, _("This link has expired."), status=HTTPStatus.GONE)
    except (signing.BadSignature, ValueError, TypeError):
        return _bad_link(request)
    # The signature names the brand, so the scope may be entered for it.
    with brand_scope(brand_id):
        case = _case(case_id)
        if case is None:
            return _bad_link(request)
        with translation.override(language_of(request, case.language)):
            return _status(request, case)


def _case(case_id: UUID) -> DataRequest | None:
    return DataRequest.objects.select_related("brand__agency").filter(pk=case_id).first()


def _status(request: HttpRequest, case: DataRequest) -> HttpResponseBase:
    problem, code = "", HTTPStatus.OK
    if request.method == "POST":
        acts: dict[str, Callable[[], Any]] = {
            "code": lambda: identity.confirm_code(case, code=request.POST.get("code", "")),
            "again": lambda: _send_again(case),
            "withdraw": lambda: withdraw(case),
        }
        act = acts.get(request.POST.get("act", ""))
        try:
            if act is not None:
                act()
            return redirect(f"{request.path}?lang={translation.get_language()}")
        except DomainError as error:
            problem, code = str(error), HTTPStatus.BAD_REQUEST
    elif request.GET.get("as") == "certificate" and case.certificate:
        body = certificate.pdf_of(case, language=translation.get_language() or "en")
        response = HttpResponse(body, content_type="application/pdf")
        response["Content-Disposition"] = 'attachment; filename="certificate.pdf"'
        return response
    fresh = _case(case.pk) or case
    context = {
        "case": fresh,
        "brand": fresh.brand,
        "language": translation.get_language(),
        "languages": Language.choices,
        "page": request.path,
        "problem": problem,
        "words": _words_for(fresh, now=timezone.now()),
        "asks_for_code": fresh.state in {RequestState.RECEIVED, RequestState.IDENTITY_PENDING}
        and bool(fresh.code_sha256),
        "channel_code": links.channel_code(fresh)
        if fresh.state == RequestState.IDENTITY_PENDING and fresh.channel_code_hash
        else "",
        "may_withdraw": fresh.state in BEFORE_THE_POINT and fresh.source != RequestSource.PLATFORM,
        "remedies": answers.remedies() if fresh.state == RequestState.REFUSED else "",
    }
    return render(request, "requests/public_status.html", context, status=code)


def _send_again(case: DataRequest) -> None:
    intake.check_rate(case.brand, address=audit_context().address, email=case.email)
    identity.send_code_again(case)


def _words_for(case: DataRequest, *, now: datetime) -> str:
    """The state in the person's words."""
    match RequestState(case.state):
        case RequestState.RECEIVED | RequestState.IDENTITY_PENDING:
            return _(
                "Your request has come in. Before anybody gets data we must know that it is you."
            )
        case RequestState.FULFILLED:
            return _("Your request is carried out. You get the answer in the next days.")
        case RequestState.CLOSED:
            return _("Your request is answered.")
        case RequestState.REFUSED:
            return _("Your request was refused.")
        case RequestState.WITHDRAWN:
            return _("You have withdrawn the request.")
        case RequestState.CANCELLED:
            return _("The request was ended.")
        case RequestState.LAPSED:
            return _(
                "Nobody has shown for thirty days that it is theirs, so the request has ended."
            )
    if case.source == RequestSource.PLATFORM and not case.contact_refs:
        return _("We found no data under the id that the network sent. A person checks this again.")
    return _("Your request is being worked on.")


@csrf_exempt  # the signed token in the address and a code are the key
@never_cache
@require_http_methods(_METHODS)
def package(request: HttpRequest, token: str) -> HttpResponseBase:
    """The person's data: for seven days, with a code that is sent on demand."""
    try:
        brand_id, case_id, begins = links.read_package_token(token)
    except signing.SignatureExpired:
        return _refuse(
            request,
            _("This link has expired. Answer our mail, and you get a new one."),
            status=HTTPStatus.GONE,
        )
    except (signing.BadSignature, ValueError, TypeError):
        return _bad_link(request)
    # The signature names the brand, so the scope may be entered for it.
    with brand_scope(brand_id):
        case = _case(case_id)
        if case is None or not case.package or not case.package_sha256.startswith(begins):
            return _refuse(
                request, _("These data are no longer kept here."), status=HTTPStatus.GONE
            )
        with translation.override(language_of(request, case.language)):
            return _package(request, case)


def _package(request: HttpRequest, case: DataRequest) -> HttpResponseBase:
    context: dict[str, Any] = {
        "case": case,
        "brand": case.brand,
        "language": translation.get_language(),
        "languages": Language.choices,
        "page": request.path,
        "is_sent": False,
    }
    code = HTTPStatus.OK
    if request.method == "POST":
        try:
            if request.POST.get("act") == "send":
                intake.check_rate(case.brand, address=audit_context().address, email=case.email)
                handing_over.send_code(case)
                context["is_sent"] = True
            else:
                file = handing_over.open_package(case, code=request.POST.get("code", ""))
                return FileResponse(
                    file,
                    as_attachment=True,
                    filename=f"data-{case.number}.zip",
                    content_type="application/zip",
                )
        except DomainError as error:
            context["problem"], code = str(error), HTTPStatus.BAD_REQUEST
    return render(request, "requests/public_package.html", context, status=code)


def _bad_link(request: HttpRequest) -> HttpResponse:
    words = _("This link is not valid. Please copy it completely.")
    return _refuse(request, words, status=HTTPStatus.NOT_FOUND)


def _refuse(request: HttpRequest, problem: str, *, status: int) -> HttpResponse:
    context = {"problem": problem, "language": translation.get_language()}
    return render(request, "requests/public_refused.html", context, status=status)
