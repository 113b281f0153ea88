"""Celery entry points of compliance. Messages only wake; the tables say what is to be done."""

from uuid import UUID

from celery import shared_task


@shared_task(name="compliance.seal_ledgers")
def seal_ledgers() -> None:
    """Platform job: wake the sequencer of each brand with unsealed events."""
    from compliance.domain.queries import brands_with_unsealed_events  # noqa: PLC0415 -- task

    for brand_id in brands_with_unsealed_events():
        seal_ledger.delay(brand_id=str(brand_id))


@shared_task(name="compliance.seal_ledger")
def seal_ledger(brand_id: str) -> None:
    from compliance.domain.sequencer import seal_all  # noqa: PLC0415 -- task

    seal_all(UUID(brand_id))


@shared_task(name="compliance.sweep_exports")
def sweep_exports() -> None:
    """Platform job: wake exports that wait or whose worker is gone; drop expired files."""
    from compliance.domain.export_turns import exports_in_turn  # noqa: PLC0415 -- task
    from compliance.domain.exports import drop_expired_files  # noqa: PLC0415 -- task
    from compliance.domain.queries import exports_to_run  # noqa: PLC0415 -- task

    for brand_id, export_id in exports_in_turn(exports_to_run()):
        run_export.delay(brand_id=str(brand_id), export_id=str(export_id))
    drop_expired_files()


@shared_task(name="compliance.run_export")
def run_export(brand_id: str, export_id: str) -> None:
    from compliance.domain.export_job import run_export as run  # noqa: PLC0415 -- task
    from compliance.domain.export_turns import exports_in_turn  # noqa: PLC0415 -- task

    if exports_in_turn([(UUID(brand_id), UUID(export_id))]):  # else the sweep comes back to it
        run(UUID(export_id), brand_id=UUID(brand_id))


@shared_task(name="compliance.sweep_closing")
def sweep_closing() -> None:
    """Platform job: wake archives and erasures that wait or whose worker is gone; end requests that
    nobody confirmed; drop expired archives."""
    from compliance.domain.closing.erasures import expire_unconfirmed  # noqa: PLC0415 -- task
    from compliance.domain.closing.exports import drop_expired_brand_exports  # noqa: PLC0415 -- task
    from compliance.domain.queries import brand_exports_to_run, erasures_to_run  # noqa: PLC0415 -- task

    for brand_id, export_id in brand_exports_to_run():
        run_brand_export.delay(brand_id=str(brand_id), export_id=str(export_id))
    for brand_id, erasure_id in erasures_to_run():
        run_brand_erasure.delay(brand_id=str(brand_id), erasure_id=str(erasure_id))
    expire_unconfirmed()
    drop_expired_brand_exports()


@shared_task(name="compliance.run_brand_export")
def run_brand_export(brand_id: str, export_id: str) -> None:
    from compliance.domain.closing.export_job import run_brand_export as run  # noqa: PLC0415 -- task

    run(UUID(export_id), brand_id=UUID(brand_id))


@shared_task(name="compliance.run_brand_erasure")
def run_brand_erasure(brand_id: str, erasure_id: str) -> None:
    """``brand_id``: the agency's own brand, to which the erasure belongs."""
    from compliance.domain.closing.erase_job import run_brand_erasure as run  # noqa: PLC0415 -- task

    run(UUID(erasure_id), brand_id=UUID(brand_id))
