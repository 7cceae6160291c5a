"""Run a command (the tests) with a PostgreSQL, a MariaDB and a Chromium beside it: ``with_databases.py pytest …``.

A server that answers at ``TANK_TEST_POSTGRES_URL`` or ``TANK_TEST_MYSQL_URL`` (or their defaults) is used as it is.
Otherwise a throwaway one is started from the binaries of this machine, in a temporary folder. Where they are missing,
and we are root on a Debian, its packages are installed first; Chromium's, and a Korean font, too. What cannot be had
is said loudly, and the tests that need it are skipped, or fail with ``TANK_REQUIRE_ALL=1``.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Kind:
    """A kind of database server."""

    name: str
    variable: str
    default_url: str
    #: Has ``{port}`` in it.
    throwaway_url: str
    package: str
    user: str
    find: Callable[[], Path | None]
    start: Callable[[Path, Path, int, str | None], list[str]]


def main() -> int:
    environment = dict(os.environ)
    provide_browser()
    with ExitStack() as stack:
        for kind in KINDS:
            provide(kind, environment, stack)
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


def provide_browser() -> None:
    """Chromium, and a font that Korean screens can be looked at with."""
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return
    if not install("chromium", "fonts-noto-cjk"):
        say("No Chromium here: its tests will be SKIPPED. `apt-get install chromium fonts-noto-cjk` makes them run.")


def provide(kind: Kind, environment: dict[str, str], stack: ExitStack) -> None:
    """See to it that ``kind`` answers, and put its URL into the environment."""
    url = environment.get(kind.variable) or kind.default_url
    address = urlsplit(url)
    if answers(address.hostname or "127.0.0.1", address.port or 0):
        return
    if kind.variable in environment:
        say(f"{kind.name} does not answer at the address in {kind.variable}; its tests will be skipped.")
        return
    binaries = kind.find() or (install(kind.package) and kind.find()) or None
    if binaries is None:
        say(f"No {kind.name} here: its tests will be SKIPPED. `apt-get install {kind.package}` makes them run.")
        return
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tank-test-", ignore_cleanup_errors=True)))
    port = free_port()
    user = kind.user if os.geteuid() == 0 and has_user(kind.user) else None
    if user is not None:
        shutil.chown(folder, user)
    with (folder / "server.log").open("wb") as log:
        command = kind.start(binaries, folder, port, user)
        server = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, user=user, cwd=folder)
    stack.callback(stop, server)
    deadline = time.monotonic() + 60
    while not answers("127.0.0.1", port) and server.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    if answers("127.0.0.1", port):
        environment[kind.variable] = kind.throwaway_url.format(port=port)
        say(f"Started a throwaway {kind.name} on port {port}.")
    else:
        say(f"A throwaway {kind.name} did not start; its tests will be SKIPPED. Its log ends:")
        sys.stderr.write((folder / "server.log").read_text(errors="replace")[-2000:])


def install(*packages: str) -> bool:
    """Install Debian's packages where we may; only a root shell may, and its owner asked for the tests."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    say(f"Installing {' '.join(packages)}")
    # A database's package would start its own cluster: forbid it, the throwaway one is enough.
    policy = Path("/usr/sbin/policy-rc.d")
    placed = not policy.exists()
    if placed:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, stdout=subprocess.DEVNULL)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
        return subprocess.run(command, env=quiet, check=False, stdout=subprocess.DEVNULL).returncode == 0
    finally:
        if placed:
            policy.unlink()


def find_postgresql() -> Path | None:
    """The folder with ``initdb``, of the newest version that is installed."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    found = versions[-1] if versions else Path(on_path) if on_path else None
    return found.parent if found else None


def start_postgresql(binaries: Path, folder: Path, port: int, user: str | None) -> list[str]:
    data = folder / "data"
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]
    subprocess.run([*initdb, "--no-sync"], check=True, stdout=subprocess.DEVNULL, user=user, cwd=folder)
    options = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder, "fsync": "off"}
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    return [str(binaries / "postgres"), "-D", str(data), *settings]


def find_mariadb() -> Path | None:
    found = shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    return Path(found) if found and shutil.which("mariadb-install-db") else None


def start_mariadb(binaries: Path, folder: Path, port: int, user: str | None) -> list[str]:
    data = folder / "data"
    make = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"]
    subprocess.run([*make, "--skip-test-db"], check=True, stdout=subprocess.DEVNULL, user=user, cwd=folder)
    return [
        str(binaries),
        "--no-defaults",
        f"--datadir={data}",
        f"--port={port}",
        "--bind-address=127.0.0.1",
        f"--socket={folder / 'mariadb.sock'}",
        f"--pid-file={folder / 'mariadb.pid'}",
        "--skip-name-resolve",
        "--innodb-flush-log-at-trx-commit=0",
        "--character-set-server=utf8mb4",
    ]


KINDS = (
    Kind(
        name="PostgreSQL",
        variable="TANK_TEST_POSTGRES_URL",
        default_url="postgresql+psycopg://postgres@127.0.0.1:5432/test",
        throwaway_url="postgresql+psycopg://postgres@127.0.0.1:{port}/postgres",
        package="postgresql",
        user="postgres",
        find=find_postgresql,
        start=start_postgresql,
    ),
    Kind(
        name="MariaDB",
        variable="TANK_TEST_MYSQL_URL",
        default_url="mysql+pymysql://root@127.0.0.1:3306/test",
        throwaway_url="mysql+pymysql://root@127.0.0.1:{port}/mysql",
        package="mariadb-server",
        user="mysql",
        find=find_mariadb,
        start=start_mariadb,
    ),
)


def answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def say(text: str) -> None:
    print(f"[tank] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
