"""Registers the sources that compliance itself knows. Called once, when the apps are ready."""

from compliance.domain.subjects.ledger_source import LedgerSource
from compliance.domain.subjects.other_sources import (
    AddressSource,
    CacheSource,
    ErasedListSource,
    ExportFiles,
    HoldSource,
    MailSource,
    RequestSource,
)
from compliance.registries import SubjectSource, subject_sources


def register_own() -> None:
    """In the order of an erasure."""
    own: list[SubjectSource] = [
        LedgerSource(),
        AddressSource("compliance.consent"),
        AddressSource("compliance.consententry"),
        ErasedListSource(),
        RequestSource(),
        RequestSource("compliance.thirdpartypassage", link="request"),
        RequestSource("compliance.recipientnotice", link="request"),
        HoldSource(),
        MailSource(),
        ExportFiles(),
        CacheSource(),
    ]
    for source in own:
        subject_sources.register(source.key, source)
