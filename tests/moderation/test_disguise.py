"""Reading through disguises: whatever comes in, places lie in the original, and time is linear."""

import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inbox.domain.triage.words import tokenise
from moderation.domain.assessment import BrandList, BrandLists, assess_text
from moderation.domain.assessment.assess import HEAD_CHARS, TAIL_CHARS, tokens_of_ends
from moderation.domain.assessment.disguise import read_through
from moderation.domain.assessment.visible import visible

NASTY = "aäßаｅ𝓯ı ﬁ İẞǅ\u0308\u0336\u200b\u202e\ufeff\ud800\x00.,!@$01 *_-\n„“😂👍🏽\u0345\u1fb3㌀"
TEXTS = st.one_of(
    st.text(max_size=80),
    st.text(alphabet=NASTY, max_size=60),
    st.text(alphabet=st.characters(blacklist_categories=()), max_size=40),
)


@pytest.mark.parametrize(
    ("before", "written", "word"),
    [
        ("na ", "v\u200be\u200drsteckt", "versteckt"),
        ("du ", "i\u0336d\u0336i\u0336o\u0336t", "idiot"),
        ("du ", "іdіоt", "idiot"),
        ("du ", "ｉｄｉｏｔ", "idiot"),
        ("du ", "𝓲𝓭𝓲𝓸𝓽", "idiot"),
        ("ja ", "1d10t", "idiot"),
        ("so ", "i d i o t", "idiot"),
        ("so ", "i.d.i.o.t", "idiot"),
        ("so ", "i/d/i/o/t", "idiot"),
        ("so ", "iiiidiooooot", "idiot"),
        ("so ", "ıdıot", "idiot"),
        ("so ", "A\u0308rger", "aerger"),
    ],
)
def test_disguised_words_are_read_and_keep_their_place(
    before: str, written: str, word: str
) -> None:
    text = f"{before}{written}, hier"

    found = [t for t in read_through(text) if word in (t.norm, *t.others)]

    # A mark that belongs to the last letter may stay outside: it adds nothing to what is seen.
    assert [text[t.start : t.end].rstrip("\u0336") for t in found] == [written.rstrip("\u0336")]
    assert found[0].start == len(before)


@pytest.mark.parametrize("text", ["Привет, доставляете?", "Ελλάδα και ο ήλιος", "Ärger im Café"])
def test_honest_words_of_any_script_stay_as_they_are(text: str) -> None:
    assert [t.norm for t in read_through(text)] == [t.norm for t in tokenise(text)]
    assert all(not t.others for t in read_through(text))


@given(TEXTS)
@example("ﬀ\u0308 i\u0307 \u0308a")
@example("\ud800a\udfff")
def test_places_lie_in_the_original_in_order(text: str) -> None:
    tokens = tokens_of_ends(text)

    for token in tokens:
        assert 0 <= token.start < token.end <= len(text)
        assert token.norm
    starts = [token.start for token in tokens]
    assert starts == sorted(starts)


@given(TEXTS)
def test_what_is_visible_maps_back(text: str) -> None:
    seen = visible(text)

    seen.text.encode()
    for at in range(len(seen.text)):
        start, end = seen.original(at, at + 1)
        assert 0 <= start < end <= len(text)
        if seen.offsets is not None:
            plain = unicodedata.normalize("NFKC", text[start])
            composed = unicodedata.normalize("NFD", seen.text[at])[0]
            assert seen.text[at] in plain or composed in plain


LISTS = BrandLists(
    [
        BrandList("1", "whole", 1, "aa", "insult", "whole", "signal", 0.6, "", ("a b", "ä", "i")),
        BrandList("2", "part", 1, "bb", "insult", "part", "signal", 0.6, "", ("ab", "ss", "aaa")),
        BrandList("3", "pattern", 1, "cc", "spam", "pattern", "signal", 0.6, "", (r"\bä\w*", "a+")),
    ]
)


@given(TEXTS)
def test_assessment_never_raises_and_evidence_is_what_the_text_says(text: str) -> None:
    result = assess_text(text, lists=LISTS)

    assert not [reason for reason in result.reasons if reason.startswith("failed")]
    for score in result.scores:
        for one in score.evidence:
            assert 0 <= one.start <= one.end <= len(text)
            assert one.start == one.end or one.text[:80] == text[one.start : one.end][:80]


@given(st.text(alphabet=NASTY + "bcdefgh ", min_size=1, max_size=12))
def test_hostile_repetition_costs_no_more_than_its_length(seed: str) -> None:
    """100 kB of the same few characters: bounded ends, so bounded time."""
    text = (seed * (100_000 // len(seed) + 1))[:100_000]

    began = time.process_time()
    result = assess_text(text, lists=LISTS)

    assert time.process_time() - began < 1
    assert "long_text" in result.reasons
    assert result.verdict != "pass"


def test_both_ends_of_a_long_text_are_read_at_their_place() -> None:
    text = "Du Arschloch. " + "x " * 5_000 + "Ich bring dich um"

    result = assess_text(text)

    assert result.verdict == "queue_first"
    threat = next(s for s in result.scores if s.category == "threat").evidence[0]
    assert text[threat.start : threat.end] == "bring dich um"
    assert len(text) > HEAD_CHARS + TAIL_CHARS
