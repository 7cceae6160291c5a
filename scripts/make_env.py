"""Make ``.venv`` with everything that Tank needs, on a machine that has nothing but Python 3.11+.

Run by ``make env`` with any Python; it installs uv beside the checkout (``.tools``), and lets it do the rest from
``constraints.txt``. Running it again when nothing has changed takes no time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
STAMP = VENV / "made-from.txt"
INPUTS = ("pyproject.toml", "constraints.txt", "scripts/make_env.py")
#: pip's options that name where packages come from and whom to trust, and uv's variables for the same.
MIRRORS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
}


def main() -> int:
    if sys.version_info < (3, 11):
        return give_up(
            f"Tank needs Python 3.11 or newer; this is {sys.version.split()[0]}.",
            "Install a newer one and name it: make PYTHON=python3.12",
        )
    return make_venv() or make_ui()


def make_venv() -> int:
    """The exit code; nothing is done where nothing has changed."""
    fingerprint = fingerprint_of_inputs()
    if STAMP.exists() and STAMP.read_text() == fingerprint:
        return 0
    uv = find_uv()
    if uv is None:
        return 1
    say("Making .venv (once; later runs skip this)")
    environment = {**mirrors(), **os.environ}
    STAMP.unlink(missing_ok=True)
    for arguments in (
        ("venv", "--allow-existing", "--python", sys.executable, VENV),
        ("pip", "install", "--python", VENV, "--constraints", "constraints.txt", "--editable", ".", "--group", "dev"),
    ):
        if subprocess.run([uv, "--quiet", *arguments], cwd=ROOT, env=environment, check=False).returncode != 0:
            return give_up(
                "The environment could not be made; uv says why above.",
                "Behind a mirror, set UV_DEFAULT_INDEX to its address; behind a proxy, HTTPS_PROXY.",
            )
    STAMP.write_text(fingerprint)
    say("Ready: .venv/bin/tank")
    return 0


def make_ui() -> int:
    """Build the user interface. Tank works without it, so that only a run that demands everything fails here."""
    import build_ui

    if build_ui.is_current():
        return 0
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if subprocess.run([python, ROOT / "scripts" / "build_ui.py", "build"], check=False).returncode == 0:
        return 0
    shown = "the user interface of an earlier build" if build_ui.SITE.exists() else "a plain status page"
    say(f"The user interface was not built. Tank works, with {shown} under /app; `make ui` tries again.")
    return 1 if os.environ.get("TANK_REQUIRE_ALL") == "1" else 0


def fingerprint_of_inputs() -> str:
    """Changes when what is to be installed does."""
    digest = hashlib.sha256(sys.version.encode())
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def find_uv() -> str | None:
    """Ours if it is there, else the machine's, else install it; None after saying why it cannot be had."""
    ours = TOOLS / "bin" / "uv"
    if not ours.exists():
        theirs = os.environ.get("UV") or shutil.which("uv")
        if theirs is not None:
            return theirs
        say("Installing uv into .tools")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(TOOLS), "uv"]
        quiet = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
        if subprocess.run(command, cwd=ROOT, env=quiet, check=False).returncode != 0:
            give_up(
                "uv could not be installed with pip.",
                "If pip is missing: `apt-get install python3-pip` (Debian, Ubuntu), `dnf install python3-pip` "
                "(Fedora, RHEL), or install uv (https://docs.astral.sh/uv) and run make again.",
            )
            return None
    return str(ours)


def mirrors() -> dict[str, str]:
    """Where pip is told to get packages from, told to uv: it does not read pip's configuration."""
    found = {}
    for option, variable in MIRRORS.items():
        command = [sys.executable, "-m", "pip", "config", "get", f"global.{option}"]
        value = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
        if value:
            found[variable] = " ".join(value.split())
    if "UV_INDEX" in found:
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # pip takes all its indexes for one
    if "PIP_INDEX_URL" in os.environ:
        found["UV_DEFAULT_INDEX"] = os.environ["PIP_INDEX_URL"]
    if ssl.create_default_context().get_ca_certs():
        # What this machine trusts counts: a company's network may put its own authority in between.
        found["UV_SYSTEM_CERTS"] = "true"
    return found


def say(text: str) -> None:
    print(f"[tank] {text}", file=sys.stderr, flush=True)


def give_up(reason: str, remedy: str) -> int:
    say(reason)
    say(remedy)
    return 1


if __name__ == "__main__":
    sys.exit(main())
