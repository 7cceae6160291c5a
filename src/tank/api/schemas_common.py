"""What the schemas of several routes share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from tank.domain.ports.paging import Page

T = TypeVar("T")
Out = TypeVar("Out", bound=BaseModel)


class Schema(BaseModel):
    """The base of everything that comes in: unknown fields are mistakes, not noise."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class View(BaseModel):
    """The base of everything that goes out: read from the domain's entities by attribute."""

    model_config = ConfigDict(from_attributes=True)


class PageView(BaseModel, Generic[Out]):
    """Some items; pass ``next`` back as ``after`` for those that follow, null at the end."""

    items: list[Out]
    next: str | None = Field(default=None, description="Where the next page begins; null at the end.")


def page_view(page: Page[T], view: Callable[[T], Out]) -> PageView[Out]:
    """A page of the Logs DB as a page of the API."""
    return PageView[Out].model_construct(items=[view(item) for item in page.items], next=page.next)


def _within_reach(moment: datetime) -> datetime:
    """The moment in UTC; arithmetic near the ends of the calendar overflows, and nobody means such a year."""
    if not 2000 <= moment.year < 2200:
        raise ValueError("the year must be between 2000 and 2199")
    return moment.astimezone(UTC)


#: A moment that comes in, with its offset; it goes on in UTC.
Moment = Annotated[AwareDatetime, AfterValidator(_within_reach)]

#: The parameters of every list.
After = Annotated[str | None, Query(max_length=500, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=500, description="How many items at most.")]
