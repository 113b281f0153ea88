"""People who write to the brand."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from compliance.permissions import MANAGE_HOLDS
from inbox.models import Contact, ContactHandle
from tenants.admin.base import BrandAdmin
from tenants.permissions import can


@admin.register(Contact)
class ContactPage(BrandAdmin):
    """Read-only; found by name, handle or number."""

    view_capability = "inbox.conversation.view"
    palette_icon = "person"
    reads = "inbox.contact"
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

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """With a way to place a legal hold for those who may."""
        extra = dict(extra_context or {})
        if object_id and can(request.user, MANAGE_HOLDS):
            extra["hold_query"] = f"contact={object_id}"
        if object_id and can(request.user, "moderation.sanction.manage"):
            extra["sanction_url"] = reverse("admin:inbox_contact_sanction", args=[object_id])
        return super().changeform_view(request, object_id, form_url, extra)
