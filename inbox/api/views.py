"""Conversations, their messages, replies and channels."""

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from inbox.api.filters import AllMessagesFilter, ConversationFilter, MessageFilter
from inbox.api.idempotency import HEADER, key_of, refuse_other_use
from inbox.api.serializers import (
    AssignmentSerializer,
    ChangedConversationSerializer,
    ChannelSerializer,
    ConversationDetailSerializer,
    ConversationSerializer,
    MessageSerializer,
    ReplyRequestSerializer,
    ReplySerializer,
)
from inbox.choices import TEXT_ACTIONS, Direction
from inbox.domain import work
from inbox.domain.replies import send_reply
from inbox.models import ChannelAccount, Conversation, Message, OutboxItem
from tenants.api.views import BrandViewSet, DetailMixin, ListMixin
from tenants.domain.reach import within
from tenants.exceptions import InvalidInput
from tenants.models import User

_VIEW = "inbox.conversation.view"
_WORK = "inbox.conversation.work"


@extend_schema_view(
    list=extend_schema(
        summary="List conversations", description=f"Needs `{_VIEW}`. The reading is recorded."
    ),
    retrieve=extend_schema(
        summary="Read a conversation",
        description=f"With the contact's handles. Needs `{_VIEW}`. The reading is recorded.",
    ),
)
class ConversationViewSet(ListMixin, DetailMixin, BrandViewSet):
    """Threads with one contact on one channel account."""

    queryset = Conversation.objects.select_related("account", "contact")
    serializer_class = ConversationSerializer
    detail_serializer_class = ConversationDetailSerializer
    filterset_class = ConversationFilter
    account_path = "account_id"
    listed_kind = "inbox.conversation.listed"
    read_kind = "inbox.conversation.read"
    capabilities: ClassVar[dict[str, str]] = {
        "list": _VIEW,
        "retrieve": _VIEW,
        "reply": "inbox.reply.send",
        "close": _WORK,
        "reopen": _WORK,
        "assign": _WORK,
    }

    def get_queryset(self) -> QuerySet[Any]:
        found = super().get_queryset()
        return found.prefetch_related("contact__handles") if self.action == "retrieve" else found

    @extend_schema(
        summary="Answer",
        description="Puts a reply into the outbox: queued, or held with the reasons of the send"
        " gates. The same key with the same content gives the first reply back; with other content"
        " it is refused (422). Needs `inbox.reply.send`.",
        parameters=[
            OpenApiParameter(
                HEADER,
                str,
                OpenApiParameter.HEADER,
                required=True,
                description="Made by the client, one per intended reply; 1 to 100 visible"
                " ASCII characters.",
            )
        ],
        request=ReplyRequestSerializer,
        responses={201: ReplySerializer},
    )
    @action(detail=True, methods=["post"], url_path="replies")
    def reply(self, request: Request, pk: Any = None) -> Response:
        conversation: Conversation = self.get_object()
        key = key_of(request)
        form = ReplyRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = form.validated_data
        target = wanted.get("to_message")
        item = send_reply(
            conversation,
            text=wanted["text"],
            actor=self.actor,
            action=wanted.get("action", ""),
            idempotency_key=key,
            to_message=_received(conversation, target) if target else None,
        )
        refuse_other_use(item, conversation=conversation, wanted=wanted)
        return Response(
            ReplySerializer(item).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": reverse("api:reply-detail", args=[item.pk])},
        )

    @extend_schema(
        summary="Close",
        description=f"The clock stops; a new message opens it again. Needs `{_WORK}`.",
        request=None,
        responses=ChangedConversationSerializer,
    )
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: Any = None) -> Response:
        return self._changed(work.close(self.get_object(), actor=self.actor))

    @extend_schema(
        summary="Open again",
        description=f"Needs `{_WORK}`.",
        request=None,
        responses=ChangedConversationSerializer,
    )
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: Any = None) -> Response:
        return self._changed(work.reopen(self.get_object(), actor=self.actor))

    @extend_schema(
        summary="Assign",
        description=f"To a colleague who may work in the brand, or to nobody. Needs `{_WORK}`.",
        request=AssignmentSerializer,
        responses=ChangedConversationSerializer,
    )
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: Any = None) -> Response:
        conversation: Conversation = self.get_object()
        form = AssignmentSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = form.validated_data["assignee"]
        colleague = self._colleague(wanted) if wanted else None
        return self._changed(work.assign(conversation, to=colleague, actor=self.actor))

    def _colleague(self, user_id: Any) -> User:
        """A person of the agency; the verb asks whether they may work here."""
        found = User.objects.filter(
            pk=user_id, is_active=True, memberships__agency=self.brand.agency_id
        ).first()
        if found is None:
            raise InvalidInput("assignee", _("This person does not work for the brand."))
        return found

    def _changed(self, conversation: Conversation) -> Response:
        return Response(ChangedConversationSerializer(conversation).data)


def _received(conversation: Conversation, message_id: Any) -> Message:
    """Raises: InvalidInput unless the message was received in this conversation."""
    found = Message.objects.filter(
        conversation=conversation, direction=Direction.INBOUND, pk=message_id
    ).first()
    if found is None:
        raise InvalidInput("to_message", _("There is no such message in this conversation."))
    return found


@extend_schema_view(
    list=extend_schema(
        summary="List messages",
        description=f"Of all conversations. Needs `{_VIEW}`. The reading is recorded.",
    )
)
class MessageViewSet(ListMixin, BrandViewSet):
    """Messages, comments and internal notes."""

    queryset = Message.objects.select_related("account")
    serializer_class = MessageSerializer
    filterset_class: type[MessageFilter] = AllMessagesFilter
    listed_kind = "inbox.message.listed"
    account_path = "account_id"
    capabilities: ClassVar[dict[str, str]] = {"list": _VIEW}


@extend_schema_view(
    list=extend_schema(
        operation_id="conversations_messages_list",
        summary="List the messages of a conversation",
        description=f"Needs `{_VIEW}`. The reading is recorded.",
    )
)
class ThreadMessageViewSet(MessageViewSet):
    """The messages of one conversation."""

    filterset_class = MessageFilter

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(conversation_id=self.kwargs["conversation_id"])

    def listed_object(self) -> Model:
        return Conversation.objects.get(pk=self.kwargs["conversation_id"])

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        mine = within(Conversation.objects.all(), self.actor, _VIEW, via="account_id")
        if not mine.filter(pk=self.kwargs["conversation_id"]).exists():
            raise Http404
        return self.send_page()


@extend_schema_view(
    retrieve=extend_schema(
        summary="Read a reply", description=f"Where a reply has got to. Needs `{_VIEW}`."
    )
)
class ReplyViewSet(DetailMixin, BrandViewSet):
    """Replies in the outbox."""

    queryset = OutboxItem.objects.filter(action__in=TEXT_ACTIONS)
    serializer_class = ReplySerializer
    read_kind = "inbox.reply.read"
    account_path = "account_id"
    capabilities: ClassVar[dict[str, str]] = {"retrieve": _VIEW}


@extend_schema_view(
    list=extend_schema(
        summary="List channels", description="With what each can do. Needs `inbox.channel.view`."
    ),
    retrieve=extend_schema(summary="Read a channel", description="Needs `inbox.channel.view`."),
)
class ChannelViewSet(ListMixin, DetailMixin, BrandViewSet):
    """Connected accounts and what they can do."""

    queryset = ChannelAccount.objects.defer("access_token")
    serializer_class = ChannelSerializer
    account_path = "pk"
    capabilities: ClassVar[dict[str, str]] = {
        "list": "inbox.channel.view",
        "retrieve": "inbox.channel.view",
    }
