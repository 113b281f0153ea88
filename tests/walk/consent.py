"""STOP: heard at once, seen by compliance, kept by every automatic answer."""

from typing import Any

from tests.walk.stage import Stage

PERSON = {"id": "4917099000001", "name": "Wanda Wanderfreund", "phone": "4917099000001"}
PRAISE = "Vielen Dank für die tolle Beratung, ich bin begeistert!"
PRAISE_AGAIN = "Noch einmal vielen Dank, wirklich tolle Beratung!"


def stop_is_kept(stage: Stage) -> None:
    """Before STOP praise is answered by itself; after it the same answer is held."""
    compliance, work = stage.people["aud"], stage.people["ada"]
    stage.open(compliance, "compliance/consent/")
    before = compliance.locator("#result_list tbody tr").count()
    _say(stage, PRAISE)
    stage.until(lambda: len(_sent(stage)) == 1, "praise is answered automatically")
    _say(stage, "STOP")
    stage.until(lambda: len(_sent(stage)) == 2, "STOP is confirmed")
    assert "START" in _sent(stage)[1]["text"]
    _say(stage, PRAISE_AGAIN)

    stage.open(work, "inbox/conversation/?tab=open&q=Wanderfreund")
    work.locator(".conv").first.click()
    work.wait_for_url("**/change/**")
    held = work.locator(".msg-waiting", has_text="This person does not want automatic messages.")
    stage.until(lambda: held.count() == 1 or not work.reload(), "the second answer is held")
    assert work.locator("aside .chip-bad", has_text="Opted out").count() == 3
    assert work.get_by_text("This person has opted out of automatic messages.").count() == 1
    stage.shot("held-after-stop", work)
    stage.open(work, "inbox/outboxitem/")
    assert work.locator(".case", has_text=PERSON["name"]).count() == 1
    assert len(_sent(stage)) == 2
    compliance.reload()
    rows = compliance.locator("#result_list tbody tr")
    assert rows.count() == before + 3
    assert all("Opted out" in row.inner_text() for row in rows.all()[:3])
    stage.page = compliance
    stage.shot("consents")


def _say(stage: Stage, text: str) -> None:
    stage.sandbox.say(stage.account_id("whatsapp"), "text", person=PERSON, text=text)


def _sent(stage: Stage) -> list[dict[str, Any]]:
    return stage.sent_to(PERSON["id"])
