"""Reading a plain value by rules: every problem is noted with its place, none ends the reading."""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _

from engage.onboarding.problems import Lines, Path, Problem, line_of
from tenants.domain.profile import clean_text
from tenants.exceptions import InvalidInput


class Checker:
    """Collects ``problems``. Every method returns what was read, or None if it was refused."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.problems: list[Problem] = []

    def refuse(self, path: Path, message: str) -> None:
        self.problems.append(Problem(path, message, line_of(path, self.lines)))

    def mapping(self, value: Any, path: Path, allowed: Iterable[str]) -> dict[str, Any] | None:
        """A mapping with known keys only. An unknown one is told the nearest that is known."""
        names = list(allowed)
        if not isinstance(value, Mapping):
            self.refuse(path, _("Here must stand a mapping with: %s.") % ", ".join(names))
            return None
        for key in value:
            if key not in names:
                self.refuse((*path, str(key)[:80]), unknown(str(key), names))
        return {str(key): value[key] for key in value if key in names}

    def items(self, value: Any, path: Path, *, most: int) -> list[Any]:
        """A list; empty if there is none."""
        if not isinstance(value, list | tuple):
            self.refuse(path, _("Here must stand a list."))
            return []
        if len(value) > most:
            self.refuse(path, _("At most %d entries are taken.") % most)
            return []
        return list(value)

    def text(self, value: Any, path: Path, *, longest: int, is_needed: bool = True) -> str | None:
        return self.by(path, lambda: clean_text("", value, longest=longest, is_needed=is_needed))

    def choice(self, value: Any, path: Path, values: Iterable[str]) -> str | None:
        names = list(values)
        if isinstance(value, str) and value in names:
            return value
        if isinstance(value, str | int | float):
            self.refuse(path, unknown(str(value), names))
        else:
            self.refuse(path, _("Choose one of: %s.") % ", ".join(names))
        return None

    def number(self, value: Any, path: Path, *, least: int, most: int) -> int | None:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.refuse(
            path,
            _("This must be a whole number from %(least)d to %(most)d.")
            % {"least": least, "most": most},
        )
        return None

    def truth(self, value: Any, path: Path) -> bool | None:
        if isinstance(value, bool):
            return value
        self.refuse(path, _("This must be true or false."))
        return None

    def by[T](
        self, path: Path, rule: Callable[..., T], *values: Any, fields: bool = False
    ) -> T | None:
        """What the rule of a lower app returns for these values; its refusal is noted.

        At ``path``, or with ``fields`` at the field below it that the refusal names.
        """
        try:
            return rule(*values)
        except InvalidInput as error:
            inner = tuple(error.field.split(".")) if fields and error.field else ()
            self.refuse((*path, *inner), str(error))
            return None

    def need(self, values: Mapping[str, Any], path: Path, *names: str) -> bool:
        """Whether all of these keys are there; each missing one is noted."""
        missing = [name for name in names if values.get(name) is None]
        for name in missing:
            self.refuse((*path, name), _("This is missing."))
        return not missing


def unknown(word: str, names: list[str]) -> str:
    """Words for a name that is not known, with the nearest one if there is one."""
    near = get_close_matches(word[:80], names, n=1, cutoff=0.6)
    if near:
        return _("“%(word)s” is not known. Did you mean “%(near)s”?") % {
            "word": word[:80],
            "near": near[0],
        }
    return _("“%(word)s” is not known. Possible: %(names)s.") % {
        "word": word[:80],
        "names": ", ".join(names),
    }
