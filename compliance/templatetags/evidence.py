"""A button on a case's page."""

from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from compliance.permissions import EXPORT_EVIDENCE
from tenants.permissions import can

register = template.Library()


@register.simple_tag(takes_context=True)
def evidence_button(context: Any, case_key: str, row: Any) -> SafeString | str:
    """A link to the form that asks for the pack of this case; nothing for who may not take one."""
    request = context.get("request")
    if request is None or not can(request.user, EXPORT_EVIDENCE, row):
        return ""
    url = reverse("admin:compliance_evidencepack_request")
    query = urlencode({"case": case_key, "object": str(row.pk)})
    return format_html('<a class="button" href="{}?{}">{}</a>', url, query, _("Evidence pack…"))
