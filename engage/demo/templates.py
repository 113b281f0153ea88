"""Answer templates of the demo's brands, German and English."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """As ``inbox.AnswerTemplate``."""

    name: str
    shortcut: str
    intent: str
    kind: str
    language: str
    text: str
    sends_itself: bool
    min_confidence_pct: int = 60


TEMPLATES = (
    Template(
        "Dank",
        "dank",
        "praise",
        "direct",
        "de",
        "Vielen Dank, das freut uns sehr!",
        sends_itself=True,
    ),
    Template(
        "Thanks",
        "thanks",
        "praise",
        "direct",
        "en",
        "Thank you, that makes our day!",
        sends_itself=True,
    ),
    Template(
        "Dank öffentlich",
        "dankp",
        "praise",
        "comment",
        "de",
        "Danke dir, das freut uns riesig!",
        sends_itself=True,
    ),
    Template(
        "Thanks in public",
        "thanksp",
        "praise",
        "comment",
        "en",
        "Thank you so much, we are glad to hear that!",
        sends_itself=True,
    ),
    Template(
        "Bestellstatus",
        "status",
        "order_status",
        "direct",
        "de",
        "Wir schauen sofort nach. Bitte senden Sie uns dazu Ihre Bestellnummer.",
        sends_itself=True,
    ),
    Template(
        "Order status",
        "order",
        "order_status",
        "direct",
        "en",
        "We are looking into it right away. Please send us your order number.",
        sends_itself=True,
    ),
    Template(
        "Preis",
        "preis",
        "price",
        "direct",
        "de",
        "Danke für Ihre Anfrage. Den aktuellen Preis finden Sie in unserem Shop.",
        sends_itself=False,
    ),
    Template(
        "Price",
        "price",
        "price",
        "direct",
        "en",
        "Thanks for asking. You will find the current price in our shop.",
        sends_itself=False,
    ),
    Template(
        "Versand",
        "versand",
        "",
        "direct",
        "de",
        "Ihre Bestellung verlässt unser Lager innerhalb von 48 Stunden.",
        sends_itself=False,
    ),
    Template(
        "Shipping",
        "ship",
        "",
        "direct",
        "en",
        "Your order leaves our warehouse within 48 hours.",
        sends_itself=False,
    ),
    Template(
        "Retoure",
        "retoure",
        "",
        "direct",
        "de",
        "Sie können Artikel innerhalb von 30 Tagen kostenlos zurücksenden.",
        sends_itself=False,
    ),
    Template(
        "Bitte privat",
        "dm",
        "",
        "comment",
        "de",
        "Das klären wir gern persönlich. Bitte schreiben Sie uns Ihre Bestellnummer als Nachricht.",
        sends_itself=False,
    ),
    Template(
        "Please write to us",
        "pm",
        "",
        "comment",
        "en",
        "We would like to sort this out in private. Please send us your order number as a message.",
        sends_itself=False,
    ),
)
