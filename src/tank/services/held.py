"""A shard in a worker's hands."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from tank.domain.shard import ShardLease

#: Seconds that a lease lasts without being renewed.
LEASE_SECONDS = 15.0
#: The holder stops sending this long before its lease ends: longer than a send's own time between check and byte.
MARGIN_SECONDS = 3.0


@dataclass(slots=True)
class HeldShard:
    """The lease as last renewed, and whether to go on. The heartbeat writes it, the delivery reads it."""

    lease: ShardLease
    job_id: UUID
    #: No further intents: paused, cancelled, draining, or the lease is gone.
    stopping: bool = False
    #: Somebody else holds it now.
    lost: bool = False

    def goes_on(self) -> bool:
        """Asked anew after each await: the heartbeat and other mails of the shard may have stopped it."""
        return not self.stopping

    def may_send(self, boot_seconds: float) -> bool:
        return not self.stopping and boot_seconds < self.lease.deadline - MARGIN_SECONDS

    def lasts(self, boot_seconds: float) -> bool:
        """Whether the lease is still this worker's, as far as it can know."""
        return not self.lost and boot_seconds < self.lease.deadline

    def lose(self) -> None:
        self.lost = self.stopping = True
