"""The sandbox test: real deliveries through the door, and a look at what became of them.

People of the sandbox network write to the brand's sandbox accounts; the network signs and delivers
as every network does. Nothing here writes a result: each check reads what is there.
"""

import json
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import httpx
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.choices import AutomationLevel, ConversationKind, Network
from inbox.domain.automation import levels_of
from inbox.domain.connecting import SandboxAway, connect_sandbox, register_at_sandbox, sandbox
from inbox.models import AnswerTemplate, ChannelAccount
from inbox.providers.sandbox.client import SandboxRefused
from tenants.choices import OnboardingStep
from tenants.domain.onboarding import mark
from tenants.exceptions import InvalidInput
from tenants.models import Brand, OnboardingMark
from tenants.permissions import Actor, require

logger = logging.getLogger(__name__)

SAMPLES: dict[str, dict[str, str]] = {
    "de": {
        "praise": "Vielen Dank, ihr seid ein tolles Team und ich bin rundum zufrieden!",
        "order_status": "Wo bleibt mein Paket? Meine Bestellung ist noch nicht angekommen.",
        "purchase": "Ich möchte gern bestellen.",
        "support": "Die App funktioniert nicht, ich bekomme immer eine Fehlermeldung.",
        "question": "Haben Sie am Samstag geöffnet?",
    },
    "en": {
        "praise": "Thank you so much, you are a great team and I am very happy!",
        "order_status": "Where is my parcel? My order has not arrived yet.",
        "purchase": "I would like to order.",
        "support": "The app does not work, I keep getting an error message.",
        "question": "Are you open on Saturday?",
    },
}
"""What the test's people say, by language and intent."""
UNSAFE = {
    "de": "Ihr seid alle Vollidioten, ihr dummen Schweine!",
    "en": "You are all complete idiots, you stupid pigs!",
}


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the test, as its mark remembers it."""

    key: str
    started_at: datetime
    language: str
    intent: str

    def thing(self, name: str) -> str:
        """The network's id of a message or comment of this run."""
        return f"trial-{self.key}-{name}"

    def person(self, name: str) -> str:
        """The network's id of a person of this run: a number, as WhatsApp has them."""
        return f"49155{int(self.key, 16) % 10**8:08d}{ord(name) - ord('a')}"


def run_of(found: OnboardingMark | None) -> Run | None:
    """The last run, or None: there was none."""
    if found is None or "run" not in found.detail:
        return None
    detail = found.detail
    return Run(
        detail["run"],
        datetime.fromisoformat(detail["started_at"]),
        detail["language"],
        detail["intent"],
    )


@transaction.atomic
def start_trial(brand: Brand, *, actor: Actor) -> Run:
    """Let three people of the sandbox network write to the brand, once this is committed.

    Sandbox accounts that are missing are connected. An earlier run is forgotten, and a confirmation
    with it.

    Raises: NotAllowed, SandboxAway, InvalidInput (no template may answer by itself).
    """
    require(actor, "inbox.channel.manage", brand)
    _ping()
    run = Run(secrets.token_hex(6), timezone.now(), brand.language, _intent(brand))
    accounts = {
        network: _account(brand, network, actor) for network in (Network.WHATSAPP, Network.FACEBOOK)
    }
    mark(
        brand,
        OnboardingStep.TRIAL,
        actor=actor,
        detail={
            "run": run.key,
            "started_at": run.started_at.isoformat(),
            "language": run.language,
            "intent": run.intent,
        },
        is_confirmed=False,
    )
    transaction.on_commit(partial(_say, run, accounts), robust=True)
    return run


def _ping() -> None:
    if not settings.SANDBOX_URL:
        raise SandboxAway(_("This installation has no sandbox network."))
    try:
        answer = httpx.get(f"{settings.SANDBOX_URL}/healthz", timeout=3, trust_env=False)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise SandboxAway from error


def _intent(brand: Brand) -> str:
    """An intent that automation may answer alone in the brand's language. Raises: InvalidInput."""
    levels = levels_of(brand.pk)
    answered = set(
        AnswerTemplate.objects.filter(
            brand=brand,
            is_active=True,
            sends_itself=True,
            language=brand.language,
            conversation_kind=ConversationKind.DIRECT,
        ).values_list("intent", flat=True)
    )
    for intent in SAMPLES[brand.language]:
        if intent in answered and levels.get(intent, "send") == AutomationLevel.SEND:
            return intent
    raise InvalidInput(
        "templates",
        _(
            "The test needs an answer template that sends itself in %(language)s, for an intent"
            " that automation may answer: for example a thank-you for praise."
        )
        % {"language": brand.get_language_display()},
    )


def _account(brand: Brand, network: Network, actor: Actor) -> ChannelAccount:
    known = (
        ChannelAccount.objects.select_related("app", "brand")
        .filter(brand=brand, channel=network, is_sandbox=True)
        .order_by("id")
        .first()
    )
    if known is None:
        return connect_sandbox(brand, channel=network, actor=actor)
    # The network may have been started anew, or at another address.
    if known.base_url != settings.SANDBOX_URL:
        known.base_url = settings.SANDBOX_URL
        known.save(update_fields=["base_url"])
    transaction.on_commit(partial(register_at_sandbox, known), robust=True)
    return known


def _say(run: Run, accounts: dict[Network, ChannelAccount]) -> None:
    """A forged delivery first, then what the three people say, in the order of their times."""
    number, page = accounts[Network.WHATSAPP], accounts[Network.FACEBOOK]
    ask = SAMPLES[run.language][run.intent]
    words = {"a1": ask, "b1": "STOP", "b2": ask}
    at = run.started_at.timestamp() - len(words)
    wishes: list[dict[str, Any]] = [
        {
            "account_id": number.external_id,
            "kind": "text",
            "id": run.thing(name),
            "text": text,
            "person": {"id": run.person(name[0]), "name": f"Sandbox {name[0].upper()}"},
            "at": at + offset,
        }
        for offset, (name, text) in enumerate(words.items())
    ]
    comment = {
        "account_id": page.external_id,
        "kind": "comment",
        "id": run.thing("c1"),
        "text": UNSAFE[run.language],
        "post_id": f"{page.external_id}_1",
        "person": {"id": run.person("c"), "name": "Sandbox C"},
        "at": at,
    }
    try:
        with sandbox() as network:
            network.deliver(str(number.app_id), _forged(run, number), sign="wrong")
            network.say_many(wishes)
            network.say_many([comment])
    except (httpx.HTTPError, SandboxRefused):
        logger.exception("the sandbox network did not take the test's messages")


def _forged(run: Run, number: ChannelAccount) -> str:
    """A message that looks right in everything but its signature."""
    message = {
        "from": run.person("f"),
        "id": run.thing("f1"),
        "timestamp": str(int(run.started_at.timestamp())),
        "type": "text",
        "text": {"body": SAMPLES[run.language][run.intent]},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"phone_number_id": number.external_id},
        "contacts": [{"wa_id": run.person("f"), "profile": {"name": "Sandbox F"}}],
        "messages": [message],
    }
    change = {"field": "messages", "value": value}
    entry = {"id": "1", "changes": [change]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]})
