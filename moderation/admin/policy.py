"""The policy, all versions. A change is a new version, made by a verb."""

from django.contrib import admin

from moderation.models import PolicyRule
from tenants.admin.base import BrandAdmin


@admin.register(PolicyRule)
class PolicyRulePage(BrandAdmin):
    view_capability = "moderation.policy.view"
    list_display = (
        "category",
        "version",
        "severity",
        "auto_hide",
        "decide_within_minutes",
        "effective_at",
        "retired_at",
    )
    list_filter = ("category", "severity")
    ordering = ("category", "-version")
