"""How long a shard waits: for a source or the file storage to come back, and before a mail is tried again."""

from __future__ import annotations

import asyncio
import math
import random
from dataclasses import dataclass, field

from tank.domain.attachment import StorageError
from tank.domain.mail import SendError, SendErrorKind
from tank.domain.query import SourceError
from tank.services.held import HeldShard


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Seconds; tests make them short."""

    #: Between tries of a source or storage that does not answer; then the run pauses.
    surroundings: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
    #: Before the first retry of a mail; each further one doubles it, give or take half of it.
    retry: float = 0.5
    random: random.Random = field(default_factory=random.Random)

    def before_retry(self, attempts: int) -> float:
        """How long to wait after ``attempts`` refused attempts before this last one."""
        return self.retry * 2.0**attempts * self.random.uniform(0.5, 1.5)


#: How soon a shard that rests notices that it is to stop.
_LOOK_SECONDS = 0.25


async def rest(held: HeldShard, seconds: float) -> None:
    """Wait, but only as long as the shard goes on: a pause or a drain is not held up by who backs off."""
    looks = math.ceil(seconds / _LOOK_SECONDS)
    for _ in range(looks):
        if not held.goes_on():
            return
        await asyncio.sleep(seconds / looks)


def may_pass(error: SourceError | StorageError | SendError) -> bool:
    """Whether a failure of the surroundings may go away by itself."""
    if isinstance(error, SourceError):
        return error.kind.is_about_the_connection
    return isinstance(error, StorageError) or error.kind is not SendErrorKind.STOPPED


class Patience:
    """A few waits, each longer; none while the shard is to stop."""

    def __init__(self, held: HeldShard, waits: Waits) -> None:
        self._held = held
        self._waits = iter(waits.surroundings)

    async def wait(self) -> bool:
        """Wait a while; False where it is time to give up."""
        if not self._held.goes_on():
            return False
        try:
            await rest(self._held, next(self._waits))
        except StopIteration:
            return False
        return True
