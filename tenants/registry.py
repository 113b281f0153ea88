"""The one plug-in mechanism of the project: an ordered map that closes at the end of start-up."""

from collections.abc import Hashable, Iterator


class AlreadyRegistered(LookupError):
    """Two entries were registered under one key."""


class RegistryClosed(RuntimeError):
    """Something tried to register after start-up."""


class Registry[T]:
    """Ordered key -> entry map. Tests make a fresh one; nobody patches the global ones."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._entries: dict[Hashable, T] = {}
        self._closed = False

    def register(self, key: Hashable, entry: T) -> T:
        """Add one entry at the end.

        Raises: AlreadyRegistered, RegistryClosed (after ``engage`` has started).
        """
        if self._closed:
            raise RegistryClosed(f"{self.name}: register at import time, not at run time")
        if key in self._entries:
            raise AlreadyRegistered(f"{self.name}: {key!r} is registered already")
        self._entries[key] = entry
        return entry

    def close(self) -> None:
        """Refuse further entries."""
        self._closed = True

    def __getitem__(self, key: Hashable) -> T:
        return self._entries[key]

    def __contains__(self, key: Hashable) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[T]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def items(self) -> Iterator[tuple[Hashable, T]]:
        """Pairs in registration order."""
        return iter(self._entries.items())
