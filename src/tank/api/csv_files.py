"""Answers that are CSV files for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final

from fastapi import Query
from fastapi.responses import StreamingResponse

from tank.services.report_tables import Language

#: For the ``responses=`` of a route.
CSV_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "CSV with a byte order mark."}
}

HeaderLanguage = Annotated[Language, Query(description="Language of the headers.")]
Zone = Annotated[str, Query(max_length=64, description="IANA time zone whose days are meant.")]


def csv_response(text: Iterator[str], file_name: str) -> StreamingResponse:
    """A download, piece by piece as ``text`` makes it."""
    return StreamingResponse(
        text,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )
