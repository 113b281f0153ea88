"""What each level of a category looks like, and what to do about it: where every brand starts.

Our own words, mild on purpose: an example shows where the line is, it does not have to hurt.
"""

from dataclasses import dataclass
from typing import Final

from moderation.choices import Category, RuleAction


@dataclass(frozen=True, slots=True)
class Levels:
    """Examples of what is fine, breaks the rule, is grave; acts for the latter two."""

    action_breaks: RuleAction
    action_grave: RuleAction
    fine_de: str
    fine_en: str
    breaks_de: str
    breaks_en: str
    grave_de: str
    grave_en: str


_HIDE, _ESCALATE = RuleAction.HIDE, RuleAction.ESCALATE
LEVELS: Final[dict[Category, Levels]] = {
    Category.SPAM: Levels(
        _HIDE,
        RuleAction.BAN,
        fine_de="„Ich habe dazu einen Test geschrieben, den Link findet ihr in meinem Profil.“",
        fine_en="“I wrote a review of this, you will find the link in my profile.”",
        breaks_de="„Folgt mir für tägliche Rabatte!“ unter einem Beitrag über etwas anderes",
        breaks_en="“Follow me for daily discounts!” below a post about something else",
        grave_de="Derselbe Werbetext mit Link unter zwanzig Beiträgen in einer Stunde",
        grave_en="The same advertisement with a link below twenty posts in one hour",
    ),
    Category.SCAM: Levels(
        _HIDE,
        RuleAction.BAN,
        fine_de="„Ist das Gewinnspiel echt? Das sieht seltsam aus.“",
        fine_en="“Is this prize draw real? It looks odd.”",
        breaks_de="„Ich habe in einer Woche das Doppelte verdient, schreibt mir.“",
        breaks_en="“I doubled my money in a week, write to me.”",
        grave_de="Ein Profil gibt sich als unser Haus aus und fragt nach Kartendaten",
        grave_en="A profile poses as our company and asks for card details",
    ),
    Category.INSULT: Levels(
        _HIDE,
        RuleAction.MUTE,
        fine_de="„Der Service war miserabel, so etwas habe ich noch nicht erlebt.“",
        fine_en="“The service was awful, I have never seen anything like it.”",
        breaks_de="„Du bist zu dumm, um eine Frage zu beantworten.“",
        breaks_en="“You are too stupid to answer a question.”",
        grave_de="Eine Person wird über Tage unter jedem Beitrag herabgesetzt",
        grave_en="One person is belittled below every post for days",
    ),
    Category.HATE: Levels(
        _HIDE,
        _ESCALATE,
        fine_de="„Solche Sprüche über Zugezogene sind falsch“, mit dem Spruch als Zitat",
        fine_en="“Such sayings about newcomers are wrong”, with the saying as a quotation",
        breaks_de="„Die gehören alle nicht hierher“, über Menschen einer Herkunft",
        breaks_en="“None of them belong here”, about people of one origin",
        grave_de="Menschen einer Gruppe wird abgesprochen, Menschen zu sein",
        grave_en="People of a group are denied being human",
    ),
    Category.THREAT: Levels(
        _HIDE,
        _ESCALATE,
        fine_de="„Wenn das nicht besser wird, kündige ich.“",
        fine_en="“If this does not get better I will cancel.”",
        breaks_de="„Wartet nur, ihr werdet noch sehen, was ihr davon habt.“",
        breaks_en="“Just wait, you will see what you get from this.”",
        grave_de="Eine Person wird mit Ort und Zeit bedroht",
        grave_en="A person is threatened with a place and a time",
    ),
    Category.SELF_HARM: Levels(
        _HIDE,
        _ESCALATE,
        fine_de="„Mir ging es lange schlecht, die Beratung hat mir geholfen.“",
        fine_en="“I was unwell for a long time, counselling has helped me.”",
        breaks_de="Jemand stellt es als Lösung dar, sich zu verletzen",
        breaks_en="Somebody presents hurting oneself as a solution",
        grave_de="Jemand kündigt es an oder fordert eine andere Person dazu auf",
        grave_en="Somebody announces it or urges another person to do it",
    ),
    Category.SEXUAL: Levels(
        _HIDE,
        RuleAction.BAN,
        fine_de="„Das Kleid steht dir richtig gut.“",
        fine_en="“That dress really suits you.”",
        breaks_de="Anzügliche Bemerkungen über den Körper einer Person im Bild",
        breaks_en="Suggestive remarks about the body of a person in the picture",
        grave_de="Unverlangte Angebote oder Bilder sexueller Art",
        grave_en="Unasked offers or pictures of a sexual kind",
    ),
    Category.LEGAL_CLAIM: Levels(
        _ESCALATE,
        _ESCALATE,
        fine_de="„Wie lange habe ich Garantie auf das Gerät?“",
        fine_en="“How long is the guarantee for this device?”",
        breaks_de="„Ich verlange mein Geld zurück, sonst gehe ich zum Anwalt.“",
        breaks_en="“I demand my money back or I will go to a lawyer.”",
        grave_de="Eine Frist mit Aktenzeichen oder der Vorwurf eines Schadens an Menschen",
        grave_en="A deadline with a file number or the charge that people were harmed",
    ),
    Category.PRIVACY_LEAK: Levels(
        _HIDE,
        _ESCALATE,
        fine_de="„Eure Zentrale erreicht man unter der Nummer auf der Webseite.“",
        fine_en="“You can reach their office by the number on the website.”",
        breaks_de="Die private Telefonnummer einer Mitarbeiterin",
        breaks_en="The private telephone number of an employee",
        grave_de="Die Anschrift einer Person mit der Aufforderung, dort hinzugehen",
        grave_en="A person's address with the call to go there",
    ),
    Category.ILLEGAL_OFFER: Levels(
        _HIDE,
        _ESCALATE,
        fine_de="„Darf man das in Deutschland überhaupt verkaufen?“",
        fine_en="“Is it even allowed to sell this in Germany?”",
        breaks_de="Angebot gefälschter Markenware",
        breaks_en="An offer of counterfeit goods",
        grave_de="Angebot von Waffen, Betäubungsmitteln oder gefälschten Ausweisen",
        grave_en="An offer of weapons, narcotics or forged papers",
    ),
    Category.CHILD_SAFETY: Levels(
        _ESCALATE,
        _ESCALATE,
        fine_de="„Unsere Tochter liebt das Spiel.“",
        fine_en="“Our daughter loves this game.”",
        breaks_de="Ein Fremder fragt ein Kind, wo es zur Schule geht",
        breaks_en="A stranger asks a child where it goes to school",
        grave_de="Annäherung an ein Kind oder eine anzügliche Bemerkung über eines",
        grave_en="An approach to a child or a suggestive remark about one",
    ),
    Category.OFF_TOPIC: Levels(
        _HIDE,
        _HIDE,
        fine_de="„Bei einem anderen Anbieter war die Lieferung schneller.“",
        fine_en="“Another supplier delivered faster.”",
        breaks_de="„Kauft lieber dort, hier ist der Gutschein“, ohne Bezug zum Beitrag",
        breaks_en="“Better buy there, here is the voucher”, unrelated to the post",
        grave_de="Ein Mitbewerber wirbt unter jedem Beitrag für sich",
        grave_en="A competitor promotes itself below every post",
    ),
    Category.OTHER: Levels(
        _HIDE,
        _ESCALATE,
        fine_de="Kritik, auch wenn sie hart oder unbequem ist",
        fine_en="Criticism, even where it is hard or inconvenient",
        breaks_de="Was die Regeln der Seite verletzt und in keine andere Kategorie passt",
        breaks_en="What breaks the rules of the page and fits no other category",
        grave_de="Dasselbe wiederholt, nach einem Hinweis",
        grave_en="The same again, after having been told",
    ),
}
