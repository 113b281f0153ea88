"""The desk: list, thread and contact side by side. The daily screen of a community manager."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.domain.retention.categories import CONVERSATION_CATEGORIES
from compliance.permissions import MANAGE_HOLDS, VIEW_CONSENT
from inbox.admin import desk_thread
from inbox.admin.desk_list import DUE, DeskFilter, found_by, rows_of, tabs_of
from inbox.admin.intents import intent_label
from inbox.choices import ConversationKind, Network, OutboxAction
from inbox.domain import replies, work
from inbox.domain.consent_decisions import decide_unclear
from inbox.domain.retention_choice import keep_as
from inbox.models import Conversation, Message, OutboxItem
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, audit_url, workspace_of
from tenants.admin.choices import people_of
from tenants.admin.pages import code_of_page
from tenants.domain.reads import tell_reads
from tenants.models import User, uuid7
from tenants.permissions import can

REPLY_KEYS = (
    ("j k", gettext_lazy("Next, previous conversation")),
    ("Enter", gettext_lazy("Open the conversation")),
    ("Esc", gettext_lazy("Back to the list")),
    ("r", gettext_lazy("Reply")),
    ("n", gettext_lazy("Internal note")),
    ("/", gettext_lazy("In the reply: choose a template")),
    ("Ctrl Enter", gettext_lazy("Send")),
    ("d", gettext_lazy("Done: close and go to the next")),
    ("m", gettext_lazy("Assign to me")),
)


@admin.register(Conversation)
class ConversationPage(BrandAdmin):
    """Our own screen at the addresses Django's lists and forms have."""

    view_capability = "inbox.conversation.view"
    account_path = "account_id"
    palette_icon = "forum"
    reads = "inbox.conversation"
    search_fields = ("preview",)
    list_select_related = ("contact",)
    ordering = ("-last_message_at", "-id")

    def get_urls(self) -> list[URLPattern]:
        def post(route: str, view: Any) -> URLPattern:
            name = f"inbox_conversation_{view.__name__}"
            return path(f"<uuid:pk>/{route}/", self.post_view(view), name=name)

        return [
            post("reply", self.reply),
            post("opt_out", self.opt_out),
            post("note", self.note),
            post("assign", self.assign),
            post("close", self.close),
            post("reopen", self.reopen),
            post("automation", self.automation),
            post("keep", self.keep),
            *super().get_urls(),
        ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.replace("\x00", "").strip()
        return (queryset.filter(found_by(term)) if term else queryset), False

    # Reading

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self.admit(request)
        return self._desk(request, None)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._desk(request, self._open(request, object_id))

    def _open(self, request: HttpRequest, pk: Any) -> Conversation:
        self.admit(request)
        try:
            conversation = desk_thread.find_conversation(UUID(str(pk)))
        except ValueError:
            conversation = None
        if conversation is None or not self.has_view_permission(request, conversation):
            raise Http404
        return conversation

    def _desk(self, request: HttpRequest, conversation: Conversation | None) -> HttpResponse:
        user = cast(User, request.user)
        wanted = DeskFilter.read(request.GET)
        part = request.GET.get("part", "")
        context: dict[str, Any] = {"wanted": wanted, "now": timezone.now(), "current": conversation}
        workspace = workspace_of(request)
        context["shows_brand"] = workspace is not None and workspace.brand is None
        if part != "thread":
            context["page"] = rows_of(wanted, user=user)
            context["here_query"] = wanted.query()
        self._note(request, wanted, context, conversation if part != "list" else None)
        if part == "list":
            return TemplateResponse(request, "inbox/desk_list.html", context)
        if conversation is not None:
            context |= self._thread(request, conversation)
        if part == "thread":
            return TemplateResponse(request, "inbox/desk_log.html", context)
        context |= self.admin_site.each_context(request) | {
            "title": conversation.contact if conversation is not None else _("Inbox"),
            "opts": self.opts,
            "hide_crumb": conversation is None,
            "tabs": tabs_of(wanted, user=user),
            "networks": Network.choices,
            "kinds": ConversationKind.choices,
            "dues": DUE.items(),
            "page_keys": REPLY_KEYS,
        }
        return TemplateResponse(request, "inbox/desk.html", context)

    def _note(
        self,
        request: HttpRequest,
        wanted: DeskFilter,
        context: dict[str, Any],
        conversation: Conversation | None,
    ) -> None:
        """List and conversation in one statement."""
        seen = []
        if conversation is not None:
            seen.append(self.opened(request, conversation, contact=conversation.contact_id))
        if "page" in context:
            rows, part = context["page"].rows, code_of_page(wanted.cursor)
            seen += self.listed(request, rows, term=wanted.term, page=part)
        tell_reads(seen, actor=request.user)

    def _thread(self, request: HttpRequest, conversation: Conversation) -> dict[str, Any]:
        user = request.user
        context: dict[str, Any] = {
            "bubbles": desk_thread.bubbles_of(conversation, user=user),
            "waiting": desk_thread.waiting_of(conversation, user=user),
            "may_work": can(user, "inbox.conversation.work", conversation),
            "may_reply": can(user, "inbox.reply.send", conversation),
            "may_see_consent": can(user, VIEW_CONSENT, conversation),
        }
        context |= {
            "is_late": desk_thread.is_late(conversation),
            "is_comment": conversation.kind == ConversationKind.COMMENT,
        }
        if request.GET.get("part") == "thread":
            return context | {"is_part": True}
        workspace = workspace_of(request)
        return context | {
            "triage": desk_thread.triage_of(conversation),
            "intent": intent_label(conversation.intent) if conversation.intent else "",
            "contact": desk_thread.contact_of(conversation),
            "templates": desk_thread.templates_for(conversation),
            "people": people_of(workspace) if workspace is not None else User.objects.none(),
            "reply_id": uuid7(),
            "keep_choices": [(one.value, one.label) for one in CONVERSATION_CATEGORIES],
            "may_hold": can(user, MANAGE_HOLDS, conversation),
            "audit_url": audit_url(conversation)
            if can(user, "compliance.audit.view", conversation)
            else "",
        }

    # Acting. Each body names the verb; the verb asks for the right.

    def _back(self, conversation: Conversation) -> str:
        return reverse("admin:inbox_conversation_change", args=[conversation.pk])

    def reply(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        conversation = self._open(request, pk)
        action = request.POST.get("action", "")
        allowed = {OutboxAction.COMMENT_REPLY, OutboxAction.PRIVATE_REPLY}
        if conversation.kind == ConversationKind.DIRECT or action not in allowed:
            action = ""
        to_message = None
        if wanted := request.POST.get("to_message", ""):
            to_message = self._message(conversation, wanted)

        def send() -> OutboxItem:
            item = replies.send_reply(
                conversation,
                text=request.POST.get("text", ""),
                actor=cast(User, request.user),
                action=action,
                idempotency_key=request.POST.get("reply_id", "")[:80],
                to_message=to_message,
            )
            if request.POST.get("then") == "close":
                work.close(conversation, actor=cast(User, request.user))
            return item

        return perform(
            request,
            send,
            done=_("Your reply is on its way."),
            back=self._back(conversation),
            brand_id=conversation.brand_id,
            tell=lambda item: {"state": item.state, "reply_id": str(uuid7())},
        )

    @staticmethod
    def _message(conversation: Conversation, pk: str) -> Message:
        try:
            return Message.objects.get(pk=UUID(pk), conversation=conversation)
        except (ValueError, Message.DoesNotExist):
            raise Http404 from None

    def note(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        conversation = self._open(request, pk)
        return perform(
            request,
            lambda: replies.add_note(
                conversation,
                text=request.POST.get("text", ""),
                actor=cast(User, request.user),
            ),
            done=_("The note is saved. Only colleagues see it."),
            back=self._back(conversation),
            brand_id=conversation.brand_id,
        )

    def assign(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        conversation = self._open(request, pk)
        to = self._colleague(request)
        return perform(
            request,
            lambda: work.assign(conversation, to=to, actor=cast(User, request.user)),
            done=_("Assigned to %s.") % to if to else _("Nobody is assigned now."),
            back=self._back(conversation),
            brand_id=conversation.brand_id,
        )

    @staticmethod
    def _colleague(request: HttpRequest) -> User | None:
        """``me``, a colleague of this workspace, or nobody when the field is empty."""
        wanted = request.POST.get("to", "")
        if not wanted:
            return None
        if wanted == "me":
            return cast(User, request.user)
        workspace = workspace_of(request)
        try:
            found = people_of(workspace).get(pk=UUID(wanted)) if workspace else None
        except (ValueError, User.DoesNotExist):
            raise Http404 from None
        return found

    def close(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        conversation = self._open(request, pk)
        return perform(
            request,
            lambda: work.close(conversation, actor=cast(User, request.user)),
            done=_("Done. A new message opens the conversation again."),
            back=reverse("admin:inbox_conversation_changelist"),
            brand_id=conversation.brand_id,
        )

    def reopen(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        conversation = self._open(request, pk)
        return perform(
            request,
            lambda: work.reopen(conversation, actor=cast(User, request.user)),
            done=_("The conversation is open again."),
            back=self._back(conversation),
            brand_id=conversation.brand_id,
        )

    def automation(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        conversation = self._open(request, pk)
        return perform(
            request,
            lambda: work.hand_to_automation(conversation, actor=cast(User, request.user)),
            done=_("Automatic answers are on again for this conversation."),
            back=self._back(conversation),
            brand_id=conversation.brand_id,
        )

    def opt_out(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """What an unclear message meant."""
        conversation = self._open(request, pk)
        is_opt_out = request.POST.get("word") == "stop"
        stored, none = _("The opt-out is stored."), _("Noted: this was no opt-out.")
        return perform(
            request,
            lambda: decide_unclear(
                conversation, is_opt_out=is_opt_out, actor=cast(User, request.user)
            ),
            done=stored if is_opt_out else none,
            back=self._back(conversation),
            brand_id=conversation.brand_id,
        )

    def keep(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """How long it is kept."""
        conversation = self._open(request, pk)
        category = request.POST.get("category", "")
        return perform(
            request,
            lambda: keep_as(conversation, category=category, actor=cast(User, request.user)),
            done=_("Saved."),
            back=self._back(conversation),
            brand_id=conversation.brand_id,
        )
