"""The child process of the lab: renders what an operator is still typing, under limits.

It answers one request after the other on its standard streams and ends when the parent closes them.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any, BinaryIO

from tank.domain.errors import Invalid
from tank.domain.mail import RenderedMail
from tank.domain.ports.rendering import CompiledTemplate, RenderError, TemplateContext
from tank.rendering import wire
from tank.rendering.lint import columns_used, problems
from tank.rendering.templates import MinijinjaTemplates

try:
    import resource
except ImportError:  # Windows: the parent's deadline remains
    resource = None  # type: ignore[assignment]


def main() -> None:
    """``lab_child MEMORY_BYTES CPU_SECONDS``."""
    memory_bytes, cpu_seconds = int(sys.argv[1]), int(sys.argv[2])
    requests, answers = sys.stdin.buffer, _only_for_frames()
    _limit_memory(memory_bytes)
    wire.write_frame(answers, {"ready": True})
    while True:
        try:
            request = wire.read_frame(requests)
        except EOFError:
            return
        _limit_cpu(cpu_seconds)
        wire.write_frame(answers, _answer(request))


def _only_for_frames() -> BinaryIO:
    """Standard output, out of reach of anything that might print."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return answers


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    template = wire.unpack_template(request["template"])
    try:
        if request["do"] == "problems":
            found = problems(template, columns=request["columns"], mapping_columns=request["mapping_columns"])
            return {"problems": wire.pack_problems(found)}
        if request["do"] == "columns_used":
            return {"columns": sorted(columns_used(template, request["columns"]))}
        compiled = MinijinjaTemplates().compile(template, wire.unpack_settings(request["settings"]))
        contexts = map(wire.unpack_context, request["contexts"])
        return {"outcomes": wire.pack_outcomes([_render(compiled, context) for context in contexts])}
    except Invalid as error:
        return {"invalid": error.message, "code": error.code, "problems": wire.pack_problems(error.problems)}
    except MemoryError:
        os._exit(1)  # as if the engine had been stopped by the same limit


def _render(compiled: CompiledTemplate, context: TemplateContext) -> RenderedMail | RenderError:
    try:
        return compiled.render(context)
    except RenderError as error:
        return error


def _limit_memory(size: int) -> None:
    if resource is not None:
        with suppress(ValueError, OSError):  # macOS takes no such limit
            resource.setrlimit(resource.RLIMIT_AS, (size, size))
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_cpu(seconds: int) -> None:
    """So many seconds more than used so far. Ends the process even where the parent is gone."""
    if resource is not None:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(usage.ru_utime + usage.ru_stime) + seconds + 1
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


if __name__ == "__main__":
    main()
