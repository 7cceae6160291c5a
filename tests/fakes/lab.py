"""The template lab without its child process: quick, and as dangerous as whatever a test renders in it."""

from __future__ import annotations

from collections.abc import Sequence

from tank.domain.automation import Template
from tank.domain.errors import FieldProblem
from tank.domain.mail import RenderedMail
from tank.domain.ports.rendering import RenderError, TemplateContext, TemplateSettings
from tank.rendering.lint import columns_used, problems
from tank.rendering.templates import MinijinjaTemplates


class InProcessLab:
    """Implements ``domain.ports.rendering.TemplateLab``."""

    def problems(
        self, template: Template, *, columns: Sequence[str], mapping_columns: Sequence[str]
    ) -> list[FieldProblem]:
        return problems(template, columns=columns, mapping_columns=mapping_columns)

    def columns_used(self, template: Template, columns: Sequence[str]) -> frozenset[str]:
        return columns_used(template, columns)

    def render(
        self, template: Template, settings: TemplateSettings, contexts: Sequence[TemplateContext]
    ) -> list[RenderedMail | RenderError]:
        compiled = MinijinjaTemplates().compile(template, settings)
        outcomes: list[RenderedMail | RenderError] = []
        for context in contexts:
            try:
                outcomes.append(compiled.render(context))
            except RenderError as error:
                outcomes.append(error)
        return outcomes

    def close(self) -> None:
        """Nothing to end."""
