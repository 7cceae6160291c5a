"""The built user interface under /app.

Every path that names no file is the page itself (its router knows the rest), so that any screen can be linked to.
Files under ``assets/`` carry a hash of their content in their name and never change; all others are asked about
each time, and mostly answered with 304. The build has written a ``.br`` and a ``.gz`` beside what is worth it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from tank.api.problems import problem_response
from tank.api.status_page import status_page

#: Mantine writes its variables into style elements; scripts come from files alone.
CONTENT_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
_PAGE: Final = "index.html"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
#: Our own, as ``mimetypes`` asks the machine's tables, and they differ.
_TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
}
#: Best first.
_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
#: What a path may not be spelled with: those who do, look for a way out of the folder.
_SUSPECT: Final = (b"%2f", b"%5c", b"%2e", b"%00", b"%25", b"\\", b"//")


@dataclass(frozen=True, slots=True)
class UiFile:
    """A file of the build, with its content by encoding (``""`` is as it is)."""

    media_type: str
    cache: str
    etag: str
    contents: Mapping[str, bytes]


class BuiltUi:
    """The files of a build, read once and again when the build is another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made_at = 0
        self._files: Mapping[str, UiFile] = {}

    def files(self) -> Mapping[str, UiFile]:
        """By path beneath the folder; empty where nothing is built."""
        try:
            made_at = (self._folder / _PAGE).stat().st_mtime_ns
        except OSError:
            return {}
        if made_at != self._made_at:
            self._files, self._made_at = _read(self._folder), made_at
        return self._files


def _read(folder: Path) -> Mapping[str, UiFile]:
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: _file(name, path)
        for name, path in found.items()
        if path.suffix in _TYPES and not any(part.startswith(".") for part in PurePosixPath(name).parts)
    }


def _file(name: str, path: Path) -> UiFile:
    content = path.read_bytes()
    packed = {encoding: path.with_name(path.name + ending) for encoding, ending in _ENCODINGS}
    return UiFile(
        media_type=_TYPES[path.suffix],
        cache=_FOR_EVER if name.startswith("assets/") else "no-cache",
        etag=hashlib.sha256(content).hexdigest()[:24],
        contents={"": content, **{encoding: file.read_bytes() for encoding, file in packed.items() if file.exists()}},
    )


def ui_router(folder: Path | None) -> APIRouter:
    """Routes that serve what is built in ``folder``, and the plain status page where nothing is."""
    router = APIRouter(include_in_schema=False)
    built = BuiltUi(folder) if folder is not None else None

    @router.api_route("/", methods=["GET", "HEAD"])
    @router.api_route("/app", methods=["GET", "HEAD"])
    def root() -> RedirectResponse:
        return RedirectResponse("/app/", status_code=307)

    @router.api_route("/app/{path:path}", methods=["GET", "HEAD"])
    def serve(path: str, request: Request) -> Response:
        files = built.files() if built is not None else {}
        if not _is_plain(path, request.scope.get("raw_path", b"")):
            return _not_found(request)
        if not files:
            return status_page() if path == "" else _not_found(request)
        file = files.get(path) or (None if path.startswith("assets/") else files.get(_PAGE))
        return _not_found(request) if file is None else _answer(file, request)

    return router


def _is_plain(path: str, raw_path: bytes) -> bool:
    """Whether a path has no hidden part, no way up, and nothing spelled so that a proxy may read it otherwise."""
    spelled = raw_path.lower()
    hidden = any(part.startswith(".") for part in path.split("/"))
    return not hidden and "\\" not in path and not any(suspect in spelled for suspect in _SUSPECT)


def _not_found(request: Request) -> Response:
    return problem_response(404, "no_such_path", "The user interface has no such file.", instance=request.url.path)


def _answer(file: UiFile, request: Request) -> Response:
    encoding = _best_encoding(request.headers.get("accept-encoding", ""), file.contents)
    # Each encoding is a representation of its own (RFC 9110 section 8.8.3.3).
    etag = f'"{file.etag}{"-" + encoding if encoding else ""}"'
    headers = {
        "ETag": etag,
        "Cache-Control": file.cache,
        "Vary": "Accept-Encoding",
        "Content-Security-Policy": CONTENT_POLICY,
    }
    if _is_known(etag, request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    if encoding:
        headers["Content-Encoding"] = encoding
    content = file.contents[encoding]
    headers["Content-Length"] = str(len(content))
    return Response(b"" if request.method == "HEAD" else content, headers=headers, media_type=file.media_type)


def _is_known(etag: str, if_none_match: str) -> bool:
    """RFC 9110 section 13.1.2: a list of tags, compared weakly, or ``*``."""
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or "*" in tags


def _best_encoding(accepted: str, contents: Mapping[str, bytes]) -> str:
    """RFC 9110 section 12.5.3, of the encodings that we have; ``""`` for none."""
    weights = dict(_weighted(part) for part in accepted.split(",") if part.strip())
    others = weights.get("*", 0.0)
    for encoding, _ in _ENCODINGS:
        if encoding in contents and weights.get(encoding, others) > 0:
            return encoding
    return ""


def _weighted(part: str) -> tuple[str, float]:
    name, _, parameter = part.partition(";")
    _, _, weight = parameter.partition("=")
    try:
        return name.strip().casefold(), float(weight) if weight.strip() else 1.0
    except ValueError:
        return name.strip().casefold(), 0.0
