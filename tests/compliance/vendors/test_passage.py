"""Where data may go: vectors of the law, and what can never be."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.choices import Place, Safeguard
from compliance.domain.vendors.law import ReportRule, homes, mechanisms, report_hours
from compliance.domain.vendors.passage import Standing, leg, legs, worst_ground
from tenants.choices import DataRegion

ON = date(2026, 6, 1)
DPF = Standing("dpf", date(2024, 1, 1))
SCC = Standing("scc", date(2023, 1, 1))
SAID = Standing("instruction", date(2025, 1, 1), "north")


@pytest.mark.parametrize(
    ("home", "place", "standing", "fallen", "ground", "missing"),
    [
        ("eu", "eu", [], [], "", ""),
        ("eu", "de", [], [], "", ""),
        ("eu", "ch", [], [], "adequacy_ch", ""),
        ("eu", "ch", [], ["adequacy_ch"], "none", "ground"),
        ("eu", "ch", [SCC], ["adequacy_ch"], "scc", ""),
        ("eu", "us", [], [], "none", "ground"),
        ("eu", "us", [DPF, SCC], [], "dpf", ""),
        ("eu", "us", [DPF, SCC], ["dpf"], "scc", ""),
        ("eu", "us", [DPF], ["dpf"], "none", "ground"),
        ("eu", "other", [DPF], [], "none", "ground"),
        ("eu", "other", [SCC], [], "scc", ""),
        ("eu", "us", [SAID], [], "none", "ground"),
        ("de", "de", [], [], "", ""),
        ("de", "eu", [], [], "none", "instruction"),
        ("de", "eu", [SAID], [], "instruction", ""),
        ("de", "us", [SAID], [], "none", "ground"),
        ("de", "us", [SAID, DPF], [], "dpf", ""),
        ("de", "us", [DPF], [], "none", "instruction"),
        ("ch", "eu", [], [], "adequacy_eu", ""),
        ("uk", "de", [], [], "adequacy_de", ""),
        ("us", "us", [], [], "", ""),
        ("us", "eu", [], [], "none", "instruction"),
        ("us", "eu", [SAID], [], "instruction", ""),
    ],
)
def test_vectors(
    home: str, place: str, standing: list[Standing], fallen: list[str], ground: str, missing: str
):
    found = leg(home, place, standing=standing, fallen=fallen, brand="north", on=ON)

    assert (found.ground, found.missing) == (ground, missing)
    assert found.is_open is not bool(missing)


def test_a_decision_ends_with_its_last_day():
    def uk(on: date) -> str:
        return leg("eu", "uk", standing=[], fallen=[], brand="", on=on).ground

    assert uk(date(2031, 12, 27)) == "adequacy_uk"
    assert uk(date(2031, 12, 28)) == "none"


def test_a_safeguard_counts_from_its_day_and_for_its_brand_only():
    other = Standing("scc", date(2023, 1, 1), "south")
    later = Standing("scc", date(2026, 6, 2))

    for one in (other, later):
        found = leg("eu", "us", standing=[one], fallen=[], brand="north", on=ON)
        assert found.missing == "ground"


STANDINGS = st.lists(
    st.builds(
        Standing,
        st.sampled_from(Safeguard.values),
        st.dates(date(2020, 1, 1), date(2030, 1, 1)),
        st.sampled_from(["", "north", "south"]),
    ),
    max_size=5,
)


@given(
    st.sampled_from(DataRegion.values),
    st.sampled_from(Place.values),
    STANDINGS,
    st.sets(st.sampled_from(mechanisms())),
)
def test_what_falls_never_carries_and_never_opens(
    home: str, place: str, standing: list[Standing], fallen: set[str]
):
    before = leg(home, place, standing=standing, fallen=set(), brand="north", on=ON)
    after = leg(home, place, standing=standing, fallen=fallen, brand="north", on=ON)

    assert after.ground not in fallen
    assert before.is_open or not after.is_open
    if place in homes()[home].inside:
        assert after.ground == ""


def test_the_weakest_ground_stands_beside_a_message():
    def ground(places: list[str], standing: list[Standing]) -> str:
        found = legs("eu", places, standing=standing, fallen=[], brand="", on=ON)
        return worst_ground(found)

    assert ground(["eu"], []) == ""
    assert ground(["eu", "ch"], []) == "adequacy_ch"
    assert ground(["ch", "us"], [DPF]) == "dpf"
    assert ground(["ch", "us"], []) == "none"


def test_every_region_of_a_brand_has_its_law():
    assert set(homes()) == set(DataRegion.values)


def test_hours_of_the_report_are_a_row_of_the_law():
    rules = (
        ReportRule(date(2018, 5, 25), 72, "GDPR Art. 33(1)"),
        ReportRule(date(2027, 1, 1), 96, "Digital Omnibus"),
    )

    assert report_hours(ON) == 72
    assert report_hours(date(2026, 12, 31), rules) == 72
    assert report_hours(date(2027, 1, 1), rules) == 96
