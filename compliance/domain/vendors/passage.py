"""May data of a brand be processed at this place, and on which ground? Pure; asks no database.

Source: GDPR Art. 28(3)(a), 44-49.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from compliance.choices import Safeguard
from compliance.domain.vendors.law import ADEQUACY, Home, homes, may_serve, order_of_grounds

NO_GROUND = "none"


@dataclass(frozen=True, slots=True)
class Standing:
    """A safeguard of a vendor. ``brand``: key of the one brand it is for, empty for all."""

    mechanism: str
    since: date
    brand: str = ""


@dataclass(frozen=True, slots=True)
class Leg:
    """The way to one place. ``ground`` empty: at home; ``none``: there is none, ``missing`` says
    what is (``instruction`` | ``ground``)."""

    place: str
    ground: str
    since: date | None = None
    missing: str = ""

    @property
    def is_open(self) -> bool:
        return not self.missing


def leg(
    home: str,
    place: str,
    *,
    standing: Iterable[Standing],
    fallen: Collection[str],
    brand: str,
    on: date,
) -> Leg:
    """From a brand whose region is ``home`` to ``place`` on this day."""
    rule = homes()[home]
    if place in rule.inside:
        return Leg(place, "")
    valid = [s for s in standing if s.since <= on and s.brand in ("", brand)]
    said = next(
        (s for s in valid if s.mechanism == Safeguard.INSTRUCTION and s.brand == brand), None
    )
    if rule.needs_instruction and said is None:
        return Leg(place, NO_GROUND, missing="instruction")
    law = homes()[rule.like] if rule.like else rule
    if said is not None and rule.needs_instruction and (rule.is_free or place in law.inside):
        return Leg(place, Safeguard.INSTRUCTION.value, said.since)
    return _by_law(law, place, valid, fallen, on)


def _by_law(law: Home, place: str, valid: list[Standing], fallen: Collection[str], on: date) -> Leg:
    adequate = law.adequate.get(place)
    if (
        adequate is not None
        and f"{ADEQUACY}{place}" not in fallen
        and adequate.on <= on
        and (adequate.until is None or on <= adequate.until)
    ):
        return Leg(place, f"{ADEQUACY}{place}", adequate.on)
    for mechanism in order_of_grounds():
        if mechanism in fallen or not may_serve(mechanism, place):
            continue
        for one in valid:
            if one.mechanism == mechanism:
                return Leg(place, mechanism, one.since)
    return Leg(place, NO_GROUND, missing="ground")


def legs(
    home: str,
    places: Iterable[str],
    *,
    standing: Iterable[Standing],
    fallen: Collection[str],
    brand: str,
    on: date,
) -> list[Leg]:
    """One per place, in their order."""
    known = list(standing)
    return [leg(home, place, standing=known, fallen=fallen, brand=brand, on=on) for place in places]


def worst_ground(found: Iterable[Leg]) -> str:
    """The one to write beside a message: none before a safeguard before an adequacy decision."""
    grounds = [one.ground for one in found]
    if NO_GROUND in grounds:
        return NO_GROUND
    ranked = sorted((g for g in grounds if g), key=lambda g: g.startswith(ADEQUACY))
    return ranked[0] if ranked else ""
