"""The application that a web server calls."""

import os

from django.core.wsgi import get_wsgi_application

from engage.celery import app as celery_app

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engage.settings")

django_application = get_wsgi_application()

from inbox.public.door import with_door  # noqa: E402 -- needs the loaded apps

application = with_door(django_application)

# Named here because tasks find their broker through it, from every thread of the server.
__all__ = ["application", "celery_app"]
