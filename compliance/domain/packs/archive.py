"""The files of a pack: events with proofs, reports, keys, the checker, and what vouches for all."""

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import IO, Any

from compliance.domain.closing.archive import Archive, own_program
from compliance.domain.closing.manifest import seal
from compliance.domain.document import Document
from compliance.domain.export_pdf import fingerprint
from compliance.domain.key_chain import chain_notes
from compliance.domain.keys import note_key, public_key_text, signing_key
from compliance.models import Checkpoint, EvidencePack
from compliance.registries import Evidence

FORMAT, VERSION = "engage-evidence-pack", 1
SEAL_SUFFIX = "/evidence"
EVENTS = "events.jsonl"

README = """\
{line}
EVIDENCE FOR AN AUDITOR
{line}

Case:       {case} {ref}
Brand:      {origin}
Made:       {made_at}
Made for:   {recipient}
Key:        SHA-256 {fingerprint}

  report.en.pdf, report.en.html   what the case is about and what happened, for reading
  report.de.pdf, report.de.html   the same in German
  events.jsonl                    every event about the case, each with its proof (RFC 9162)
  checkpoint.txt                  the signed root that all proofs lead to
  public-key.pem                  the key that signed it; key-chain.txt: the keys before it
  files/                          texts that belong to the case
  verify_audit.py                 checks all of this without Engage and without a network
  manifest.json, manifest.sig     every file with its size and SHA-256, signed

To check it you need Python 3.9 or newer. Unpack the archive and run, inside it:

  python -I -S verify_audit.py . --key KEY

KEY is the public key that you were given by another way; compare its fingerprint with the one
above. public-key.pem and verify_audit.py in this archive are copies for convenience: whoever
forges an archive can put others into it. Take both from us, by another way, to be sure.

The answer is "verified", or it names the file or the row that was changed. What it cannot know:
whether there are events about the case that we did not put in (ask for the whole trail of the
period), and whether readable values were erased with good reason (it counts them).

{line}
BELEGE FÜR DIE PRÜFUNG
{line}

  report.de.pdf, report.de.html   worum es geht und was geschah, zum Lesen
  report.en.pdf, report.en.html   dasselbe auf Englisch
  events.jsonl                    jedes Ereignis zum Fall, jedes mit seinem Nachweis (RFC 9162)
  checkpoint.txt                  die signierte Wurzel, zu der alle Nachweise führen
  public-key.pem                  der Schlüssel, der sie signiert; key-chain.txt: seine Vorgänger
  files/                          Texte, die zum Fall gehören
  verify_audit.py                 prüft das alles ohne Engage und ohne Netz
  manifest.json, manifest.sig     jede Datei mit Größe und SHA-256, signiert

Zum Prüfen genügt Python ab 3.9. Packen Sie das Archiv aus und rufen Sie darin auf:

  python -I -S verify_audit.py . --key SCHLÜSSEL

SCHLÜSSEL ist der öffentliche Schlüssel, den Sie auf anderem Weg erhalten haben; vergleichen Sie
seinen Fingerabdruck mit dem oben. Schlüssel und Prüfprogramm im Archiv sind Kopien zur
Bequemlichkeit. Die Antwort ist „verified“, oder sie nennt die Datei oder die Zeile, die geändert
wurde.
"""


def write_archive(
    file: IO[bytes],
    pack: EvidencePack,
    *,
    events: IO[bytes],
    rows: int,
    evidence: Evidence,
    reports: Mapping[str, Document],
    checkpoint: Checkpoint,
    origin: str,
    made_at: datetime,
) -> None:
    """Write the whole archive. ``reports`` by language. Runs in the brand's scope."""
    key = checkpoint.key
    archive = Archive(file, at=made_at)
    archive.add_text("README.txt", _readme(pack, checkpoint, origin=origin, made_at=made_at))
    for language, document in reports.items():
        archive.add(f"report.{language}.pdf", io.BytesIO(document.to_pdf()))
        archive.add_text(f"report.{language}.html", document.to_html())
    archive.add(EVENTS, events, rows=rows)
    if not pack.is_masked:
        for name, text in sorted(evidence.files.items()):
            archive.add_text(f"files/{name}", text)
    archive.add_text("checkpoint.txt", checkpoint.note)
    archive.add_text("public-key.pem", public_key_text(key))
    archive.add_text("key-chain.txt", "\n".join(chain_notes()))
    archive.add_text("verify_audit.py", own_program("verify_audit.py"))
    text = _manifest(pack, archive, origin=origin, made_at=made_at)
    archive.close(manifest=text, signature=seal(text, origin=origin, suffix=SEAL_SUFFIX))


def _manifest(pack: EvidencePack, archive: Archive, *, origin: str, made_at: datetime) -> str:
    told: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "origin": origin,
        "pack": str(pack.pk),
        "case": pack.case_key,
        "object": pack.object_ref,
        "recipient": pack.recipient,
        "masked": pack.is_masked,
        "made_at": _instant(made_at),
        "audit_trail": EVENTS,
        "files": [entry.to_json() for entry in archive.entries],
        "key": note_key(signing_key()).verifier_line(),
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def _readme(pack: EvidencePack, checkpoint: Checkpoint, *, origin: str, made_at: datetime) -> str:
    return README.format(
        line="=" * 78,
        case=pack.case_key,
        ref=pack.object_ref,
        origin=origin,
        made_at=_instant(made_at),
        recipient=pack.recipient or "-",
        fingerprint=fingerprint(checkpoint.key),
    )


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
