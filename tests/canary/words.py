"""Canaries: values that stand nowhere else, one for each personal field of each table."""

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.core.files.base import ContentFile
from django.db import models

SHORTEST = 12
"""Characters of a word that nobody writes by chance."""


@dataclass(frozen=True, slots=True)
class Canary:
    """``word`` is searched for everywhere. Without one the column is too small for a word: then
    ``value`` must not stand in that row any more."""

    person: str
    label: str
    field: str
    kind: str
    word: str = ""
    value: Any = None

    @property
    def place(self) -> str:
        return f"{self.label}.{self.field}"


class Words:
    """Gives out values for columns and remembers them. Numbers and times are as unique as words:
    each is planted once."""

    def __init__(self) -> None:
        self.canaries: list[Canary] = []
        self._number = 700_000_000 + secrets.randbelow(1_000_000)

    def word(self) -> str:
        return f"cnry{secrets.token_hex(6)}"

    def value(self, column: Any, *, person: str, label: str, kind: str) -> Any:
        """A canary for the column, remembered; None where no value of it can be one."""
        word = self.word()
        value = self._value(column, word)
        if value is None:
            return None
        searched = self._searched(column, word, value)
        self.note(person, label, column.name, kind, word=searched, value=value)
        return value

    def note(
        self, person: str, label: str, name: str, kind: str, *, word: str, value: Any = None
    ) -> None:
        self.canaries.append(Canary(person, label, name, kind, word, value))

    def _searched(self, column: Any, word: str, value: Any) -> str:
        """What is searched for in a dump; empty if it could stand there by chance."""
        if isinstance(column, models.CharField | models.TextField | models.JSONField):
            if isinstance(value, str):
                return "" if len(value) < SHORTEST else value
            return word
        if isinstance(column, models.BinaryField | models.FileField | ArrayField):
            return word
        if isinstance(column, models.DateTimeField):
            return f"{value:%H:%M:%S.%f}"
        small = models.BooleanField | models.SmallIntegerField | models.PositiveSmallIntegerField
        return "" if isinstance(column, small) else str(value)

    def _value(self, column: Any, word: str) -> Any:
        self._number += 1
        match column:
            case models.FileField():
                return ContentFile(word.encode(), name=f"{word}.txt")
            case models.EmailField():
                return f"{word}@example.test"
            case models.CharField() | models.TextField():
                # A word that does not fit whole is looked for in its own row.
                return word[-column.max_length :] if column.max_length else word
            case models.JSONField():
                return {"canary": word}
            case models.BinaryField():
                return word.encode()
            case ArrayField():
                return [word]
            case models.DateTimeField():
                # Never ends with a zero: a dump would leave it out.
                return datetime(2001, 2, 3, tzinfo=UTC) + timedelta(
                    microseconds=self._number * 2 + 1
                )
            case models.DateField():
                return date(1901, 1, 1) + timedelta(days=self._number % 10_000)
            case models.UUIDField():
                return uuid4()
            case models.BooleanField():
                return True
            case models.FloatField():
                return self._number / 1_000_000_007
            case models.SmallIntegerField() | models.PositiveSmallIntegerField():
                return None if column.is_relation else 1 + self._number % 2
            case models.IntegerField():
                return self._number
        return None
