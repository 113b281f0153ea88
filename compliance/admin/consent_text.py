"""The wordings people consent to."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from compliance.domain.consent import NEED_CONSENT
from compliance.domain.consent_texts import add_text
from compliance.models import ConsentText
from compliance.permissions import MANAGE_CONSENT, VIEW_CONSENT
from tenants.admin.base import BrandAdmin, workspace_of


@admin.register(ConsentText)
class ConsentTextPage(BrandAdmin):
    """A version never changes: who corrects a wording adds the next one."""

    view_capability = VIEW_CONSENT
    add_capability = MANAGE_CONSENT
    list_display = ("label", "purpose", "language", "version", "created_at")
    list_filter = ("purpose", "language")
    ordering = ("purpose", "language", "-version")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("purpose", "language", "text")
        return ("label", "purpose", "language", "version", "text", "sha256", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else self.get_fields(request, obj)

    @admin.display(description=_("name"))
    def label(self, row: ConsentText) -> str:
        return row.label

    def formfield_for_choice_field(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "purpose":
            kwargs["choices"] = [c for c in db_field.choices if c[0] in NEED_CONSENT]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 -- Django's signature
        workspace = workspace_of(request)
        brand = workspace.brand if workspace else None
        stored = add_text(
            brand,  # type: ignore[arg-type]  # adding is only possible in a brand's workspace
            purpose=obj.purpose,
            language=obj.language,
            text=obj.text,
            actor=request.user,  # type: ignore[arg-type]  # the admin is for people
        )
        obj.pk, obj.version, obj._state.adding = stored.pk, stored.version, False
