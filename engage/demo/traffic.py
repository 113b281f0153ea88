"""Two weeks of messages, said on the sandbox network and delivered by signed webhooks."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from engage.demo.channels import account_id_of
from engage.demo.corpus.loading import Entry, FollowUp, load
from engage.demo.people import DEMO
from inbox.choices import EventState
from inbox.models import Contact, InboundEvent
from inbox.providers.sandbox.client import SandboxClient
from tenants.models import Brand
from tenants.registries import audit
from tenants.scope import brand_scope

BATCH = 20
VIP_FROM_FOLLOWERS = 10_000


def has_traffic(brand: Brand) -> bool:
    with brand_scope(brand.pk):
        return InboundEvent.objects.exists()


def say_everything(
    brand: Brand, sandbox: SandboxClient, *, now: datetime, tell: Callable[[str], None]
) -> int:
    """Say the brand's corpus in the order of its times; returns how many things were said."""
    wishes = [wish for _at, wish in sorted(_wishes(brand, now=now), key=lambda pair: pair[0])]
    for start in range(0, len(wishes), BATCH):
        sandbox.say_many(wishes[start : start + BATCH])
    tell(f"{brand.workspace}: {len(wishes)} messages and comments said on the sandbox network")
    return len(wishes)


def wait_until_processed(brand: Brand, *, expected: int, timeout_s: float) -> bool:
    """Until every event has had its effect; False if that took too long."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        with brand_scope(brand.pk):
            there = InboundEvent.objects.count()
            waiting = InboundEvent.objects.filter(state=EventState.PENDING).exists()
        if there >= expected and not waiting:
            return True
        time.sleep(0.3)
    return False


def mark_influencers(brand: Brand) -> None:
    """The networks' webhooks tell no reach; the demo knows it."""
    with brand_scope(brand.pk):
        for person in {entry.person for entry in load(brand.workspace)}:
            if person.followers >= VIP_FROM_FOLLOWERS:
                for contact in Contact.objects.filter(name=person.name, is_vip=False):
                    contact.is_vip, contact.follower_count = True, person.followers
                    with transaction.atomic():
                        contact.save(update_fields=["is_vip", "follower_count"])
                        audit("inbox.contact.changed", contact, actor=DEMO, after={"is_vip": True})


def _wishes(brand: Brand, *, now: datetime) -> Iterator[tuple[datetime, dict[str, Any]]]:
    for entry in load(brand.workspace):
        at = now - timedelta(minutes=entry.minutes_ago)
        account_id = account_id_of(brand.workspace, entry.channel)
        yield at, _first(entry, account_id=account_id, at=at)
        for number, follow in enumerate(entry.follow_ups):
            moment = min(at + timedelta(minutes=follow.after_minutes), now)
            yield moment, _follow(entry, follow, number, account_id=account_id, at=moment)


def _thing_id(entry: Entry) -> str:
    return f"wamid.{entry.key}" if entry.channel == "whatsapp" else f"demo_{entry.key}"


def _person(entry: Entry) -> dict[str, str]:
    person = entry.person
    if entry.channel == "facebook":
        return {"id": person.id, "name": person.name}
    known = {"id": person.bsuid or person.phone or person.id, "name": person.name}
    return known | ({"phone": person.phone} if person.phone else {})


def _first(entry: Entry, *, account_id: str, at: datetime) -> dict[str, Any]:
    wish: dict[str, Any] = {
        "account_id": account_id,
        "id": _thing_id(entry),
        "person": _person(entry),
        "text": entry.text,
        "at": at.timestamp(),
    }
    if entry.kind == "comment":
        post = f"{account_id}_{entry.post.key.removeprefix('post-')}" if entry.post else ""
        return wish | {"kind": "comment", "post_id": post}
    return wish | {"kind": entry.media.type if entry.media else "text"}


def _follow(
    entry: Entry, follow: FollowUp, number: int, *, account_id: str, at: datetime
) -> dict[str, Any]:
    wish: dict[str, Any] = {
        "account_id": account_id,
        "person": _person(entry),
        "text": follow.text,
        "at": at.timestamp(),
    }
    if follow.action == "reply":
        wish["id"] = f"{_thing_id(entry)}.{number}"
        if entry.kind == "comment":
            post = f"{account_id}_{entry.post.key.removeprefix('post-')}" if entry.post else ""
            return wish | {"kind": "comment", "post_id": post, "parent_id": _thing_id(entry)}
        return wish | {"kind": "text"}
    wish["target"] = _thing_id(entry)
    if entry.kind == "comment":
        return wish | {"kind": f"comment_{follow.action}"}
    return wish | {"kind": "edit" if follow.action == "edit" else "revoke"}
