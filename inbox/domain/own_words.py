"""A brand's own opt-out words: add them, retire them, hear them."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from inbox.choices import ConsentWordKind, ConsentWordMatch
from inbox.domain.consent_words import OwnWord, hear, normalise
from inbox.models import ConsentWord
from tenants.exceptions import InvalidInput
from tenants.models import Brand
from tenants.permissions import Actor, require

CAPABILITY = "compliance.consent.manage"
MOST_WORDS = 200
LONGEST_WORDS = 8
_SHORTEST_ANYWHERE = 4


def own_words(brand_id: UUID) -> tuple[OwnWord, ...]:
    """Those in use, longest first. One query; a batch of events asks once."""
    rows = ConsentWord.objects.filter(brand_id=brand_id, is_active=True)
    found = [
        OwnWord(str(row.pk), row.kind, row.language, row.norm, row.match == ConsentWordMatch.WHOLE)
        for row in rows
    ]
    return tuple(sorted(found, key=lambda word: (-len(word.norm), word.key)))


@transaction.atomic
def add_word(
    brand: Brand, *, kind: str, language: str, word: str, match: str, actor: Actor
) -> ConsentWord:
    """From now on messages of this brand are compared with it.

    Raises: NotAllowed, InvalidInput (empty, too long, there already, or a stop word of the product
    that was to mean something else).
    """
    require(actor, CAPABILITY, brand)
    norm = _checked(brand, kind=kind, language=language, word=word, match=match)
    row = ConsentWord.objects.create(
        brand=brand,
        kind=kind,
        language=language.strip().lower(),
        word=word.strip(),
        norm=norm,
        match=match,
        created_at=timezone.now(),
    )
    _tell("inbox.consent_word.added", row, actor=actor)
    return row


def _checked(brand: Brand, *, kind: str, language: str, word: str, match: str) -> str:
    if kind not in ConsentWordKind.values:
        raise InvalidInput("kind", _("Choose what the word means."))
    if match not in ConsentWordMatch.values:
        raise InvalidInput("match", _("Choose where the word is heard."))
    code = language.strip()
    if not (2 <= len(code) <= 3 and code.isascii() and code.isalpha()):
        raise InvalidInput("language", _("Give the language as a code of two or three letters."))
    text = word.strip()
    if len(text) > 80:
        raise InvalidInput("word", _("At most 80 characters."))
    norm = normalise(text)
    if not norm:
        raise InvalidInput("word", _("Give at least one letter."))
    if len(norm.split()) > LONGEST_WORDS:
        raise InvalidInput("word", _("At most eight words."))
    if match == ConsentWordMatch.ANYWHERE and len(norm) < _SHORTEST_ANYWHERE:
        raise InvalidInput("match", _("So short a word is only heard if it is the whole message."))
    if kind != ConsentWordKind.STOP and hear(text).kind == "stop":
        raise InvalidInput("word", _("“%s” ends messages everywhere; that stays so.") % text)
    if ConsentWord.objects.filter(brand=brand, norm=norm).exists():
        raise InvalidInput("word", _("“%s” stands in the list already.") % text)
    if ConsentWord.objects.filter(brand=brand, is_active=True).count() >= MOST_WORDS:
        raise InvalidInput("word", _("At most %d words of your own.") % MOST_WORDS)
    return norm


@transaction.atomic
def set_word_in_use(word: ConsentWord, *, is_active: bool, actor: Actor) -> ConsentWord:
    """Retire a word or take it up again; it is never deleted, entries of the ledger name it.

    Raises: NotAllowed.
    """
    require(actor, CAPABILITY, word)
    word = ConsentWord.objects.select_for_update(no_key=True).get(pk=word.pk)
    if word.is_active != is_active:
        word.is_active = is_active
        word.save(update_fields=["is_active"])
        _tell(
            "inbox.consent_word.taken_up" if is_active else "inbox.consent_word.retired",
            word,
            actor=actor,
        )
    return word


def _tell(kind: str, row: ConsentWord, *, actor: Actor) -> None:
    after = {"word": row.word, "means": row.kind, "language": row.language, "match": row.match}
    record(kind, row, actor=actor, after=after)
