from tests.inbox.conftest import stage

__all__ = ["stage"]
