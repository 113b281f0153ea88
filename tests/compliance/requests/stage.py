"""What the tests of data requests play with: one person, their words, and the way of a case."""

import re
from dataclasses import dataclass
from typing import Any

from compliance.choices import RequestSource
from compliance.domain.requests import ending, handling, identity, intake, passages, release
from compliance.domain.requests.cases import Asked
from compliance.domain.requests.job import run_request
from compliance.models import DataRequest, ThirdPartyPassage
from inbox.models import ChannelAccount, Contact, ContactHandle, Conversation
from tenants.models import Brand, OutgoingMail, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message

LENA_MAIL = "lena@example.test"
LENA_NUMBER = "4917012345"


@dataclass
class Stage:
    brand: Brand
    account: ChannelAccount
    contact: Contact
    thread: Conversation
    olga: User
    omar: User

    def scope(self) -> Any:
        return brand_scope(self.brand.pk, agency_ids=[self.brand.agency_id])

    def ask(self, kind: str = "access", **fields: Any) -> DataRequest:
        """By the public form, up to the mail with the code."""
        asked = Asked(
            **{
                "kind": kind,
                "source": RequestSource.FORM,
                "language": "de",
                "name": "Lena Beispiel",
                "email": LENA_MAIL,
            }
            | fields
        )
        intake.ask_by_form(self.brand, asked)
        return self.newest()

    def enter(self, kind: str = "access", **fields: Any) -> DataRequest:
        """By staff, for the known contact, identity checked."""
        asked = Asked(
            **{
                "kind": kind,
                "source": RequestSource.STAFF,
                "language": "de",
                "name": "Lena Beispiel",
                "email": LENA_MAIL,
                "contact_refs": [self.contact.pk],
            }
            | fields
        )
        case, _joined = intake.enter_request(self.brand, asked, actor=self.olga)
        return identity.verify_by_staff(case, note="Called back", actor=self.olga)

    def newest(self) -> DataRequest:
        found = DataRequest.objects.select_related("brand__agency").order_by("-number").first()
        assert found is not None
        return found

    def fresh(self, case: DataRequest) -> DataRequest:
        return DataRequest.objects.select_related("brand__agency").get(pk=case.pk)

    def work(self, case: DataRequest) -> DataRequest:
        """What a worker does with the case."""
        run_request(case.pk, brand_id=self.brand.pk)
        return self.fresh(case)

    def to_review(self, case: DataRequest, *, contacts: Any = None) -> DataRequest:
        """From the verified identity to the review, with the brand's instruction."""
        refs = [self.contact.pk] if contacts is None else contacts
        handling.choose_contacts(case, refs, actor=self.olga)
        handling.instruct(case, by="Frau Nord", instruction="Do it", actor=self.olga)
        handling.collect(case, actor=self.olga)
        return self.work(case)

    def to_end(self, case: DataRequest) -> DataRequest:
        """From the review to ``fulfilled``: olga reviews, omar releases."""
        ids = ThirdPartyPassage.objects.filter(request=case).values_list("pk", flat=True)
        passages.decide(case, list(ids), is_hidden=True, actor=self.olga)
        return self.to_end_as_decided(case)

    def to_end_as_decided(self, case: DataRequest) -> DataRequest:
        """The same with what was decided about passages."""
        release.finish_review(case, actor=self.olga)
        release.release(case, actor=self.omar)
        return self.work(case)

    def close(self, case: DataRequest) -> DataRequest:
        return ending.close(case, text="Hier sind Ihre Daten.", actor=self.olga)


def build(brand: Brand, *, olga: User, omar: User) -> Stage:
    account = make_account(brand, "whatsapp", "PN1")
    thread = make_conversation(account, handle=LENA_NUMBER, kind="direct")
    ContactHandle.objects.filter(contact=thread.contact).update(phone=LENA_NUMBER)
    make_message(thread, "Guten Tag, ich bin Lena Beispiel, +49 170 12345.")
    make_message(thread, "Mein Nachbar Kurt Fremd, kurt@fremd.example, hat dasselbe Problem.")
    other = make_conversation(account, handle="4917099999", kind="direct")
    Contact.objects.filter(pk=other.contact_id).update(name="Otto Anders")
    make_message(other, "Von jemand anderem")
    return Stage(brand, account, thread.contact, thread, olga, omar)


def mails() -> list[tuple[str, str, str]]:
    """(to, subject, text) of all that wait, oldest first."""
    return [(m.to, m.subject, m.text) for m in OutgoingMail.objects.order_by("id")]


def code_in(text: str) -> str:
    found = re.search(r"\b\d{6}\b", text)
    assert found is not None, text
    return found[0]


def link_in(text: str) -> str:
    """Path of the first address in a mail."""
    found = re.search(r"https?://[^/\s]+(/\S+)", text)
    assert found is not None, text
    return found[1]
