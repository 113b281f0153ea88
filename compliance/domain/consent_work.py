"""Everything that can be done to a list of consents, ready to run."""

from compliance.domain import consent_exports as consent_exports
from compliance.domain import suppression_import as suppression_import
from compliance.domain.consent_runs import run_job as run_job
