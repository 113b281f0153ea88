"""Reports of illegal content by people without an account: the form and the status.

No session and no cookie. The form says the same to everybody, whatever a brand knows of them.
"""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from compliance.exceptions import TooManyRequests
from compliance.public.requests import HONEYPOT, language_of
from compliance.scope import audit_context
from moderation.choices import Category, NoticeState
from moderation.domain import notice_answers, notices
from moderation.models import Notice
from tenants.choices import BrandState, Language
from tenants.exceptions import DomainError
from tenants.models import Brand
from tenants.scope import brand_scope

_METHODS = ["GET", "HEAD", "POST"]


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
            "categories": Category.choices,
            "given": request.POST,
            "limit": notices.EXPLANATION_LIMIT,
            "page": request.path,
        }
        status = HTTPStatus.OK
        if request.method == "POST" and "location" in request.POST:
            try:
                _take(found, request, language)
                context["is_taken"] = True
            except TooManyRequests as error:
                context["problem"], status = str(error), HTTPStatus.TOO_MANY_REQUESTS
            except DomainError as error:
                context["problem"], status = str(error), HTTPStatus.BAD_REQUEST
        return render(request, "moderation/public/notice.html", context, status=status)


def _take(brand: Brand, request: HttpRequest, language: str) -> None:
    """What a machine filled in is dropped. Raises: TooManyRequests, InvalidInput."""
    post = request.POST
    if post.get(HONEYPOT):
        return
    # The address names the brand and everybody may report to it, so its scope may be entered.
    with brand_scope(brand.pk):
        notices.check_rate(brand, address=audit_context().address, email=post.get("email", ""))
        notices.report(
            brand,
            notices.Reported(
                location=post.get("location", ""),
                explanation=post.get("explanation", ""),
                category=post.get("category", ""),
                language=language,
                name=post.get("name", ""),
                email=post.get("email", ""),
                is_good_faith=bool(post.get("good_faith")),
            ),
        )


@never_cache
@require_http_methods(["GET", "HEAD"])
def status(request: HttpRequest, token: str) -> HttpResponse:
    """How far a notice is, for whoever got the link by mail."""
    try:
        brand_id, notice_id = map(UUID, notice_answers.read_token(token))
    except (signing.BadSignature, ValueError, TypeError):
        words = _("This link is not valid. Please copy it completely.")
        return _refuse(request, words, status=HTTPStatus.NOT_FOUND)
    # The signature names the brand, so the scope may be entered for it.
    with brand_scope(brand_id):
        notice = Notice.objects.select_related("brand").filter(pk=notice_id).first()
        if notice is None:
            words = _("This notice is no longer kept.")
            return _refuse(request, words, status=HTTPStatus.GONE)
        language = language_of(request, notice.language)
        with translation.override(language):
            context = {
                "notice": notice,
                "brand": notice.brand,
                "language": language,
                "languages": Language.choices,
                "page": request.path,
                "words": notice_answers.words_of(notice),
                "redress": notice_answers.redress()
                if notice.state in {NoticeState.DECIDED, NoticeState.UNFOUNDED}
                else "",
            }
            return render(request, "moderation/public/notice_status.html", context)


def _refuse(request: HttpRequest, problem: str, *, status: int) -> HttpResponse:
    context = {"problem": problem, "language": translation.get_language()}
    return render(request, "requests/public_refused.html", context, status=status)
