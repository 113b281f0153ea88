from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InboxConfig(AppConfig):
    name = "inbox"
    verbose_name = _("Inbox")

    def ready(self) -> None:
        from compliance.choices import HoldScope  # noqa: PLC0415 -- app ready
        from compliance.registries import (  # noqa: PLC0415 -- app ready
            closing_parts,
            consent_contexts,
            hold_targets,
            person_channels,
            related_objects,
            subject_finders,
            subject_sources,
            track,
        )
        from inbox.domain.closing import InboxAtTheEnd  # noqa: PLC0415 -- app ready
        from inbox.domain.consent_context import InboxConsents  # noqa: PLC0415 -- app ready
        from inbox.domain.data_requests import InboxChannel  # noqa: PLC0415 -- app ready
        from inbox.domain.holds import (  # noqa: PLC0415 -- app ready
            ContactTarget,
            ConversationTarget,
        )
        from inbox.domain.retention_copies import register_retention  # noqa: PLC0415 -- app ready
        from inbox.domain.stories import InboxStories  # noqa: PLC0415 -- app ready
        from inbox.domain.subject_sources import inbox_sources  # noqa: PLC0415 -- app ready
        from inbox.domain.subjects import ContactFinder  # noqa: PLC0415 -- app ready
        from inbox.domain.token_age import ChannelSecrets  # noqa: PLC0415 -- app ready
        from inbox.domain.vendor_services import (  # noqa: PLC0415 -- app ready
            register_vendor_services,
        )
        from inbox.models import (  # noqa: PLC0415 -- app ready
            AnswerTemplate,
            ChannelAccount,
            ChannelAccountGrant,
        )
        from tenants.registries import object_grants, secret_sources  # noqa: PLC0415 -- app ready

        closing_parts.register("inbox", InboxAtTheEnd())
        consent_contexts.register("inbox", InboxConsents())
        register_retention()
        hold_targets.register(HoldScope.CONTACT, ContactTarget())
        hold_targets.register(HoldScope.CONVERSATION, ConversationTarget())
        person_channels.register("inbox", InboxChannel())
        related_objects.register("inbox", InboxStories())
        subject_finders.register("inbox", ContactFinder())
        for source in inbox_sources():
            subject_sources.register(source.key, source)
        object_grants.register("inbox.channelaccount", ChannelAccountGrant)
        secret_sources.register("inbox", ChannelSecrets())
        register_vendor_services()
        track(
            ChannelAccount,
            fields=[
                "name",
                "base_url",
                "api_version",
                "automation_on",
                "needs_reconnect",
                "secret_expires_at",
            ],
            masked=["access_token"],
        )
        track(
            AnswerTemplate,
            fields=[
                "name",
                "shortcut",
                "intent",
                "conversation_kind",
                "language",
                "text",
                "sends_itself",
                "min_confidence_pct",
                "is_active",
            ],
        )
