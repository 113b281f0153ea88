"""Public addresses of the inbox."""

from django.urls import path

from inbox.public.data_deletion import data_deletion
from inbox.public.webhooks import webhook

urlpatterns = [
    path("webhooks/data-deletion/<uuid:app_id>/", data_deletion, name="data-deletion"),
    path("webhooks/<slug:channel>/<uuid:app_id>/", webhook, name="webhook"),
]
