"""The author's side of an appeal: a signed link, no account, no cookie."""

from typing import Any
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from moderation.choices import AppealState, Outcome
from moderation.domain.appeals import TEXT_LIMIT, file_appeal
from moderation.domain.statements import read_appeal_token
from moderation.exceptions import AppealClosed
from moderation.models import Appeal, Decision
from tenants.exceptions import DomainError
from tenants.models import Brand
from tenants.scope import brand_scope


@csrf_exempt  # the signed token in the address is the key; there is no session to ride on
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: HttpRequest, token: str) -> HttpResponse:
    """Show the decision and take the appeal; afterwards the same address shows its status."""
    try:
        brand_id, decision_id = read_appeal_token(token)
    except signing.SignatureExpired:
        return _refuse(request, _("The time to appeal is over."), status=410)
    except (signing.BadSignature, ValueError, TypeError):
        return _refuse(request, _("This link is not valid. Please copy it completely."), status=404)
    # The signature names the brand, so the scope may be entered for it (docs/adr).
    with brand_scope(brand_id):
        return _answer(request, brand_id, decision_id)


def _answer(request: HttpRequest, brand_id: UUID, decision_id: UUID) -> HttpResponse:
    decision = (
        Decision.objects.select_related("statement", "rule", "message")
        .filter(pk=decision_id, statement__isnull=False)
        .first()
    )
    if decision is None:
        return _refuse(request, _("This decision no longer exists."), status=404)
    language = decision.statement.language
    with translation.override(language):
        context: dict[str, Any] = {
            "decision": decision,
            "statement": decision.statement,
            "brand": Brand.objects.get(pk=brand_id),
            "language": language,
            "limit": TEXT_LIMIT,
            "text": request.POST.get("text", ""),
        }
        status = 200
        if request.method == "POST":
            try:
                file_appeal(decision, text=request.POST.get("text", ""), language=language)
                return redirect(request.path)
            except AppealClosed as error:
                context["problem"], status = error.message, 410
            except DomainError as error:
                context["problem"], status = error.message, 400
        filed = Appeal.objects.filter(decision=decision).first()
        context |= {
            "appeal": filed,
            "is_open": filed is not None and filed.state == AppealState.RECEIVED,
            "overturned": filed is not None and filed.outcome == Outcome.OVERTURNED,
        }
        return render(request, "moderation/public/appeal.html", context, status=status)


def _refuse(request: HttpRequest, problem: str, *, status: int) -> HttpResponse:
    return render(
        request,
        "moderation/public/appeal_refused.html",
        {"problem": problem, "language": translation.get_language()},
        status=status,
    )
