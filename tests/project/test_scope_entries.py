"""The scope is entered in few, named places. Elsewhere code lives inside a scope it was given."""

from tests.project.source import calls, product_code, text

ENTER = ("brand_scope", "agency_scope", "new_brand_scope")

# File -> why it may enter the scope of a brand or agency.
MAY_ENTER = {
    "tenants/scope.py": "defines it",
    "tenants/middleware.py": "the workspace in the address, after the membership was checked",
    "tenants/domain/agencies.py": "an act in one brand is told to its ledger from outside a scope",
    "tenants/domain/brands.py": "a brand is told of in its own ledger when it is made",
    "engage/onboarding/pages.py": "narrows an agency's workspace to the brand that is taken on",
    "engage/onboarding/applying.py": "a brand made in this transaction gets its settings in it",
    "tenants/admin/acts.py": "narrows an agency's workspace to the brand an act is for",
    "inbox/tasks.py": "task",
    "inbox/domain/data_deletion.py": "the network's signature names the app, the app its agency",
    "inbox/domain/splitting.py": "task loop: one transaction per delivery",
    "inbox/domain/pipeline.py": "task loop: one transaction per event",
    "inbox/domain/polling.py": "task loop: the network is asked outside any transaction",
    "inbox/domain/sending.py": "task loop: the network call stands outside any transaction",
    "compliance/domain/sequencer.py": "task loop: one transaction per batch",
    "compliance/domain/export_job.py": "task loop: an export is longer than a transaction may be",
    "compliance/domain/exports.py": "task: drops expired files, brand by brand",
    "compliance/domain/consent_jobs.py": "task: drops expired lists, brand by brand",
    "compliance/domain/consent_runs.py": "task loop: a list takes longer than a transaction may",
    "compliance/domain/consent_exports.py": "task loop: a chunk of rows at a time",
    "compliance/domain/suppression_import.py": "task loop: read outside, stored in one transaction",
    "compliance/domain/closing/archive.py": "task loop: a chunk of rows at a time",
    "compliance/domain/closing/export_job.py": "task loop: an archive takes longer than that too",
    "compliance/domain/closing/exports.py": "task: drops expired archives, brand by brand",
    "compliance/domain/closing/erase_job.py": "task loop: one transaction per chunk",
    "compliance/admin/hold_parts.py": "adds the agency's raw deliveries to the hold's brand",
    "compliance/domain/retention/preview.py": "adds the agency's raw deliveries to the brand",
    "compliance/domain/retention/run_job.py": "task loop: one transaction per chunk",
    "compliance/domain/retention/sweeps.py": "task: what is due today, brand by brand",
    "compliance/public/archive.py": "the link's signature names the brand",
    "compliance/public/requests.py": "a public form names its brand, a link's signature does",
    "compliance/admin/requests/page.py": "narrows an agency's workspace to the case's brand",
    "compliance/domain/incidents/register.py": "entered for a brand or for the agency as a whole",
    "compliance/domain/incidents/watch.py": "task: looks at the clocks, brand by brand",
    "compliance/domain/vendors/watch.py": "task: looks at the days, register by register",
    "compliance/domain/requests/job.py": "task loop: a case takes longer than a transaction may",
    "compliance/domain/requests/watch.py": "task: looks at the days, brand by brand",
    "compliance/domain/ledger_check.py": "the operator's check reads in chunks",
    "compliance/domain/proofs.py": "task loop: part of the export",
    "compliance/domain/secret_watch.py": "task loop: one transaction per brand",
    "compliance/domain/ledger_watch.py": "task loop: the monitor reads in chunks, brand by brand",
    "compliance/domain/anchors.py": "task loop: one transaction per agency and sink",
    "compliance/domain/export_csv.py": "task loop: part of the export",
    "compliance/domain/export_json.py": "task loop: part of the export",
    "compliance/domain/export_rows.py": "task loop: part of the export",
    "compliance/domain/packs/job.py": "task loop: a pack takes longer than a transaction may",
    "compliance/domain/packs/packs.py": "task: drops expired packs, brand by brand",
    "compliance/domain/net.py": "task: looks at what the database noted, brand by brand",
    "compliance/domain/silence.py": "task: alarms about silent writes, brand by brand",
    "compliance/domain/subjects/erasing.py": "task loop: one transaction per chunk",
    "compliance/domain/subjects/package.py": "adds the agency's raw deliveries to the brand",
    "compliance/domain/subjects/plans.py": "adds the agency's raw deliveries to the brand",
    "compliance/domain/subjects/sources.py": "adds the agency's raw deliveries to the brand",
    "compliance/domain/subjects/reapplying.py": "command after a restore, brand by brand",
    "compliance/admin/event.py": "narrows an agency's workspace to the event's brand",
    "compliance/admin/pack.py": "narrows an agency's workspace to the case's brand",
    "compliance/admin/handed_out.py": "narrows an agency's workspace to the file's brand",
    "compliance/public/handed_out.py": "the link's signature names the brand",
    "tenants/management/commands/shell.py": "command, brand named on the line",
    "tenants/management/commands/set_quota.py": "command, brand named on the line",
    "compliance/management/commands/export_audit.py": "command, brand named on the line",
    "moderation/management/commands/train.py": "command, brand named on the line",
    "moderation/management/commands/evaluate.py": "command, brand named on the line",
    "engage/places.py": "the switcher: figures of the brands it shows, all of them the person's",
    "moderation/public/appeals.py": "the link's signature names the brand",
    "moderation/domain/quality/watch.py": "task: draws and compares, brand by brand",
    "moderation/public/notices.py": "a public form names its brand, a link's signature does",
    "moderation/domain/watch.py": "task: looks at the days, brand by brand",
    "engage/demo/people.py": "command: the demo",
    "engage/demo/traffic.py": "command: the demo",
    "engage/demo/channels.py": "command: the demo",
    "engage/demo/story.py": "command: the demo",
}
# File -> why it may see every brand at once.
MAY_SEE_ALL = {
    "compliance/domain/requests/sweeps.py": "data requests that wait for a worker or a warning",
    "inbox/domain/turns.py": "looks whose turn it is, and for the sweep what was left behind",
    "compliance/domain/export_turns.py": "exports of all brands share the workers",
    "compliance/domain/platform_tree.py": "one tree over the checkpoints of all brands",
    "compliance/domain/retention/sweeps.py": "looks which brand's hour has come",
    "compliance/domain/incidents/watch.py": "looks whose clocks run",
    "compliance/domain/vendors/watch.py": "looks in whose register a day has come",
    "compliance/domain/vendors/transfers.py": "adds up the day of all brands in one reading",
    "moderation/domain/quality/watch.py": "looks whose samples are due",
    "moderation/domain/watch.py": "looks whose appeals and sanctions have days to keep",
    "compliance/domain/queries.py": "sweeps: unsealed events, exports, archives, erasures",
}


def test_only_listed_files_enter_a_scope() -> None:
    entering = {name for name in product_code() if calls(name, *ENTER)}

    assert entering | {"tenants/scope.py"} == set(MAY_ENTER)


def test_only_listed_files_see_all_brands() -> None:
    seeing = {name for name in product_code() if calls(name, "all_brands")}

    assert seeing == set(MAY_SEE_ALL)


def test_only_the_scope_talks_to_its_setting() -> None:
    """Whoever sets ``engage.brand_ids`` by hand would walk past the guard."""
    setting = {
        name
        for name in product_code()
        # ``engage.told`` says that a transaction wrote an event; it opens nothing.
        if "set_config(" in text(name).replace("set_config('engage.told'", "")
        or "SET LOCAL engage." in text(name)
    }

    assert setting == {"tenants/scope.py"}


def test_no_code_goes_past_the_guarded_manager() -> None:
    past = {
        name
        for name in product_code()
        if "models.Manager()" in text(name) or "_base_manager" in text(name)
    }

    assert past == set()
