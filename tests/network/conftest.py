"""The real network of the AT Protocol on loopback: its own directory, server and AppView.

``python -m tests.network`` installs and starts it and leaves its addresses in the environment.
"""

import json
import os
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

WHY_NOT = "NETWORK_SERVERS_MISSING"
ADDRESSES = "NETWORK_ADDRESSES"


@dataclass(frozen=True)
class Person:
    """An account on the real server, and the calls of a person's own app."""

    server: str
    did: str
    handle: str
    token: str

    def call(self, method: str, /, **body: Any) -> dict[str, Any]:
        answer = httpx.post(
            f"{self.server}/xrpc/{method}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text
        return answer.json() if answer.content else {}

    def ask(self, method: str, /, **params: Any) -> dict[str, Any]:
        answer = httpx.get(
            f"{self.server}/xrpc/{method}",
            params=params,
            headers={"Authorization": f"Bearer {self.token}"},
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def post(self, text: str, **record: Any) -> dict[str, str]:
        """A post; with ``reply`` an answer. Gives its address and version."""
        found = self.call(
            "com.atproto.repo.createRecord",
            repo=self.did,
            collection="app.bsky.feed.post",
            record={
                "$type": "app.bsky.feed.post",
                "text": text,
                "createdAt": "2026-11-22T10:00:00.000Z",
                **record,
            },
        )
        return {"uri": found["uri"], "cid": found["cid"]}


@dataclass(frozen=True)
class Network:
    server: str
    control: str

    def settle(self) -> None:
        """Until every server has seen what was written."""
        httpx.get(f"{self.control}/process-all", timeout=30, trust_env=False).raise_for_status()

    def join(self, name: str) -> tuple[Person, str]:
        """A new account and its password."""
        password = f"{name}-password"
        answer = httpx.post(
            f"{self.server}/xrpc/com.atproto.server.createAccount",
            json={"handle": f"{name}.test", "email": f"{name}@example.test", "password": password},
            timeout=30,
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text
        made = answer.json()
        person = Person(self.server, made["did"], made["handle"], made["accessJwt"])
        person.call(
            "com.atproto.repo.putRecord",
            repo=person.did,
            collection="app.bsky.actor.profile",
            rkey="self",
            record={"$type": "app.bsky.actor.profile", "displayName": name.title()},
        )
        return person, password


@pytest.fixture(scope="session")
def network() -> Network:
    if why := os.environ.get(WHY_NOT):
        pytest.skip(f"THE REAL NETWORK WAS NOT TESTED: {why}")
    if not (told := os.environ.get(ADDRESSES)):
        pytest.skip("THE REAL NETWORK WAS NOT TESTED: it runs under `make test-network` only")
    addresses = json.loads(told)
    return Network(addresses["pds"], addresses["control"])
