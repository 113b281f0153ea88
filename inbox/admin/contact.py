"""People who write to the brand."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from inbox.models import Contact, ContactHandle
from tenants.admin.base import BrandAdmin


@admin.register(Contact)
class ContactPage(BrandAdmin):
    """Read-only; found by name, handle or number."""

    view_capability = "inbox.conversation.view"
    palette_icon = "person"
    list_display = ("shown_name", "language", "is_vip", "follower_count", "last_seen_at")
    list_filter = ("is_vip", "language")
    search_fields = ("name",)
    ordering = ("-last_seen_at", "-id")
    fields = ("name", "language", "is_vip", "follower_count", "first_seen_at", "last_seen_at")

    @admin.display(description=_("name"), ordering="name")
    def shown_name(self, row: Contact) -> str:
        return str(row)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        handles = ContactHandle.objects.filter(contact=OuterRef("pk")).filter(
            Q(handle__icontains=term) | Q(phone__icontains=term)
        )
        return queryset.filter(Q(name__icontains=term) | Exists(handles)), False
