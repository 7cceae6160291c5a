"""What passes between the lab and its child process: length-prefixed JSON, typed where JSON has no type.

Not pickle: the child runs what an operator typed, and its answers must not be able to run anything here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any

import orjson

from tank.domain.automation import InlineImage, Template
from tank.domain.errors import FieldProblem
from tank.domain.mail import RenderedMail
from tank.domain.ports.rendering import RenderError, TemplateContext, TemplateSettings
from tank.domain.values import Row, Value

_LENGTH = struct.Struct(">I")
LONGEST_FRAME = 256_000_000
_JSON_INTEGERS = range(-(2**63), 2**63)


def write_frame(stream: IO[bytes], message: dict[str, Any]) -> None:
    payload = orjson.dumps(message)
    if len(payload) > LONGEST_FRAME:
        raise ValueError("the message is too large")
    stream.write(_LENGTH.pack(len(payload)) + payload)
    stream.flush()


def read_frame(stream: IO[bytes]) -> dict[str, Any]:
    """The next message. Raises ``EOFError`` where the other side is gone, also in the middle."""
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length > LONGEST_FRAME:
        raise EOFError
    message = orjson.loads(_exactly(stream, length))
    assert isinstance(message, dict)
    return message


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def pack_template(template: Template) -> dict[str, Any]:
    return {
        "subject": _pack_text(template.subject),
        "html": _pack_text(template.html),
        "text": _pack_text(template.text),
        "images": [[_pack_text(image.content_id), _pack_text(image.path)] for image in template.inline_images],
    }


def unpack_template(packed: dict[str, Any]) -> Template:
    return Template(
        subject=_unpack(packed["subject"]),
        html=_unpack(packed["html"]),
        text=_unpack(packed["text"]),
        inline_images=tuple(InlineImage(content_id=_unpack(i), path=_unpack(p)) for i, p in packed["images"]),
    )


def pack_settings(settings: TemplateSettings) -> dict[str, Any]:
    return {"zone": settings.zone, "language": settings.language, "due_at": settings.due_at.isoformat()}


def unpack_settings(packed: dict[str, Any]) -> TemplateSettings:
    return TemplateSettings(
        zone=packed["zone"], language=packed["language"], due_at=datetime.fromisoformat(packed["due_at"])
    )


def pack_context(context: TemplateContext) -> dict[str, Any]:
    return {"target": _pack_row(context.target), "rows": [_pack_row(row) for row in context.rows]}


def unpack_context(packed: dict[str, Any]) -> TemplateContext:
    return TemplateContext(target=_unpack_row(packed["target"]), rows=tuple(_unpack_row(row) for row in packed["rows"]))


def pack_outcomes(outcomes: Sequence[RenderedMail | RenderError]) -> list[Any]:
    return [
        {"error": _pack_text(outcome.message)}
        if isinstance(outcome, RenderError)
        else [_pack_text(outcome.subject), _pack_text(outcome.html), _pack_text(outcome.text)]
        for outcome in outcomes
    ]


def unpack_outcomes(packed: list[Any]) -> list[RenderedMail | RenderError]:
    return [
        RenderError(_unpack(item["error"])) if isinstance(item, dict) else RenderedMail(*map(_unpack, item))
        for item in packed
    ]


def pack_problems(problems: Sequence[FieldProblem]) -> list[Any]:
    return [[p.field, _pack_text(p.message), p.code, p.line, p.position] for p in problems]


def unpack_problems(packed: list[Any]) -> list[FieldProblem]:
    return [
        FieldProblem(field=field, message=_unpack(message), code=code, line=line, position=position)
        for field, message, code, line, position in packed
    ]


def _pack_row(row: Row) -> list[list[Any]]:
    return [[_pack_text(name), _pack(value)] for name, value in row.items()]


def _unpack_row(packed: list[list[Any]]) -> dict[str, Value]:
    return {_unpack(name): _unpack(value) for name, value in packed}


def _pack_text(text: str) -> Any:
    """JSON is UTF-8 and has no lone surrogates; a broken source may hold them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return {"surrogates": text.encode("utf-8", "surrogatepass").hex()}
    return str.__str__(text)


def _pack(value: Value) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _pack_text(value)
    if isinstance(value, int) and value in _JSON_INTEGERS:
        return value
    # A driver may return a kind of its own; a datetime is a date too, so the order counts.
    kind = next(kind for kind in _WRITERS if isinstance(value, kind))
    return {kind.__name__: _WRITERS[kind](value)}


_WRITERS: dict[type, Callable[[Any], str]] = {
    int: str,
    float: float.hex,
    Decimal: str,
    bytes: bytes.hex,
    datetime: datetime.isoformat,
    date: date.isoformat,
    time: time.isoformat,
}
_READERS: dict[str, Callable[[str], Any]] = {
    "surrogates": lambda text: bytes.fromhex(text).decode("utf-8", "surrogatepass"),
    "int": int,
    "float": float.fromhex,
    "Decimal": Decimal,
    "bytes": bytes.fromhex,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
}


def _unpack(packed: Any) -> Any:
    if not isinstance(packed, dict):
        return packed
    ((kind, text),) = packed.items()
    return _READERS[kind](text)
