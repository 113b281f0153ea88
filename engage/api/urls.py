"""Version 1 of the API, inside a brand's workspace."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from compliance.api.consents import ConsentViewSet
from compliance.api.requests import DataRequestViewSet
from compliance.api.views import AuditEventViewSet
from engage.api.schema import SchemaView
from engage.onboarding.api import BrandsView
from inbox.api.views import (
    ChannelViewSet,
    ConversationViewSet,
    MessageViewSet,
    ReplyViewSet,
    ThreadMessageViewSet,
)
from moderation.api.views import CaseViewSet, DecisionViewSet, LicenceViewSet, SampleViewSet

app_name = "api"

router = SimpleRouter(use_regex_path=False)
router.register("conversations", ConversationViewSet, basename="conversation")
router.register("messages", MessageViewSet, basename="message")
router.register("replies", ReplyViewSet, basename="reply")
router.register("channels", ChannelViewSet, basename="channel")
router.register("cases", CaseViewSet, basename="case")
router.register("decisions", DecisionViewSet, basename="decision")
router.register("hiding-licences", LicenceViewSet, basename="hiding-licence")
router.register("quality-samples", SampleViewSet, basename="quality-sample")
router.register("audit-events", AuditEventViewSet, basename="audit-event")
router.register("consents", ConsentViewSet, basename="consent")
router.register("data-requests", DataRequestViewSet, basename="data-request")

urlpatterns = [
    path(
        "conversations/<uuid:conversation_id>/messages/",
        ThreadMessageViewSet.as_view({"get": "list"}),
        name="conversation-messages",
    ),
    path("brands/", BrandsView.as_view(), name="brands"),
    path("schema/", SchemaView.as_view(), name="schema"),
    *router.urls,
]
