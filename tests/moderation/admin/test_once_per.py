"""``once_per``: a part of many rows rendered once, and blind to what is not given to it."""

from typing import Any

import pytest
from django.template import Context, Template, TemplateSyntaxError

ROWS = (
    "{% load once_per %}{% for row in rows %}"
    "{% once_per word=row.word %}{{ word.said }}{{ row.name }};{% end_once_per %}{% endfor %}"
)


class Word:
    """Counts how often it is said; equal words are one."""

    def __init__(self, text: str) -> None:
        self.text, self.times = text, 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Word) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    @property
    def said(self) -> str:
        self.times += 1
        return self.text


def _rendered(rows: list[dict[str, Any]]) -> str:
    return Template(ROWS).render(Context({"rows": rows}))


def test_equal_values_are_rendered_once_and_others_on_their_own() -> None:
    spam, hate = Word("spam"), Word("<hate>")
    rows = [{"word": spam}, {"word": hate}, {"word": spam}]
    assert _rendered(rows) == "spam;&lt;hate&gt;;spam;"
    assert (spam.times, hate.times) == (1, 1)


def test_body_sees_the_values_alone() -> None:
    rows = [{"word": Word("spam"), "name": "Nora"}, {"word": Word("spam"), "name": "Otto"}]
    assert _rendered(rows) == "spam;spam;"


def test_next_page_starts_anew() -> None:
    spam = Word("spam")
    assert [_rendered([{"word": spam}]) for _page in range(2)] == ["spam;", "spam;"]
    assert spam.times == 2


@pytest.mark.parametrize("given", ["", "row.word", "word=row.word extra"])
def test_anything_but_named_values_is_refused(given: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="name=value"):
        Template(f"{{% load once_per %}}{{% once_per {given} %}}{{% end_once_per %}}")
