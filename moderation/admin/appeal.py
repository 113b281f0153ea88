"""Appeals: a wronged author, and somebody who took no part."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.domain.acts import why_final
from moderation.admin import appeal_statistics
from moderation.choices import SANCTIONS, Action, Inadmissible, Outcome
from moderation.domain import appeal_reversal, appeal_reviewers, appeals
from moderation.domain.appeal_clock import end_of_day
from moderation.domain.appeal_statistics import MOST
from moderation.models import Appeal, Decision, PolicyRule, StatementOfReasons
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, audit_url
from tenants.domain.reads import tell_reads
from tenants.models import User
from tenants.permissions import can


@admin.register(Appeal)
class AppealPage(BrandAdmin):
    view_capability = "moderation.appeal.view"
    empty_hint = gettext_lazy(
        "Authors of hidden comments get a link to appeal. What they write arrives here, with "
        "a deadline."
    )
    reads = "moderation.appeal"
    change_list_template = "moderation/appeals.html"
    list_display = (
        "received_at",
        "author",
        "comment",
        "excerpt",
        "state",
        "due_at",
        "reviewer",
        "outcome",
        "answered_by",
    )
    list_select_related = ("decided_by", "reviewer", "decision__message__conversation__contact")
    list_filter = ("state", "outcome", "level")
    ordering = ("due_at", "id")

    @admin.display(description=gettext_lazy("author"))
    def author(self, row: Appeal) -> str:
        return str(row.decision.message.conversation.contact)

    @admin.display(description=gettext_lazy("comment"))
    def comment(self, row: Appeal) -> str:
        return Truncator(row.decision.text_snapshot).chars(80) or "–"

    @admin.display(description=gettext_lazy("decided by"), ordering="decided_by")
    def answered_by(self, row: Appeal) -> str:
        return str(row.decided_by or "–")

    @admin.display(description=gettext_lazy("what the author says"))
    def excerpt(self, row: Appeal) -> str:
        return Truncator(row.text).chars(80)

    def get_urls(self) -> list[URLPattern]:
        acts = {
            "answer": self.answer,
            "refuse": self.refuse,
            "assign": self.assign,
            "begin": self.begin,
            "hand-back": self.hand_back,
            "retry": self.retry,
        }
        return [
            path(
                "statistics/",
                self.admin_site.admin_view(self.statistics),
                name="moderation_appeal_statistics",
            ),
            *(
                path(
                    f"<uuid:pk>/{name}/",
                    self.post_view(view),
                    name=f"moderation_appeal_{name.replace('-', '_')}",
                )
                for name, view in acts.items()
            ),
            *super().get_urls(),
        ]

    # Reading

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        appeal = self._open(request, object_id)
        user = cast(User, request.user)
        may_decide = can(user, "moderation.appeal.decide", appeal)
        parties = appeal_reviewers.parties_of(appeal.decision) if appeal.is_open else set()
        took_part = user.pk in parties
        decision, rule = appeal.decision, appeal.decision.rule
        earlier = (
            Decision.objects.filter(message_id=decision.message_id)
            .select_related("decided_by")
            .order_by("decided_at", "id")
        )
        language = appeal.brand.language
        rule_now = None
        if rule.retired_at is not None:
            rule_now = PolicyRule.objects.filter(category=rule.category, retired_at=None).first()
        reviewers = None
        if appeal.is_open and may_decide:
            reviewers = appeal_reviewers.reviewers_for(appeal, parties=parties)
        may_answer = appeal.is_open and may_decide and not took_part
        context = self.admin_site.each_context(request) | {
            "title": _("Appeal"),
            "opts": self.opts,
            "appeal": appeal,
            "decision": decision,
            "decisions": earlier,
            "statement": StatementOfReasons.objects.filter(decision=decision.pk).first(),
            "rule_text": rule.text(language),
            "rule_now": rule_now.text(language) if rule_now else "",
            "is_open": appeal.is_open,
            "is_late": appeal.is_open and appeal.due_at < timezone.now(),
            "now": timezone.now(),
            "took_part": took_part,
            "may_decide": may_decide,
            "may_answer": may_answer,
            "why_final": why_final(decision.message) if decision.action == Action.HIDE else "",
            "is_mine": appeal.reviewer_id == user.pk,
            "reviewers": reviewers.people if reviewers else [],
            "reversal": appeal_reversal.reversal_of(appeal),
            "about_author": decision.action in SANCTIONS,
            "can_be_shortened": decision.action in (Action.MUTE, Action.BAN, Action.RESTRICT),
            "grounds": Inadmissible.choices,
            "audit_url": audit_url(appeal) if can(user, "compliance.audit.view", appeal) else "",
        }
        tell_reads([self.opened(request, appeal)], actor=request.user)
        return TemplateResponse(request, "moderation/appeal.html", context)

    def statistics(self, request: HttpRequest) -> HttpResponse:
        """By category, rule, model version and reviewer; ``?as=csv`` gives the file."""
        self.admit(request)
        rows = appeal_statistics.appeals_of(
            request, appeal_statistics.Period.read(request.GET)
        ).only("brand_id")[:MOST]
        tell_reads(self.listed(request, list(rows), page="statistics"), actor=request.user)
        if request.GET.get("as") == "csv":
            return appeal_statistics.as_csv(request)
        context = self.admin_site.each_context(request) | {"opts": self.opts}
        return appeal_statistics.page(request, context)

    def _open(self, request: HttpRequest, pk: Any) -> Appeal:
        self.admit(request)
        try:
            appeal = (
                Appeal.objects.select_related(
                    "decision__message__conversation__contact",
                    "decision__message__conversation__account",
                    "decision__rule",
                    "decision__decided_by",
                    "decided_by",
                    "reviewer",
                    "reversal",
                    "brand__agency",
                )
                .filter(pk=UUID(str(pk)))
                .first()
            )
        except ValueError:
            appeal = None
        if appeal is None or not self.has_view_permission(request, appeal):
            raise Http404
        return appeal

    # Acting

    def _act(
        self, request: HttpRequest, pk: UUID, verb: Callable[[Appeal, User], Any], done: str
    ) -> HttpResponse:
        appeal = self._open(request, pk)
        return perform(
            request,
            lambda: verb(appeal, cast(User, request.user)),
            done=done,
            back=reverse("admin:moderation_appeal_change", args=[appeal.pk]),
            brand_id=appeal.brand_id,
        )

    def answer(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        self.admit(request)
        wanted = request.POST.get("outcome", "")
        if wanted not in Outcome.values:
            raise Http404
        return self._act(
            request,
            pk,
            lambda appeal, user: appeals.decide_appeal(
                appeal,
                outcome=Outcome(wanted),
                answer=request.POST.get("answer", ""),
                actor=user,
                shortened_to=_end(request.POST.get("until", ""), appeal),
            ),
            _("The appeal is answered."),
        )

    def refuse(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._act(
            request,
            pk,
            lambda appeal, user: appeals.refuse_appeal(
                appeal,
                ground=request.POST.get("ground", ""),
                answer=request.POST.get("answer", ""),
                actor=user,
            ),
            _("The appeal is not admitted. The author reads why."),
        )

    def assign(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        self.admit(request)
        try:
            to = User.objects.filter(pk=UUID(request.POST.get("to", "")), is_active=True).first()
        except ValueError:
            to = None
        if to is None:
            raise Http404
        return self._act(
            request,
            pk,
            lambda appeal, user: appeal_reviewers.assign_appeal(appeal, to=to, actor=user),
            _("The appeal is assigned."),
        )

    def begin(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._act(
            request,
            pk,
            lambda appeal, user: appeals.begin_review(appeal, actor=user),
            _("You review this appeal."),
        )

    def hand_back(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._act(
            request,
            pk,
            lambda appeal, user: appeal_reviewers.hand_back(appeal, actor=user),
            _("Handed back: the appeal waits for somebody else."),
        )

    def retry(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._act(
            request,
            pk,
            lambda appeal, user: appeal_reversal.retry_reversal(appeal, actor=user),
            _("The network is asked once more."),
        )


def _end(text: str, appeal: Appeal) -> Any:
    """The end of a day where the brand sits; None if nothing was given."""
    day = parse_date(text[:10]) if text else None
    return end_of_day(day, appeal.brand.time_zone) if day else None
