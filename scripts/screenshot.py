"""Take the pictures of the README (``make screenshot``): a mail of the demo, and two screens. Needs chromium."""

from __future__ import annotations

import email
import email.policy
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
PICTURE = IMAGES / "statement.png"


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, "-m", "tank", "demo", "--once", "--json"]
        ran = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
        outbox = Path(json.loads(ran.stdout)["outbox"])
        first = min(outbox.rglob("0010-*.eml"))
        mail = email.message_from_bytes(first.read_bytes(), policy=email.policy.default)
        body = mail.get_body(("html",))
        assert body is not None
        page = folder / "mail.html"
        page.write_text(body.get_content(), encoding="utf-8")
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"]
        flags += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        flags += [f"--user-data-dir={folder / 'profile'}", "--window-size=640,1040", f"--screenshot={PICTURE}"]
        subprocess.run(["chromium", *flags, page.as_uri()], check=True, capture_output=True, timeout=120)
    for language in ("en", "ko"):
        take_screens(language)
    print(f"Look at {IMAGES.relative_to(ROOT)}.")
    return 0


def take_screens(language: str) -> None:
    """The editor of a mail, and a run, as an operator sees them."""
    sys.path.insert(0, str(ROOT))
    from tests.support.browser import chromium, open_page, sign_in
    from tests.support.demo_server import demo_server

    with (
        tempfile.TemporaryDirectory() as name,
        demo_server(Path(name), customers=1000) as address,
        chromium() as browser,
    ):
        page = open_page(browser, address, language=language)
        sign_in(page)
        automation = page.request.get("/automation").json()["items"][0]["id"]
        run = page.request.get("/run").json()["items"][0]["id"]
        for screen, path in (("mail", f"/automations/{automation}/mail"), ("run", f"/runs/{run}")):
            page.goto(f"/app{path}")
            page.wait_for_selector("h1")
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(1500)
            page.screenshot(path=IMAGES / f"{screen}.{language}.png")
        page.context.close()


if __name__ == "__main__":
    sys.exit(main())
