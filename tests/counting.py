"""How many statements a piece of code sends."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext


@pytest.fixture
def count_queries() -> Callable[[], CaptureQueriesContext]:
    """``with count_queries() as captured: …``; then ``len(captured)``."""
    return lambda: CaptureQueriesContext(connection)
