"""An alarm in whole sentences, in the active language."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from moderation.choices import Category, QualityAlarmKind
from moderation.domain.quality.drift import MOVED
from moderation.models import QualityAlarm


def decimal(value: float | None, places: int = 2) -> str:
    """Rounded and in the active language; Django's own formatting cuts off. A dash for none."""
    return "–" if value is None else number_format(round(value, places), places)


def percent(share: float | None) -> str:
    """A share 0..1 as ``4.5 %``, a dash for none."""
    return "–" if share is None else f"{decimal(100 * share, 1)} %"


def alarm_words(alarm: QualityAlarm) -> list[str]:
    """What happened, and what it means to look for."""
    facts = alarm.facts
    category = Category(alarm.category).label if alarm.category else ""
    if alarm.kind == QualityAlarmKind.LICENCE:
        return [
            _(
                "Automatic hiding of %(category)s was stopped: of %(reviewed)d reviewed samples"
                " %(false)d were wrong, so up to %(upper)s of all might be. The limit is 5 %%."
            )
            % {
                "category": category,
                "reviewed": facts.get("reviewed", 0),
                "false": facts.get("false_hides", 0),
                "upper": percent(facts.get("upper")),
            },
            _("What had not left yet was called back and waits in the queue."),
        ]
    told = {
        "index": decimal(facts.get("index", 0.0)),
        "limit": decimal(MOVED),
        "category": category,
        "moved": _moved(facts.get("before", {}), facts.get("after", {})),
    }
    if alarm.kind == QualityAlarmKind.VERDICTS:
        what = _("The verdicts of the last week are spread differently than in the weeks before.")
    else:
        what = (
            _("The scores for %(category)s are spread differently than in the weeks before.") % told
        )
    return [
        what,
        _("Stability index %(index)s, alarm from %(limit)s. Most moved: %(moved)s.") % told,
        _("Look for a new campaign, a changed list or model, or a wave of other comments."),
    ]


def verdict_words(verdict: str) -> str:
    """A verdict, or a tenth of the score, for people."""
    words = {
        "pass": _("passed"),
        "queue": _("to the queue"),
        "queue_first": _("to people first"),
        "auto_hide": _("certain enough to hide"),
    }
    return words.get(verdict, verdict)


def _moved(before: dict[str, float], after: dict[str, float]) -> str:
    names = sorted(before.keys() | after.keys())
    if not names:
        return "–"
    name = max(names, key=lambda one: abs(after.get(one, 0.0) - before.get(one, 0.0)))
    return _("%(name)s, from %(before)s to %(after)s") % {
        "name": verdict_words(name),
        "before": percent(before.get(name, 0.0)),
        "after": percent(after.get(name, 0.0)),
    }
