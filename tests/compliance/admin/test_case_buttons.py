"""Each case's page offers its pack."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from compliance.models import Consent, EvidencePack, RetentionRun
from tenants.models import Brand, User
from tenants.scope import brand_scope

HERE = "/w/acme/north/admin/compliance/"


@pytest.mark.parametrize("kind", ["consent", "retention"])
def test_the_page_of_a_case_leads_to_its_pack(
    client: Client, aud: User, north: Brand, kind: str
) -> None:
    now = timezone.now()
    with brand_scope(north.pk):
        row: Any = {
            "consent": lambda: Consent.objects.create(
                brand=north,
                channel="mail",
                address_hash="ab" * 32,
                purpose="marketing",
                state="granted",
                since=now,
                source="form",
            ),
            "retention": lambda: RetentionRun.objects.create(
                brand=north, as_of=now, requested_ref="x", requested_at=now
            ),
        }[kind]()
    client.force_login(aud)
    page = client.get(f"{HERE}{row._meta.model_name}/{row.pk}/change/")
    asked = f"{HERE}evidencepack/request/?case={kind}&amp;object={row.pk}"
    assert asked in page.content.decode()

    answer = client.post(
        asked.replace("&amp;", "&"),
        {
            "case": kind,
            "object": str(row.pk),
            "purpose": "Audit",
        },
    )

    with brand_scope(north.pk):
        pack = EvidencePack.objects.get()
    assert answer.headers["Location"] == f"{HERE}evidencepack/{pack.pk}/change/"
    assert (pack.case_key, pack.object_ref) == (kind, str(row.pk))
