"""``manage.py demo``: two agencies, three brands, their people and two weeks of traffic."""

import json
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from engage.demo import channels, people, story, traffic
from inbox.providers.sandbox.client import SandboxClient, SandboxRefused


class Command(BaseCommand):
    help = "Build the demo, or tell what it holds. Needs the web server, a worker and the sandbox."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the facts as JSON")
        parser.add_argument(
            "--no-traffic", action="store_true", help="people and channels only, no messages"
        )
        parser.add_argument("--out", default="", help="write the JSON to this file, mode 0600")
        parser.add_argument(
            "--timeout", type=float, default=120, help="seconds to wait for workers"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        facts = self._build(with_traffic=not options["no_traffic"], timeout_s=options["timeout"])
        if options["out"]:
            self._write(Path(options["out"]), facts)
            return
        if options["json"]:
            self.stdout.write(json.dumps(facts, indent=2, ensure_ascii=False))
            return
        self.stdout.write(f"{facts['base_url']}")
        for user in facts["users"]:
            self.stdout.write(
                f"{user['name']:<14} {user['email']:<22} {user['password']:<16}"
                f" {user['role']:<20} {user['workspace']}"
            )

    def _build(self, *, with_traffic: bool, timeout_s: float) -> dict[str, Any]:
        now = timezone.now()
        brands = people.make_places()
        users = people.make_people(brands)
        sandbox = self._sandbox() if with_traffic else None
        channel_facts: list[channels.ChannelFacts] = []
        for brand in brands.values():
            channel_facts += channels.set_up(brand, sandbox)
        if sandbox is not None:
            fresh = {
                brand.workspace: traffic.say_everything(brand, sandbox, now=now, tell=self._tell)
                for brand in brands.values()
                if not traffic.has_traffic(brand)
            }
            for workspace, expected in fresh.items():
                if not traffic.wait_until_processed(
                    brands[workspace], expected=expected, timeout_s=timeout_s
                ):
                    raise CommandError(
                        f"{workspace}: not everything was processed in {timeout_s:.0f} s;"
                        " are the web server and a worker running?"
                    )
                traffic.mark_influencers(brands[workspace])
                story.tell(brands[workspace], users)
        tokens = [
            {
                "workspace": workspace,
                "token": people.make_token(
                    brand, owner=users["olga" if brand.agency.slug == "acme" else "gus"], now=now
                ),
                "capabilities": people.TOKEN_CAPABILITIES,
            }
            for workspace, brand in brands.items()
        ]
        return {
            "base_url": settings.PUBLIC_URL,
            "users": [
                {
                    "name": person.name,
                    "email": people.email_of(person),
                    "password": people.password_of(person),
                    "role": person.role.value if person.role else "",
                    "workspace": person.workspace,
                }
                for person in people.PEOPLE
            ],
            "channels": channel_facts,
            "api_tokens": tokens,
        }

    def _write(self, path: Path, facts: dict[str, Any]) -> None:
        """Passwords and tokens: for the owner of the file only."""
        path.touch(mode=0o600, exist_ok=True)
        path.chmod(0o600)
        path.write_text(json.dumps(facts, indent=2, ensure_ascii=False))

    def _sandbox(self) -> SandboxClient:
        if not settings.SANDBOX_URL:
            raise CommandError(
                "SANDBOX_URL is not set: start everything with `make run`, or use --no-traffic."
            )
        client = SandboxClient(settings.SANDBOX_URL, settings.SANDBOX_KEY, timeout_s=30)
        try:
            client.state()
        except (httpx.HTTPError, SandboxRefused) as error:
            raise CommandError(
                f"The sandbox network at {settings.SANDBOX_URL} does not answer: {error}"
            ) from error
        return client

    def _tell(self, line: str) -> None:
        self.stderr.write(line)
