"""A brand with a WhatsApp number and a Facebook page, as set-up of a measurement."""

from dataclasses import dataclass

from engage.demo.templates import TEMPLATES
from inbox.models import AnswerTemplate, ChannelAccount, ChannelApp, ChannelRoute
from moderation.domain.policies import install_preset
from tenants.actors import SystemActor
from tenants.models import Agency, Brand
from tenants.scope import brand_scope

SETUP = SystemActor("system", "bench")
NUMBER, PAGE = "106540352242922", "5551"


@dataclass(frozen=True, slots=True)
class Connected:
    """``apps`` and ``accounts`` by channel: ``whatsapp``, ``facebook``."""

    brand: Brand
    apps: dict[str, ChannelApp]
    accounts: dict[str, ChannelAccount]


def connected_brand(slug: str = "north", *, suffix: str = "") -> Connected:
    """A live brand of the agency acme: both channels, the preset policy, the demo's templates."""
    agency, _made = Agency.objects.get_or_create(slug="acme", defaults={"name": "Acme"})
    brand = Brand.objects.create(agency=agency, slug=slug, name=slug.title(), state="live")
    apps, accounts = {}, {}
    for channel, account_id in (("whatsapp", NUMBER), ("facebook", PAGE)):
        apps[channel] = ChannelApp.objects.create(
            agency=agency,
            channel=channel,
            name=channel,
            app_secret=f"secret of {channel}",
            verify_token="verify",  # noqa: S106 -- nobody asks for it here
        )
        with brand_scope(brand.pk):
            accounts[channel] = ChannelAccount.objects.create(
                brand=brand,
                app=apps[channel],
                channel=channel,
                external_id=account_id + suffix,
                name=channel,
                base_url="http://127.0.0.1:9",
                access_token="token",  # noqa: S106 -- nothing is sent
                is_sandbox=True,
            )
            ChannelRoute.objects.create(
                channel=channel,
                external_id=account_id + suffix,
                brand=brand,
                account_ref=accounts[channel].pk,
            )
    with brand_scope(brand.pk):
        install_preset(brand, actor=SETUP)
        for one in TEMPLATES:
            AnswerTemplate.objects.create(
                brand=brand,
                name=one.name,
                shortcut=one.shortcut,
                intent=one.intent,
                conversation_kind=one.kind,
                language=one.language,
                text=one.text,
                sends_itself=one.sends_itself,
                min_confidence_pct=one.min_confidence_pct,
            )
    return Connected(brand, apps, accounts)
