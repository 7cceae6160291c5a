"""Definitions as plain data (mappings, lists, texts, numbers): for files, digests and differences.

The dataclasses of ``domain/automation.py`` are the one description: what comes in is checked against their
fields, and every defect is told with its dotted path.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from difflib import get_close_matches
from enum import StrEnum
from hashlib import sha256
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from tank.domain.automation import Definition
from tank.domain.errors import FieldProblem

_WORDS = {str: "a text", int: "a whole number", bool: "true or false"}
_BAD: Any = object()


def to_plain(value: Any, *, with_defaults: bool = True) -> Any:
    """A definition, or a part of one, as plain data; without defaults, fields at their default are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            item.name: to_plain(getattr(value, item.name), with_defaults=with_defaults)
            for item in fields(value)
            if with_defaults or getattr(value, item.name) != _default(item)
        }
    if isinstance(value, tuple):
        return [to_plain(item, with_defaults=with_defaults) for item in value]
    return str(value) if isinstance(value, StrEnum) else value


def definition_sha256(definition: Definition) -> str:
    """SHA-256 (hex) of the canonical JSON: sorted keys, no spaces, UTF-8, fields at their default left out.

    So a field that a later version of Tank adds changes no digest.
    """
    plain = to_plain(definition, with_defaults=False)
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def definition_from(data: object, problems: list[FieldProblem]) -> Definition | None:
    """A definition out of plain data; fields left out take their default. None where ``problems`` were added."""
    count = len(problems)
    definition = _read(Definition, data, "", problems)
    return definition if len(problems) == count else None


def _read(kind: Any, data: object, path: str, problems: list[FieldProblem]) -> Any:
    if isinstance(kind, type) and is_dataclass(kind):
        return _read_dataclass(kind, data, path, problems)
    if get_origin(kind) is tuple:
        return _read_tuple(get_args(kind), data, path, problems)
    if get_origin(kind) is UnionType:
        kind = next(choice for choice in get_args(kind) if choice is not NoneType)
        return None if data is None else _read_scalar(kind, data, path, problems)
    return _read_scalar(kind, data, path, problems)


def _read_scalar(kind: type[Any], data: object, path: str, problems: list[FieldProblem]) -> Any:
    if issubclass(kind, StrEnum):
        if isinstance(data, str) and data in list(kind):
            return kind(data)
        return _bad(problems, path, f"must be one of {', '.join(kind)}", "unknown_choice")
    if type(data) is not kind:
        return _bad(problems, path, f"must be {_WORDS[kind]}", "wrong_type")
    return data


def _read_dataclass(kind: type[Any], data: object, path: str, problems: list[FieldProblem]) -> Any:
    if not isinstance(data, Mapping):
        return _bad(problems, path, "must be a group of named fields", "wrong_type")
    hints, known = get_type_hints(kind), {item.name: item for item in fields(kind)}
    for name in data:
        if name not in known:
            near = get_close_matches(str(name), known, n=1)
            _bad(
                problems,
                _join(path, str(name)),
                f"is no field{f'; did you mean {near[0]}?' if near else ''}",
                "unknown_field",
            )
    values = {}
    for name, item in known.items():
        if name in data:
            values[name] = _read(hints[name], data[name], _join(path, name), problems)
        elif _default(item) is MISSING:
            values[name] = _bad(problems, _join(path, name), "is missing", "required")
    return _BAD if _BAD in values.values() else kind(**values)


def _read_tuple(kinds: tuple[Any, ...], data: object, path: str, problems: list[FieldProblem]) -> Any:
    if not isinstance(data, list | tuple):
        return _bad(problems, path, "must be a list", "wrong_type")
    if kinds[-1] is Ellipsis:
        return tuple(_read(kinds[0], item, f"{path}[{number}]", problems) for number, item in enumerate(data))
    if len(data) != len(kinds):
        return _bad(problems, path, f"must be a list of {len(kinds)}", "wrong_type")
    pairs = enumerate(zip(kinds, data, strict=True))
    return tuple(_read(kind, item, f"{path}[{number}]", problems) for number, (kind, item) in pairs)


def _bad(problems: list[FieldProblem], path: str, what: str, code: str) -> Any:
    problems.append(FieldProblem(field=path, message=f"{path or 'The definition'} {what}.", code=code))
    return _BAD


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _default(item: Field[Any]) -> Any:
    return item.default_factory() if item.default_factory is not MISSING else item.default
