"""What a brand has decided about its inbox: service targets, and how far automation may go."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from inbox.admin.intents import intent_label
from inbox.domain.automation import set_automation
from inbox.domain.targets import set_targets
from inbox.models import IntentAutomation, SlaTarget
from tenants.admin.base import BrandAdmin


@admin.register(SlaTarget)
class SlaTargetPage(BrandAdmin):
    """Running clocks keep their time; a change holds for what comes in from now on."""

    view_capability = "inbox.channel.view"
    change_capability = "tenants.brand.manage"
    list_display = ("kind", "minutes")
    fields = ("kind", "minutes")
    editable_fields = ("minutes",)
    ordering = ("kind", "id")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 -- Django's signature
        set_targets(obj.brand, {obj.kind: obj.minutes}, actor=request.user)  # type: ignore[arg-type]  # the admin is for people


@admin.register(IntentAutomation)
class IntentAutomationPage(BrandAdmin):
    """Complaints, refunds and the like are never automated, whatever is chosen."""

    view_capability = "inbox.channel.view"
    change_capability = "tenants.brand.manage"
    list_display = ("intent_in_words", "level")
    fields = ("intent_in_words", "level")
    readonly_fields = ("intent_in_words",)
    editable_fields = ("level",)
    ordering = ("intent", "id")

    @admin.display(description=_("intent"))
    def intent_in_words(self, row: IntentAutomation) -> StrOrPromise:
        return intent_label(row.intent)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 -- Django's signature
        set_automation(obj.brand, {obj.intent: obj.level}, actor=request.user)  # type: ignore[arg-type]  # the admin is for people
