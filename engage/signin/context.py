"""The shell's words and colours for pages that django-allauth draws."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

_PREFIXES = ("/accounts/", "/invitations/")


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Empty on every other page: those bring their own."""
    if not request.path.startswith(_PREFIXES):
        return {}
    return admin.site.each_context(request)
