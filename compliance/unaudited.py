"""What may change without an event in tenants and compliance, and why."""

from compliance.registries import Unaudited, unaudited

_PROOF = Unaudited("the ledger's own proof: made from events, guarded by triggers of its own")
_JOB = ("lease_until", "attempt", "rows_done", "rows_total", "parts", "rows_before", "started_at")

for label in ("auditevent", "auditpending", "auditleaf", "audittree", "checkpoint", "anchorrecord"):
    unaudited.register(f"compliance.{label}", _PROOF)
unaudited.register(
    "compliance.auditdetail",
    Unaudited("written with its event; only its erasure is an act", operations=("insert",)),
)
unaudited.register("compliance.unexplainedwrite", Unaudited("what the net itself found"))
unaudited.register("compliance.ledgercheck", Unaudited("a run of the monitor"))
unaudited.register(
    "compliance.ledgeralarm",
    Unaudited("opening and ending are events", columns=("told_at", "events", "problems")),
)
unaudited.register("compliance.secretwarning", Unaudited("that a mail was sent, once per term"))
unaudited.register(
    "compliance.retentionschedule",
    Unaudited(
        "a new row says what held before; day of a look", ("looked_on",), operations=("insert",)
    ),
)
unaudited.register("compliance.transferday", Unaudited("counts per day of what is told elsewhere"))

for label, columns in {
    "auditexport": _JOB,
    "brandexport": ("lease_until", "attempt", "rows_done", "rows_total", "parts"),
    "branderasure": ("lease_until", "attempt", "rows_done", "rows_total", "counts", "failure"),
    "consentjob": ("lease_until", "attempt", "rows_done", "rows_total", "counts", "problems"),
    "evidencepack": ("lease_until", "attempt", "rows_done", "rows_total"),
    "datarequest": ("lease_until", "attempt", "rows_done", "rows_total", "warned", "failure"),
    "retentionrun": (
        "lease_until",
        "attempt",
        "rows_done",
        "rows_total",
        "counts",
        "chunks",
        "longest_ms",
        "digest",
        "failure",
    ),
}.items():
    unaudited.register(
        f"compliance.{label}", Unaudited("how far a worker is; start and end are events", columns)
    )

unaudited.register("tenants.quotause", Unaudited("counts per minute, nobody's data"))
unaudited.register("tenants.outgoingmail", Unaudited("the post office: what it says is told"))
unaudited.register(
    "tenants.supportaccess", Unaudited("each page seen is an event", columns=("pages_viewed",))
)
unaudited.register(
    "tenants.staffsession", Unaudited("time of the last request", columns=("seen_at", "address"))
)
unaudited.register(
    "tenants.signinpolicy",
    Unaudited("a new row says what held before; each change is an event", operations=("insert",)),
)
