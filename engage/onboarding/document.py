"""The document that describes a brand: read from YAML, JSON or a form, always by these rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from engage.onboarding.checking import Checker
from engage.onboarding.presets import preset_names
from engage.onboarding.problems import BadDocument, Lines, Path
from engage.onboarding.settings_part import SECTIONS, Settings, read_settings
from inbox.choices import Network
from inbox.domain.connecting import NEEDED
from tenants.choices import Language
from tenants.domain.profile import FIELDS, check_region, clean_field

_BRAND_KEYS = (*(name for name in FIELDS if not name.startswith("holiday_")), "holidays")
_CHANNEL_KEYS = (
    "network",
    "account_id",
    "name",
    "sandbox",
    "access_token",
    "app_secret",
    "verify_token",
    "client_id",
)
_MEMBER_KEYS = ("email", "role", "language")
KEYS = ("brand", "preset", "copy_from", *SECTIONS, "channels", "team")
MOST_CHANNELS = 100
MOST_PEOPLE = 200


@dataclass(frozen=True, slots=True)
class ChannelWish:
    """An account to be connected. ``is_sandbox``: on our own network; its secrets are made."""

    network: str
    account_id: str
    name: str
    is_sandbox: bool
    access_token: str = field(default="", repr=False)
    app_secret: str = field(default="", repr=False)
    verify_token: str = field(default="", repr=False)
    client_id: str = ""


@dataclass(frozen=True, slots=True)
class MemberWish:
    email: str
    role: str
    language: str


@dataclass(frozen=True, slots=True)
class Document:
    """What is wanted of one brand. ``profile``: fields of ``tenants.domain.profile`` that were
    given. ``lines``: where each value stands, if it came from a file."""

    slug: str
    profile: Mapping[str, Any]
    preset: str
    copy_from: str
    settings: Settings
    channels: tuple[ChannelWish, ...]
    team: tuple[MemberWish, ...]
    lines: Lines = field(default_factory=dict, repr=False)


def parse(value: Any, lines: Lines | None = None) -> Document:
    """Check everything that can be checked without looking at the database.

    Raises: BadDocument, with all problems and their lines.
    """
    check = Checker(lines or {})
    found = check.mapping(value, (), KEYS) or {}
    profile: dict[str, Any] = {}
    if check.problems and not found:
        raise BadDocument(check.problems)
    if check.need(found, (), "brand"):
        profile = _brand(check, found["brand"])
    document = Document(
        slug=profile.pop("slug", ""),
        profile=profile,
        preset=_optional(check, found, "preset", preset_names()),
        copy_from=_copied(check, found),
        settings=read_settings(check, found),
        channels=_channels(check, found.get("channels")),
        team=_team(check, found.get("team")),
        lines=check.lines,
    )
    if check.problems:
        raise BadDocument(check.problems)
    return document


def _brand(check: Checker, value: Any) -> dict[str, Any]:
    given = check.mapping(value, ("brand",), _BRAND_KEYS)
    if given is None:
        return {}
    check.need(given, ("brand",), "slug")
    holidays = given.pop("holidays", None)
    profile: dict[str, Any] = {}
    for name, raw in given.items():
        if raw is None:
            continue
        read = check.by(("brand",), clean_field, name, raw, fields=True)
        if read is not None:
            profile[name] = read
    if holidays is not None:
        profile |= _holidays(check, holidays)
    return profile


def _holidays(check: Checker, value: Any) -> dict[str, Any]:
    path: Path = ("brand", "holidays")
    given = check.mapping(value, path, ("country", "region")) or {}
    read: dict[str, Any] = {}
    for name, raw in given.items():
        if raw is None:
            continue
        cleaned = check.by((*path, name), clean_field, f"holiday_{name}", raw)
        if cleaned is not None:
            read[f"holiday_{name}"] = cleaned
    if len(read) == len(given):
        check.by((*path, "region"), check_region, read)
    return read


def _optional(check: Checker, found: Mapping[str, Any], key: str, names: tuple[str, ...]) -> str:
    if found.get(key) is None:
        return ""
    return check.choice(found[key], (key,), names) or ""


def _copied(check: Checker, found: Mapping[str, Any]) -> str:
    if found.get("copy_from") is None:
        return ""
    return check.by(("copy_from",), clean_field, "slug", found["copy_from"]) or ""


def _channels(check: Checker, value: Any) -> tuple[ChannelWish, ...]:
    if value is None:
        return ()
    read: dict[tuple[str, str], ChannelWish] = {}
    for number, raw in enumerate(check.items(value, ("channels",), most=MOST_CHANNELS)):
        path: Path = ("channels", number)
        wish = _channel(check, raw, path)
        if wish is None:
            continue
        key = (wish.network, wish.account_id)
        if wish.account_id and key in read:
            check.refuse((*path, "account_id"), _("“%s” stands here twice.") % wish.account_id)
        read[key if wish.account_id else (wish.network, f"#{number}")] = wish
    return tuple(read.values())


def _channel(check: Checker, raw: Any, path: Path) -> ChannelWish | None:
    given = check.mapping(raw, path, _CHANNEL_KEYS)
    if given is None or not check.need(given, path, "network"):
        return None
    before = len(check.problems)
    if isinstance(given.get("account_id"), int):  # ids are digits; few people quote them
        given["account_id"] = str(given["account_id"])
    is_sandbox = bool(check.truth(given.get("sandbox", False), (*path, "sandbox")))
    network = check.choice(given["network"], (*path, "network"), Network.values) or ""
    if is_sandbox:
        for key in ("access_token", "app_secret", "verify_token", "client_id"):
            if given.get(key) is not None:
                check.refuse((*path, key), _("The sandbox makes its own secrets; leave this out."))
    else:
        check.need(given, path, *NEEDED.get(network, ("account_id", "access_token")))
    texts = {
        key: check.text(given[key], (*path, key), longest=longest) or ""
        for key, longest in (
            ("account_id", 100),
            ("name", 150),
            ("access_token", 1000),
            ("app_secret", 200),
            ("verify_token", 200),
            ("client_id", 200),
        )
        if given.get(key) is not None
    }
    if len(check.problems) > before:
        return None
    texts.setdefault("account_id", "")
    texts.setdefault("name", "")
    return ChannelWish(network=network, is_sandbox=is_sandbox, **texts)


def _team(check: Checker, value: Any) -> tuple[MemberWish, ...]:
    if value is None:
        return ()
    read: dict[str, MemberWish] = {}
    for number, raw in enumerate(check.items(value, ("team",), most=MOST_PEOPLE)):
        path: Path = ("team", number)
        given = check.mapping(raw, path, _MEMBER_KEYS)
        if given is None or not check.need(given, path, "email", "role"):
            continue
        email = check.by((*path, "email"), clean_field, "contact_email", given["email"])
        role = check.text(given["role"], (*path, "role"), longest=40)
        language = _optional_language(check, given, path)
        if not email or not role:
            if email == "":
                check.refuse((*path, "email"), _("This must not be empty."))
            continue
        if email in read:
            check.refuse((*path, "email"), _("“%s” stands here twice.") % email)
        read[email] = MemberWish(email, role, language)
    return tuple(read.values())


def _optional_language(check: Checker, given: Mapping[str, Any], path: Path) -> str:
    if given.get("language") is None:
        return ""
    return check.choice(given["language"], (*path, "language"), Language.values) or ""
