"""The program's own log: structured lines on standard error, without secrets and without whole addresses."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final, TextIO

import structlog

from tank.domain.masking import mask_addresses

_SECRET_NAMES: Final = re.compile(r"password|passwd|secret|token|authorization|credential|access_key", re.IGNORECASE)
_URL_PASSWORD: Final = re.compile(r"(://[^\s:/@]*:)[^\s/@]+@")


def set_up(*, level: str, log_format: str, stream: TextIO | None = None) -> None:
    """Write lines of ``level`` and above to ``stream``, as ``text``, ``json`` or (``auto``) what suits it."""
    stream = stream or sys.stderr
    as_json = log_format == "json" or (log_format == "auto" and not stream.isatty())
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processors=[_forget_record, renderer], foreign_pre_chain=shared)
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in ("alembic", "botocore", "urllib3", "fontTools", "aiosmtplib", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level.upper()]))


def _forget_record(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop what the bridge from the standard library adds for its own use."""
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    return event


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide secrets by their name, passwords in URLs, and most of every mail address."""
    for name, value in event.items():
        if _SECRET_NAMES.search(name):
            event[name] = "***"
        else:
            event[name] = _hidden(value)
    return event


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return hide_personal(value)
    if isinstance(value, BaseException):
        return hide_personal(str(value))
    if isinstance(value, Mapping):
        return {name: _hidden(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_hidden(one) for one in value]
    return value


def hide_personal(text: str) -> str:
    """Text without the passwords of URLs and with masked mail addresses.

    >>> hide_personal("to kim.minsu@example.com via postgresql://tank:geheim@db/tank")
    'to k***@example.com via postgresql://tank:***@db/tank'
    """
    return mask_addresses(_URL_PASSWORD.sub(r"\1***@", text))
