"""Take the picture of the README (``make screenshot``): a mail of the demo, as a customer sees it. Needs chromium."""

from __future__ import annotations

import email
import email.policy
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "images" / "statement.png"


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
    print(f"Look at {PICTURE.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
