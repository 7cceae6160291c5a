"""The outbox among several processes, under kill -9, and on a disk that takes no more."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tank.senders.outbox_index import OutboxEntry
from tank.senders.outbox_reader import OutboxReader

#: Sends mails until it has sent enough or is killed; prints how each ended.
_SEND = """
import asyncio, resource, sys
from pathlib import Path
from tank.domain.mail import SendError
from tank.senders.outbox import OutboxOptions, OutboxSender
from tests.support.mails import a_mail

async def one(sender, mail):
    try:
        print("sent", (await sender.send(mail)).message_id, flush=True)
    except SendError as error:
        print("failed", error.kind, error.provider_code, flush=True)

async def main(folder, count, size, limit):
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    sender = OutboxSender(OutboxOptions(sync=False), Path(folder))
    for _ in range(count // 10):
        await asyncio.gather(*(one(sender, a_mail(size=size)) for _ in range(10)))
    await sender.close()

asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:])))
"""
_ROOT = Path(__file__).parents[2]


def _process(folder: Path, count: int, *, size: int = 2000, limit: int = 0) -> subprocess.Popen[bytes]:
    arguments = [str(folder), str(count), str(size), str(limit)]
    return subprocess.Popen([sys.executable, "-c", _SEND, *arguments], stdout=subprocess.PIPE, cwd=_ROOT)


def _lines(process: subprocess.Popen[bytes]) -> list[list[str]]:
    output, _ = process.communicate(timeout=60)
    # The last line of a killed process may be torn.
    return [line.split() for line in output.decode().rpartition("\n")[0].splitlines()]


def _listed(folder: Path) -> tuple[OutboxEntry, ...]:
    return OutboxReader(folder).page(limit=100_000).entries


def test_processes_share_an_outbox_and_lose_nothing(tmp_path: Path) -> None:
    processes = [_process(tmp_path, 300) for _ in range(3)]
    sent = {message_id for process in processes for _, message_id in _lines(process)}
    entries = _listed(tmp_path)
    assert len(entries) == len(sent) == 900
    assert {entry.message_id for entry in entries} == sent
    for index in tmp_path.glob("*/index.jsonl"):
        assert index.read_bytes().count(b"{") == len(list(index.parent.rglob("*.eml")))


def test_after_a_kill_every_accepted_mail_is_there_and_every_mail_is_whole(tmp_path: Path) -> None:
    process = _process(tmp_path, 1_000_000, size=100_000)
    while not list(tmp_path.rglob("*.eml")):
        time.sleep(0.01)
    time.sleep(0.2)
    process.kill()
    accepted = {message_id for _, message_id in _lines(process)}
    assert accepted <= {entry.message_id for entry in _listed(tmp_path)}
    sizes = {path.stat().st_size for path in tmp_path.rglob("[!.]*.eml")}
    assert len(sizes) == 1, "all mails have the same size, so a half one would show"


def test_a_disk_that_takes_no_more_stops_the_run_and_leaves_no_half_mail(tmp_path: Path) -> None:
    # A limit on file sizes fails inside a write, as a full disk does.
    lines = _lines(_process(tmp_path, 20, size=100_000, limit=50_000))
    assert lines == [["failed", "stopped", "EFBIG"]] * 20
    assert list(tmp_path.rglob("*.eml")) == []
