"""Small sets of own making: enough to train on in a second, and easy to tell apart."""

from itertools import product

from moderation.domain.training.examples import Example, LabelledSet

KIND = ("Danke", "Gruß", "Schön", "Toll", "Bravo")
RUDE = ("Trottel", "Lump", "Schuft", "Depp", "Fiesling")
ENDS = (
    "an alle im Laden",
    "vom Team nebenan",
    "und bis morgen",
    "sagt meine Tante",
    "wie jeden Tag",
    "im ganzen Haus",
    "seit gestern Abend",
    "aus der Filiale",
    "zum letzten Mal",
    "mit dem neuen Rad",
    "vor der Tür",
    "auf dem Markt",
    "hinter der Kasse",
    "für immer",
    "ohne Frage",
    "mitten im Mai",
    "nach dem Regen",
    "bei der Arbeit",
    "am Telefon",
    "in der Pause",
)


def small_set(category: str = "insult") -> LabelledSet:
    """A hundred rude and a hundred kind sentences in German."""
    rows = [
        Example(f"{word} {end}", "de", {category: word in RUDE})
        for word, end in product(KIND + RUDE, ENDS)
    ]
    return LabelledSet(f"small {category}", tuple(rows), "own", "written for tests")
