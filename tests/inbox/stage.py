"""A brand connected to the sandbox network, and a worker that works when told."""

from dataclasses import dataclass
from typing import Any

from inbox.domain.pipeline import process_waiting
from inbox.domain.sending import send_waiting
from inbox.domain.splitting import split_waiting
from inbox.models import ChannelAccount, ChannelApp
from inbox.providers.sandbox.client import SandboxClient
from moderation.domain.policies import install_preset
from tenants.actors import SystemActor
from tenants.models import Brand
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_app

SETUP = SystemActor("system", "tests")


@dataclass
class Stage:
    """``page`` and ``number``: ids of page and WhatsApp number; ``web``: our address."""

    brand: Brand
    sandbox: SandboxClient
    apps: dict[str, ChannelApp]
    accounts: dict[str, ChannelAccount]
    page: str
    number: str
    web: str

    def work(self) -> None:
        """What the workers do until nothing is left, with the network's answers."""
        for _round in range(6):
            self.sandbox.wait_until_delivered()
            done = split_waiting(self.brand.agency_id)
            done += process_waiting(self.brand.pk)
            done += send_waiting(self.brand.pk)
            if not done:
                return

    def scope(self) -> Any:
        return brand_scope(self.brand.pk)


def build_stage(
    brand: Brand, *, web: str, sandbox_url: str, sandbox: SandboxClient, page: str = "5551",
    number: str = "PN1",
) -> Stage:  # fmt: skip
    apps, accounts = {}, {}
    for channel, external_id in (("facebook", page), ("whatsapp", number)):
        app = make_app(brand, channel, app_secret=f"secret-{channel}-{brand.slug}")
        apps[channel] = app
        sandbox.add_app(
            str(app.pk),
            app_secret=app.app_secret,
            verify_token=app.verify_token,
            webhook_url=web + app.webhook_path,
        )
        sandbox.add_account(channel, external_id, token=f"token-{external_id}", app_id=str(app.pk))
        with brand_scope(brand.pk):
            accounts[channel] = make_account(
                brand,
                channel,
                external_id,
                app=app,
                base_url=sandbox_url,
                access_token=f"token-{external_id}",
            )
    with brand_scope(brand.pk):
        install_preset(brand, actor=SETUP)
    return Stage(brand, sandbox, apps, accounts, page, number, web)
