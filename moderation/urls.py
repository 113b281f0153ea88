"""Public addresses of moderation."""

from django.urls import path

from moderation.public import notices
from moderation.public.appeals import appeal

urlpatterns = [
    path("appeals/<str:token>/", appeal, name="public-appeal"),
    path("notices/status/<str:token>/", notices.status, name="public-notice-status"),
    path("notices/<slug:agency>/<slug:brand>/", notices.ask, name="public-notice"),
]
