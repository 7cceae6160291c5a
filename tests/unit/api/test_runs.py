"""Jobs, runs, deliveries and their live progress over HTTP, on runs that really took place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from tank.api.deliveries import LONGEST_SHOWN, json_value
from tank.db.database import Database
from tank.domain.automation import TargetColumns
from tank.domain.job import Job
from tank.domain.mail import OutgoingMail, Receipt, SendError, SendErrorKind
from tests.fakes.clock import FakeClock
from tests.fakes.senders import ScriptedSender
from tests.support.api import api_client
from tests.support.site import Site, customers

UNKNOWN_ID = "0198c0de-0000-7000-8000-000000000001"


@pytest.fixture
def site(sqlite_db: Database, clock: FakeClock) -> Site:
    """Three customers, and one with an address that cannot be mailed."""
    return Site(sqlite_db, clock, rows=[*customers(3), ("C0004", "no address", "고객4")])


@pytest.fixture
def client(sqlite_db: Database, clock: FakeClock) -> Iterator[TestClient]:
    with api_client(sqlite_db, clock=clock) as opened:
        yield opened


@pytest.fixture
def ended(site: Site) -> Job:
    """A job whose run has ended."""
    site.publish()
    return site.work(site.start())


def run_of(client: TestClient, job: Job) -> dict[str, Any]:
    run: dict[str, Any] = client.get(f"/run/{client.get(f'/job/{job.id}').json()['run_id']}").json()
    return run


def deliveries(client: TestClient, run_id: str, **filters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/run/{run_id}/delivery", params=filters).json()["items"]
    return found


def test_asking_for_a_run_makes_a_job_once(client: TestClient, site: Site) -> None:
    site.publish()
    response = client.post(f"/automation/{site.automation_id}/run", json={"due_at": "2026-11-05T09:00:00+09:00"})
    assert response.status_code == 202
    job = response.json()
    assert (job["state"], job["trigger"], job["requested_by"]) == ("WAITING", "manual", "api")
    assert job["due_at"] == "2026-11-05T00:00:00Z"
    again = client.post(f"/automation/{site.automation_id}/run")
    assert (again.status_code, again.json()["code"]) == (409, "job_active")
    assert client.get(f"/job/{job['id']}").json()["run_id"] is None


def test_what_does_not_exist_is_404(client: TestClient) -> None:
    for path in ("/job/{}", "/run/{}", "/run/{}/causes", "/run/{}/delivery", "/run/{}/events", "/delivery/{}"):
        assert client.get(path.format(UNKNOWN_ID)).status_code == 404, path
    for path in ("/job/{}/pause", "/run/{}/cancel", "/run/{}/retry", "/automation/{}/run", "/run/{}/replay-updates"):
        assert client.post(path.format(UNKNOWN_ID)).status_code == 404, path


def test_a_run_that_has_ended_adds_up(client: TestClient, ended: Job) -> None:
    run = run_of(client, ended)
    assert run["state"] == "PARTIAL"
    assert run["phase"] == "FINISH"
    counts = run["counts"]
    assert (counts["target"], counts["sent"], counts["skipped"], counts["adds_up"]) == (4, 3, 1, True)
    assert run["eta_seconds"] is None
    # Who was skipped before the first mail left tells nothing of the speed.
    assert run["rate_per_second"] == 3_000  # the clock stands still: within a millisecond
    assert [one["id"] for one in client.get("/run").json()["items"]] == [run["id"]]
    assert [one["id"] for one in client.get("/run", params={"state": ["FAIL", "PARTIAL"]}).json()["items"]] == [
        run["id"]
    ]
    assert client.get("/run", params={"state": "RUNNING"}).json()["items"] == []
    causes = client.get(f"/run/{run['id']}/causes").json()
    assert causes == [{"status": "SKIPPED", "error_kind": "INVALID_ADDRESS", "error_code": "", "count": 1}]


def test_steering_moves_the_job_and_refuses_what_makes_no_sense(client: TestClient, site: Site) -> None:
    site.publish()
    job = site.start()
    paused = client.post(f"/job/{job.id}/pause", json={"reason": "wrong logo"})
    assert (paused.json()["state"], paused.json()["reason"]) == ("PAUSED", "wrong logo")
    assert client.post(f"/job/{job.id}/resume").json()["state"] in ("WAITING", "RUNNING")
    assert client.post(f"/job/{job.id}/resume").json()["code"] == "job_state_conflict"
    assert client.post(f"/job/{job.id}/cancel").json()["state"] == "CANCELLED"
    assert client.post(f"/job/{job.id}/cancel").status_code == 409
    assert [one["id"] for one in client.get("/job", params={"state": "CANCELLED"}).json()["items"]] == [str(job.id)]
    assert client.get("/job", params={"state": "RUNNING"}).json()["items"] == []


def test_lists_mask_personal_data_until_somebody_asks_and_is_written_down(
    client: TestClient, ended: Job, sqlite_db: Database
) -> None:
    run_id = run_of(client, ended)["id"]
    masked = deliveries(client, run_id)[0]
    assert (masked["email"], masked["name"]) == ("c***@example.com", "고**")
    with sqlite_db.read() as tables:
        assert "delivery.reveal" not in [entry.action for entry in tables.audit.page().items]
    shown = deliveries(client, run_id, reveal=True, reason=" The customer called. ")[0]
    assert (shown["email"], shown["name"]) == ("c1@example.com", "고객1")
    with sqlite_db.read() as tables:
        entry = tables.audit.page().items[0]
    assert (entry.actor, entry.action, entry.subject) == ("api", "delivery.reveal", f"run {run_id}")
    assert (entry.detail, entry.address) == ({"reason": "The customer called."}, "testclient")


class RefusingSender(ScriptedSender):
    """Names in its refusals whom it refuses, as servers do."""

    async def send(self, mail: OutgoingMail) -> Receipt:
        raise SendError(SendErrorKind.STOPPED, "550", f"550 5.7.1 no relay for {mail.rcpt_to}")


def test_addresses_in_keys_reasons_and_messages_are_masked_too(client: TestClient, site: Site) -> None:
    site.publish(columns=TargetColumns(email="EMAIL", key=("EMAIL",)))
    site.sender = RefusingSender()
    site.customers(customers(1))
    job = site.work(site.start())
    run_id = run_of(client, job)["id"]
    lists = (
        f"/run/{run_id}/delivery", "/delivery?search=c1@example.com", "/job", f"/job/{job.id}", "/run",
        f"/run/{run_id}", "/system-error", "/audit",
    )  # fmt: skip
    for path in (*lists, "/report/runs", f"/report/deliveries.csv?run_id={run_id}", f"/run/{run_id}/causes"):
        assert "c1@example.com" not in client.get(path).text, path
    assert deliveries(client, run_id)[0]["recipient_key"] == "c***@example.com"
    assert client.get("/job").json()["items"][0]["reason"] == "550 5.7.1 no relay for c***@example.com"
    for path in lists[:-1]:
        assert "c1@example.com" in client.get(f"{path}{'&' if '?' in path else '?'}reveal=true&reason=test").text, path
    subjects = {one["subject"] for one in client.get("/audit").json()["items"] if one["action"] == "delivery.reveal"}
    assert subjects == {"search", "jobs", f"job {job.id}", "runs", f"run {run_id}", "system errors"}


def test_deliveries_are_filtered_and_paged(client: TestClient, ended: Job) -> None:
    run_id = run_of(client, ended)["id"]
    assert [row["seq"] for row in deliveries(client, run_id, status="SKIPPED")] == [4]
    assert [row["seq"] for row in deliveries(client, run_id, error_kind="INVALID_ADDRESS")] == [4]
    assert [row["seq"] for row in deliveries(client, run_id, search="c2@")] == [2]
    assert [row["seq"] for row in deliveries(client, run_id, search="C0003")] == [3]
    seen: list[int] = []
    after: str | None = None
    while True:
        page = client.get(f"/run/{run_id}/delivery", params={"limit": 3} | ({"after": after} if after else {})).json()
        seen += [row["seq"] for row in page["items"]]
        if (after := page["next"]) is None:
            break
    assert seen == [1, 2, 3, 4]


def test_one_recipient_is_found_in_all_runs_with_the_whole_story(client: TestClient, ended: Job) -> None:
    (found,) = client.get("/delivery", params={"search": "C0002"}).json()
    story = client.get(f"/delivery/{found['id']}").json()
    assert story["delivery"]["status"] == "SENT"
    assert story["target"] == {"CUST_ID": "C****", "EMAIL": "c********", "고객명": "고**"}
    revealed = client.get(f"/delivery/{found['id']}", params={"reveal": True, "reason": "They called."}).json()
    assert revealed["target"] == {"CUST_ID": "C0002", "EMAIL": "c2@example.com", "고객명": "고객2"}
    assert (revealed["repeats"], revealed["repeated_by"]) == ([], [])


def test_sending_again_asks_why_and_links_the_two(client: TestClient, site: Site, ended: Job) -> None:
    (skipped,) = deliveries(client, run_of(client, ended)["id"], status="SKIPPED")
    path = f"/delivery/{skipped['id']}/resend"
    assert client.post(path, json={"email": "c4@example.com"}).status_code == 422
    response = client.post(path, json={"reason": "The customer called.", "email": "c4@example.com"})
    assert (response.status_code, response.json()["trigger"]) == (202, "resend")
    with site.db.read() as tables:
        job = tables.jobs.page().items[0]
    site.work(site.jobs.get(job.id))
    assert "c4@example.com" in site.mailed()
    (again,) = client.get(f"/delivery/{skipped['id']}").json()["repeated_by"]
    assert client.get(f"/delivery/{again['id']}").json()["repeats"][0]["id"] == skipped["id"]


def test_a_run_re_sends_deliveries_of_its_own_alone(client: TestClient, site: Site, ended: Job) -> None:
    other = run_of(client, site.work(site.start()))["id"]
    (skipped,) = deliveries(client, run_of(client, ended)["id"], status="SKIPPED")
    body = {"reason": "The customer called.", "deliveries": [{"delivery_id": skipped["id"]}]}
    response = client.post(f"/run/{other}/resend", json=body)
    assert (response.status_code, response.json()["code"]) == (422, "other_run")
    assert client.post(f"/run/{skipped['run_id']}/resend", json=body).status_code == 202


def test_nothing_failed_so_there_is_nothing_to_retry(client: TestClient, ended: Job) -> None:
    run_id = run_of(client, ended)["id"]
    assert client.post(f"/run/{run_id}/retry").json()["code"] == "nothing_to_retry"
    assert client.post(f"/run/{run_id}/replay-updates").json()["code"] == "nothing_to_replay"
    assert client.post(f"/run/{run_id}/replay-updates", json={"statuses": ["Y"]}).status_code == 422


def test_the_global_stop_is_told_and_lifted(client: TestClient) -> None:
    assert client.get("/sending").json()["stopped"] is False
    stopped = client.post("/sending/stop", json={"reason": "complaints"}).json()
    assert (stopped["stopped"], stopped["by"], stopped["reason"]) == (True, "api", "complaints")
    assert client.post("/sending/resume").json()["stopped"] is False


def test_the_stream_of_a_run_that_ended_is_its_end(client: TestClient, ended: Job) -> None:
    run_id = run_of(client, ended)["id"]
    response = client.get(f"/run/{run_id}/events")
    assert response.headers["content-type"].startswith("text/event-stream")
    lines = response.text.split("\n")
    assert lines[:2] == ["event: end", "id: end"]
    again = client.get(f"/run/{run_id}/events", headers={"last-event-id": "end"})
    assert again.status_code == 204


def test_the_metrics_count(client: TestClient, ended: Job) -> None:
    text = client.get("/metrics").text
    assert 'tank_deliveries_last_day{status="SENT"} 3.0' in text
    assert 'tank_jobs{state="RUNNING"} 0.0' in text


@pytest.mark.parametrize("due_at", ["0001-01-01T00:00:00+09:00", "9999-12-31T23:59:59-09:00", "2026-11-05T09:00:00"])
def test_moments_that_nobody_means_are_refused(client: TestClient, site: Site, due_at: str) -> None:
    response = client.post(f"/automation/{site.automation_id}/run", json={"due_at": due_at})
    assert (response.status_code, response.json()["problems"][0]["field"]) == (422, "due_at")


@pytest.mark.parametrize(("value", "unit"), [("가" * 5_000_000, "characters"), (b"\0" * 5_000_000, "bytes")])
def test_a_value_that_nobody_can_read_is_cut_and_says_so(value: str | bytes, unit: str) -> None:
    shown = json_value(value)
    assert isinstance(shown, str)
    assert len(shown) < 2 * LONGEST_SHOWN
    assert shown.endswith(f"… (5,000,000 {unit})")
