"""What is different between two definitions, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from tank.domain.automation import Definition
from tank.services.definition_data import to_plain


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field that differs."""

    #: Dotted path, for example ``template.html``.
    field: str
    #: The field as text before and after; lists and groups are JSON.
    before: str
    after: str
    #: A unified diff of the two texts, without file names.
    diff: str


def diff_definitions(before: Definition, after: Definition) -> list[FieldChange]:
    """The fields that differ, in the order of the definition."""
    old, new = dict(_flat(to_plain(before), "")), dict(_flat(to_plain(after), ""))
    return [
        FieldChange(field=field, before=old[field], after=new[field], diff=_unified(old[field], new[field]))
        for field in old
        if old[field] != new[field]
    ]


def _flat(plain: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(plain, dict):
        for name, value in plain.items():
            yield from _flat(value, f"{path}.{name}" if path else name)
    elif isinstance(plain, str):
        yield path, plain
    else:
        yield path, json.dumps(plain, ensure_ascii=False, indent=2)


def _unified(before: str, after: str) -> str:
    lines = unified_diff(before.splitlines(), after.splitlines(), lineterm="")
    return "\n".join(list(lines)[2:])  # the first two are the file names, which there are none of
