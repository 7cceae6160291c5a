"""Our own OpenAPI document: what the user interface's types are made from. Run: ``openapi.py > openapi.json``."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast


def openapi_text() -> str:
    from tank.api.app import create_app

    # Describing the routes calls none of them; the guard of who is signed in only wants to be made.
    services = cast(Any, SimpleNamespace(sign_ins=None, api_tokens=None))
    return json.dumps(create_app(services).openapi(), indent=1, ensure_ascii=False)


if __name__ == "__main__":
    print(openapi_text())
