"""Several cases at once: the preview says what would happen, then each is decided by itself."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from moderation.admin import queue
from moderation.admin.told import told
from moderation.choices import Action
from moderation.domain import bulk
from moderation.models import Case
from tenants.admin.acts import perform, wants_json
from tenants.admin.base import BrandAdmin
from tenants.domain.reads import tell_reads
from tenants.models import User
from tenants.permissions import can

SHOWN = 20


def keys_in(words: Iterable[str]) -> list[UUID]:
    """Keys from a form; what is none is left out, and what is too many."""
    found = []
    for word in words:
        try:
            found.append(UUID(word))
        except ValueError:
            continue
    return found[: bulk.MOST]


class BulkPages(BrandAdmin):
    """Part of the queue's page."""

    def several(self, request: HttpRequest) -> HttpResponse:
        """GET previews ``ids`` or all with the text of ``group``; POST decides them."""
        self.admit(request)
        if not can(request.user, "moderation.case.decide"):
            raise PermissionDenied
        if request.method == "POST":
            return self._decide_several(request)
        user = cast(User, request.user)
        cases = self._chosen(request, user)
        tell_reads(self.listed(request, cases), actor=user)
        left = bulk.obstacles(cases, action=Action.HIDE, actor=user)
        channels = Counter(
            (str(case.brand), str(case.message.conversation.account.get_channel_display()))
            for case in cases
        )
        context = {
            "title": _("Several cases"),
            "cases": [(case, left.get(case.pk, "")) for case in cases],
            "shown": SHOWN,
            "count": len(cases),
            "more": max(0, len(cases) - SHOWN),
            "going": len(cases) - len(left),
            "channels": [(brand, channel, n) for (brand, channel), n in sorted(channels.items())],
            "is_veiled": any(queue.is_veiled(case, viewer=user) for case in cases),
            "most": bulk.MOST,
        }
        if "part" in request.GET:
            return TemplateResponse(request, "moderation/several_part.html", context)
        context |= self.admin_site.each_context(request)
        return TemplateResponse(request, "moderation/several.html", context)

    @staticmethod
    def _chosen(request: HttpRequest, user: User) -> list[Case]:
        groups = keys_in([request.GET.get("group", "")])
        if not groups:
            return bulk.chosen(keys_in(request.GET.getlist("ids")), actor=user)
        first = bulk.chosen(groups, actor=user)
        if not first:
            raise Http404
        return bulk.same_text(first[0], actor=user)

    def _decide_several(self, request: HttpRequest) -> HttpResponse:
        user, wanted = cast(User, request.user), request.POST.get("action", "")
        if wanted not in {Action.APPROVE, Action.HIDE, Action.ESCALATE}:
            raise Http404
        action = Action(wanted)
        cases = bulk.chosen(keys_in(request.POST.getlist("ids")), actor=user)
        reason = request.POST.get("reason" if action == Action.HIDE else "note", "")
        answers: list[dict[str, Any]] = []

        def act() -> bulk.Done:
            result = bulk.decide_several(cases, action=action, reason=reason, actor=user)
            answers.append(_answer(result, len(cases)))
            return result

        return perform(
            request,
            act,
            done=_("Done.") if wants_json(request) else Said(answers),  # type: ignore[arg-type]  # read as text when the act is over
            back=reverse("admin:moderation_case_changelist"),
            brand_id=None,
            tell=lambda _done: answers[0],
        )


class Said:
    """The words of an answer that is not known before the act."""

    def __init__(self, answers: list[dict[str, Any]]) -> None:
        self.answers = answers

    def __str__(self) -> str:
        return str(self.answers[0]["message"])


def _answer(result: bulk.Done, count: int) -> dict[str, Any]:
    made = len(result.decisions) + len(result.proposals)
    words = ngettext("%(n)d of %(all)d decided.", "%(n)d of %(all)d decided.", made) % {
        "n": made,
        "all": count,
    }
    if result.proposals:
        words += " " + _("A second person has to confirm.")
    for case, why in result.left[:3]:
        words += f" {case}: {why}"
    return {
        "message": words,
        "decided": [str(one.case_id) for one in result.decisions]
        + [str(one.case_id) for one in result.proposals],
        "left": [{"case": str(case.pk), "why": why} for case, why in result.left],
        "undo": [url for one in result.decisions if (url := told(one)["undo"])],
    }
