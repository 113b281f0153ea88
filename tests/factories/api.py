"""Tokens, and a program that calls the API with one."""

from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from tenants.models import ApiToken, Brand, uuid7

ALL = (
    "inbox.conversation.view",
    "inbox.conversation.work",
    "inbox.reply.send",
    "inbox.channel.view",
    "moderation.case.view",
    "compliance.audit.view",
)


def make_token(brand: Brand, *capabilities: str, **fields: Any) -> tuple[ApiToken, str]:
    """The token and its plain text."""
    plain = f"eng_{uuid7().hex}"
    token = ApiToken.objects.create(
        brand=brand,
        **{
            "name": "shop",
            "token_sha256": ApiToken.hashed(plain),
            "capabilities": sorted(capabilities),
        }
        | fields,
    )
    return token, plain


@dataclass
class Program:
    """Calls ``/w/<workspace>/api/v1/<path>``. Errors of the server become answers, as in life."""

    workspace: str
    plain: str = ""
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return ({"Authorization": f"Bearer {self.plain}"} if self.plain else {}) | more

    def url(self, path: str) -> str:
        return f"/w/{self.workspace}/api/v1/{path}"

    def get(self, path: str, params: Any = None, **headers: str) -> Any:
        return self.client.get(self.url(path), params, headers=self._headers(headers))

    def post(
        self, path: str, body: Any = None, content_type: str = "application/json", **headers: str
    ) -> Any:
        return self.client.post(
            self.url(path), body, content_type=content_type, headers=self._headers(headers)
        )

    def follow(self, link: str) -> Any:
        """A link that the API gave."""
        return self.client.get(link, headers=self._headers({}))


def make_program(brand: Brand, *capabilities: str, **fields: Any) -> Program:
    """With the named capabilities, or with all of them."""
    _token, plain = make_token(brand, *(capabilities or ALL), **fields)
    return Program(brand.workspace, plain)


def ids(response: Any) -> list[str]:
    """Keys of a page, in its order."""
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]
