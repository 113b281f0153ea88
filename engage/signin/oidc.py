"""OpenID Connect, the part we need: authorization code with PKCE, checked id token, userinfo.

Every call leaves through the guarded way out: an issuer is data that people type in.
Source: OpenID Connect Core 1.0 section 3.1, Discovery 1.0; RFC 7636 (PKCE), RFC 9700 section 2.1.
"""

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
import jwt
from django.conf import settings

from inbox.providers.errors import PlatformFailure
from inbox.providers.network import GuardedTransport, checked_base_url, read_bounded
from tenants.models import SsoConnection

TIMEOUT_S = 10.0
LIMIT_BYTES = 512 * 1024
LEEWAY_S = 60
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")


class SsoFailed(Exception):
    """The provider's answer cannot be used. ``code`` is for ledgers and tests, never shown raw."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a provider says about a person, after every check of the protocol."""

    subject: str
    email: str = ""
    is_email_verified: bool = False
    name: str = ""
    groups: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()  # amr: how the provider asked, RFC 8176

    @property
    def has_second_factor(self) -> bool:
        return "mfa" in self.methods


@dataclass(frozen=True, slots=True)
class Pending:
    """What must come back with the person: kept in their session."""

    connection: str
    next: str
    state: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    at: float = field(default_factory=time.time)

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def discover(issuer: str) -> dict[str, Any]:
    """The provider's own description. Raises: SsoFailed."""
    document = _json("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if document.get("issuer", "").rstrip("/") != issuer.rstrip("/"):
        raise SsoFailed("issuer_differs")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        _checked(str(document.get(name, "")))
    return document


def redirect_uri() -> str:
    """Where every provider sends people back to."""
    return f"{settings.PUBLIC_URL}/accounts/sso/callback/"


def authorization_url(connection: SsoConnection, pending: Pending, *, asks_again: bool) -> str:
    """Where to send the person. ``asks_again``: although the provider may remember them.

    Raises: SsoFailed.
    """
    document = discover(connection.issuer)
    scopes = ["openid", "email", "profile"]
    if "groups" in document.get("scopes_supported", ()):
        scopes.append("groups")
    query = {
        "response_type": "code",
        "client_id": connection.client_id,
        "redirect_uri": redirect_uri(),
        "scope": " ".join(scopes),
        "state": pending.state,
        "nonce": pending.nonce,
        "code_challenge": pending.challenge,
        "code_challenge_method": "S256",
    }
    if asks_again:
        query["prompt"] = "login"
    return f"{document['authorization_endpoint']}?{urlencode(query)}"


def claims_for(connection: SsoConnection, pending: Pending, code: str) -> Claims:
    """Exchange the code, check the id token, ask for the person. Raises: SsoFailed."""
    document = discover(connection.issuer)
    tokens = _exchange(connection, document, pending, code)
    identity = _checked_identity(connection, document, pending, str(tokens.get("id_token", "")))
    person = dict(identity)
    if document.get("userinfo_endpoint") and tokens.get("access_token"):
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        more = _json("GET", str(document["userinfo_endpoint"]), headers=headers)
        if more.get("sub") != identity["sub"]:
            raise SsoFailed("subject_differs")
        person = more | identity
    return Claims(
        subject=str(identity["sub"])[:255],
        email=str(person.get("email", "")).strip().lower(),
        is_email_verified=person.get("email_verified") is True,
        name=str(person.get("name", "")).strip()[:150],
        groups=_texts(person.get("groups")),
        # Only the signed token says how the person was asked.
        methods=_texts(identity.get("amr")),
    )


def _exchange(
    connection: SsoConnection, document: dict[str, Any], pending: Pending, code: str
) -> dict[str, Any]:
    data = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri(),
        "code_verifier": pending.verifier,
    }
    known = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    auth: httpx.BasicAuth | None = None
    if "client_secret_basic" in known:
        auth = httpx.BasicAuth(connection.client_id, connection.client_secret)
    else:
        data |= {"client_id": connection.client_id, "client_secret": connection.client_secret}
    return _json("POST", str(document["token_endpoint"]), data=data, auth=auth)


def _checked_identity(
    connection: SsoConnection, document: dict[str, Any], pending: Pending, token: str
) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(token)
        keys = jwt.PyJWKSet.from_dict(_json("GET", str(document["jwks_uri"])))
        named = [key for key in keys.keys if key.key_id == header.get("kid")] or keys.keys
        algorithm = header.get("alg", "")
        if algorithm not in ALGORITHMS:
            raise SsoFailed("algorithm")
        found: dict[str, Any] = jwt.decode(
            token,
            named[0],
            algorithms=[algorithm],
            audience=connection.client_id,
            issuer=document["issuer"],
            leeway=LEEWAY_S,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
    except (jwt.PyJWTError, IndexError) as error:
        raise SsoFailed("id_token") from error
    if not secrets.compare_digest(str(found.get("nonce", "")), pending.nonce):
        raise SsoFailed("nonce")
    if isinstance(found["aud"], list) and found.get("azp") != connection.client_id:
        raise SsoFailed("azp")
    return found


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(v) for v in value[:200]) if isinstance(value, list) else ()


def _checked(url: str) -> httpx.URL:
    try:
        return checked_base_url(url, sandbox=settings.ALLOW_PRIVATE_SSO)
    except PlatformFailure as error:
        raise SsoFailed("address_refused") from error


def _json(method: str, url: str, **more: Any) -> dict[str, Any]:
    """One call, bounded in time and size, no redirects. Raises: SsoFailed."""
    address = _checked(url)
    transport = GuardedTransport(sandbox=settings.ALLOW_PRIVATE_SSO)
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    headers |= more.pop("headers", {})
    try:
        with (
            httpx.Client(transport=transport, timeout=TIMEOUT_S, trust_env=False) as client,
            client.stream(method, address, headers=headers, **more) as response,
        ):
            body = read_bounded(
                response, limit_bytes=LIMIT_BYTES, deadline=time.monotonic() + TIMEOUT_S
            )
            status = response.status_code
    except PlatformFailure as error:
        raise SsoFailed("address_refused") from error
    except httpx.HTTPError as error:
        raise SsoFailed("unreachable") from error
    if status != 200:
        raise SsoFailed("refused_by_provider")
    try:
        found = json.loads(body)
    except ValueError as error:
        raise SsoFailed("not_json") from error
    if not isinstance(found, dict):
        raise SsoFailed("not_json")
    return found
