"""The template engine behind ``ports.rendering.Templates``."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import minijinja

from tank.domain.automation import Template
from tank.domain.errors import FieldProblem, Invalid
from tank.domain.mail import RenderedMail
from tank.domain.ports.rendering import CompiledTemplate, RenderError, TemplateContext, TemplateSettings
from tank.rendering.css import inline_css
from tank.rendering.engine import HTML, SUBJECT, TEXT, explain, make_environment
from tank.rendering.names import names_mentioned
from tank.rendering.plain_text import text_of
from tank.rendering.tags import line_of, split, tags_of
from tank.rendering.variables import Exact, Variables

#: Characters of one part of a template as the operator writes it, and of one part of a mail.
LONGEST_SOURCE = 1_000_000
LONGEST_OUTPUT = 2_000_000
LONGEST_SUBJECT = 1_000

_PARTS = (SUBJECT, HTML, TEXT)
_MISSING_PARTS = re.compile(r"(include|import|from|extends)\b")


_NO_MAPPING_ROW = (
    ": the mapping query found no row for this recipient."
    " Say with {% if rows %}…{% else %}…{% endif %} what to write then."
)


class MinijinjaTemplates:
    """Compiles templates in this process. Whatever an operator is still typing belongs into the lab."""

    def compile(self, template: Template, settings: TemplateSettings) -> CompiledTemplate:
        """Check the syntax, inline the CSS, derive a missing text part. Raises ``Invalid`` with every problem."""
        problems = syntax_problems(template)
        try:
            zone = ZoneInfo(settings.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            problems.append(FieldProblem(field="zone", message=f'There is no time zone "{settings.zone}".'))
        if problems:
            raise Invalid("The template cannot be used.", problems=problems, code="invalid_template")
        return _Compiled(template, settings, zone)


class _Compiled:
    """A template ready to render, one recipient at a time; safe to use from several threads."""

    def __init__(self, template: Template, settings: TemplateSettings, zone: ZoneInfo) -> None:
        self._originals = {SUBJECT: template.subject, HTML: template.html, TEXT: template.text}
        self._sources = {
            SUBJECT: _one_line(template.subject),
            HTML: inline_css(template.html),
            TEXT: template.text or text_of(template.html),
        }
        self._language = settings.language
        self._exact = Exact()
        self._lock = threading.Lock()
        self._has_rows = False
        self._prepare()
        self._variables = Variables(
            set().union(*map(names_mentioned, self._sources.values())),
            zone=zone,
            due_at=settings.due_at,
            exact=self._exact,
        )

    def render(self, context: TemplateContext) -> RenderedMail:
        """Raises ``RenderError`` with the part and line of the template."""
        with self._lock:
            self._has_rows = bool(context.rows)
            variables = self._variables.of(context)
            return RenderedMail(
                subject=self._part(self._text.render_template, SUBJECT, variables, LONGEST_SUBJECT),
                html=self._part(self._html.render_template, HTML, variables, LONGEST_OUTPUT),
                text=self._part(self._text.render_template, TEXT, variables, LONGEST_OUTPUT),
            )

    def _prepare(self) -> None:
        self._html = make_environment(self._language, self._exact, escape=True)
        self._text = make_environment(self._language, self._exact, escape=False)
        self._html.add_template(HTML, self._sources[HTML])
        self._text.add_template(SUBJECT, self._sources[SUBJECT])
        self._text.add_template(TEXT, self._sources[TEXT])

    def _part(self, render: Callable[..., str], part: str, variables: dict[str, object], longest: int) -> str:
        try:
            rendered = render(part, **variables)
        except RenderError as error:
            raise RenderError(f"template.{part}: {error.message}") from None
        except Exception as error:
            raise RenderError(f"template.{part}: {self._explain(error, part)}") from None
        except BaseException as panic:
            if type(panic).__name__ != "PanicException":
                raise
            self._prepare()  # the engine's lock does not survive a panic
            raise RenderError(f"template.{part}: the template engine failed: {panic}") from None
        if len(rendered) > longest:
            raise RenderError(
                f"template.{part}: the result has {len(rendered):,} characters; at most {longest:,} can be sent."
            )
        return rendered

    def _explain(self, error: Exception, part: str) -> str:
        if not isinstance(error, minijinja.TemplateError):
            return explain(error)
        line = self._operators_line(part, error.range[1]) if error.range else None
        # Names that no query returns are refused when a template is saved.
        hint = _NO_MAPPING_ROW if error.kind == "UndefinedError" and not self._has_rows else ""
        return explain(error, line=line) + hint

    def _operators_line(self, part: str, offset: int) -> int | None:
        """Where in the operator's own text the tag is that ends behind a byte offset of the compiled one."""
        before = self._sources[part].encode("utf-8", "replace")[:offset].decode("utf-8", "replace")
        number = sum(1 for tag in tags_of(self._sources[part]) if tag.start < len(before))
        original = self._originals[part] or self._originals[HTML]
        starts = [tag.start for tag in tags_of(original)]
        return line_of(original, starts[number - 1]) if 0 < number <= len(starts) else None


def syntax_problems(template: Template) -> list[FieldProblem]:
    """What keeps a template from compiling, with field and line."""
    problems = []
    if not template.html.strip() and not template.text.strip():
        problems.append(
            FieldProblem(field="template.html", message="The mail has no content: write the HTML.", code="required")
        )
    if not template.subject.strip():
        problems.append(FieldProblem(field="template.subject", message="The subject is empty.", code="required"))
    for part in _PARTS:
        problems += _part_problems(part, str(getattr(template, part)))
    return problems


def _part_problems(part: str, source: str) -> list[FieldProblem]:
    field = f"template.{part}"
    if len(source) > LONGEST_SOURCE:
        message = f"The text has {len(source):,} characters; at most {LONGEST_SOURCE:,} are possible."
        return [FieldProblem(field=field, message=message, code="too_long")]
    if any("\ud800" <= character <= "\udfff" for character in source):
        return [FieldProblem(field=field, message="The text holds half a character (a lone surrogate).")]
    try:
        make_environment("en", Exact(), escape=part == HTML).add_template(part, source)
    except minijinja.TemplateError as error:
        return [FieldProblem(field=field, message=explain(error, line=None), code="syntax", line=error.line)]
    return [
        FieldProblem(
            field=field,
            message=f"{{% {found[1]} %}} is not available: a template stands alone.",
            code="syntax",
            line=line_of(source, tag.start),
        )
        for tag in tags_of(source)
        if tag.is_statement and (found := _MISSING_PARTS.match(tag.body))
    ]


def _one_line(subject: str) -> str:
    """A subject is one line: breaks that the template itself has become spaces. Breaks in data stay an error."""
    return "".join(
        re.sub(r"\s*[\r\n]\s*", " ", part) if isinstance(part, str) else part.text for part in split(subject.strip())
    )
