"""How long a shard waits for a source or the file storage to come back before its run pauses."""

from __future__ import annotations

import asyncio

from tank.services.held import HeldShard

#: Seconds between tries; about half a minute in all.
_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)


class Patience:
    """A few waits, each longer; none while the shard is to stop."""

    def __init__(self, held: HeldShard) -> None:
        self._held = held
        self._waits = iter(_WAITS)

    async def wait(self) -> bool:
        """Wait a while; False where it is time to give up."""
        if not self._held.goes_on():
            return False
        try:
            await asyncio.sleep(next(self._waits))
        except StopIteration:
            return False
        return True
