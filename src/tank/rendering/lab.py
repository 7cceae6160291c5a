"""The template lab: the engine in a child process, for whatever an operator types.

minijinja bounds the instructions of a template, not its memory: some templates abort the process that renders
them. Here that is a child's process, and the operator reads why.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from tank.domain.automation import Template
from tank.domain.errors import FieldProblem, Invalid, TankError
from tank.domain.mail import RenderedMail
from tank.domain.ports.rendering import RenderError, TemplateContext, TemplateSettings
from tank.rendering import wire

#: What a Python process needs; none of the parent's secrets.
_ENVIRONMENT = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "TMPDIR")
#: After so many templates that ended the child, the rest of a batch is given up.
_MOST_DEATHS = 2
_START_SECONDS = 60.0


class LabUnavailable(TankError):
    """The child process could not be started."""

    code = "lab_unavailable"


class _ChildEnded(Exception):
    """The child died or was stopped in the middle of a request; the message says why, for the operator."""


class ProcessTemplateLab:
    """``ports.rendering.TemplateLab``. Safe to use from several threads; they take turns."""

    def __init__(self, *, memory_bytes: int = 1_000_000_000, seconds: float = 10.0) -> None:
        self._memory_bytes = memory_bytes
        self._seconds = seconds
        self._turn = threading.Lock()
        self._child: _Child | None = None

    def problems(
        self, template: Template, *, columns: Sequence[str], mapping_columns: Sequence[str]
    ) -> list[FieldProblem]:
        """See the port. A template that ends the child is a problem of the whole template."""
        request = {
            "do": "problems",
            "template": wire.pack_template(template),
            "columns": list(columns),
            "mapping_columns": list(mapping_columns),
        }
        try:
            return wire.unpack_problems(self._ask(request)["problems"])
        except _ChildEnded as end:
            return [FieldProblem(field="template", message=str(end), code="template_too_heavy")]

    def columns_used(self, template: Template, columns: Sequence[str]) -> frozenset[str]:
        """See the port."""
        request = {"do": "columns_used", "template": wire.pack_template(template), "columns": list(columns)}
        try:
            return frozenset(self._ask(request)["columns"])
        except _ChildEnded:
            return frozenset()

    def render(
        self, template: Template, settings: TemplateSettings, contexts: Sequence[TemplateContext]
    ) -> list[RenderedMail | RenderError]:
        """See the port. A recipient whose variables end the child is a ``RenderError`` of its own."""
        if not contexts:
            self._render(template, settings, [])
            return []
        try:
            return self._render(template, settings, contexts)
        except _ChildEnded as end:
            if len(contexts) == 1:
                return [RenderError(str(end))]
        return self._one_by_one(template, settings, contexts)

    def close(self) -> None:
        """End the child process and wait for it."""
        with self._turn:
            self._stop()

    def _one_by_one(
        self, template: Template, settings: TemplateSettings, contexts: Sequence[TemplateContext]
    ) -> list[RenderedMail | RenderError]:
        outcomes: list[RenderedMail | RenderError] = []
        deaths = 0
        for context in contexts:
            if deaths >= _MOST_DEATHS:
                outcomes.append(RenderError("Not tried: the template was stopped for other recipients."))
                continue
            try:
                outcomes += self._render(template, settings, [context])
            except _ChildEnded as end:
                deaths += 1
                outcomes.append(RenderError(str(end)))
        return outcomes

    def _render(
        self, template: Template, settings: TemplateSettings, contexts: Sequence[TemplateContext]
    ) -> list[RenderedMail | RenderError]:
        request = {
            "do": "render",
            "template": wire.pack_template(template),
            "settings": wire.pack_settings(settings),
            "contexts": [wire.pack_context(context) for context in contexts],
        }
        answer = self._ask(request)
        if "invalid" in answer:
            raise Invalid(answer["invalid"], problems=wire.unpack_problems(answer["problems"]), code=answer["code"])
        return wire.unpack_outcomes(answer["outcomes"])

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        with self._turn:
            if self._child is None or not self._child.is_alive:
                self._stop()
                self._child = _start(self._memory_bytes, self._seconds)
            try:
                return self._child.ask(request)
            except _ChildEnded:
                self._stop()
                raise

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.stop()


def _start(memory_bytes: int, seconds: float) -> _Child:
    """A child that has said that it is ready. Raises ``LabUnavailable``."""
    try:
        child = _Child(memory_bytes, seconds)
    except OSError as error:
        raise LabUnavailable(f"The process that checks templates cannot be started: {error}") from error
    try:
        child.wait_ready()
    except _ChildEnded:
        child.stop()
        raise LabUnavailable(
            "The process that checks templates ended at its start.",
            remedy=f"Run {sys.executable} -m tank.rendering.lab_child {memory_bytes} 1 to see why.",
        ) from None
    return child


class _Child:
    """One child process."""

    def __init__(self, memory_bytes: int, seconds: float) -> None:
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._late = False
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", "tank.rendering.lab_child", str(memory_bytes), str(int(seconds) + 1)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            start_new_session=True,  # Ctrl-C is for the parent, which ends the child
        )

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def wait_ready(self) -> None:
        """Raises ``_ChildEnded``."""
        self._answer(_START_SECONDS)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Raises ``_ChildEnded``."""
        return self._answer(self._seconds, request)

    def _answer(self, seconds: float, request: dict[str, Any] | None = None) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        alarm = threading.Timer(seconds, self._kill_late)
        alarm.daemon = True
        alarm.start()
        try:
            if request is not None:
                wire.write_frame(self._process.stdin, request)
            return wire.read_frame(self._process.stdout)
        except (EOFError, OSError):
            raise _ChildEnded(self._reason()) from None
        finally:
            alarm.cancel()

    def stop(self) -> None:
        """Close the pipes, which ends it; kill it if that takes longer than a moment. Leaves no zombie."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _kill_late(self) -> None:
        self._late = True
        self._process.kill()

    def _reason(self) -> str:
        self._process.kill()
        self._process.wait()
        if self._late:
            return f"The template took longer than {self._seconds:g} seconds and was stopped."
        megabytes = self._memory_bytes // 1_000_000
        return f"The template was stopped: it needs more than {megabytes:,} MB of memory, or overloads the engine."
