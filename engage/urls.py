"""Addresses. Inside a workspace (``/w/…``) the middleware has taken the prefix off."""

from django.contrib import admin
from django.urls import include, path

from engage.health import healthz, readyz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("", include("inbox.urls")),
    path("", include("moderation.urls")),
]
