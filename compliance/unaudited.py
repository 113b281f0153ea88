"""What may change without an event in tenants and compliance, and why."""

from compliance.registries import Unaudited, unaudited

_PROOF = Unaudited("the ledger's own proof: made from events, guarded by triggers of its own")

for label in ("auditevent", "auditpending", "auditleaf", "audittree", "checkpoint"):
    unaudited.register(f"compliance.{label}", _PROOF)
unaudited.register(
    "compliance.auditdetail",
    Unaudited("written with its event; only its erasure is an act", operations=("insert",)),
)
unaudited.register("compliance.unexplainedwrite", Unaudited("what the net itself found"))
