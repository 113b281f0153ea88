"""The page of a word list: write it, try it, look back, save it, carry it out and in."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from compliance.models import AuditEvent
from moderation.domain.word_lists import Draft, add_list
from moderation.models import Assessment, WordList
from tenants.actors import SystemActor
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_case

LISTS = "/w/acme/north/admin/moderation/wordlist/"
ADD = f"{LISTS}add/"
LIST_QUERIES = 11
GIVEN = {
    "name": "Konkurrenz",
    "category": "off_topic",
    "match": "whole",
    "effect": "queue",
    "weight_pct": "60",
    "language": "",
    "terms": "südwind\nwestwind",
}
DRAFT = Draft("Konkurrenz", "off_topic", "whole", "queue", 60, "", ("südwind",))


@pytest.fixture
def row(north: Brand) -> WordList:
    with brand_scope(north.pk):
        return add_list(north, DRAFT, actor=SystemActor("system", "tests"))


def _page(row: WordList) -> str:
    return f"{LISTS}{row.pk}/change/"


def test_a_list_is_written_and_changed(client: Client, olga: User, north: Brand) -> None:
    client.force_login(olga)
    assert "Konkurrenz" not in client.get(ADD).content.decode()
    client.post(ADD, GIVEN | {"do": "save"})
    with brand_scope(north.pk):
        row = WordList.objects.get()
    html = client.get(_page(row)).content.decode()
    assert "südwind\nwestwind" in html
    answer = client.post(
        _page(row), GIVEN | {"do": "save", "version": "1", "terms": "nordwind"}, follow=True
    )

    with brand_scope(north.pk):
        again = WordList.objects.get()
    assert (again.version, again.terms) == (2, "nordwind")
    assert "Saved." in answer.content.decode()
    assert "v1" in answer.content.decode()
    assert "Konkurrenz" in client.get(LISTS).content.decode()


def test_a_wrong_entry_is_named_at_the_field_and_nothing_is_lost(
    client: Client, olga: User, north: Brand
) -> None:
    client.force_login(olga)
    answer = client.post(ADD, GIVEN | {"do": "save", "match": "pattern", "terms": "gut\n(kaputt"})

    html = answer.content.decode()
    assert 'aria-describedby="terms-why"' in html
    assert "Entry 2, “(kaputt”: " in html
    assert "gut\n(kaputt</textarea>" in html
    with brand_scope(north.pk):
        assert not WordList.objects.exists()


def test_trying_a_text_marks_what_is_found_and_saves_nothing(
    client: Client, olga: User, north: Brand
) -> None:
    client.force_login(olga)
    text = "Kauft <b>lieber</b> bei S ü d w i n d"
    html = client.post(ADD, GIVEN | {"do": "try", "text": text}).content.decode()
    nothing = client.post(ADD, GIVEN | {"do": "try", "text": "Schöne Jacke"}).content.decode()

    assert '<mark title="südwind">S ü d w i n d</mark>' in html
    assert "<b>lieber</b>" not in html
    assert "Nothing is found." in nothing
    with brand_scope(north.pk):
        assert not WordList.objects.exists()


def test_looking_back_shows_what_would_have_been_found(
    client: Client, olga: User, north: Brand, row: WordList
) -> None:
    with brand_scope(north.pk):
        account = make_account(north)
        conversation = make_conversation(account)
        for text in ("Südwind ist besser", "Westwind auch", "Schöne Jacke"):
            make_message(conversation, text)
        make_message(conversation, "Westwind schreiben wir selbst", direction="out")
        make_message(make_conversation(account, kind="direct"), "Westwind privat")
        make_message(conversation, "Westwind ist weg", visibility="removed")
    client.force_login(olga)

    answer = client.post(_page(row), GIVEN | {"do": "preview", "terms": "westwind"})

    html = answer.content.decode()
    trial = answer.context["trial"]
    assert (trial.read, trial.found, trial.found_before) == (3, 1, 1)
    assert (trial.gained, trial.lost) == (1, 1)
    assert '<mark title="westwind">Westwind</mark> auch' in html
    assert "privat" not in html
    with brand_scope(north.pk):
        assert AuditEvent.objects.filter(kind="inbox.message.listed").exists()
        assert WordList.objects.get().version == 1


def test_entries_go_out_and_come_in_as_a_file(
    client: Client, olga: User, north: Brand, row: WordList
) -> None:
    client.force_login(olga)
    out = client.get(f"{LISTS}{row.pk}/export/")
    file = SimpleUploadedFile("liste.csv", b"term\n'=neu\nzweiter\n")
    answer = client.post(_page(row), GIVEN | {"do": "import", "file": file})
    wrong = client.post(
        _page(row), GIVEN | {"do": "import", "file": SimpleUploadedFile("x", b"\xff\xff")}
    )

    assert out["Content-Disposition"] == 'attachment; filename="konkurrenz-v1.csv"'
    assert "südwind,off_topic" in out.content.decode("utf-8-sig")
    assert "=neu\nzweiter</textarea>" in answer.content.decode()
    assert "Save the file as CSV in UTF-8." in wrong.content.decode()
    assert "südwind\nwestwind</textarea>" in wrong.content.decode()


def test_a_list_is_put_out_of_use_and_used_again(
    client: Client, olga: User, north: Brand, row: WordList
) -> None:
    client.force_login(olga)
    seen = []
    for wanted in ("no", "yes"):
        client.post(f"{LISTS}{row.pk}/use/", {"is_enabled": wanted})
        with brand_scope(north.pk):
            seen.append(WordList.objects.get().is_enabled)

    assert seen == [False, True]


def test_who_may_see_may_not_change_and_others_see_nothing(
    client: Client, mo: User, gus: User, row: WordList, north: Brand
) -> None:
    client.force_login(mo)
    page = client.get(_page(row))
    assert page.status_code == 200
    assert "Save as a new version" not in page.content.decode()
    assert "südwind" in page.content.decode()
    assert client.get(ADD).status_code == 403
    assert client.post(_page(row), GIVEN | {"do": "save"}).status_code == 403
    assert client.post(f"{LISTS}{row.pk}/use/", {"is_enabled": "no"}).status_code in {302, 403}
    assert client.get(f"{LISTS}{row.pk}/use/").status_code == 405
    client.force_login(gus)
    for url in (LISTS, ADD, _page(row), f"{LISTS}{row.pk}/export/"):
        assert client.get(url).status_code == 404
    with brand_scope(north.pk):
        found = WordList.objects.get()
        assert (found.version, found.is_enabled) == (1, True)


def test_the_list_of_lists_costs_the_same_for_one_and_for_three(
    client: Client, olga: User, north: Brand, row: WordList, count_queries: Any
) -> None:
    client.force_login(olga)

    def queries() -> int:
        client.get(LISTS)
        with count_queries() as captured:
            assert client.get(LISTS).status_code == 200
        return len(captured)

    one = queries()
    with brand_scope(north.pk):
        for name in ("Zweite", "Dritte"):
            given = {**DRAFT.content(), "name": name, "terms": DRAFT.terms}
            add_list(north, Draft(**given), actor=SystemActor("system", "tests"))
    assert queries() == one == LIST_QUERIES


def test_the_queue_says_which_list_matched_and_what_speaks_beside_it(
    client: Client, mo: User, north: Brand
) -> None:
    evidence = [
        {"start": 0, "end": 7, "term": "südwind", "signal": "list Konkurrenz",
         "source": "Konkurrenz v3 0123456789ab"},
        {"start": 0, "end": 0, "term": "hidden_before_2", "signal": "hidden_before"},
    ]  # fmt: skip
    with brand_scope(north.pk):
        message = make_message(make_conversation(make_account(north)), "Südwind ist besser")
        assessment = Assessment.objects.create(
            brand=north,
            message=message,
            revision=1,
            verdict="queue",
            category="off_topic",
            scores={"off_topic": {"score": 0.6, "evidence": evidence}},
            reasons=["off_topic 0.60", "list Konkurrenz v3", "failed model"],
            model_version="test",
            created_at=timezone.now(),
        )
        make_case(message, category="off_topic", severity=1, assessment=assessment)
    client.force_login(mo)

    html = client.get("/w/acme/north/admin/moderation/case/").content.decode()

    title = "list Konkurrenz · Konkurrenz v3 0123456789ab"
    assert f'<mark title="{title}">Südwind</mark>' in html
    assert "List Konkurrenz v3 0123456789ab" in html
    assert "2 comments of this author were hidden in this category." in html
    assert "A detector failed (model): a person has to look." in html
