"""Reports as Excel workbooks: the same lines, filters and rules as the CSV files beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any, BinaryIO, Final, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from tank.api.auth import Actor
from tank.api.csv_files import HeaderLanguage, Zone
from tank.api.long_work import ClientLeft, LongWork
from tank.api.personal import Reveal
from tank.api.problems import problem_responses
from tank.api.reports import (
    Lines,
    OfAutomation,
    ReportsService,
    Since,
    Until,
    recipients,
)
from tank.api.services import Services
from tank.domain.ports.spreadsheets import Spreadsheets
from tank.services.report_period import DEFAULT_ZONE
from tank.services.report_tables import deliveries_table, summary_table
from tank.services.reports import CHUNK
from tank.services.zones import zone_named

T = TypeVar("T")

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PIECE: Final = 64 << 10

router = APIRouter(prefix="/report", tags=["report"])

_XLSX: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}, "description": "A workbook."}
}


def get_spreadsheets(services: Services) -> Spreadsheets:
    """What writes workbooks."""
    return services.spreadsheets


Workbooks = Annotated[Spreadsheets, Depends(get_spreadsheets)]


@router.get(
    "/summary.xlsx",
    summary="The summary as an Excel workbook",
    response_class=Response,
    responses={**problem_responses(404), **_XLSX},
)
def report_summary_xlsx(
    reports: ReportsService,
    spreadsheets: Workbooks,
    *,
    since: Since = None,
    until: Until = None,
    zone: Zone = DEFAULT_ZONE,
    automation_id: OfAutomation = None,
    lines: Lines = "day",
    language: HeaderLanguage = "ko",
) -> Response:
    """One line a day, automation or cause."""
    found = reports.summary(since=since, until=until, zone=zone, automation_id=automation_id)
    table = summary_table(found, lines=lines, language=language)
    return _file_response(spreadsheets.write(table.name, table.header, table.chunks), f"summary-by-{lines}.xlsx")


@router.get(
    "/deliveries.xlsx",
    summary="The recipients of a run as an Excel workbook",
    response_class=Response,
    responses={**problem_responses(404), **_XLSX},
)
async def report_deliveries_xlsx(
    reports: ReportsService,
    spreadsheets: Workbooks,
    request: Request,
    actor: Actor,
    *,
    run_id: UUID,
    reveal: Reveal,
    zone: Zone = DEFAULT_ZONE,
    language: HeaderLanguage = "ko",
) -> Response:
    """Every recipient of a run, masked unless revealed; 422 (`too_many_rows`) beyond what Excel opens: take the CSV.

    A workbook is written as a whole before its first byte leaves; a CSV file of many recipients begins at once.
    """

    def write(told: Callable[[int], None]) -> BinaryIO:
        place, most = zone_named(zone), spreadsheets.most_rows - 1
        chunks = recipients(reports, run_id, actor=actor, reveal=reveal, most=most)
        table = deliveries_table(_watched(chunks, told), language=language, zone=place)
        return spreadsheets.write(table.name, table.header, table.chunks)

    try:
        return _file_response(await LongWork(write).result(request), f"deliveries-{run_id}.xlsx")
    except ClientLeft:
        return Response(status_code=204)  # nobody hears it


def _watched(chunks: Iterable[T], told: Callable[[int], None]) -> Iterator[T]:
    for number, chunk in enumerate(chunks):
        told(number * CHUNK)
        yield chunk


def _file_response(file: BinaryIO, name: str) -> Response:
    return StreamingResponse(
        _pieces(file), media_type=MEDIA_TYPE, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
