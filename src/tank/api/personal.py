"""Personal data in views: masked by the fields' types, unless the view is made with the context ``showing(True)``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from fastapi import Query
from pydantic import AfterValidator, ValidationInfo

from tank.domain.masking import mask_addresses, mask_email, mask_text

Reveal = Annotated[bool, Query(description="Show personal data unmasked; the audit trail says who did.")]


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
