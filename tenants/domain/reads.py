"""Pages tell the ledgers what they are about to show of people."""

from collections.abc import Sequence
from typing import Any

from tenants.registries import Seen, audit_reads
from tenants.scope import own_scope


def tell_reads(seen: Sequence[Seen], *, actor: Any) -> None:
    """One statement for what belongs to brands in scope, one for each thing of the agency's own.

    Whatever fails here fails the page: what cannot be told is not shown.
    """
    audit_reads([one for one in seen if one.brand_id is None], actor=actor)
    for one in seen:
        if one.brand_id is not None:
            with own_scope(one.brand_id):
                audit_reads([one], actor=actor)
