"""The demo's channels: a WhatsApp number and a Facebook page per brand, on the sandbox network."""

from typing import TypedDict

from django.conf import settings

from engage.demo.people import DEMO, derived
from engage.demo.templates import TEMPLATES
from inbox.choices import Network
from inbox.domain.channels import connect_account
from inbox.models import AnswerTemplate, ChannelAccount, ChannelApp
from inbox.providers.sandbox.client import SandboxClient
from moderation.domain.policies import install_preset
from tenants.models import Brand
from tenants.scope import brand_scope


class ChannelFacts(TypedDict):
    """One channel as ``manage.py demo --json`` tells it."""

    channel: str
    brand: str
    workspace: str
    account_id: str
    webhook_url: str
    secret: str
    verify_token: str


def account_id_of(workspace: str, channel: str) -> str:
    """Made-up ids in the networks' style: digits only, different per brand."""
    number = int(derived("account", workspace, channel, length=12), 16) % 10**12
    return f"{'1' if channel == Network.WHATSAPP else '2'}{number:012d}"


def set_up(brand: Brand, sandbox: SandboxClient | None) -> list[ChannelFacts]:
    """Policy, templates and accounts of a brand, known to the sandbox. Idempotent."""
    facts: list[ChannelFacts] = []
    with brand_scope(brand.pk):
        install_preset(brand, actor=DEMO)
        for template in TEMPLATES:
            AnswerTemplate.objects.get_or_create(
                brand=brand,
                shortcut=template.shortcut,
                language=template.language,
                defaults={
                    "name": template.name,
                    "intent": template.intent,
                    "conversation_kind": template.kind,
                    "text": template.text,
                    "sends_itself": template.sends_itself,
                    "min_confidence_pct": template.min_confidence_pct,
                },
            )
        for channel in (Network.WHATSAPP, Network.FACEBOOK):
            account = _account(brand, channel)
            if sandbox is not None:
                _register(account, sandbox)
            facts.append(
                {
                    "channel": channel.value,
                    "brand": brand.slug,
                    "workspace": brand.workspace,
                    "account_id": account.external_id,
                    "webhook_url": settings.PUBLIC_URL + account.app.webhook_path,
                    "secret": account.app.app_secret,
                    "verify_token": account.app.verify_token,
                }
            )
    return facts


def _account(brand: Brand, channel: Network) -> ChannelAccount:
    external_id = account_id_of(brand.workspace, channel)
    known = (
        ChannelAccount.objects.select_related("app")
        .filter(channel=channel, external_id=external_id)
        .first()
    )
    if known is not None:
        if settings.SANDBOX_URL and known.base_url != settings.SANDBOX_URL:
            known.base_url = settings.SANDBOX_URL
            known.save(update_fields=["base_url"])
        return known
    app = ChannelApp.objects.create(
        agency=brand.agency,
        channel=channel,
        name=f"{brand.name} {channel.label}",
        app_secret=derived("secret", brand.workspace, channel, length=32),
        verify_token=derived("verify", brand.workspace, channel, length=16),
    )
    return connect_account(
        brand,
        app=app,
        external_id=external_id,
        name=brand.name,
        base_url=settings.SANDBOX_URL or "http://127.0.0.1:8900",
        access_token=derived("access", brand.workspace, channel, length=40),
        actor=DEMO,
        is_sandbox=True,
    )


def _register(account: ChannelAccount, sandbox: SandboxClient) -> None:
    app = account.app
    sandbox.add_app(
        str(app.pk),
        app_secret=app.app_secret,
        verify_token=app.verify_token,
        webhook_url=settings.PUBLIC_URL + app.webhook_path,
    )
    sandbox.add_account(
        account.channel,
        account.external_id,
        token=account.access_token,
        app_id=str(app.pk),
        name=account.name,
    )
