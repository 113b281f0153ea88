"""Public addresses of the inbox."""

from django.urls import path

from inbox.public.webhooks import webhook

urlpatterns = [path("webhooks/<slug:channel>/<uuid:app_id>/", webhook, name="webhook")]
