"""Our own OpenAPI document: what the user interface's types are made from. Run: ``openapi.py > openapi.json``."""

from __future__ import annotations

import json
from typing import Any, cast


def openapi_text() -> str:
    from tank.api.app import create_app

    services: Any = cast(Any, None)  # describing the routes calls none of them
    return json.dumps(create_app(services).openapi(), indent=1, ensure_ascii=False)


if __name__ == "__main__":
    print(openapi_text())
