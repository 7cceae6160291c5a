"""How fast mails leave: Tank beside its peers, in rounds that take turns."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.certificate import make_certificate
from bench.mails import check
from bench.peers import Naive, Peer, Raw, Spent, Threads
from bench.runs import throwaway_logs_db
from bench.sink import Sink, running_sink
from bench.tank_path import Tank
from tank.db.database import Database

_DELAYS_MS = (0, 50)
_SIZES_KB = (0, 50, 500)
#: Mails of each peer that are kept, parsed back and compared.
_SAMPLES = 8
#: Mails to warm up with, and then to measure by the size of the file in KB: a second or two of each.
_LOADS: dict[str, tuple[int, dict[int, int]]] = {
    Naive.name: (5, {0: 300, 50: 150, 500: 40}),
    Threads.name: (64, {0: 400, 50: 200, 500: 60}),
    Raw.name: (600, {0: 5_000, 50: 3_000, 500: 600}),
    Tank.name: (600, {0: 5_000, 50: 3_000, 500: 600}),
}
#: What one mail after the other gets done with a delay.
_NAIVE_DELAYED = 25


@dataclass(frozen=True, slots=True)
class Line:
    """One peer in one setting: medians over the rounds."""

    peer: str
    file_kb: int
    delay_ms: int
    mails_per_second: float
    #: Of the sending process; the sink has a core of its own.
    cpu_ms_per_mail: float
    #: How many times as fast as the boto3 loop of the same rounds.
    times_boto3: float


def measure_sending(*, rounds: int, scale: float) -> list[dict[str, object]]:
    """Every peer, file size and delay; ``scale`` shrinks or grows the number of mails."""
    lines: list[Line] = []
    with (
        TemporaryDirectory(prefix="tank-bench-") as folder,
        running_sink(*make_certificate(Path(folder))) as sink,
        throwaway_logs_db() as database,
    ):
        for size_kb in _SIZES_KB:
            for delay_ms in _DELAYS_MS:
                lines += _setting(database, sink, size_kb, delay_ms, rounds=rounds, scale=scale)
    print(f"\r{'':<60}\r", end="", file=sys.stderr)
    return [asdict(line) for line in lines]


def _setting(
    database: Database, sink: Sink, size_kb: int, delay_ms: int, *, rounds: int, scale: float
) -> Sequence[Line]:
    size = size_kb * 1024
    peers: list[Peer] = [Naive(sink, size), Threads(sink, size), Raw(sink, size), Tank(database, sink, size)]
    spent: dict[str, list[Spent]] = {peer.name: [] for peer in peers}
    for number in range(rounds):
        for peer in peers:
            print(f"\rfile {size_kb} KB, {delay_ms} ms, round {number + 1}: {peer.name:<20}", end="", file=sys.stderr)
            spent[peer.name].append(_one_round(peer, sink, size_kb, delay_ms, scale))
    rates = {name: median(one.mails / one.seconds for one in all_) for name, all_ in spent.items()}
    return [
        Line(
            peer=name,
            file_kb=size_kb,
            delay_ms=delay_ms,
            mails_per_second=round(rates[name], 1),
            cpu_ms_per_mail=round(median(1000 * one.cpu_seconds / one.mails for one in all_), 3),
            times_boto3=round(rates[name] / rates[Naive.name], 1),
        )
        for name, all_ in spent.items()
    ]


def _one_round(peer: Peer, sink: Sink, size_kb: int, delay_ms: int, scale: float) -> Spent:
    warm, by_size = _LOADS[peer.name]
    mails = _NAIVE_DELAYED if delay_ms and peer.name == Naive.name else max(10, int(scale * by_size[size_kb]))
    sink.set(delay_seconds=delay_ms / 1000, keep_every=max(1, (warm + mails) // _SAMPLES), keep_most=_SAMPLES)
    spent = peer.run(warm=warm, mails=mails)
    kept = sink.kept()
    if not kept:
        raise ValueError(f"the sink got nothing from {peer.name}")
    for body in kept:
        check(body, size_kb * 1024)
    return spent
