"""What may change without an event in moderation, and why."""

from compliance.registries import Unaudited, unaudited

unaudited.register(
    "moderation.exposure",
    Unaudited("counts what a person has opened, for their own protection; no act of anybody"),
)
unaudited.register(
    "moderation.case",
    Unaudited("who looks at it just now; runs out by itself", ("lease_by_id", "lease_until")),
)
