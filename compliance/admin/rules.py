"""The brand's rules about keeping data and about telling people that a machine answers."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from compliance.domain.retention.categories import PERIODS
from compliance.domain.rules import set_disclosure, set_retention
from compliance.models import DisclosureText, RetentionRule
from tenants.admin.base import BrandAdmin


@admin.register(RetentionRule)
class RetentionRulePage(BrandAdmin):
    """What is in effect, line by line. Only to lengthen: what shortens is a new version of the
    policy, decided on the page of retention."""

    view_capability = "compliance.audit.view"
    change_capability = "tenants.brand.manage"
    list_display = ("category", "months", "starts", "action")
    fields = ("category", "months", "starts", "action")
    readonly_fields = ("starts",)
    editable_fields = ("months",)
    ordering = ("category", "id")

    @admin.display(description=_("time starts"))
    def starts(self, row: RetentionRule) -> StrOrPromise:
        return PERIODS[row.category].starts

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 -- Django's signature
        set_retention(obj.brand, {obj.category: obj.months}, actor=request.user)  # type: ignore[arg-type]  # the admin is for people


@admin.register(DisclosureText)
class DisclosureTextPage(BrandAdmin):
    """The words that automatic answers carry in this brand."""

    view_capability = "compliance.audit.view"
    change_capability = "tenants.brand.manage"
    list_display = ("language", "text")
    fields = ("language", "text")
    editable_fields = ("text",)
    ordering = ("language", "id")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 -- Django's signature
        set_disclosure(obj.brand, {obj.language: obj.text}, actor=request.user)  # type: ignore[arg-type]  # the admin is for people
