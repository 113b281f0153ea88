"""What an archive says about itself: the manifest, its signature, the words for a reader."""

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import override

from compliance.domain.checkpoints import origin_of
from compliance.domain.closing.archive import Entry
from compliance.domain.closing.tables import LEFT_OUT, exported_tables, withheld_columns
from compliance.domain.keys import note_key, signing_key
from compliance.domain.notes import sign_note
from tenants.models import Brand

FORMAT, VERSION = "engage-brand-export", 1
SEAL_SUFFIX = "/brand-export"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def schema_versions() -> dict[str, str]:
    """App -> its newest migration here: which shape of tables the rows have."""
    applied = MigrationRecorder.Migration.objects.order_by("app", "name")
    return dict(applied.values_list("app", "name"))


def manifest_text(
    brand: Brand, entries: Sequence[Entry], *, as_of: datetime, made_at: datetime, audit: str
) -> str:
    """``audit``: name of the audit trail's file. Reasons are given in English."""
    ours = {table.model._meta.app_label for table in exported_tables()}
    with override("en"):
        told: dict[str, Any] = {
            "format": FORMAT,
            "version": VERSION,
            "origin": origin_of(settings.AUDIT_HOST, brand.pk),
            "agency": {"slug": brand.agency.slug, "name": brand.agency.name},
            "brand": {"id": str(brand.pk), "slug": brand.slug, "name": brand.name},
            "as_of": _instant(as_of),
            "made_at": _instant(made_at),
            "schema": {app: name for app, name in schema_versions().items() if app in ours},
            "files": [entry.to_json() for entry in entries],
            "audit_trail": audit,
            "left_out": [{"table": label, "why": str(why)} for label, why in LEFT_OUT.items()],
            "withheld": [
                {"column": f"{table.label}.{column}", "why": str(why)}
                for table in exported_tables()
                for column, why in withheld_columns(table.model).items()
            ],
            "key": note_key(signing_key()).verifier_line(),
        }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def seal(text: str, *, origin: str, suffix: str) -> str:
    """A signed note over the hash of ``text``: three lines, then the signature."""
    key = signing_key()
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    note = f"{origin}{suffix}\n{len(text.encode())}\n{digest}\n"
    return sign_note(note, key=note_key(key), private_key=key.open_private_key())


README = """\
{title}
{line}

ENGLISH

This archive holds everything that Engage kept for the brand "{brand}" of the agency "{agency}",
as of {as_of}.

  tables/     one file per table, one JSON object per line (JSON Lines, UTF-8)
  readable/   the most asked-for tables as spreadsheets (CSV, UTF-8)
  audit/      the audit trail with its proofs
  manifest.json, manifest.sig
              every file with its rows, size and SHA-256, signed by Engage

Secrets (access tokens, keys) are not in it; manifest.json lists them with the reason. People of
the agency are named by keys. Rows of one table that name a row of another do so by its key.

To check that nothing was changed, left out or added, you need Python 3.10 or newer and the public
key that the agency gave you by another way:

  python verify_brand.py THIS_ARCHIVE.zip --key KEY

The two programs in this archive are copies for convenience. Whoever wants to be sure takes them
from the agency.

DEUTSCH

Dieses Archiv enthält alles, was Engage für die Marke "{brand}" der Agentur "{agency}" aufbewahrt
hat, Stand {as_of}.

  tables/     eine Datei je Tabelle, ein JSON-Objekt je Zeile (JSON Lines, UTF-8)
  readable/   die meistgefragten Tabellen für Tabellenprogramme (CSV, UTF-8)
  audit/      das Prüfprotokoll mit seinen Nachweisen
  manifest.json, manifest.sig
              jede Datei mit Zeilenzahl, Größe und SHA-256, von Engage signiert

Geheimnisse (Zugangsschlüssel) sind nicht enthalten; manifest.json nennt sie mit dem Grund.
Personen der Agentur stehen als Schlüssel. Verweise zwischen Tabellen sind die Schlüssel der Zeilen.

Um zu prüfen, dass nichts geändert, ausgelassen oder hinzugefügt wurde, genügen Python ab 3.10 und
der öffentliche Schlüssel, den die Agentur Ihnen auf anderem Weg gegeben hat:

  python verify_brand.py DIESES_ARCHIV.zip --key SCHLÜSSEL

Die beiden Programme im Archiv sind Kopien zur Bequemlichkeit. Wer sicher gehen will, lässt sie sich
von der Agentur geben.
"""


def readme_text(brand: Brand, *, as_of: datetime) -> str:
    """German and English, whatever language is active."""
    title = f"Engage: {brand.name}"
    return README.format(
        title=title,
        line="=" * len(title),
        brand=brand.name,
        agency=brand.agency.name,
        as_of=_instant(as_of),
    )
