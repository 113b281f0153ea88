"""How well one entry of the trail is sealed, checked there and then and told in plain words."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.domain.canonical import commitment
from compliance.domain.checkpoints import open_checkpoint
from compliance.domain.keys import note_key
from compliance.domain.merkle import is_included, leaf_hash
from compliance.domain.notes import NoteRefused
from compliance.domain.proofs import Prover
from compliance.models import AuditEvent, AuditLeaf, AuditPending, AuditTree, Checkpoint

LARGEST_TREE = 500_000
"""Leaves that are read for one look, about a second; beyond, an export brings the proof."""

type Verdict = Literal["sealed", "waits", "broken"]


@dataclass(frozen=True, slots=True)
class Seal:
    """``words``: a sentence each. ``checkpoint``: the signed note that covers the entry, if any."""

    verdict: Verdict
    words: list[str]
    checkpoint: Checkpoint | None = None


def look_at(event: AuditEvent) -> Seal:
    """Check one entry against the signed checkpoint that covers it. Runs in the brand's scope.

    Recomputes the hash of the entry, the hashes its readable values were committed with, its way to
    the root and the signature. Trees above ``LARGEST_TREE`` are not walked; the words say so.
    """
    problems = _problems(event)
    leaf = AuditLeaf.objects.filter(event=event).first()
    if problems:
        return Seal("broken", problems)
    if leaf is None:
        return _unsealed(event)
    checkpoint = (
        Checkpoint.objects.select_related("key")
        .filter(size__gt=leaf.index)
        .order_by("size")
        .first()
    )
    if checkpoint is None:
        return Seal("broken", [_("The entry has a place in the log, but no checkpoint covers it.")])
    return _sealed(event, leaf, checkpoint)


def _problems(event: AuditEvent) -> list[str]:
    found = []
    if leaf_hash(event.body.encode()) != bytes(event.leaf_hash):
        found.append(_("The entry was altered: it does not have the hash it was written with."))
    try:
        body = json.loads(event.body)
    except ValueError:
        return [_("The entry was altered: it cannot be read.")]
    shown = (event.kind, event.actor_ref, event.object_type, event.object_ref, event.reason)
    told = (
        body.get("kind"),
        body.get("actor", {}).get("ref"),
        body.get("object", {}).get("type"),
        body.get("object", {}).get("ref"),
        body.get("reason"),
    )
    if shown != told:
        found.append(_("What is shown is not what was sealed: a column was altered."))
    committed = body.get("details", {})
    for detail in event.details.all():
        if detail.erased_at is not None:
            continue
        hashed = commitment(bytes(detail.salt or b""), detail.value or "").hex()
        if committed.get(detail.name) != hashed:
            found.append(_("The value of “%s” was altered.") % detail.name)
    return found


def _unsealed(event: AuditEvent) -> Seal:
    if not AuditPending.objects.filter(event=event).exists():
        return Seal("broken", [_("The entry is neither sealed nor waiting: it was taken out.")])
    delay = timedelta(seconds=settings.LEDGER_MAX_DELAY_S)
    words = [
        ngettext(
            "Not sealed yet. An entry waits at most %(n)d second.",
            "Not sealed yet. An entry waits at most %(n)d seconds.",
            settings.LEDGER_MAX_DELAY_S,
        )
        % {"n": settings.LEDGER_MAX_DELAY_S}
    ]
    if timezone.now() - event.at > delay:
        words.append(
            _("This one waits longer: the sequencer is late. Until then nothing proves it.")
        )
    return Seal("waits", words)


def _sealed(event: AuditEvent, leaf: AuditLeaf, checkpoint: Checkpoint) -> Seal:
    origin = AuditTree.objects.values_list("origin", flat=True).get()
    try:
        signed = open_checkpoint(checkpoint.note, key=note_key(checkpoint.key), origin=origin)
    except NoteRefused as error:
        return Seal("broken", [_("The checkpoint is not genuine: %s.") % error], checkpoint)
    if bytes(leaf.hash) != bytes(event.leaf_hash):
        return Seal("broken", [_("Another entry stands in this place of the log.")], checkpoint)
    facts = {
        "n": leaf.index + 1,
        "size": signed.size,
        "at": f"{signed.signed_at:%Y-%m-%d %H:%M:%S}",
    }
    words = [
        _("Sealed: entry %(n)d of the %(size)d that the checkpoint of %(at)s UTC signs.") % facts
    ]
    if signed.size > LARGEST_TREE:
        words.append(
            _("The log is too long to walk to its root here; an export of this entry proves that.")
        )
        return Seal("sealed", words, checkpoint)
    proof = Prover(event.brand_id, signed.size).inclusion(leaf.index)
    if not is_included(bytes(leaf.hash), leaf.index, signed.size, proof, signed.root):
        return Seal(
            "broken", [_("The entry does not lead to the signed root: the log was altered.")]
        )
    words.append(
        _("Checked just now: the entry, its readable values, its way to the root, the signature.")
    )
    return Seal("sealed", words, checkpoint)
