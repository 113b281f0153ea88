"""Runs of a brand's policy: by schedule or by hand, paused, gone on with, stopped."""

from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import PolicyState, RunState
from compliance.domain.audit import actor_reference, record
from compliance.domain.retention.policies import KEEPER, deciders
from compliance.domain.retention.preview import Preview, preview
from compliance.domain.retention.run_job import WORKED_ON, end_run
from compliance.domain.watchers import tell
from compliance.models import RetentionPolicy, RetentionRun
from compliance.permissions import MANAGE_RETENTION
from compliance.tasks import run_retention as run_retention_task
from tenants.domain.freezing import reason_given
from tenants.exceptions import InvalidInput, InvalidState
from tenants.models import Brand, User
from tenants.permissions import Actor, require

OPEN = (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED)


def open_run(brand: Brand) -> RetentionRun | None:
    """The run that has not ended; there is at most one."""
    return RetentionRun.objects.filter(brand=brand, state__in=OPEN).first()


@transaction.atomic
def request_run(brand: Brand, *, typed: str, actor: User) -> RetentionRun:
    """Erase now what is due. ``typed``: the number of rows that the page has shown, typed by hand;
    a worker wakes after commit.

    Raises: NotAllowed, InvalidInput (another number, or the number has changed since), InvalidState
    (one is on its way, nothing is due, the brand is frozen or at its end).
    """
    require(actor, MANAGE_RETENTION, brand)
    shown = preview(brand)
    if not shown.rows:
        raise InvalidState(_("Nothing is due."))
    digits = typed.replace(" ", "").replace("\u202f", "").replace("\xa0", "").strip()
    if digits != str(shown.rows):
        raise InvalidInput(
            "rows",
            _("Type the number of rows that would go by now: %d. Nothing was erased.") % shown.rows,
        )
    return _queue(brand, shown, actor=actor)


def start_due_run(brand: Brand) -> RetentionRun | None:
    """The scheduled run, if something is due and no other is on its way."""
    if brand.state not in WORKED_ON or open_run(brand) is not None:
        return None
    shown = preview(brand)
    if not shown.rows:
        return None
    with transaction.atomic():
        run = _queue(brand, shown, actor=KEEPER)
        if shown.is_alarming:
            _warn(brand, shown)
    return run


def _queue(brand: Brand, shown: Preview, *, actor: Actor) -> RetentionRun:
    if brand.state not in WORKED_ON:
        raise InvalidState(_("The brand is frozen or at its end: nothing is erased by age."))
    active = RetentionPolicy.objects.filter(brand=brand, state=PolicyState.ACTIVE).first()
    person = actor if isinstance(actor, User) else None
    try:
        with transaction.atomic():
            run = RetentionRun.objects.create(
                brand=brand,
                by_hand=person is not None,
                policy_number=active.number if active else 0,
                as_of=shown.terms.as_of,
                criteria=shown.terms.to_json(),
                planned=dict(sorted(shown.counts.items())),
                keeping={"held": shown.total.held, "open": shown.total.open},
                rows_total=shown.rows,
                requested_by=person,
                requested_ref=actor_reference(actor)[1],
                requested_at=timezone.now(),
            )
    except IntegrityError as error:
        raise InvalidState(_("A run is on its way already.")) from error
    record(
        "compliance.retention_run.requested",
        run,
        actor=actor,
        facts={"rows": run.rows_total, "manifest": shown.sha256, "version": run.policy_number},
    )
    _wake(run)
    return run


def _wake(run: RetentionRun) -> None:
    wake_up = partial(run_retention_task.delay, brand_id=str(run.brand_id), run_id=str(run.pk))
    # A broker that is down must not fail the request: the sweep finds the run.
    transaction.on_commit(wake_up, robust=True)


def _locked(run: RetentionRun, *, actor: Actor) -> RetentionRun:
    require(actor, MANAGE_RETENTION, run)
    return (
        RetentionRun.objects.select_for_update(no_key=True, of=("self",))
        .select_related("brand__agency", "requested_by")
        .get(pk=run.pk)
    )


@transaction.atomic
def pause_run(run: RetentionRun, *, actor: User) -> RetentionRun:
    """No further chunk begins until somebody lets it go on.

    Raises: NotAllowed, InvalidState (not waiting or running).
    """
    run = _locked(run, actor=actor)
    if run.state not in {RunState.QUEUED, RunState.RUNNING}:
        raise InvalidState
    run.state, run.lease_until = RunState.PAUSED, None
    run.save(update_fields=["state", "lease_until"])
    facts = {"rows": run.rows_done}
    record("compliance.retention_run.paused", run, actor=actor, facts=facts)
    return run


@transaction.atomic
def resume_run(run: RetentionRun, *, actor: User) -> RetentionRun:
    """Go on with a paused run, by the criteria it was asked for with.

    Raises: NotAllowed, InvalidState (not paused).
    """
    run = _locked(run, actor=actor)
    if run.state != RunState.PAUSED:
        raise InvalidState
    run.state = RunState.QUEUED
    run.save(update_fields=["state"])
    record("compliance.retention_run.resumed", run, actor=actor)
    _wake(run)
    return run


@transaction.atomic
def stop_run(run: RetentionRun, *, reason: str, actor: User) -> RetentionRun:
    """End it where it is. What went is gone and stands in the receipt.

    Raises: NotAllowed, InvalidInput (no reason), InvalidState (ended).
    """
    words = reason_given(reason)
    run = _locked(run, actor=actor)
    if run.has_ended:
        raise InvalidState
    return end_run(run, RunState.STOPPED, reason=words, actor=actor)


def _warn(brand: Brand, shown: Preview) -> None:
    def words() -> tuple[str, str]:
        return (
            _("%s: a retention run differs much from the last one") % brand.name,
            _(
                "The run that begins now erases %(rows)d rows, the last one erased %(last)d "
                "(%(change)+d %%). Whoever may decide on retention can pause or stop it."
            )
            % {"rows": shown.rows, "last": shown.last_rows, "change": shown.change_percent},
        )

    tell(deciders(brand), agency=brand.agency, words=words)
