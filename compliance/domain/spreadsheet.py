"""Cells for spreadsheets. Every CSV file of the product writes its cells with ``cell``."""

import json
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def cell(value: Any) -> Any:
    """The value as a cell: nothing that a spreadsheet would take for a formula, lists and objects
    as JSON, nothing for None. A text that begins like a formula gets a quote before it; numbers
    stay numbers. Source: OWASP, CSV injection."""
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
