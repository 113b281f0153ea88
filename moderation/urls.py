"""Public addresses of moderation."""

from django.urls import path

from moderation.public.appeals import appeal

urlpatterns = [path("appeals/<str:token>/", appeal, name="public-appeal")]
