"""What ``tank serve`` consists of, and how it stops."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Final

from tank.cli import lock
from tank.cli.output import say
from tank.cli.workers import WorkerProcesses, worker_command
from tank.domain.errors import Misconfigured

if TYPE_CHECKING:
    import uvicorn

    from tank.bootstrap import Installation

#: Signals that come so close together are one: `timeout` and some shells send theirs to us and to our group.
_SECOND_THOUGHTS: Final = 0.5
#: How long open requests may take once the server stops.
_GRACE_SECONDS: Final = 3
#: A worker's new objects between two looks for cycles among them.
_OBJECTS_PER_COLLECTION: Final = 5_000
#: The parameter's number in glibc's malloc.h.
_M_ARENA_MAX: Final = -8


class Server:
    """API and scheduler as threads of this process, and the workers as its children."""

    def __init__(self, tank: Installation) -> None:
        self._tank = tank
        #: Set by the first signal, and by the second one.
        self._stop = threading.Event()
        self._at_once = threading.Event()
        self._signalled = 0.0
        self._failed = False

    def run(self, *, when_up: Callable[[str], None] | None = None) -> int:
        """Serve until a signal; the exit code. ``when_up`` is called in a thread, with the address, once all is up."""
        settings = self._tank.settings
        with ExitStack() as stack:
            listener = stack.enter_context(listening(settings.host, settings.port))
            stack.enter_context(exclusive(self._tank))
            self._tank.upgrade_schema()
            self._tank.engine.refuse_second_machine(socket.gethostname(), self._tank.clock.now())
            stack.enter_context(_signals(self._on_signal))
            address = address_of(listener)
            self._describe(address)
            invite_first_admin(self._tank, address)
            return self._run(listener, address, when_up)

    def _describe(self, address: str) -> None:
        tank = self._tank
        count = tank.settings.worker_count
        say(f"Tank is starting: API, scheduler and {count} worker{'s' if count > 1 else ''}.")
        say(f"  Logs DB   {tank.described_database}")
        say(f"  Files     {tank.settings.files_dir}")
        say(f"  Open      {address}")
        say("  Stop      Ctrl-C (mails under way are finished first)")

    def _run(self, listener: socket.socket, address: str, when_up: Callable[[str], None] | None) -> int:
        api = api_server(self._tank)
        scheduler = self._tank.scheduler()
        workers = WorkerProcesses(
            self._tank.settings.worker_count,
            command=worker_command(),
            environment={**os.environ, **self._tank.settings.environment()},
            say=say,
        )
        workers.start()
        threads = [
            self._thread("api", lambda: api.run(sockets=[listener])),
            self._thread("scheduler", lambda: scheduler.run(self._stop)),
        ]
        if when_up is not None:
            threading.Thread(target=when_up, args=(address,), name="when-up", daemon=True).start()
        workers.keep_running(self._stop)
        say("Stopping: mails under way are finished first. Ctrl-C again stops at once.")
        api.should_exit = True
        in_time = workers.stop(at_once=self._at_once)
        for thread in threads:
            thread.join(_GRACE_SECONDS + 2)
        say("Stopped." if in_time else "Stopped at once; what was under way will be UNKNOWN.")
        return 0 if in_time and not self._failed else 1

    def _thread(self, name: str, work: Callable[[], None]) -> threading.Thread:
        """Run a part; without it the rest makes no sense, so its end stops everything."""

        def run() -> None:
            try:
                work()
            except BaseException as error:
                say(f"Error: the {name} failed: {error}")
                self._failed = True
            finally:
                self._stop.set()

        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        return thread

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._stop.is_set() and time.monotonic() - self._signalled > _SECOND_THOUGHTS:
            self._at_once.set()
        elif not self._stop.is_set():
            self._signalled = time.monotonic()
        self._stop.set()


@contextmanager
def exclusive(tank: Installation) -> Iterator[None]:
    """On SQLite, be the only Tank that works on the Logs DB. Raises ``Conflict``."""
    if tank.database_file is None:
        yield
    else:
        with lock.held(tank.database_file):
            yield


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens. Raises ``Misconfigured`` where the port is taken or the address is not this machine's."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.create_server(address[:2], family=family, backlog=2048)
    except OSError as error:
        raise Misconfigured(
            f"Cannot listen on {host} port {port}: {os.strerror(error.errno) if error.errno else error}.",
            remedy=f"Choose another port (--port {port + 1} or TANK_PORT), or stop the program that has it.",
            code="cannot_listen",
        ) from error
    with listener:
        yield listener


def address_of(listener: socket.socket) -> str:
    """Where a browser on this machine finds the server."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104  (compared, not bound)
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def invite_first_admin(tank: Installation, address: str) -> None:
    """Say how the first account is made, where there is none."""
    if link := tank.accounts.first_admin_link():
        say("Nobody has an account yet. The first admin sets a password here, within three days:")
        say(f"  {address}/app/welcome#{link.token}")
        say("or is made with: tank user add NAME --role admin")


def api_server(tank: Installation) -> uvicorn.Server:
    """The web server; its log lines go where ours go."""
    import uvicorn

    config = uvicorn.Config(
        tank.api(),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # it would believe whatever connects from this machine; TANK_TRUSTED_PROXIES decides
        lifespan="off",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    return uvicorn.Server(config)


def serve_api(tank: Installation) -> None:
    """The API alone, until a signal (uvicorn handles those)."""
    with listening(tank.settings.host, tank.settings.port) as listener:
        address = address_of(listener)
        say(f"The API listens at {address}. Ctrl-C stops it.")
        invite_first_admin(tank, address)
        api_server(tank).run(sockets=[listener])


def run_scheduler(tank: Installation) -> None:
    """The scheduler alone, until a signal."""
    stop = threading.Event()
    with _signals(lambda _number, _frame: stop.set()):
        say("The scheduler runs. Ctrl-C stops it.")
        tank.scheduler().run(stop)


@contextmanager
def _signals(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Handle SIGINT and SIGTERM meanwhile."""
    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def run_worker(tank: Installation, *, supervised: bool) -> None:
    """One worker, until a signal or (``supervised``) until whoever started it closes our standard input."""
    import asyncio

    import uvloop

    async def work() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        if supervised:

            def wait_for_parent() -> None:
                # Not through sys.stdin: a thread that waits in it would spoil the interpreter's end.
                while os.read(0, 4096):
                    pass
                loop.call_soon_threadsafe(stop.set)

            threading.Thread(target=wait_for_parent, name="parent", daemon=True).start()
        await tank.worker().run(stop)

    if not supervised:
        say("The worker runs. Ctrl-C stops it once the mails under way are finished.")
    _tend_memory()
    uvloop.run(work())


def _tend_memory() -> None:
    """A worker's habits: a window of mails made and freed by several threads, many objects, hardly any cycles."""
    # Looking for cycles among the objects of imports and of mails under way took one part in twenty of the CPU.
    gc.freeze()
    gc.set_threshold(_OBJECTS_PER_COLLECTION, 10, 10)
    # glibc gives each thread a heap of its own, where what another thread frees stays: 40 MB more (mallopt(3)).
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
