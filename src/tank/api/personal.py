"""Personal data in views: masked by the fields' types, unless the view is made with the context ``showing(True)``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Query
from pydantic import AfterValidator, ValidationInfo

from tank.api.access import demand
from tank.api.auth import TheCaller
from tank.domain.account import Role
from tank.domain.masking import mask_addresses, mask_email, mask_text
from tank.services.audit_trail import LONGEST_REASON, checked_reason


@dataclass(frozen=True, slots=True)
class Revealing:
    """Whether somebody asks to see personal data unmasked, and what for."""

    on: bool
    reason: str

    def __bool__(self) -> bool:
        """As ``on``: whoever forgets to ask for that must not show everything."""
        return self.on


async def revealing(
    caller: TheCaller,
    *,
    reveal: Annotated[
        bool, Query(description="Show personal data unmasked; needs a `reason`, and the audit trail says who did.")
    ] = False,
    reason: Annotated[
        str,
        Query(
            max_length=LONGEST_REASON,
            description=f"What unmasked data is needed for, 1 to {LONGEST_REASON} characters; kept in the audit log.",
            examples=["The customer called: no mail came."],
        ),
    ] = "",
) -> Revealing:
    """Raises ``Invalid`` (``reason_required``), and ``NotAllowed`` for viewers: they see masked data alone."""
    if not reveal:
        return Revealing(on=False, reason="")
    demand(caller, Role.OPERATOR)
    return Revealing(on=True, reason=checked_reason(reason))


#: The type of a route's ``reveal`` parameter.
Reveal = Annotated[Revealing, Depends(revealing)]


def showing(reveal: bool) -> dict[str, bool]:
    """The context to validate a view with: ``View.model_validate(entity, context=showing(reveal))``."""
    return {"reveal": reveal}


def _masked_by(mask: Callable[[str], str]) -> AfterValidator:
    def masked(value: Any, info: ValidationInfo) -> Any:
        return value if (info.context or {}).get("reveal") else _within(value, mask)

    return AfterValidator(masked)


def _within(value: Any, mask: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {name: _within(one, mask) for name, one in value.items()}
    if isinstance(value, list):
        return [_within(one, mask) for one in value]
    return value


#: An address, and a person's name.
PersonalEmail: TypeAlias = Annotated[str, _masked_by(mask_email)]
PersonalName: TypeAlias = Annotated[str, _masked_by(mask_text)]
#: What may hold addresses: keys, reasons, messages of databases and providers, paths of files.
PersonalText: TypeAlias = Annotated[str, _masked_by(mask_addresses)]
PersonalDetail: TypeAlias = Annotated[dict[str, Any], _masked_by(mask_addresses)]
