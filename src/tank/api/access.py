"""What each role may do: one line a route, and a route that has no line here keeps the API from starting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from fastapi import Request
from fastapi.routing import APIRoute

from tank.domain.account import Caller, NotAllowed, Role

_VIEWER: Final = (
    "list_automations read_automation check_automation export_automation list_revisions read_revision"
    " diff_revisions list_schedules read_schedule upcoming_slots next_slots list_slots preview_schedule"
    " read_calendar list_days_off list_jobs read_job list_runs read_run read_causes watch_run list_deliveries"
    " search_deliveries read_delivery read_sending list_workers report_summary report_summary_csv"
    " report_summary_xlsx report_runs report_deliveries_csv report_deliveries_xlsx list_system_errors"
    " list_connections read_connection list_senders read_sender read_quota read_settings readyz metrics read_session"
    " end_session change_own_password offer_totp confirm_totp remove_totp"
)
_OPERATOR: Final = (
    "create_automation import_automation change_automation delete_automation enable_automation disable_automation"
    " duplicate_automation save_target_query save_mapping_query save_update_query sample_query save_template"
    " preview_template save_attachments try_attachments save_columns save_envelope save_policies save_general"
    " publish_automation restore_revision create_schedule change_schedule delete_schedule enable_schedule"
    " disable_schedule replace_calendar test_send dry_run pre_flight watch_pre_flight run_automation pause_job"
    " resume_job cancel_job pause_run resume_run cancel_run retry_run replay_updates resend_deliveries"
    " resend_delivery stop_sending resume_sending read_sent_mail download_sent_mail list_outbox read_outbox_mail"
    " acknowledge_system_error try_connection try_sender"
)
_ADMIN: Final = (
    "add_connection change_connection delete_connection read_marker_table add_sender change_sender delete_sender"
    " change_settings list_audit verify_audit download_audit list_accounts add_account change_account add_account_link"
    " list_tokens add_token delete_token"
)
#: Open to whoever asks: see ``auth.OPEN_PATHS``.
OPEN: Final = frozenset(
    ["healthz", "sign_in_hints", "begin_session", "read_link", "use_link", "begin_single_sign_on", "end_single_sign_on"]
)

#: The least role for each route, by the route's name.
LEAST_ROLE: Final[Mapping[str, Role]] = {
    name: role
    for role, names in ((Role.VIEWER, _VIEWER), (Role.OPERATOR, _OPERATOR), (Role.ADMIN, _ADMIN))
    for name in names.split()
}
_WORDS: Final = {
    Role.VIEWER: "a viewer",
    Role.OPERATOR: "an operator",
    Role.APPROVER: "an approver",
    Role.ADMIN: "an admin",
}


def authorize(request: Request) -> None:
    """The dependency of every route. Raises ``NotAllowed``."""
    name = request.scope["route"].name
    if name not in OPEN:
        demand(request.scope["state"]["caller"], LEAST_ROLE[name])


def demand(caller: Caller, needed: Role) -> None:
    """Raise ``NotAllowed`` where the caller's role is lower."""
    if not caller.role.covers(needed):
        raise NotAllowed(
            f"This takes {_WORDS[needed]}; you are {_WORDS[caller.role]}.",
            remedy="Ask an admin to do it, or to give you the role.",
            code="not_allowed",
        )


def check_complete(routes: Iterable[APIRoute]) -> None:
    """Raise ``ValueError`` where a route has no line here, or a line no route."""
    names = {route.name for route in routes}
    known = LEAST_ROLE.keys() | OPEN
    if names != known:
        raise ValueError(
            f"routes without a role: {sorted(names - known)}; roles without a route: {sorted(known - names)}"
        )
