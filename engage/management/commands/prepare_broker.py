"""``manage.py prepare_broker``: make the broker tables that are missing."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from engage.startup import broker


class Command(BaseCommand):
    """Only the broker inside PostgreSQL has tables; others need no preparation."""

    help = "Make missing broker tables (pgmq:// brokers only)."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what was done in one line."""
        url = settings.CELERY_BROKER_URL
        if not broker.is_pgmq(url):
            self.stdout.write("This broker needs no tables.")
        elif broker.prepare(url):
            self.stdout.write("Made the broker tables.")
        else:
            self.stdout.write("The broker tables are there.")
