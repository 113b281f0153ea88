"""Public addresses of compliance."""

from django.urls import path

from compliance.public.archive import take_archive

urlpatterns = [path("archive/<str:token>/", take_archive, name="public-archive")]
