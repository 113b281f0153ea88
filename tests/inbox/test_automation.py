"""What a brand decided about an intent and about being live, seen at the answer that leaves."""

import pytest

from inbox.domain.automation import set_automation
from inbox.domain.outgoing import walk_gates
from inbox.models import AnswerTemplate, ChannelAccount, OutboxItem
from tenants.actors import SystemActor
from tenants.choices import BrandState
from tenants.models import Brand
from tests.inbox.stage import Stage

SETUP = SystemActor("system", "tests")
LENA = {"id": "49170000", "name": "Lena Beispiel", "phone": "49170000"}
PRAISE = "Vielen Dank, ihr seid ein tolles Team!"


@pytest.mark.parametrize(
    ("level", "states"), [("send", ["sent"]), ("draft", ["held"]), ("never", [])]
)
def test_praise_is_answered_as_the_brand_decided(
    stage: Stage, level: str, states: list[str]
) -> None:
    with stage.scope():
        AnswerTemplate.objects.create(
            brand=stage.brand,
            name="Dank",
            shortcut="dank",
            intent="praise",
            conversation_kind="direct",
            language="de",
            text="Danke!",
            sends_itself=True,
            min_confidence_pct=50,
        )
        set_automation(stage.brand, {"praise": level}, actor=SETUP)
    stage.sandbox.say(stage.number, "text", person=LENA, text=PRAISE)

    stage.work()

    with stage.scope():
        assert list(OutboxItem.objects.values_list("state", flat=True)) == states


def test_before_live_only_sandbox_accounts_send(stage: Stage) -> None:
    Brand.objects.filter(pk=stage.brand.pk).update(state=BrandState.ONBOARDING)
    stage.sandbox.say(stage.number, "text", person=LENA, text="STOP")
    stage.work()

    with stage.scope():
        item = OutboxItem.objects.select_related("account").get()
        assert item.state == "sent"
        ChannelAccount.objects.update(is_sandbox=False)
        item.refresh_from_db()
        _outgoing, refusals = walk_gates(item, now=item.created_at)
    codes = [refusal.code for refusal in refusals]
    assert codes[0] == "brand_not_live"
    assert "is not live yet" in refusals[0].message
