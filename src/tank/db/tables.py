"""The tables of the Logs DB within one transaction."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection

from tank.domain.ports.secrets import Vault

if TYPE_CHECKING:
    from tank.db.lease_clock import LeaseClock


class DbTables:
    """Implements ``domain.ports.store.Tables`` on one connection with an open transaction.

    Each property makes its table's reader-and-writer when first asked for.
    """

    def __init__(self, connection: Connection, *, vault: Vault, lease_clock: LeaseClock) -> None:
        self.connection = connection
        self._vault = vault
        self._lease_clock = lease_clock
