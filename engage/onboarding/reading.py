"""From the text of a YAML file to plain values, with the line of each.

Only what JSON can say: no tags, no anchors, no dates. ``no`` and ``17:30`` are text, as whoever
writes them means it (YAML 1.1 makes them false and 1050). Source: YAML 1.2.2 section 10.2.
"""

import re
from typing import Any

import yaml
from django.utils.translation import gettext as _

from engage.onboarding.problems import BadDocument, Path, Problem

MAX_BYTES = 256 * 1024
MAX_DEPTH = 12
_NULL = re.compile(r"|~|null|Null|NULL", re.ASCII)
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]{1,15}", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)", re.ASCII)
_TEXT = "tag:yaml.org,2002:str"
# What an untagged value is taken for by the library; everything else was written as a tag.
_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "map", "seq", "timestamp", "merge", "value")
}


def read_yaml(source: bytes) -> tuple[Any, dict[Path, int]]:
    """The value and the line of each part of it. Raises: BadDocument, with all problems."""
    if len(source) > MAX_BYTES:
        raise BadDocument([Problem((), _("The file is larger than %d KB.") % (MAX_BYTES // 1024))])
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source[: error.start].count(b"\n") + 1
        raise BadDocument([Problem((), _("The file is not UTF-8."), line)]) from error
    node = _compose(text)
    if node is None:
        raise BadDocument([Problem((), _("The file is empty."), 1)])
    reader = _Reader()
    value = reader.read(node, ())
    if reader.problems:
        raise BadDocument(reader.problems)
    return value, reader.lines


def _compose(text: str) -> yaml.Node | None:
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                words = _("Anchors and aliases are not understood; write the value out.")
                line = event.start_mark.line + 1 if event.start_mark else None
                raise BadDocument([Problem((), words, line)])
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = _("This is no YAML: %s.") % (error.problem or error.context or "")
        raise BadDocument([Problem((), words, mark.line + 1 if mark else None)]) from error
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        words = _("This is no YAML: %s.") % error.reason
        raise BadDocument([Problem((), words, line)]) from error
    except (RecursionError, ValueError) as error:
        raise BadDocument([Problem((), _("The file is nested too deeply."))]) from error
    return node


class _Reader:
    """Walks the nodes; collects values, lines and problems."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []

    def read(self, node: yaml.Node, path: Path) -> Any:
        line = node.start_mark.line + 1
        self.lines[path] = line
        if len(path) > MAX_DEPTH:
            self.problems.append(Problem(path, _("This is nested too deeply."), line))
            return None
        if node.tag not in _PLAIN_TAGS:
            self.problems.append(Problem(path, _("Tags are not understood."), line))
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(child, (*path, number)) for number, child in enumerate(node.value)]
        return _scalar(node) if isinstance(node, yaml.ScalarNode) else None

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(Problem(path, _("A key must be a word."), line))
                continue
            key = str(key_node.value)
            inner = (*path, key)
            if key in found:
                self.problems.append(Problem(inner, _("This key stands here twice."), line))
            found[key] = self.read(value_node, inner)
            if isinstance(value_node, yaml.ScalarNode):
                continue
            self.lines[inner] = line  # a block is named by its key
        return found


def _scalar(node: yaml.ScalarNode) -> Any:
    text = str(node.value)
    if node.style is not None or node.tag == _TEXT:
        return text
    if _NULL.fullmatch(text):
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
