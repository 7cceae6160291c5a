"""Rules about the columns that queries return."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tank.domain.query import QueryKind, SourceError, SourceErrorKind


def refuse_unusable(kind: QueryKind, names: Sequence[str]) -> None:
    """Refuse a query without columns, and equal column names: templates and binds could only ever see one of them.

    Raises ``SourceError`` that names them. Case does not tell two columns apart, because it does not tell binds.
    """
    if not names:
        raise SourceError(
            SourceErrorKind.INVALID_SQL,
            f"The {kind} query returns no columns.",
            remedy="Name after SELECT what the mail needs of each recipient.",
        )
    counts = Counter(name.casefold() for name in names)
    repeated = sorted({name for name in names if counts[name.casefold()] > 1})
    if repeated:
        raise SourceError(
            SourceErrorKind.INVALID_SQL,
            f"The {kind} query has several columns named {', '.join(repeated)}.",
            remedy="Give each its own name with AS.",
        )
