"""The faults of what is handed in, with workers that work when told."""

from collections.abc import Iterator

import pytest

from inbox.domain.pipeline import process_waiting
from inbox.domain.splitting import split_waiting
from tests.faults import deliveries
from tests.faults.deliveries import Fault
from tests.faults.parallel import run_parallel
from tests.faults.wire import Channel, Network
from tests.inbox.conftest import stage as stage
from tests.inbox.stage import Stage


class Small:
    """A ``Ground`` over the stage. Two splitters and two processors work at the same time."""

    def __init__(self, stage: Stage, network: Network) -> None:
        self.brand, self.network = stage.brand, network
        self.whatsapp, self.page = (
            Channel(
                name,
                stage.accounts[name].external_id,
                stage.web + stage.apps[name].webhook_path,
                stage.apps[name].app_secret,
            )
            for name in ("whatsapp", "facebook")
        )

    def settle(self) -> None:
        brand = self.brand
        run_parallel(*[lambda: split_waiting(brand.agency_id)] * 2)
        run_parallel(*[lambda: process_waiting(brand.pk)] * 2)


@pytest.fixture
def small(stage: Stage) -> Iterator[Small]:
    network = Network()
    yield Small(stage, network)
    network.close()


@pytest.mark.parametrize(
    "fault",
    [
        deliveries.five_times_at_once,
        deliveries.one_malformed_item,
        deliveries.unknown_type,
        deliveries.removal_before_comment,
    ],
)
def test_nothing_is_lost_or_doubled(small: Small, fault: Fault) -> None:
    verdict = fault(small)

    assert (verdict.lost, verdict.doubled, verdict.wrong) == (0, 0, [])
    assert verdict.checked > 0
