"""The page under /app where no user interface is built in."""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse

from tank import __version__

_PAGE = """<!doctype html>
<html lang="ko">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Tank</title>
<style>
body {{ font: 16px/1.6 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; color: #1b1f24 }}
code {{ background: #f1f3f5; padding: .1em .3em; border-radius: 4px }}
</style></head>
<body>
<h1>Tank {version}</h1>
<p>Tank이 실행 중입니다. 화면이 빌드되어 있지 않습니다. API는 이 서버의 루트에 있습니다.<br>
Tank is running. Its user interface is not built in; its API is at the root of this server.</p>
<ul>
<li><a href="/openapi.json">/openapi.json</a>: API 설명 · what the API can do</li>
<li><a href="/automation">/automation</a>: 자동화 · automations</li>
<li><a href="/run">/run</a>: 실행 기록 · runs</li>
<li><a href="/readyz">/readyz</a>: 상태 점검 · state of health</li>
</ul>
<p>화면 빌드 · build it: <code>make ui</code>, 명령줄 · command line: <code>tank --help</code></p>
</body></html>
"""


def status_page() -> HTMLResponse:
    """That Tank runs, and where to look next."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    return HTMLResponse(_PAGE.format(version=escape(__version__)), headers={"Content-Security-Policy": policy})
