"""Installations that are started when a test first asks for them, and stay for the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.acceptance.sections.world import PAIRINGS, World, a_world


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], World]]:
    """Opens the world of a pairing, once: the tests come in any order, and would start each one many times."""
    opened: dict[str, World] = {}
    with ExitStack() as stack:

        def open_world(pairing: str) -> World:
            if pairing not in opened:
                opened[pairing] = stack.enter_context(a_world(pairing, tmp_path_factory.mktemp(pairing)))
            return opened[pairing]

        yield open_world


@pytest.fixture(params=list(PAIRINGS))
def world(request: pytest.FixtureRequest, worlds: Callable[[str], World]) -> World:
    """Each pairing in turn."""
    return worlds(request.param)


@pytest.fixture
def walk(worlds: Callable[[str], World]) -> World:
    """The pairing that needs no database server, for what no database or sender changes."""
    return worlds("sqlite-ses")
