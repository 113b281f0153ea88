"""Every reader reads a small file in its set's format, and refuses one that only looks like it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain.training import formats
from moderation.domain.training.examples import Example, without_copies
from moderation.domain.training.formats import UnknownFormat
from moderation.domain.training.sets import KNOWN, may_ship, read_folder


def _file(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8")
    return path


def _told(rows: list[Example]) -> list[tuple[str, dict[str, bool], str]]:
    return [(row.text, dict(row.labels), row.split) for row in rows]


def test_gahd(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "gahd.csv",
        "gahd_id,text,label,round,split,contrastive_gahd_id\n"
        '1,"Ein Satz, mit Komma",0,r1,train,2\n'
        "2,Ein böser Satz,1,r1,dev,1\n3,Noch einer,1,r2,test,\n",
    )

    assert _told(list(formats.gahd(path))) == [
        ("Ein Satz, mit Komma", {"hate": False}, "train"),
        ("Ein böser Satz", {"hate": True}, "dev"),
        ("Noch einer", {"hate": True}, "test"),
    ]


def test_gahd_with_a_column_hate(tmp_path: Path) -> None:
    path = _file(tmp_path, "gahd_de_train.csv", "text,hate,split\nGuten Tag,0,train\n")

    assert _told(list(formats.gahd(path))) == [("Guten Tag", {"hate": False}, "train")]


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("germeval2018.training.txt", "train"),
        ("germeval2018.test.txt", "test"),
        ("germeval2019GoldLabelsSubtask1_2.txt", "test"),
    ],
)
def test_germeval_2018_and_2019(tmp_path: Path, name: str, split: str) -> None:
    path = _file(
        tmp_path,
        name,
        "@USER Guten Morgen\tOTHER\tOTHER\n@USER So ein\u2028Unfug, ihr Trottel\tOFFENSE\tINSULT\n",
    )

    assert _told(list(formats.germeval_lines(path))) == [
        ("@USER Guten Morgen", {"insult": False}, split),
        ("@USER So ein\u2028Unfug, ihr Trottel", {"insult": True}, split),
    ]


def test_germeval_2018_as_a_table(tmp_path: Path) -> None:
    path = _file(
        tmp_path, "germeval2018_de_train.csv", "text,coarse,fine\nTrottel,OFFENSE,INSULT\n"
    )

    assert _told(list(formats.germeval_table(path))) == [("Trottel", {"insult": True}, "train")]


def test_germeval_2021(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "GermEval21_TrainData.csv",
        "comment_id,comment_text,Sub1_Toxic,Sub2_Engaging,Sub3_FactClaiming\n"
        '1,"@USER Erst denken,\ndann schreiben, du Trottel",1,0,0\n2,Danke,0,1,0\n',
    )

    assert _told(list(formats.germeval_2021(path))) == [
        ("@USER Erst denken,\ndann schreiben, du Trottel", {"insult": True}, "train"),
        ("Danke", {"insult": False}, "train"),
    ]


def test_davidson(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "labeled_data.csv",
        ",count,hate_speech,offensive_language,neither,class,tweet\n"
        "0,3,3,0,0,0,they are all vermin\n1,3,0,3,0,1,you fool\n2,3,0,0,3,2,nice shoes\n",
    )

    assert _told(list(formats.davidson(path))) == [
        ("they are all vermin", {"hate": True, "insult": True}, ""),
        ("you fool", {"hate": False, "insult": True}, ""),
        ("nice shoes", {"hate": False, "insult": False}, ""),
    ]


def _post(words: str, *labels: str) -> dict[str, object]:
    judged = [{"label": label, "annotator_id": n, "target": []} for n, label in enumerate(labels)]
    return {"post_id": words, "annotators": judged, "rationales": [], "post_tokens": words.split()}


def test_hatexplain_takes_the_majority_and_leaves_out_who_has_none(tmp_path: Path) -> None:
    posts = {
        "a": _post("they are vermin", "hatespeech", "hatespeech", "offensive"),
        "b": _post("you fool", "offensive", "normal", "offensive"),
        "c": _post("who knows", "offensive", "normal", "hatespeech"),
        "d": _post("nice shoes", "normal", "normal", "normal"),
    }
    path = _file(tmp_path, "dataset.json", json.dumps(posts))
    _file(
        tmp_path,
        "post_id_divisions.json",
        json.dumps({"train": ["a"], "val": ["b"], "test": ["d"]}),
    )

    assert _told(list(formats.hatexplain(path))) == [
        ("they are vermin", {"hate": True, "insult": True}, "train"),
        ("you fool", {"hate": False, "insult": True}, "dev"),
        ("nice shoes", {"hate": False, "insult": False}, "test"),
    ]


def test_tweeteval(tmp_path: Path) -> None:
    _file(tmp_path, "hate/val_text.txt", "they are vermin\nnice shoes\n")
    _file(tmp_path, "hate/val_labels.txt", "1\n0\n")

    (found,) = read_folder(tmp_path)

    assert (found.name, found.language) == ("TweetEval hate", "en")
    assert _told(list(found.examples)) == [
        ("they are vermin", {"hate": True}, "dev"),
        ("nice shoes", {"hate": False}, "dev"),
    ]


def test_umsab_negative_is_nought(tmp_path: Path) -> None:
    _file(tmp_path, "german/test_text.txt", "Nie wieder\nGeht so\nWunderbar\n")
    _file(tmp_path, "german/test_labels.txt", "0\n1\n2\n")

    (found,) = read_folder(tmp_path)

    assert (found.name, found.language) == ("UMSAB german", "de")
    assert [row.labels["negative"] for row in found.examples] == [True, False, False]
    assert {row.split for row in found.examples} == {"test"}


def test_youtube_spam(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "Youtube01-Psy.csv",
        "COMMENT_ID,AUTHOR,DATE,CONTENT,CLASS\n"
        'z1,Someone,2013-11-07T06:20:48,"check out my channel, please",1\n'
        "z2,Other,,lovely song,0\n",
    )

    assert _told(list(formats.youtube_spam(path))) == [
        ("check out my channel, please", {"spam": True}, ""),
        ("lovely song", {"spam": False}, ""),
    ]


def test_sms_spam(tmp_path: Path) -> None:
    path = _file(tmp_path, "SMSSpamCollection", "ham\tSee you at six\nspam\tWIN a prize\tnow\n")

    assert _told(list(formats.sms_spam(path))) == [
        ("See you at six", {"spam": False}, ""),
        ("WIN a prize\tnow", {"spam": True}, ""),
    ]


def test_questions_are_everyday_traffic(tmp_path: Path) -> None:
    _file(tmp_path, "banking77_en_train.csv", "text,intent\nWhere is my card?,card_arrival\n")

    (found,) = read_folder(tmp_path)

    assert (found.ordinary, found.categories()) == (True, [])
    assert [row.text for row in found.examples] == ["Where is my card?"]


def _own(**fields: object) -> str:
    row = {
        "text": "Kauft jetzt",
        "language": "de",
        "labels": {"spam": True},
        "licence": "own",
        "labelled_by": "people",
    }
    return json.dumps(row | fields) + "\n"


def test_own_rows_keep_their_licence(tmp_path: Path) -> None:
    path = _file(tmp_path, "mine.moderation.jsonl", _own() + "\n" + _own(text="Na", split="test"))

    rows = list(formats.own_rows(path))

    assert _told(rows) == [("Kauft jetzt", {"spam": True}, ""), ("Na", {"spam": True}, "test")]
    assert {row.licence for row in rows} == {"own"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (_own(licence=""), "line 1 does not say by what licence or consent"),
        (_own(labelled_by="model"), "line 1 was not labelled by people"),
        (_own(labels={"spam": 1}), "line 1: labels are true or false"),
        (_own(labels=None), "line 1: labels are true or false"),
        ("[]\n", "line 1 is no row"),
        ("{\n", "line 1 is no row"),
    ],
)
def test_own_rows_that_are_refused(tmp_path: Path, content: str, words: str) -> None:
    path = _file(tmp_path, "mine.moderation.jsonl", content)

    with pytest.raises(UnknownFormat, match=words):
        list(formats.own_rows(path))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("gahd.csv", "text,label\nx,1\n", "column split is missing"),
        ("gahd.csv", "text,label,split\nx,2,train\n", "'2' is neither 1 nor 0"),
        ("gahd.csv", "text,label,split\nx\n", "line 2 ends too early"),
        ("germeval2018.training.txt", "no label here\n", "line 1 has no label"),
        ("germeval2018.training.txt", "x\tMAYBE\tx\n", "'MAYBE' is neither OFFENSE nor OTHER"),
        ("GermEval21_TrainData.csv", "comment_text\nx\n", "column Sub1_Toxic is missing"),
        ("labeled_data.csv", "class,tweet\n3,x\n", "class '3' is not 0, 1 or 2"),
        ("dataset.json", "[1]", "not an object"),
        ("dataset.json", "{", "not JSON"),
        ("dataset.json", '{"a": {"post_tokens": []}}', "a has no 'annotators'"),
        ("Youtube01-Psy.csv", "CONTENT\nx\n", "column CLASS is missing"),
        ("SMSSpamCollection", "ham\n", "line 1 has no tab"),
        ("SMSSpamCollection", "junk\tx\n", "'junk' is neither spam nor ham"),
        ("clinc150_en_train.csv", "text\nx\n", "column intent is missing"),
    ],
)
def test_another_shape_is_refused_by_name(
    tmp_path: Path, name: str, content: str, words: str
) -> None:
    _file(tmp_path, name, content)

    with pytest.raises(UnknownFormat, match=words):
        read_folder(tmp_path)


def test_tweeteval_with_a_label_too_few(tmp_path: Path) -> None:
    _file(tmp_path, "hate/val_text.txt", "one\ntwo\n")
    _file(tmp_path, "hate/val_labels.txt", "1\n")

    with pytest.raises(UnknownFormat, match="2 texts and 1 labels"):
        read_folder(tmp_path)


def test_files_of_other_names_are_not_opened(tmp_path: Path) -> None:
    _file(tmp_path, "letters.csv", "\x00")

    assert read_folder(tmp_path) == []


def test_the_copy_in_a_test_part_is_the_one_that_stays() -> None:
    rows = [Example("same", "de", split="train"), Example("same", "de", split="test")]

    assert [row.split for row in without_copies(rows)] == ["test"]
    assert [row.split for row in without_copies(reversed(rows))] == ["test"]


@given(st.text(max_size=60), st.sampled_from(["", "train", "dev"]))
def test_parts_never_overlap_and_do_not_depend_on_case(text: str, split: str) -> None:
    row = Example(text, "de", split=split)  # type: ignore[arg-type]

    assert not (row.held_out and row.calibrates)
    assert Example(f"  {text} ", "de").held_out == Example(text, "de").held_out
    assert Example(text, "de", split="test").held_out


def test_licences_that_let_a_model_be_passed_on() -> None:
    assert {known.name for known in KNOWN if may_ship(known.name)} == {
        "GAHD",
        "GermEval 2018",
        "Davidson 2017",
        "HateXplain",
        "CLINC150 questions",
        "Banking77 questions",
        "Bitext support questions",
    }
    assert not may_ship("something else")
