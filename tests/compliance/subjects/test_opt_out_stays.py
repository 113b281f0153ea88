"""An opt-out and a suppression outlive the erasure of the person they protect."""

from datetime import timedelta

from django.utils import timezone

from compliance.choices import ConsentState, Purpose
from compliance.domain.consent import OPT_OUT_PURPOSES, standing, suppress, withdraw
from compliance.domain.consent_proof import history_of, vouch
from compliance.models import Consent, ConsentEntry
from tests.compliance.subjects.stage import LENA, SETUP, Stage


def test_stop_and_suppression_stand_after_the_person_is_erased(stage: Stage) -> None:
    with stage.scope():
        for verb, purposes in ((withdraw, OPT_OUT_PURPOSES), (suppress, (Purpose.SHARING,))):
            verb(
                stage.brand.pk,
                channel="whatsapp",
                address=LENA.user_id,
                purposes=purposes,
                source="phone",
                evidence="call 7",
                actor=SETUP,
                at=timezone.now() - timedelta(hours=1),
            )

    stage.erase(stage.subject(LENA))

    with stage.scope():
        known = standing(stage.brand.pk, channel="whatsapp", address=LENA.user_id)
        assert {purpose: word.state for purpose, word in known.items()} == {
            Purpose.AUTOMATION: ConsentState.WITHDRAWN,
            Purpose.MARKETING: ConsentState.WITHDRAWN,
            Purpose.SURVEY: ConsentState.WITHDRAWN,
            Purpose.SHARING: ConsentState.SUPPRESSED,
        }
        vouched = vouch(history_of(Consent.objects.order_by("id")[0]))
        assert [one.is_true for one in vouched] == [True] * 4
        assert LENA.user_id not in str(list(ConsentEntry.objects.values()))
