from collections.abc import Iterator

import pytest

from tenants.models import Brand
from tests.inbox.stage import Stage, build_stage
from tests.servers import running_sandbox, running_web


@pytest.fixture
def stage(committed: None, north: Brand) -> Iterator[Stage]:
    """north, connected to a running sandbox network that delivers to our running web server."""
    with running_web() as web, running_sandbox() as (url, sandbox):
        yield build_stage(north, web=web, sandbox_url=url, sandbox=sandbox)
