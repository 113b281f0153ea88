"""The readable history of settings."""

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from compliance.models import FieldChange
from tenants.admin.base import BrandAdmin

# auditlog brings a page of its own, which knows neither brands nor our reasons.
if admin.site.is_registered(FieldChange):
    admin.site.unregister(FieldChange)

# auditlog registers its own page for the model that stands in for its log; it knows no brands.
if admin.site.is_registered(FieldChange):
    admin.site.unregister(FieldChange)


@admin.register(FieldChange)
class FieldChangePage(BrandAdmin):
    view_capability = "compliance.audit.view"
    list_display = ("timestamp", "who", "what", "shown_action", "shown_changes", "reason")
    list_display_links = ("timestamp",)
    list_select_related = ("actor", "content_type")
    list_filter = ("action",)
    ordering = ("-timestamp", "-id")
    fields = ("timestamp", "who", "what", "shown_action", "shown_changes", "reason", "cid")
    readonly_fields = fields

    @admin.display(description=_("by"))
    def who(self, row: FieldChange) -> str:
        if row.actor is not None:
            return str(row.actor)
        return row.actor_ref or str(_("Engage"))

    @admin.display(description=_("object"))
    def what(self, row: FieldChange) -> str:
        return f"{row.content_type.name} {row.object_pk}"

    @admin.display(description=_("action"))
    def shown_action(self, row: FieldChange) -> str:
        return str(row.get_action_display())

    @admin.display(description=_("changes"))
    def shown_changes(self, row: FieldChange) -> SafeString | str:
        if row.erased_at is not None:
            return str(_("erased"))
        changes = row.changes if isinstance(row.changes, dict) else {}
        pairs = [(name, *pair) for name, pair in changes.items() if isinstance(pair, list)]
        if not pairs:
            return "–"
        return format_html(
            '<ul class="changes">{}</ul>',
            format_html_join(
                "",
                '<li><b>{}</b> <bdi dir="auto">{}</bdi> → <bdi dir="auto">{}</bdi></li>',
                [pair for pair in pairs if len(pair) == 3],
            ),
        )
