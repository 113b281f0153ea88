"""A comment no list knows comes before people because the model that comes along noticed it."""

from moderation.models import Assessment, Case, Decision
from tests.inbox.stage import Stage

PERSON = {"id": "777", "name": "Kim K."}
NOTICED = "So ein dummes verlogenes Pack, einfach nur widerlich und krank"
LEFT = "Wo bleibt denn meine Bestellung, ich warte seit gestern darauf"


def test_a_model_brings_a_comment_before_people_and_hides_nothing(stage: Stage) -> None:
    for text in (NOTICED, LEFT):
        stage.sandbox.say(stage.page, "comment", person=PERSON, text=text)
    stage.work()

    with stage.scope():
        case = Case.objects.get()
        found = {row.message.text: row for row in Assessment.objects.select_related("message")}
        assert not Decision.objects.exists()
    assert case.assessment_id == found[NOTICED].pk
    assert (case.category, case.state) == ("insult", "open")
    assert {text: row.verdict for text, row in found.items()} == {NOTICED: "queue", LEFT: "pass"}
    insult = found[NOTICED].scores["insult"]
    assert insult["signals"] == ["model"]
    words = [NOTICED[e["start"] : e["end"]] for e in insult["evidence"]]
    assert {"dummes", "Pack"} <= set(words)
    assert found[NOTICED].versions["model"].startswith("de-")
