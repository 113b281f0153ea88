"""What was done, in words: ``moderation.decision.made`` is "Decision made".

A kind of event is a noun and a past participle; each has its word in every language. A kind nobody
has a word for is shown by its own parts, so a new one is readable before it is translated.
"""

from typing import Any

from django.apps import apps
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

NOUNS: dict[str, Any] = {
    "agency": _("Agency"),
    "alarm": _("Alarm"),
    "anchor": _("Anchor"),
    "appeal": _("Appeal"),
    "automation": _("Automation"),
    "brand": _("Brand"),
    "brand_export": _("Archive of the brand"),
    "cache": _("Cache"),
    "channel": _("Channel"),
    "checkpoint": _("Checkpoint"),
    "clock": _("Answering time"),
    "consent": _("Consent"),
    "contact": _("Contact"),
    "conversation": _("Conversation"),
    "decision": _("Decision"),
    "detail": _("Value of an entry"),
    "disclosure": _("Disclosure"),
    "erasure": _("Erasure"),
    "event": _("Event"),
    "evidence": _("Evidence pack"),
    "export": _("Audit export"),
    "field": _("Field"),
    "grant": _("Right"),
    "history": _("Field history"),
    "hold": _("Legal hold"),
    "incident": _("Incident"),
    "invitation": _("Invitation"),
    "key": _("Key"),
    "member": _("Member"),
    "message": _("Message"),
    "note": _("Note"),
    "policy": _("Policy"),
    "quota": _("Quota"),
    "reply": _("Reply"),
    "request": _("Data request"),
    "retention": _("Retention"),
    "role": _("Role"),
    "rows": _("Rows"),
    "search": _("Saved search"),
    "secret": _("Secret"),
    "sending": _("Sending"),
    "session": _("Session"),
    "signin": _("Sign-in"),
    "statement": _("Statement of reasons"),
    "subject": _("Person's data"),
    "support": _("Support access"),
    "target": _("Target"),
    "template": _("Template"),
    "token": _("API token"),
    "user": _("Person"),
    "vendor": _("Vendor"),
}
DEEDS: dict[str, Any] = {
    "added": _("added"),
    "anchored": _("anchored"),
    "approved": _("approved"),
    "asked": _("asked for"),
    "assigned": _("assigned"),
    "breached": _("missed"),
    "cancelled": _("cancelled"),
    "carried_over": _("carried over"),
    "changed": _("changed"),
    "checked": _("checked"),
    "closed": _("closed"),
    "confirmed": _("confirmed"),
    "connected": _("connected"),
    "consented": _("consented to"),
    "created": _("created"),
    "decided": _("decided"),
    "deleted": _("deleted"),
    "downloaded": _("downloaded"),
    "dropped": _("dropped"),
    "edited": _("edited"),
    "ended": _("ended"),
    "erased": _("erased"),
    "expired": _("expired"),
    "failed": _("failed"),
    "finished": _("finished"),
    "forwarded": _("forwarded"),
    "frozen": _("frozen"),
    "given": _("given"),
    "granted": _("granted"),
    "handed_to_automation": _("handed to the automation"),
    "held": _("held"),
    "installed": _("installed"),
    "intake_stopped": _("stopped taking in"),
    "issued": _("issued"),
    "joined": _("joined"),
    "kept": _("kept"),
    "lifted": _("lifted"),
    "link_made": _("handed out by link"),
    "listed": _("listed"),
    "made": _("made"),
    "number_changed": _("changed its number"),
    "opened": _("opened"),
    "page_viewed": _("used to see a page"),
    "placed": _("placed"),
    "queued": _("queued"),
    "read": _("read"),
    "received": _("received"),
    "refused": _("refused"),
    "rejected": _("rejected"),
    "released": _("released"),
    "removed": _("removed"),
    "reopened": _("reopened"),
    "requested": _("requested"),
    "requeued": _("queued again"),
    "reset": _("reset"),
    "resumed": _("resumed"),
    "reviewed": _("reviewed"),
    "revoked": _("revoked"),
    "role_changed": _("got another role"),
    "rotated": _("rotated"),
    "sent": _("sent"),
    "started": _("started"),
    "stopped": _("stopped"),
    "suppressed": _("suppressed"),
    "thawed": _("thawed"),
    "unclear": _("unclear"),
    "undelivered": _("not delivered"),
    "used": _("used"),
    "verified": _("verified"),
    "visibility_changed": _("shown or hidden"),
    "withdrawn": _("withdrawn"),
    "written": _("written"),
}


def deed(kind: str) -> str:
    """``kind`` in the active language: noun and participle."""
    _app, noun, done = [*kind.split("."), "", ""][:3]
    shown_noun = str(NOUNS.get(noun) or capfirst(noun.replace("_", " ")))
    shown_deed = str(DEEDS.get(done) or done.replace("_", " "))
    return f"{shown_noun} {shown_deed}".strip()


def kind_of_object(label: str) -> str:
    """What a model's row is called, in the active language; the label itself if it is gone."""
    try:
        return capfirst(str(apps.get_model(label)._meta.verbose_name))
    except (LookupError, ValueError):
        return label
