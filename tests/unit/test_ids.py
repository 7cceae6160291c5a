"""Ids ascend and never repeat, also over forks and threads."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tank.domain.ids import first_id_of, new_id, new_token


def test_ids_are_version_7_and_ascend() -> None:
    ids = [new_id() for _ in range(5_000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 5_000
    assert {item.version for item in ids} == {7}
    assert {item.variant for item in ids} == {"specified in RFC 4122"}


def test_their_first_bits_are_the_time() -> None:
    before = time.time_ns() // 1_000_000
    stamp = new_id().int >> 80
    assert before <= stamp <= before + 5_000


def test_threads_never_get_the_same() -> None:
    found: list[UUID] = []
    threads = [threading.Thread(target=lambda: found.extend(new_id() for _ in range(500))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 2_000


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_fork_goes_its_own_way() -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, new_token().bytes)
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 16) != new_token().bytes
    os.close(reader)
    os.close(writer)


def test_ids_lie_between_the_moments_around_them() -> None:
    before = datetime.now(UTC)
    id_ = new_id()
    after = datetime.now(UTC) + timedelta(milliseconds=1)
    assert first_id_of(before) <= id_ < first_id_of(after)
    assert (first_id_of(before).version, first_id_of(before) < first_id_of(after)) == (7, True)
