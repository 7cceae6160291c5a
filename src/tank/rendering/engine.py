"""The template engine, set up so that what an operator writes can neither reach out nor surprise."""

from __future__ import annotations

from collections.abc import Callable

import minijinja

from tank.rendering.filters import REMOVED_FILTERS, REMOVED_GLOBALS, filters_for
from tank.rendering.numbers import FilterError, Numbers
from tank.rendering.variables import Exact

#: Instructions for one part of one mail: some milliseconds, or a few thousand mapping rows.
FUEL = 1_000_000

_OUT_OF_FUEL = "The template does too much work for one mail. Does a loop go over too many rows?"

HTML, TEXT, SUBJECT = "html", "text", "subject"


def make_environment(language: str, exact: Exact, *, escape: bool) -> minijinja.Environment:
    """An engine for HTML (``escape``) or for plain text, where a tag alone on its line leaves no empty line."""
    environment = minijinja.Environment(
        debug=True,  # without it, errors do not say which variable was meant
        fuel=FUEL,
        undefined_behavior="strict",
        auto_escape_callback=lambda _name: escape,
        trim_blocks=not escape,
        lstrip_blocks=not escape,
        finalizer=_finalizer(language, exact),
        pycompat=False,
    )
    for name in REMOVED_FILTERS:
        environment.remove_filter(name)
    for name in REMOVED_GLOBALS:
        environment.remove_global(name)
    for name, own in filters_for(language, exact).items():
        environment.add_filter(name, own)
    return environment


def _finalizer(language: str, exact: Exact) -> Callable[[object], object]:
    """What is written for a value: NULL as nothing, numbers with their own digits."""
    text = Numbers(language, exact).text

    def finalize(value: object) -> object:
        # Text (markup too) and booleans are written, and escaped, by the engine itself. Not whole numbers: it may
        # mean a float by one, and would write 11.0 for 10.50 + 0.50.
        kind = type(value)
        if kind is str:
            return NotImplemented
        if kind is int:
            return exact.whole(value)  # type: ignore[arg-type]
        return NotImplemented if isinstance(value, (str, bool)) else text(value)

    return finalize


def explain(error: Exception, line: int | None = None) -> str:
    """What went wrong, in words for the template's author and without the recipient's data."""
    if isinstance(error, minijinja.TemplateError):
        words = _OUT_OF_FUEL if error.kind == "OutOfFuel" else error.detail or error.message
        return f"line {line}: {words}" if line else words
    return str(error) if isinstance(error, FilterError) else f"{type(error).__name__}: {error}"
