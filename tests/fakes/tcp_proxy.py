"""A TCP proxy that misbehaves when told to: between a client under test and a real server on loopback.

::

    with TcpProxy("127.0.0.1", 5432) as proxy:
        ...                                   # connect to proxy.port
        proxy.lose_answer_to(b"COMMIT")       # the server gets it; its answer never comes back
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from types import TracebackType

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class TcpProxy:
    """Forwards bytes both ways on threads of its own until it is told to refuse, cut, delay or go silent."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._delay = 0.0
        self._silent = threading.Event()
        self._refusing = False
        self._fatal: bytes | None = None

    def __enter__(self) -> TcpProxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.refuse()
        self._listener.close()

    def refuse(self) -> None:
        """Cut everything, and hang up on whoever connects from now on."""
        self._refusing = True
        self.cut()

    def accept(self) -> None:
        """Take connections again, and forward as usual."""
        self._refusing = False
        self._silent.clear()
        self._delay = 0.0

    def cut(self) -> None:
        """Reset all connections."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                _reset(end)

    def delay(self, seconds: float) -> None:
        """Hold each piece back for so long."""
        self._delay = seconds

    def silence(self) -> None:
        """Half-open: connections stand, new ones are taken, and nothing passes any more."""
        self._silent.set()

    def lose_answer_to(self, request: bytes) -> None:
        """Pass the next request that contains these bytes on, and reset its connection when the answer comes."""
        self._fatal = request

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._refusing:
                _reset(client)
                continue
            try:
                server = socket.create_connection(self._target)
            except OSError:
                _reset(client)
                continue
            with self._lock:
                self._pairs.append((client, server))
            doomed = threading.Event()
            threading.Thread(target=self._requests, args=(client, server, doomed), daemon=True).start()
            threading.Thread(target=self._answers, args=(server, client, doomed), daemon=True).start()

    def _requests(self, client: socket.socket, server: socket.socket, doomed: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self._fatal is not None and self._fatal in data:
                    self._fatal = None
                    doomed.set()
                self._pause()
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    def _answers(self, server: socket.socket, client: socket.socket, doomed: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if doomed.is_set():
                    break
                self._pause()
                client.sendall(data)
        _reset(client) if doomed.is_set() else client.close()
        server.close()

    def _pause(self) -> None:
        if self._delay:
            time.sleep(self._delay)
        while self._silent.is_set():
            time.sleep(0.01)


def _reset(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        end.shutdown(socket.SHUT_RDWR)
    end.close()
