"""Notices from the public: what was reported, which comment is meant, what was answered."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.choices import ConversationKind, Direction
from inbox.models import Message
from moderation.choices import OPEN_NOTICES, NoticeState
from moderation.domain import notice_handling as notices
from moderation.models import Notice, ReporterStanding
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, audit_url
from tenants.domain.reads import tell_reads
from tenants.models import User
from tenants.permissions import can

FOUND = 20


@admin.register(Notice)
class NoticePage(BrandAdmin):
    view_capability = "moderation.notice.view"
    empty_hint = gettext_lazy(
        "Whoever finds a comment illegal can report it on a public page. The reports arrive "
        "here and in the queue."
    )
    reads = "moderation.notice"
    list_display = ("received_at", "category", "excerpt", "state", "is_trusted_flagger", "outcome")
    list_filter = ("state", "category", "is_trusted_flagger")
    ordering = ("-received_at", "-id")

    @admin.display(description=gettext_lazy("why it is illegal"))
    def excerpt(self, row: Notice) -> str:
        return Truncator(row.explanation).chars(80)

    def get_urls(self) -> list[URLPattern]:
        acts = {
            "choose": self.choose,
            "answer": self.answer,
            "trusted": self.trusted,
            "unfounded": self.unfounded,
            "warn": self.warn,
            "suspend": self.suspend,
        }
        return [
            *(
                path(f"<uuid:pk>/{name}/", self.post_view(view), name=f"moderation_notice_{name}")
                for name, view in acts.items()
            ),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        notice = self._open(request, object_id)
        may_handle = can(request.user, notices.HANDLE, notice)
        is_open = notice.state in OPEN_NOTICES
        standings = ReporterStanding.objects.none()
        unfounded = 0
        if notice.email_hash:
            standings = ReporterStanding.objects.filter(email_hash=notice.email_hash)
            unfounded = Notice.objects.filter(
                email_hash=notice.email_hash, state=NoticeState.UNFOUNDED
            ).count()
        context = self.admin_site.each_context(request) | {
            "title": str(notice),
            "opts": self.opts,
            "notice": notice,
            "is_open": is_open,
            "may_handle": may_handle,
            "may_find": is_open and may_handle and notice.case_id is None,
            "may_sanction": may_handle
            and notice.state == NoticeState.UNFOUNDED
            and bool(notice.email_hash),
            "unfounded": unfounded,
            "standings": standings.select_related("decided_by").order_by("-since"),
            "term": request.GET.get("q", "").strip()[:200],
            "found": self._search(request, notice) if is_open and may_handle else [],
            "audit_url": audit_url(notice)
            if can(request.user, "compliance.audit.view", notice)
            else "",
        }
        tell_reads([self.opened(request, notice)], actor=request.user)
        return TemplateResponse(request, "moderation/notice.html", context)

    @staticmethod
    def _search(request: HttpRequest, notice: Notice) -> list[Message]:
        """Comments whose text has the words asked for, newest first."""
        term = request.GET.get("q", "").replace("\x00", "").strip()[:200]
        if not term:
            return []
        return list(
            Message.objects.select_related("conversation__contact")
            .filter(
                brand_id=notice.brand_id,
                text__icontains=term,
                direction=Direction.INBOUND,
                conversation__kind=ConversationKind.COMMENT,
            )
            .order_by("-occurred_at")[:FOUND]
        )

    def _open(self, request: HttpRequest, pk: Any) -> Notice:
        self.admit(request)
        try:
            notice = (
                Notice.objects.select_related("brand__agency", "message", "case", "decided_by")
                .filter(pk=UUID(str(pk)))
                .first()
            )
        except ValueError:
            notice = None
        if notice is None or not self.has_view_permission(request, notice):
            raise Http404
        return notice

    def _act(
        self, request: HttpRequest, pk: UUID, verb: Callable[[Notice, User], Any], done: str
    ) -> HttpResponse:
        notice = self._open(request, pk)
        return perform(
            request,
            lambda: verb(notice, cast(User, request.user)),
            done=done,
            back=reverse("admin:moderation_notice_change", args=[notice.pk]),
            brand_id=notice.brand_id,
        )

    def choose(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        self.admit(request)
        try:
            message = Message.objects.filter(pk=UUID(request.POST.get("message", ""))).first()
        except ValueError:
            message = None
        if message is None:
            raise Http404
        return self._act(
            request,
            pk,
            lambda notice, user: notices.choose_message(notice, message, actor=user),
            _("The comment is in the queue."),
        )

    def answer(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._act(
            request,
            pk,
            lambda notice, user: notices.answer_notice(
                notice, answer=request.POST.get("answer", ""), actor=user
            ),
            _("Answered: there is no such comment."),
        )

    def trusted(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._act(
            request,
            pk,
            lambda notice, user: notices.set_trusted(
                notice, is_trusted=bool(request.POST.get("trusted")), actor=user
            ),
            _("Noted."),
        )

    def unfounded(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._act(
            request,
            pk,
            lambda notice, user: notices.find_unfounded(
                notice, reason=request.POST.get("reason", ""), actor=user
            ),
            _("Found manifestly unfounded. The reporter is told."),
        )

    def warn(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._act(
            request,
            pk,
            lambda notice, user: notices.warn_reporter(
                notice, reason=request.POST.get("reason", ""), actor=user
            ),
            _("The reporter is warned."),
        )

    def suspend(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        days = request.POST.get("days", "")
        return self._act(
            request,
            pk,
            lambda notice, user: notices.suspend_reporter(
                notice,
                days=int(days) if days.isascii() and days.isdigit() else 0,
                reason=request.POST.get("reason", ""),
                actor=user,
            ),
            _("The reporter is suspended."),
        )
