"""The author's side of an appeal: a signed link, no account, no cookie."""

from typing import Any
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from compliance.exceptions import TooManyRequests
from compliance.public.requests import language_of
from compliance.scope import audit_context
from moderation.choices import SANCTIONS, AppealState, Outcome
from moderation.domain.appeal_reversal import Carried, reversal_of
from moderation.domain.appeals import TEXT_LIMIT, check_rate, file_appeal, withdraw_appeal
from moderation.domain.statements import read_appeal_token
from moderation.exceptions import AppealClosed, AppealThere
from moderation.models import Appeal, Decision
from tenants.choices import Language
from tenants.exceptions import DomainError
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
        Decision.objects.select_related("statement", "rule", "message", "brand__agency")
        .filter(pk=decision_id, statement__isnull=False)
        .first()
    )
    if decision is None:
        return _refuse(request, _("This decision no longer exists."), status=404)
    language = language_of(request, decision.statement.language)
    with translation.override(language):
        context: dict[str, Any] = {
            "decision": decision,
            "statement": decision.statement,
            "brand": decision.brand,
            "language": language,
            "languages": Language.choices,
            "page": request.path,
            "limit": TEXT_LIMIT,
            "text": request.POST.get("text", ""),
        }
        status = 200
        if request.method == "POST":
            try:
                _act(request, decision, language)
                return redirect(f"{request.path}?lang={language}")
            except TooManyRequests as error:
                context["problem"], status = error.message, 429
            except AppealClosed as error:
                context["problem"], status = error.message, 410
            except AppealThere as error:
                context["problem"], status = error.message, 409
            except DomainError as error:
                context["problem"], status = error.message, 400
        filed = Appeal.objects.select_related("reversal", "brand").filter(decision=decision).first()
        context["is_over"] = timezone.now() > decision.statement.appeal_until
        if filed is not None:
            context |= {
                "appeal": filed,
                "is_open": filed.is_open,
                "words": words_of(filed),
                "network_words": reversal_of(filed).words,
                "steps": _steps(filed),
            }
        return render(request, "moderation/public/appeal.html", context, status=status)


def _act(request: HttpRequest, decision: Decision, language: str) -> None:
    check_rate(decision, address=audit_context().address)
    if request.POST.get("act") == "withdraw":
        filed = Appeal.objects.filter(decision=decision).first()
        if filed is not None:
            withdraw_appeal(filed)
        return
    file_appeal(decision, text=request.POST.get("text", ""), language=language)


def _steps(appeal: Appeal) -> list[tuple[str, bool]]:
    """The way of an appeal with what is behind it, in the author's words."""
    order = [
        (AppealState.ACKNOWLEDGED, _("Received")),
        (AppealState.ASSIGNED, _("Given to somebody who took no part")),
        (AppealState.UNDER_REVIEW, _("Being looked at")),
        (AppealState.DECIDED, _("Answered")),
    ]
    reached = [state for state, _title in order]
    at = reached.index(AppealState(appeal.state)) if appeal.state in reached else -1
    if appeal.state == AppealState.INADMISSIBLE:
        at = len(order) - 1
    return [(title, place <= at) for place, (_state, title) in enumerate(order)]


def words_of(appeal: Appeal) -> str:
    """How it ended, as it really is at the network; empty while it is open."""
    match appeal.state:
        case AppealState.WITHDRAWN:
            return _("You have withdrawn the appeal. The decision stands.")
        case AppealState.INADMISSIBLE:
            return _("We cannot admit your appeal.")
        case AppealState.DECIDED:
            return _outcome(appeal)
    return ""


def _outcome(appeal: Appeal) -> str:
    about_author = appeal.decision.action in SANCTIONS
    if appeal.outcome == Outcome.UPHELD:
        return _("The decision stands.")
    if about_author:
        if appeal.outcome == Outcome.PARTLY:
            return _("The sanction was shortened.")
        return _("You were right: the sanction was lifted.")
    match reversal_of(appeal).state:
        case Carried.DONE:
            if appeal.outcome == Outcome.PARTLY:
                return _("Your comment is shown again. That it broke the rule stays on our record.")
            return _("You were right: the decision was overturned and your comment is shown again.")
        case Carried.WAITING:
            return _(
                "You were right: the decision was overturned. The network has not shown your"
                " comment again yet; come back later."
            )
        case Carried.REFUSED:
            return _(
                "You were right: the decision was overturned. But the network refuses to show your"
                " comment again. We cannot change that ourselves; you may post it once more."
            )
        case _:
            return _(
                "You were right: the decision was overturned. The comment itself is gone, so there"
                " is nothing that could be shown again."
            )


def _refuse(request: HttpRequest, problem: str, *, status: int) -> HttpResponse:
    return render(
        request,
        "moderation/public/appeal_refused.html",
        {"problem": problem, "language": translation.get_language()},
        status=status,
    )
