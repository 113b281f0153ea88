"""Sealing: gapless, in one transaction, safe against rivals and kills."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.db import connection, transaction

from compliance.domain.audit import record
from compliance.domain.checkpoints import open_checkpoint
from compliance.domain.keys import note_key, signing_key
from compliance.domain.merkle import is_consistent, is_included, tree_root
from compliance.domain.proofs import TILE, Prover
from compliance.domain.queries import brands_with_unsealed_events, events_in_no_place
from compliance.domain.sequencer import seal, seal_all
from compliance.models import AuditEvent, AuditLeaf, AuditPending, AuditTree, Checkpoint, SigningKey
from compliance.tasks import seal_ledger
from tenants.models import Brand
from tenants.scope import brand_scope
from tests.compliance.ledger import RULE, fill

ROOT = Path(__file__).parents[3]


def check_ledger(brand: Brand) -> int:
    """Number of sealed events, after every stored hash, index, root and note was found right."""
    with brand_scope(brand.pk):
        rows = list(AuditLeaf.objects.order_by("index").select_related("event"))
        assert [row.index for row in rows] == list(range(len(rows)))
        assert all(bytes(row.hash) == bytes(row.event.leaf_hash) for row in rows)
        assert not list(events_in_no_place())
        hashes = [bytes(row.hash) for row in rows]
        tree = AuditTree.objects.first()
        for checkpoint in Checkpoint.objects.select_related("key"):
            assert tree is not None
            signed = open_checkpoint(
                checkpoint.note, key=note_key(checkpoint.key), origin=tree.origin
            )
            assert signed.size == checkpoint.size
            assert signed.root == bytes(checkpoint.root) == tree_root(hashes[: checkpoint.size])
        assert (tree.size if tree else 0) == len(rows)
        return len(rows)


def test_seal_gives_places_and_signs(north: Brand):
    fill(north, 5)

    checkpoint = seal(north.pk)

    assert checkpoint is not None
    assert (checkpoint.size, check_ledger(north)) == (5, 5)
    assert checkpoint.note.startswith(f"audit.engage.local/{north.pk}\n5\n")
    with brand_scope(north.pk):
        assert AuditPending.objects.count() == 0


def test_seal_of_nothing_makes_nothing(north: Brand):
    assert seal(north.pk) is None
    assert check_ledger(north) == 0


def test_batches_end_in_one_log(north: Brand):
    fill(north, 7)
    sizes = []
    while checkpoint := seal(north.pk, batch=3):
        sizes.append(checkpoint.size)
    fill(north, 1)
    last = seal_all(north.pk)

    assert sizes == [3, 6, 7]
    assert last is not None
    assert (last.size, check_ledger(north)) == (8, 8)


def test_brands_have_separate_logs(north: Brand, south: Brand):
    fill(north, 3)
    fill(south, 2)

    assert set(brands_with_unsealed_events()) == {north.pk, south.pk}
    seal(north.pk)
    assert brands_with_unsealed_events() == [south.pk]
    seal_ledger(brand_id=str(south.pk))

    assert (check_ledger(north), check_ledger(south)) == (3, 2)


def test_one_key_signs_for_all(north: Brand, south: Brand):
    fill(north, 1)
    fill(south, 1)
    first, second = seal(north.pk), seal(south.pk)

    assert first is not None
    assert second is not None
    assert first.key_id == second.key_id == signing_key().pk
    assert SigningKey.objects.count() == 1


def test_private_key_is_encrypted_at_rest(db: None):
    key = signing_key()

    with connection.cursor() as cursor:
        cursor.execute("SELECT private_key FROM compliance_signingkey")
        stored = cursor.fetchone()[0]
    assert stored.startswith("e1:")
    assert key.private_key not in stored


@pytest.mark.parametrize("size", [1, 2, TILE - 1, TILE, TILE + 1, 3 * TILE + 17])
def test_proofs_from_the_stored_leaves(north: Brand, size: int):
    fill(north, size)
    checkpoint = seal(north.pk)
    assert checkpoint is not None
    prover = Prover(north.pk, size)
    root = bytes(checkpoint.root)
    with brand_scope(north.pk):
        hashes = [
            bytes(h) for h in AuditLeaf.objects.order_by("index").values_list("hash", flat=True)
        ]

    assert prover.root() == root
    for index in {*range(0, size, 37), size - 1, min(TILE, size - 1)}:
        assert is_included(hashes[index], index, size, prover.inclusion(index), root)
    for first in {1, size, size // 2 or 1, min(TILE, size)}:
        proof = prover.consistency(first)
        assert is_consistent(first, size, proof, tree_root(hashes[:first]), root)


def test_event_that_commits_late_is_not_lost(committed: None, north: Brand):
    written, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with brand_scope(north.pk):
            record("inbox.message.received", north, actor=RULE)
            written.set()
            assert may_commit.wait(20)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(20)
    fill(north, 3)
    first = seal(north.pk)
    may_commit.set()
    thread.join(20)
    second = seal(north.pk)

    assert first is not None
    assert second is not None
    assert (first.size, second.size, check_ledger(north)) == (3, 4, 4)


def test_many_sealers_and_writers_at_once(committed: None, north: Brand):
    fill(north, 20)
    problems: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(5):
                if number % 2:
                    seal(north.pk, batch=7)
                else:
                    fill(north, 4)
        except BaseException as error:  # shown by the assertion below
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    seal_all(north.pk)

    assert (problems, check_ledger(north)) == ([], 20 + 3 * 5 * 4)


def test_rollback_leaves_nothing(north: Brand):
    with brand_scope(north.pk), transaction.atomic():
        record("inbox.message.received", north, actor=RULE)
        transaction.set_rollback(True)

    with brand_scope(north.pk):
        assert AuditEvent.objects.count() == 0
    assert seal(north.pk) is None


KILLED = """
import django; django.setup()
from uuid import UUID
from compliance.domain.sequencer import seal
print("ready", flush=True)
while True:
    seal(UUID("{brand}"), batch=3)
"""


def test_kill_in_the_middle_of_sealing(committed: None, north: Brand):
    from tests import databases

    fill(north, 900)
    settings = connection.settings_dict
    env = os.environ | {
        "DATABASE_URL": databases.url("APP", settings["NAME"]),
        "DJANGO_SETTINGS_MODULE": "engage.settings_test",
    }
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED.format(brand=north.pk)],
            env=env,
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.25)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        check_ledger(north)
    before = check_ledger(north)
    seal_all(north.pk)

    assert 0 < before < 900
    assert check_ledger(north) == 900
