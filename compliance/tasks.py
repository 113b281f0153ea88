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


@shared_task(name="compliance.seal_platform")
def seal_platform() -> None:
    """Platform job: append the brands' new checkpoints to the platform tree."""
    from compliance.domain.platform_tree import seal_whole_platform  # noqa: PLC0415 -- task

    seal_whole_platform()


@shared_task(name="compliance.anchor_checkpoints")
def anchor_checkpoints() -> None:
    """Platform job: hand the platform checkpoint out, once a day and agency."""
    from compliance.domain.anchors import anchor_all  # noqa: PLC0415 -- task

    anchor_all()


@shared_task(name="compliance.watch_ledgers")
def watch_ledgers() -> None:
    """Platform job: alarm about events that wait too long, wake the checks that are due."""
    from compliance.domain.ledger_watch import brands_to_check, watch_delays  # noqa: PLC0415 -- task
    from compliance.domain.silence import watch_silence  # noqa: PLC0415 -- task

    watch_delays()
    watch_silence()
    for brand_id in brands_to_check():
        check_ledger.delay(brand_id=str(brand_id))


@shared_task(name="compliance.check_ledger")
def check_ledger(brand_id: str) -> None:
    from compliance.domain.ledger_watch import check_brand  # noqa: PLC0415 -- task

    check_brand(UUID(brand_id))


@shared_task(name="compliance.watch_secrets")
def watch_secrets() -> None:
    """Platform job: tell people of secrets that are about to expire."""
    from compliance.domain.secret_watch import warn_of_expiry  # noqa: PLC0415 -- task

    warn_of_expiry()


@shared_task(name="compliance.sweep_exports")
def sweep_exports() -> None:
    """Platform job: wake exports that wait or whose worker is gone; drop expired files."""
    from compliance.domain.export_turns import exports_in_turn  # noqa: PLC0415 -- task
    from compliance.domain.exports import drop_expired_files  # noqa: PLC0415 -- task
    from compliance.domain.packs.packs import drop_expired_packs  # noqa: PLC0415 -- task
    from compliance.domain.queries import exports_to_run, packs_to_run  # noqa: PLC0415 -- task

    for brand_id, export_id in exports_in_turn(exports_to_run()):
        run_export.delay(brand_id=str(brand_id), export_id=str(export_id))
    for brand_id, pack_id in packs_to_run():
        run_pack.delay(brand_id=str(brand_id), pack_id=str(pack_id))
    drop_expired_files()
    drop_expired_packs()


@shared_task(name="compliance.run_export")
def run_export(brand_id: str, export_id: str) -> None:
    from compliance.domain.export_job import run_export as run  # noqa: PLC0415 -- task
    from compliance.domain.export_turns import exports_in_turn  # noqa: PLC0415 -- task

    if exports_in_turn([(UUID(brand_id), UUID(export_id))]):  # else the sweep comes back to it
        run(UUID(export_id), brand_id=UUID(brand_id))


@shared_task(name="compliance.run_pack")
def run_pack(brand_id: str, pack_id: str) -> None:
    from compliance.domain.packs.job import run_pack as run  # noqa: PLC0415 -- task

    run(UUID(pack_id), brand_id=UUID(brand_id))


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


@shared_task(name="compliance.sweep_requests")
def sweep_requests() -> None:
    """Platform job: wake data requests whose worker is gone; warn of days that come near; end what
    nobody verified; drop packages whose time is up."""
    from compliance.domain.requests import sweeps  # noqa: PLC0415 -- task

    for brand_id, request_id in sweeps.requests_to_run():
        run_request.delay(brand_id=str(brand_id), request_id=str(request_id))
    for brand_id in sweeps.brands_with_open_requests():
        watch_requests.delay(brand_id=str(brand_id))


@shared_task(name="compliance.watch_requests")
def watch_requests(brand_id: str) -> None:
    from compliance.domain.requests.watch import watch_brand  # noqa: PLC0415 -- task

    watch_brand(UUID(brand_id))


@shared_task(name="compliance.run_request")
def run_request(brand_id: str, request_id: str) -> None:
    from compliance.domain.requests.job import run_request as run  # noqa: PLC0415 -- task

    run(UUID(request_id), brand_id=UUID(brand_id))


@shared_task(name="compliance.sweep_retention")
def sweep_retention() -> None:
    """Platform job: wake brands where it is time to look what is due, runs whose worker is gone,
    versions of policies whose day has come, and holds that somebody must look at again."""
    from compliance.domain.retention import sweeps  # noqa: PLC0415 -- task

    for brand_id in sweeps.brands_to_keep():
        keep_retention.delay(brand_id=str(brand_id))
    for brand_id, run_id in sweeps.runs_to_go_on():
        run_retention.delay(brand_id=str(brand_id), run_id=str(run_id))


@shared_task(name="compliance.keep_retention")
def keep_retention(brand_id: str) -> None:
    """One brand: what is due today."""
    from compliance.domain.retention.sweeps import keep_brand  # noqa: PLC0415 -- task

    keep_brand(UUID(brand_id))


@shared_task(name="compliance.run_retention")
def run_retention(brand_id: str, run_id: str) -> None:
    from compliance.domain.retention.run_job import run_retention as run  # noqa: PLC0415 -- task

    run(UUID(run_id), brand_id=UUID(brand_id))


@shared_task(name="compliance.sweep_consent_jobs")
def sweep_consent_jobs() -> None:
    """Platform job: wake lists of consents that wait or whose worker is gone; drop expired ones."""
    from compliance.domain.consent_jobs import drop_expired_lists  # noqa: PLC0415 -- task
    from compliance.domain.queries import consent_jobs_to_run  # noqa: PLC0415 -- task

    for brand_id, job_id in consent_jobs_to_run():
        run_consent_job.delay(brand_id=str(brand_id), job_id=str(job_id))
    drop_expired_lists()


@shared_task(name="compliance.run_consent_job")
def run_consent_job(brand_id: str, job_id: str) -> None:
    from compliance.domain.consent_work import run_job  # noqa: PLC0415 -- task

    run_job(UUID(job_id), brand_id=UUID(brand_id))


@shared_task(name="compliance.watch_registers")
def watch_registers() -> None:
    """Platform job: wake the clocks of incidents and the days of vendors."""
    from django.utils import timezone  # noqa: PLC0415 -- task

    from compliance.domain.incidents.watch import brands_with_running_clocks  # noqa: PLC0415 -- task
    from compliance.domain.vendors.watch import registers_to_watch  # noqa: PLC0415 -- task

    for brand_id in brands_with_running_clocks():
        watch_incidents.delay(brand_id=str(brand_id))
    for brand_id in registers_to_watch(on=timezone.now().date()):
        watch_vendors.delay(brand_id=str(brand_id))


@shared_task(name="compliance.watch_incidents")
def watch_incidents(brand_id: str) -> None:
    from compliance.domain.incidents.watch import watch_clocks  # noqa: PLC0415 -- task

    watch_clocks(UUID(brand_id))


@shared_task(name="compliance.watch_vendors")
def watch_vendors(brand_id: str) -> None:
    from compliance.domain.vendors.watch import watch_register  # noqa: PLC0415 -- task

    watch_register(UUID(brand_id))


@shared_task(name="compliance.fold_transfers")
def fold_transfers() -> None:
    """Platform job: add up yesterday's and today's transfers of all brands."""
    from compliance.domain.vendors.transfers import fold_recent  # noqa: PLC0415 -- task

    fold_recent()
