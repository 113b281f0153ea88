"""Answer templates."""

from django.contrib import admin

from inbox.models import AnswerTemplate
from tenants.admin.base import BrandAdmin


@admin.register(AnswerTemplate)
class AnswerTemplatePage(BrandAdmin):
    view_capability = "inbox.channel.manage"
    change_capability = "inbox.channel.manage"
    add_capability = "inbox.channel.manage"
    fields = editable_fields = (
        "name",
        "shortcut",
        "intent",
        "conversation_kind",
        "language",
        "text",
        "sends_itself",
        "min_confidence_pct",
        "is_active",
    )
    list_display = (
        "name",
        "shortcut",
        "language",
        "conversation_kind",
        "sends_itself",
        "is_active",
    )
    list_filter = ("language", "conversation_kind", "is_active")
    search_fields = ("name", "shortcut", "text")
    ordering = ("name", "language")
