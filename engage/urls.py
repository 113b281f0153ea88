"""Addresses. Inside a workspace (``/w/…``) the middleware has taken the prefix off."""

from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("admin/", admin.site.urls),
]
