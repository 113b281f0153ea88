"""Addresses. Inside a workspace (``/w/…``) the middleware has taken the prefix off."""

from django.contrib import admin
from django.urls import include, path

from engage.health import healthz, readyz
from engage.home import home
from engage.places import places

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("", home, name="home"),
    path("places/", places, name="places"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("engage.api.urls")),
    path("", include("compliance.urls")),
    path("", include("inbox.urls")),
    path("", include("moderation.urls")),
    path("", include("engage.signin.urls")),
]

handler400 = "engage.api.problems.bad_request"
handler404 = "engage.api.problems.page_not_found"
handler500 = "engage.api.problems.server_error"
