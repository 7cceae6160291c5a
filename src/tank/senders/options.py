"""A sender profile's options and secrets, read into a typed dataclass; every defect is told at once.

Each field of an options dataclass is one option (or, with ``secret=True``, one secret). What is documented,
checked and shown is therefore one and the same list.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, TypeVar

from tank.domain.connection import SenderProfile
from tank.domain.errors import Misconfigured

_Options = TypeVar("_Options")
_NUMBERS = {"int": int, "float": float}


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionRule:
    """What one option means and which values it takes."""

    about: str
    #: "text", "int", "float" or "flag".
    kind: str
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    secret: bool = False


def text(about: str, default: str | None = None, *, choices: Sequence[str] = (), secret: bool = False) -> Any:
    """A field that holds a text; an empty text counts as not given."""
    rule = OptionRule(about=about, kind="text", choices=tuple(choices), secret=secret)
    return field(default=default, metadata={"rule": rule}, repr=not secret)


def whole(about: str, default: int | None, *, least: int, most: int) -> Any:
    """A field that holds a whole number."""
    return field(default=default, metadata={"rule": OptionRule(about=about, kind="int", least=least, most=most)})


def seconds(about: str, default: float, *, least: float, most: float) -> Any:
    """A field that holds a duration in seconds."""
    return field(default=default, metadata={"rule": OptionRule(about=about, kind="float", least=least, most=most)})


def flag(about: str, default: bool) -> Any:
    """A field that holds yes or no."""
    return field(default=default, metadata={"rule": OptionRule(about=about, kind="flag")})


def rules(options: type[Any]) -> Iterator[tuple[str, OptionRule, Any]]:
    """Name, rule and default of each option, for documents and forms."""
    for item in fields(options):
        yield item.name, _rule(item), None if item.default is MISSING else item.default


def read_options(options: type[_Options], profile: SenderProfile) -> _Options:
    """The profile's options as an instance of ``options``. Raises ``Misconfigured`` that lists each defect."""
    known = {item.name: _rule(item) for item in fields(options)}  # type: ignore[arg-type]
    problems: list[str] = []
    values: dict[str, Any] = {}
    for given, secret, noun in ((profile.options, False, "option"), (profile.secrets, True, "secret")):
        names = {name: rule for name, rule in known.items() if rule.secret is secret}
        problems += _unknown(given, names, known, noun)
        for name, rule in names.items():
            if given.get(name) not in (None, ""):
                _take(name, rule, given[name], values, problems)
    if problems:
        raise Misconfigured(
            f'The sender "{profile.name}" ({profile.kind}) is not set up right: ' + " ".join(problems),
            remedy=f"Correct the sender's options. It knows: {', '.join(sorted(known)) or 'none'}.",
            code="sender_options",
        )
    return options(**values)


def _rule(item: Field[Any]) -> OptionRule:
    rule = item.metadata["rule"]
    assert isinstance(rule, OptionRule)
    return rule


def _unknown(
    given: Mapping[str, Any], names: Mapping[str, OptionRule], known: Mapping[str, OptionRule], noun: str
) -> Iterator[str]:
    for name in given:
        if name in names:
            continue
        if name in known:
            right = "secrets" if known[name].secret else "options"
            yield f'"{name}" belongs among the {right}.'
            continue
        close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
        yield f'There is no {noun} "{name}"{f"; did you mean {close[0]!r}?" if close else "."}'


def _take(name: str, rule: OptionRule, value: Any, values: dict[str, Any], problems: list[str]) -> None:
    try:
        values[name] = _converted(rule, value)
    except ValueError as error:
        shown = "" if rule.secret else f", not {value!r}"
        problems.append(f'"{name}" {error}{shown}.')


def _converted(rule: OptionRule, value: Any) -> Any:
    if rule.kind == "text":
        return _text(rule, value)
    if rule.kind == "flag":
        if not isinstance(value, bool):
            raise ValueError("must be true or false")
        return value
    # A bool is an int to Python, but nobody means a number by it.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")  # noqa: TRY004 - the caller gathers ValueErrors
    number = _NUMBERS[rule.kind](value)
    assert rule.least is not None
    assert rule.most is not None
    if number != value or not rule.least <= number <= rule.most:
        unit = "whole number" if rule.kind == "int" else "number"
        raise ValueError(f"must be a {unit} from {rule.least:g} to {rule.most:g}")
    return number


def _text(rule: OptionRule, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text")  # noqa: TRY004 - the caller gathers ValueErrors
    if not value.isprintable():
        raise ValueError("must not hold control characters")
    if rule.choices and value not in rule.choices:
        raise ValueError(f"must be one of {', '.join(rule.choices)}")
    return value
