"""The control side of the sandbox network: set up, let people speak, look, break things."""

from collections.abc import Callable, Mapping
from typing import Any

from inbox.providers.sandbox.delivery import Deliverer
from inbox.providers.sandbox.payloads import body_of
from inbox.providers.sandbox.people import CannotSay, Said, say
from inbox.providers.sandbox.whatsapp_api import post_status
from inbox.providers.sandbox.world import Account, App, Fault, Person, World

FAULTS = frozenset(
    {
        "timeout_after_accept",  # taken, but the answer never comes
        "bad_gateway",  # taken, but an error page comes back
        "http_500",  # not taken
        "rate_limit",  # not taken
        "late_refusal",  # WhatsApp: taken, and refused later by a status
        "drop_webhooks",  # the next webhooks are lost for ever
    }
)


class Control:
    """One method per control endpoint; each takes the JSON body and gives the JSON answer."""

    def __init__(self, world: World, deliverer: Deliverer) -> None:
        self._world = world
        self._deliverer = deliverer
        self._posts: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "apps": self.add_app,
            "accounts": self.add_account,
            "people": self.change_person,
            "say": self.say,
            "deliver": self.deliver,
            "status": self.status,
            "faults": self.add_fault,
            "clock": self.move_clock,
        }

    def answer(self, method: str, name: str, values: Mapping[str, Any]) -> tuple[int, Any]:
        """Status and JSON. What is wrong with the values is said in words."""
        try:
            if method == "GET" and name == "state":
                return 200, self._world.snapshot()
            if method == "POST" and name in self._posts:
                with self._world.lock:
                    return 200, self._posts[name](values)
        except (CannotSay, ValueError) as error:
            return 400, {"error": str(error)}
        except KeyError as error:
            return 400, {"error": f"{error.args[0]} is missing or unknown"}
        return 404, {"error": f"{method} /_control/{name} is unknown"}

    def add_app(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Register or change an app: app_id, app_secret, verify_token, webhook_url."""
        app = App(*(str(values[key]) for key in App.__slots__))
        if not app.app_secret or not app.webhook_url.startswith(("http://", "https://")):
            raise ValueError("an app needs a secret and a webhook_url")
        self._world.do("app", **{key: getattr(app, key) for key in App.__slots__})
        return {"app_id": app.app_id}

    def add_account(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Register or change an account: channel, account_id, token, app_id, name."""
        if values["channel"] not in ("whatsapp", "facebook"):
            raise ValueError("channel is whatsapp or facebook")
        if values["app_id"] not in self._world.apps:
            raise KeyError(f"app {values['app_id']}")
        account = Account(
            channel=str(values["channel"]),
            account_id=str(values["account_id"]),
            token=str(values["token"]),
            app_id=str(values["app_id"]),
            name=str(values.get("name", "")),
            calls_per_minute=int(values.get("calls_per_minute", 0)),
        )
        self._world.do("account", **{key: getattr(account, key) for key in Account.__slots__})
        return {"account_id": account.account_id}

    def change_person(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Change a known person: account_id, person_id, is_blocking."""
        person = self._world.people[str(values["account_id"]), str(values["person_id"])]
        changed = {key: getattr(person, key) for key in Person.__slots__}
        changed["is_blocking"] = bool(values.get("is_blocking", person.is_blocking))
        self._world.do("person", **changed)
        return {"person_id": person.person_id}

    def say(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """One wish, or several in ``batch``: these arrive in one delivery per app.

        A batch in which one wish cannot be carried out delivers nothing, but what came before
        the faulty wish stays in the world.
        """
        batch = values.get("batch")
        wishes = batch if isinstance(batch, list) else [values]
        said = [say(self._world, wish) for wish in wishes]
        deliveries: dict[str, list[Said]] = {}
        for one in said:
            deliveries.setdefault(one.account.app_id, []).append(one)
        ids = [
            self._deliverer.post(app_id, body_of(envelope), sign=str(values.get("sign", "right")))
            for app_id, group in deliveries.items()
            for envelope in _joined(group)
            for _ in range(max(1, min(int(values.get("times", 1)), 100)))
        ]
        return {"items": [{"id": one.thing_id} for one in said], "deliveries": ids}

    def deliver(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Any body to an app's webhook: app_id, body (text), sign right|wrong|none."""
        if values["app_id"] not in self._world.apps:
            raise KeyError(f"app {values['app_id']}")
        sign = str(values.get("sign", "right"))
        if sign not in ("right", "wrong", "none"):
            raise ValueError("sign is right, wrong or none")
        body = str(values["body"])
        return {"deliveries": [self._deliverer.post(str(values["app_id"]), body, sign=sign)]}

    def status(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Tell a WhatsApp status again or anew: message_id, status."""
        message = self._world.messages[str(values["message_id"])]
        account = self._world.accounts[message.account_id]
        post_status(
            self._world, self._deliverer, account, message.message_id, str(values["status"])
        )
        return {"message_id": message.message_id}

    def add_fault(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The next ``count`` fitting calls go wrong: kind, count, account_id, hold_s."""
        kind = str(values["kind"])
        if kind not in FAULTS:
            raise ValueError(f"kind is one of {', '.join(sorted(FAULTS))}")
        if values.get("count") == 0:
            self._world.faults = [one for one in self._world.faults if one.kind != kind]
            return {"kind": kind, "count": 0}
        fault = Fault(
            kind=kind,
            count=int(values.get("count", 1)),
            account_id=str(values.get("account_id", "")),
            hold_s=min(float(values.get("hold_s", 0)), 300.0),
        )
        self._world.faults.append(fault)
        return {"kind": kind, "count": fault.count}

    def move_clock(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Let the sandbox's clock run ``offset_s`` seconds ahead of the real one."""
        self._world.do("clock", offset_s=float(values["offset_s"]))
        return {"now": self._world.now()}


def _joined(group: list[Said]) -> list[dict[str, Any]]:
    """One envelope per kind of object, with all entries in order."""
    joined: dict[str, dict[str, Any]] = {}
    for one in group:
        kind = one.envelope["object"]
        if kind in joined:
            joined[kind]["entry"] += one.envelope["entry"]
        else:
            joined[kind] = {"object": kind, "entry": list(one.envelope["entry"])}
    return list(joined.values())
