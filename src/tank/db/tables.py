"""The tables of the Logs DB within one transaction."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection

from tank.db.accounts import AccountTable, ApiTokenTable, LinkTable, SignInTable
from tank.db.audit import AuditTable
from tank.db.automations import AutomationTable
from tank.db.connections import ConnectionTable
from tank.db.jobs import JobTable
from tank.db.ledger import Ledger
from tank.db.rates import RateTable
from tank.db.reports import ReportTable
from tank.db.runs import RunTable
from tank.db.schedules import ScheduleTable
from tank.db.senders import SenderTable
from tank.db.settings import SettingTable
from tank.db.shards import ShardTable
from tank.db.sign_in_tries import TryTable
from tank.db.system_errors import SystemErrorTable
from tank.db.tasks import TaskTable
from tank.db.workers import WorkerTable
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

    def complete(self) -> None:
        """Do what waits for the end of a transaction that writes."""
        if "audit" in vars(self):
            self.audit.append()

    @cached_property
    def automations(self) -> AutomationTable:
        return AutomationTable(self.connection)

    @cached_property
    def connections(self) -> ConnectionTable:
        return ConnectionTable(self.connection, self._vault)

    @cached_property
    def senders(self) -> SenderTable:
        return SenderTable(self.connection, self._vault)

    @cached_property
    def system_errors(self) -> SystemErrorTable:
        return SystemErrorTable(self.connection)

    @cached_property
    def audit(self) -> AuditTable:
        return AuditTable(self.connection)

    @cached_property
    def settings(self) -> SettingTable:
        return SettingTable(self.connection)

    @cached_property
    def schedules(self) -> ScheduleTable:
        return ScheduleTable(self.connection)

    @cached_property
    def jobs(self) -> JobTable:
        return JobTable(self.connection, self._lease_clock)

    @cached_property
    def runs(self) -> RunTable:
        return RunTable(self.connection)

    @cached_property
    def shards(self) -> ShardTable:
        return ShardTable(self.connection, self._lease_clock)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.connection, self._vault)

    @cached_property
    def workers(self) -> WorkerTable:
        return WorkerTable(self.connection, self._lease_clock)

    @cached_property
    def tasks(self) -> TaskTable:
        return TaskTable(self.connection, self._lease_clock)

    @cached_property
    def rates(self) -> RateTable:
        return RateTable(self.connection, self._lease_clock)

    @cached_property
    def reports(self) -> ReportTable:
        return ReportTable(self.connection)

    @cached_property
    def accounts(self) -> AccountTable:
        return AccountTable(self.connection, self._vault)

    @cached_property
    def sign_ins(self) -> SignInTable:
        return SignInTable(self.connection)

    @cached_property
    def links(self) -> LinkTable:
        return LinkTable(self.connection)

    @cached_property
    def api_tokens(self) -> ApiTokenTable:
        return ApiTokenTable(self.connection)

    @cached_property
    def sign_in_tries(self) -> TryTable:
        return TryTable(self.connection)
