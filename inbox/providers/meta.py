"""What all of Meta's networks share: handshake, signature, envelope, errors.

Source: Graph API webhooks and error handling, v25.0 (2026-02).
"""

import hashlib
import hmac
import json
import re
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, override

from inbox.providers.base import Connector
from inbox.providers.bounds import TooLong, bounded
from inbox.providers.errors import ErrorClass, PlatformFailure, UnreadableDelivery
from inbox.providers.events import Event, EventKind, instant, storable, storable_json

SIGNATURE_HEADER = "x-hub-signature-256"

_CHALLENGE = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})")
# The quotes of a text inside the JSON are escaped, so no author can write such a key.
_HINT = re.compile(
    rb'"phone_number_id"\s*:\s*"(?P<number>[0-9A-Za-z_-]{1,100})"'
    rb'|"entry"\s*:\s*\[\s*\{\s*(?:"time"\s*:\s*\d+\s*,\s*)?"id"\s*:\s*'
    rb'"(?P<entry>[0-9A-Za-z_-]{1,100})"'
)
_HINT_WITHIN = 4096

# (code, subcode) first, then the code alone.
_BY_SUBCODE: dict[tuple[int, int], ErrorClass] = {
    (1, 1357046): ErrorClass.AMBIGUOUS,
    (10, 2018278): ErrorClass.WINDOW_CLOSED,
    (10, 2534022): ErrorClass.WINDOW_CLOSED,
    (10, 1893063): ErrorClass.POLICY,
    (100, 2534029): ErrorClass.POLICY,
    (100, 33): ErrorClass.TARGET_GONE,
    (613, 2534040): ErrorClass.RATE_LIMITED,
}
_BY_CODE: dict[int, ErrorClass] = {
    1: ErrorClass.TRANSIENT,
    2: ErrorClass.TRANSIENT,
    3: ErrorClass.PERMISSION,
    4: ErrorClass.RATE_LIMITED,
    10: ErrorClass.PERMISSION,
    17: ErrorClass.RATE_LIMITED,
    32: ErrorClass.RATE_LIMITED,
    100: ErrorClass.INVALID,
    102: ErrorClass.AUTH_EXPIRED,
    190: ErrorClass.AUTH_EXPIRED,
    368: ErrorClass.POLICY,
    551: ErrorClass.RECIPIENT_UNREACHABLE,
    613: ErrorClass.RATE_LIMITED,
    803: ErrorClass.TARGET_GONE,
    1545041: ErrorClass.WINDOW_CLOSED,
    **dict.fromkeys(range(200, 300), ErrorClass.PERMISSION),
    **dict.fromkeys(range(80001, 80010), ErrorClass.RATE_LIMITED),
}


def signature(raw: bytes, secret: str) -> str:
    """Value of the header X-Hub-Signature-256 for exactly these bytes."""
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def appsecret_proof(app_secret: str, token: str) -> str:
    """Proof that the caller of the API also holds the app's secret."""
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def matching_secret(raw: bytes, header: str, secrets: Sequence[str]) -> int | None:
    """Position of the secret that signed ``raw``, or None. All candidates are always tried."""
    given = header if _SIGNATURE.fullmatch(header) else ""
    found: int | None = None
    for position, secret in enumerate(secrets):
        # An empty secret would let anybody sign.
        if hmac.compare_digest(signature(raw, secret), given) and secret and found is None:
            found = position
    return found


def error_class(
    code: int,
    subcode: int = 0,
    *,
    is_transient: bool = False,
    by_code: Mapping[int, ErrorClass] | None = None,
) -> ErrorClass:
    """Class of a Graph error. ``by_code``, a network's own table, goes before the shared one."""
    exact = _BY_SUBCODE.get((code, subcode))
    if exact is not None:
        return exact
    own = (by_code or {}).get(code) or _BY_CODE.get(code)
    if is_transient and own in (None, ErrorClass.INVALID):
        return ErrorClass.TRANSIENT
    return own or ErrorClass.INVALID


def failure_from(
    error: Mapping[str, Any],
    *,
    retry_after_s: int | None = None,
    by_code: Mapping[int, ErrorClass] | None = None,
) -> PlatformFailure:
    """The failure told by the ``error`` object of an answer."""
    code, subcode = _int(error.get("code")), _int(error.get("error_subcode"))
    details = error.get("error_data")
    extra = details.get("details") if isinstance(details, dict) else None
    message = " ".join(str(part) for part in (error.get("message"), extra) if part)
    return PlatformFailure(
        error_class(code, subcode, is_transient=error.get("is_transient") is True, by_code=by_code),
        f"{code}/{subcode}" if subcode else str(code),
        storable(message)[:1000],
        retry_after_s,
    )


def _int(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return 0
    try:
        return int(value)
    except ValueError:
        return 0


def load_json(body: bytes) -> Any:
    """Raises: UnreadableDelivery (no strict JSON in UTF-8, or nested beyond all reason)."""
    try:
        # NaN and Infinity are no JSON, and jsonb refuses them.
        return json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant, parse_int=_integer)
    except (ValueError, RecursionError) as error:
        raise UnreadableDelivery(f"no readable JSON: {type(error).__name__}") from error


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _integer(digits: str) -> int | str:
    """Python refuses to read very long numbers; one of them must not cost the whole delivery."""
    return int(digits) if len(digits) <= 400 else digits


class MetaConnector(Connector):
    """Handshake, signature and the walk over entries; a network adds its items."""

    webhook_object: str

    @abstractmethod
    def read_entry(self, entry: dict[str, Any], items: "Items") -> Iterator[Event]:
        """The events of one entry. May raise on a broken entry; ``items`` isolates its parts."""

    @override
    def handshake(self, params: Mapping[str, str], verify_token: str) -> str | None:
        challenge = params.get("hub.challenge", "")
        token = params.get("hub.verify_token", "")
        matches = hmac.compare_digest(token.encode(errors="replace"), verify_token.encode())
        if params.get("hub.mode") != "subscribe" or not verify_token or not matches:
            return None
        return challenge if _CHALLENGE.fullmatch(challenge) else None

    @override
    def verify_signature(
        self, raw: bytes, headers: Mapping[str, str], secrets: Sequence[str]
    ) -> bool:
        values = [value for name, value in headers.items() if name.lower() == SIGNATURE_HEADER]
        return len(values) == 1 and matching_secret(raw, values[0], secrets) is not None

    @override
    def account_hint(self, body: bytes) -> str:
        """A WhatsApp number stands inside the entry of a business account and goes before it."""
        found = {
            name: value.decode("ascii")
            for match in _HINT.finditer(body[:_HINT_WITHIN])
            for name, value in match.groupdict().items()
            if value is not None
        }
        return found.get("number") or found.get("entry", "")

    @override
    def split(self, body: bytes, *, received_at: datetime | None = None) -> Iterator[Event]:
        document = load_json(body)
        # Some of Meta's examples wrap the envelope in a list.
        envelopes = document if isinstance(document, list) else [document]
        if not envelopes or not any(
            isinstance(one, dict) and isinstance(one.get("entry"), list) for one in envelopes
        ):
            raise UnreadableDelivery("no envelope with a list of entries")
        return self._walk(envelopes, received_at or datetime.now(UTC))

    def _walk(self, envelopes: list[Any], received_at: datetime) -> Iterator[Event]:
        for envelope in envelopes:
            if not isinstance(envelope, dict) or not isinstance(envelope.get("entry"), list):
                items = Items(self.channel, {}, {}, received_at)
                yield items.malformed(envelope, "no envelope")
                continue
            for entry in envelope["entry"]:
                items = Items(self.channel, envelope, entry, received_at)
                if envelope.get("object") != self.webhook_object:
                    yield items.unsupported(entry, f"object is not {self.webhook_object}")
                elif not isinstance(entry, dict):
                    yield items.malformed(entry, "entry is no object")
                else:
                    yield from items.guarded_many(entry, partial(self.read_entry, entry, items))


class BadItem(ValueError):
    """An item lacks what it cannot do without. The message says what."""


class Items:
    """Makes the events of one entry; keeps one bad item from hurting the others."""

    def __init__(
        self, channel: str, envelope: Mapping[str, Any], entry: Any, received_at: datetime
    ) -> None:
        known = entry if isinstance(entry, dict) else {}
        self.channel = channel
        self.account_id = text_in(known, "id")
        self.entry_time = text_in(known, "time")
        self.fallback = instant(known.get("time")) or received_at
        self.context: dict[str, Any] = {
            "object": envelope.get("object"),
            "entry": {"id": known.get("id"), "time": known.get("time")},
        }

    def raw(self, item: Any, **context: Any) -> dict[str, Any]:
        """The item with its envelope, in a form that jsonb can hold."""
        stored: dict[str, Any] = storable_json({**self.context, **context, "item": item})
        return stored

    def plain(self, kind: EventKind, item: Any, problem: str, **context: Any) -> Event:
        """An event that is only kept. Its id is a digest of its content."""
        raw = self.raw(item, **context)
        digest = hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()[:32]
        return bounded(
            Event(
                channel=self.channel,
                account_id=self.account_id,
                kind=kind,
                external_id=digest,
                occurred_at=self.fallback,
                lane=f"{self.account_id}:{digest}",
                raw=raw,
                problem=problem,
            )
        )

    def malformed(self, item: Any, problem: str, **context: Any) -> Event:
        """See ``plain``."""
        return self.plain(EventKind.MALFORMED, item, problem, **context)

    def unsupported(self, item: Any, problem: str, **context: Any) -> Event:
        """See ``plain``."""
        return self.plain(EventKind.UNSUPPORTED, item, problem, **context)

    def guarded(self, item: Any, make: Callable[[], Event], **context: Any) -> Event:
        """``make()``, or a malformed event that keeps the item."""
        try:
            return bounded(make())
        except Exception as error:  # whatever a stranger sends must not stop its siblings
            return self.malformed(item, _reason(error), **context)

    def guarded_many(
        self, item: Any, make: Callable[[], Iterator[Event]], **context: Any
    ) -> Iterator[Event]:
        """All of ``make()``; where it breaks off, one malformed event that keeps the item."""
        try:
            yield from make()
        except Exception as error:  # as above
            yield self.malformed(item, _reason(error), **context)


def _reason(error: Exception) -> str:
    return (
        storable(str(error))[:300] if isinstance(error, BadItem | TooLong) else type(error).__name__
    )


def text_in(item: Any, key: str) -> str:
    """A string or number under ``key`` as storable string; "" for anything else."""
    value = item.get(key) if isinstance(item, dict) else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return storable(str(value))


def needed(item: Any, key: str) -> str:
    """As ``text_in``. Raises: BadItem (missing, or longer than an id may be)."""
    value = text_in(item, key)
    if not value or len(value) > 512:
        raise BadItem(f"{key} is missing" if not value else f"{key} is too long")
    return value


def object_in(item: Any, key: str) -> dict[str, Any]:
    """The object under ``key``; empty for anything else."""
    value = item.get(key) if isinstance(item, dict) else None
    return value if isinstance(value, dict) else {}


def list_in(item: Any, key: str) -> list[Any]:
    """The list under ``key``; empty if it is missing. Raises: BadItem (something else)."""
    value = item.get(key) if isinstance(item, dict) else None
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadItem(f"{key} is no list")
    return value
