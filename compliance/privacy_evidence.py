"""What proofs, their monitor and the rotation of secrets hold about people: next to nothing."""

from compliance.registries import About, register, technical, technical_fields

NOTHING = About()

register(
    "compliance.PlatformLeaf",
    NOTHING,
    **technical_fields("hash of a checkpoint", "index", "checkpoint_ref", "hash"),
)
register(
    "compliance.PlatformCheckpoint",
    NOTHING,
    **technical_fields(
        "hashes, counts and a signature", "size", "root", "frontier", "note", "signed_at", "key"
    ),
)
register(
    "compliance.AnchorRecord",
    NOTHING,
    **technical_fields("key or link", "id", "agency", "checkpoint"),
    **technical_fields(
        "how many were told, not who", "sink", "place", "recipients", "handed_on", "handed_at"
    ),
)
register(
    "compliance.LedgerCheck",
    NOTHING,
    **technical_fields("key or link", "id", "brand"),
    **technical_fields("time of a check", "started_at", "finished_at", "duration_ms"),
    **technical_fields("counts", "size", "checked", "sound", "checkpoints", "next_index"),
    problems=technical("the monitor's own words, with keys of events"),
)
register(
    "compliance.LedgerAlarm",
    NOTHING,
    **technical_fields("key or link", "id", "brand"),
    **technical_fields("life of the alarm", "kind", "opened_at", "closed_at", "told_at"),
    **technical_fields("the monitor's own words, with keys of events", "events", "problems"),
)
register(
    "compliance.SecretWarning",
    NOTHING,
    **technical_fields("key or link", "id", "brand", "secret_kind", "secret_ref"),
    **technical_fields("which warning", "days_before", "expires_at", "told_at"),
)
register(
    "tenants.SecretRotation",
    NOTHING,
    **technical_fields("which run", "id", "key_id", "renews_data_keys", "started_at"),
    **technical_fields("how far it is", "position", "seen", "changed", "finished_at"),
)
register(
    "compliance.UnexplainedWrite",
    NOTHING,
    **technical_fields("key or link", "id", "brand"),
    **technical_fields("names of tables and counts", "changes", "transaction", "at"),
    **technical_fields("how it came to the database", "login", "correlation_id"),
)
