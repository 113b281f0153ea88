"""The whole run takes minutes: it is taken out unless it is asked for by its mark."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """``pytest -m faults`` runs it; ``make faults`` does the same without pytest."""
    if "faults" in config.option.markexpr:
        return
    slow = [item for item in items if item.get_closest_marker("faults")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]
