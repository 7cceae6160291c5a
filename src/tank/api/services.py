"""What the routes call, passed in as one typed object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from tank.domain.ports.clock import Clock
from tank.domain.ports.outbox import Outbox
from tank.domain.ports.spreadsheets import Spreadsheets
from tank.domain.ports.store import LogsDb
from tank.services.accounts import Accounts
from tank.services.agenda import Agenda
from tank.services.api_tokens import ApiTokens
from tank.services.audit_log import AuditLog
from tank.services.automation_files import AutomationFiles
from tank.services.automations import Automations
from tank.services.connections import Connections, SenderProfiles
from tank.services.deliveries import Deliveries
from tank.services.drafts import Drafts
from tank.services.dry_runs import DryRuns
from tank.services.jobs import Jobs
from tank.services.pre_flights import PreFlights
from tank.services.previews import Previews
from tank.services.progress import Progresses
from tank.services.queries import Queries
from tank.services.quotas import Quotas
from tank.services.readiness import Readiness
from tank.services.reports import Reports
from tank.services.rule_trials import RuleTrials
from tank.services.sample_sends import SampleSends
from tank.services.schedules import Schedules
from tank.services.sent_mails import SentMails
from tank.services.sign_ins import SignIns
from tank.services.single_sign_on import SingleSignOn
from tank.services.system_settings import SystemSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiServices:
    """Everything that a route may need; ``bootstrap`` fills it in."""

    logs_db: LogsDb
    clock: Clock
    readiness: Readiness
    jobs: Jobs
    schedules: Schedules
    agenda: Agenda
    progresses: Progresses
    deliveries: Deliveries
    sent_mails: SentMails
    reports: Reports
    outbox: Outbox
    spreadsheets: Spreadsheets
    sample_sends: SampleSends
    dry_runs: DryRuns
    pre_flights: PreFlights
    automations: Automations
    drafts: Drafts
    automation_files: AutomationFiles
    queries: Queries
    previews: Previews
    rule_trials: RuleTrials
    connections: Connections
    sender_profiles: SenderProfiles
    quotas: Quotas
    system_settings: SystemSettings
    audit_log: AuditLog
    accounts: Accounts
    sign_ins: SignIns
    api_tokens: ApiTokens
    single_sign_on: SingleSignOn | None = None
    #: Name and password that the demo shows to whoever sits at this machine.
    demo_account: tuple[str, str] | None = None


def get_services(request: Request) -> ApiServices:
    """The services of the app that serves this request."""
    services = request.app.state.services
    assert isinstance(services, ApiServices)
    return services


#: The type of a route's ``services`` parameter.
Services = Annotated[ApiServices, Depends(get_services)]
