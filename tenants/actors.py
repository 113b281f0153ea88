"""Who acts when no person does."""

from dataclasses import dataclass
from typing import Literal

type SystemKind = Literal["system", "rule", "model", "author"]


@dataclass(frozen=True, slots=True)
class SystemActor:
    """A part of the product, a rule or a model; ``author`` is a member of the public.

    ``version`` names the rule or model version that acted. ``ref`` is what the ledger stores.
    """

    kind: SystemKind
    name: str
    version: str = ""

    @property
    def ref(self) -> str:
        return f"{self.name}@{self.version}" if self.version else self.name

    def __str__(self) -> str:
        return self.ref


PIPELINE = SystemActor("system", "pipeline")
SENDER = SystemActor("system", "sender")
PUBLIC_AUTHOR = SystemActor("author", "author")
