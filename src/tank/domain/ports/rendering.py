"""Templates and messages: from variables to the bytes that leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tank.domain.automation import Template
from tank.domain.errors import FieldProblem, TankError
from tank.domain.mail import MailContent, RenderedMail
from tank.domain.values import Row


class RenderError(TankError):
    """A template failed on one recipient's variables."""

    code = "render_error"


class ComposeError(TankError):
    """A message cannot be composed: a header holds what no header may hold, or it is too large."""

    code = "compose_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateContext:
    """The variables of one recipient."""

    #: Target columns; they win over equal names of the mapping's first row.
    target: Row
    #: All rows of the mapping query: the variable ``rows``; the first row's columns are variables too.
    rows: Sequence[Row] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSettings:
    """What a template needs besides the recipient."""

    zone: str
    language: str
    #: The run's due moment (aware UTC): date variables such as ``YYYYMM`` come from it, in ``zone``.
    due_at: datetime


class CompiledTemplate(Protocol):
    """A template made ready once for a run."""

    def render(self, context: TemplateContext) -> RenderedMail:
        """Fill the variables in. Raises ``RenderError``. Fast: called once a recipient."""


class Templates(Protocol):
    """The template engine, in this process. For published revisions only: see ``TemplateLab`` for drafts."""

    def compile(self, template: Template, settings: TemplateSettings) -> CompiledTemplate:
        """Make a template ready; CSS is inlined here. Raises ``Invalid`` with the problems."""


class TemplateLab(Protocol):
    """The same engine in a child process with limits on memory and time: for whatever an operator types."""

    def problems(
        self, template: Template, *, columns: Sequence[str], mapping_columns: Sequence[str]
    ) -> list[FieldProblem]:
        """Syntax errors and unknown variables, with field and line; empty when all is well.

        ``columns`` are the target's. A variable that only the mapping has is fine in the open, and each
        element of ``rows`` has the mapping's columns.
        """

    def columns_used(self, template: Template, columns: Sequence[str]) -> frozenset[str]:
        """Those of ``columns`` that the template uses as variables; none where its syntax is wrong.

        What a loop over ``rows`` takes from each of them is no variable.
        """

    def render(
        self, template: Template, settings: TemplateSettings, contexts: Sequence[TemplateContext]
    ) -> list[RenderedMail | RenderError]:
        """Render several recipients. Raises ``Invalid`` where the template does not compile."""

    def close(self) -> None:
        """End the child process."""


class MailComposer(Protocol):
    """Builds messages."""

    def compose(self, content: MailContent) -> bytes:
        """The message, CRLF line ends, no line over 998 characters. Raises ``ComposeError``.

        The same content gives the same bytes.
        """
