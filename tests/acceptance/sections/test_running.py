"""Sections 8 to 11 and 13 to 16: what a run does, what goes wrong in it, and what is told of it afterwards."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.acceptance.sections.mailboxes import BUSY, ONCE, REFUSED
from tests.acceptance.sections.world import ON_SERVERS, World, connection_at
from tests.fakes.tcp_proxy import TcpProxy


def test_section_8_everyone_gets_their_own_mail_with_their_own_files(world: World) -> None:
    area = world.area()
    addresses = [f"{name}-{world.insurer.kind}@example.com" for name in ("none", "one", "three")]
    numbers = [world.insurer.customer(area, to, bills=bills) for to, bills in zip(addresses, (0, 1, 3), strict=True)]
    for number in numbers:
        world.bill_of(number)
    world.file(f"선택/{numbers[2]}.txt", b"extra")
    run = world.run(world.automation(area, files=True))
    assert (run["state"], run["phase"], run["counts"]["adds_up"]) == ("SUCCESS", "FINISH", True)
    deliveries = world.deliveries(run)
    for to, number, bills in zip(addresses, numbers, (0, 1, 3), strict=True):
        (mail,) = world.mailboxes.mails(to)
        page = mail.get_body(("html",))
        assert page is not None
        html = page.get_content()
        assert str(number) in html
        assert html.count("<li") == max(bills, 1)
        assert ("내역 없음" in html) == (bills == 0)
        files = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
        assert files[f"김{area} 청구서.pdf"] == f"%PDF {number}".encode()
        assert ("약관.pdf" in files, f"{number}.txt" in files) == (True, bills == 3)
        assert world.insurer.state(number) == ("SENT", deliveries[to]["message_id"])


@ON_SERVERS
class TestSection9MissingFiles:
    def test_option_1_only_this_recipient_is_skipped(self, world: World) -> None:
        area = world.area()
        there = world.insurer.customer(area, f"there-{world.insurer.kind}@example.com")
        missing = world.insurer.customer(area, f"missing-{world.insurer.kind}@example.com")
        world.bill_of(there)
        run = world.run(world.automation(area, files=True, missing_file="SKIP_ROW"))
        assert (run["state"], run["counts"]["sent"], run["counts"]["skipped"]) == ("PARTIAL", 1, 1)
        skipped = world.deliveries(run)[f"missing-{world.insurer.kind}@example.com"]
        assert (skipped["status"], skipped["error_kind"]) == ("SKIPPED", "ATTACHMENT_NOT_FOUND")
        log = world.get(f"/delivery/{skipped['id']}")["attachments"]
        assert [(one["rule_no"], one["status"]) for one in log] == [(0, "NOT_FOUND"), (1, "FOUND"), (2, "NOT_FOUND")]
        world.bill_of(missing)
        again = world.ended(world.post(f"/run/{run['id']}/retry", {"error_kinds": ["ATTACHMENT_NOT_FOUND"]}))
        (repeated,) = world.deliveries(again).values()
        assert (again["state"], repeated["retry_of"]) == ("SUCCESS", skipped["id"])

    def test_option_2_the_whole_automation_stops(self, world: World) -> None:
        area = world.area()
        world.bill_of(world.insurer.customer(area, f"spared-{world.insurer.kind}@example.com"))
        world.insurer.customer(area, f"missing-too-{world.insurer.kind}@example.com")
        run = world.run(world.automation(area, files=True, missing_file="ABORT_RUN"))
        assert (run["state"], run["reason_code"]) == ("FAIL", "missing_file")
        assert {one["status"] for one in world.deliveries(run).values()} == {"SKIPPED"}
        assert world.mailboxes.mails(f"spared-{world.insurer.kind}@example.com") == []
        assert run["id"] in [error["run_id"] for error in world.get("/system-error?unacknowledged=true")["items"]]


@ON_SERVERS
def test_section_10_refused_mails_are_retried_at_most_three_times(world: World) -> None:
    area = world.area()
    for address in (REFUSED, BUSY, ONCE, "no address"):
        world.insurer.customer(area, address)
    run = world.run(world.automation(area))
    assert run["state"] == "PARTIAL"
    found = world.deliveries(run)
    assert [(one["status"], one["error_kind"], one["attempts"]) for one in found.values()] == [
        ("FAIL", "SES_ERROR", 0),
        ("FAIL", "SES_ERROR", 3),
        ("SENT", None, 1),
        ("SKIPPED", "INVALID_ADDRESS", 0),
    ]
    assert found[REFUSED]["error_code"] == world.mailboxes.refusal
    failed = found[REFUSED]["id"]
    said = world.refusal(f"/delivery/{failed}/resend", {"reason": "고객 요청", "email": "no address"})
    assert said["code"] == "bad_address"
    corrected = f"corrected-{world.insurer.kind}@example.com"
    again = world.ended(world.post(f"/delivery/{failed}/resend", {"reason": "고객 요청", "email": corrected}))
    assert again["counts"]["sent"] == len(world.mailboxes.mails(corrected)) == 1
    (later,) = world.get(f"/delivery/{failed}?reveal=true&reason=test")["repeated_by"]
    assert (later["email"], later["status"]) == (corrected, "SENT")


@pytest.mark.parametrize("marker", [False, True])
def test_section_11_a_failed_update_is_n_and_can_be_replayed(world: World, marker: bool) -> None:
    area = world.area()
    fine, locked = (world.insurer.customer(area, f"{name}@example.com", state=name) for name in ("FREE", "LOCKED"))
    path = world.automation(area, update_marker=marker)
    if marker:
        _make_marker_table(world, path)
    run = world.run(path)
    counts = run["counts"]
    assert (run["state"], counts["sent"], counts["update_ok"], counts["update_failed"]) == ("PARTIAL", 2, 1, 1)
    (refused,) = world.get(f"/run/{run['id']}/delivery?update=N")["items"]
    assert (refused["recipient_key"], refused["status"], refused["update_error"] != "") == (str(locked), "SENT", True)
    assert (world.insurer.state(fine)[0], world.insurer.state(locked)) == ("SENT", ("LOCKED", None))
    world.insurer.set_state(locked, "FREE")
    world.post(f"/run/{run['id']}/replay-updates")
    world.until(lambda: world.get(f"/run/{run['id']}")["counts"]["update_ok"] == 2)
    assert world.insurer.state(locked) == ("SENT", refused["message_id"])
    if marker:
        assert [(f"{fine}",), (f"{locked}",)] == sorted((one["recipient_key"],) for one in _marked(world, run))


def _make_marker_table(world: World, path: str) -> None:
    """As told by what refuses to publish without it; other tests may have made it."""
    answer = world.serving.answer("POST", f"{path}/publish")
    if answer.status_code == 422:
        assert answer.json()["problems"][0]["field"] == "policies.update_marker"
        (source,) = [one for one in world.get("/connection") if one["name"] == "원장"]
        world.insurer.run(world.get(f"/connection/{source['id']}/marker-table")["ddl"])


def _marked(world: World, run: dict[str, Any]) -> list[dict[str, Any]]:
    """Deliveries of a run whose marker stands in the source."""
    marks = {str(row[0]) for row in world.insurer.run("SELECT delivery_id FROM TANK_WRITEBACK")}
    return [one for one in world.deliveries(run).values() if one["id"] in marks]


class TestSection12Steering:
    """What section 12 starts can be stopped."""

    def test_pause_resume_and_cancel_within_two_seconds(self, walk: World) -> None:
        area = walk.area()
        for number in range(60):
            walk.insurer.customer(area, f"steered{number}@example.com")
        slow = walk.post("/sender", {**walk.mailboxes.profile, "name": f"느린 {area}", "max_rate": 5})
        path = walk.automation(area)
        walk.post(f"{path}/envelope", {"sender": slow["name"], "from_email": "bill@insurer.example.com"})
        job = walk.post(f"{path}/run")
        run = walk.until(lambda: (now := walk.get(f"/job/{job['id']}"))["run_id"] and walk.get(f"/run/{now['run_id']}"))
        walk.until(lambda: walk.get(f"/run/{run['id']}")["counts"]["sent"])
        assert walk.refusal(f"{path}/run", status=409)["code"] == "job_active"
        walk.post(f"/run/{run['id']}/pause", {"reason": "확인"})
        time.sleep(2)
        paused = walk.get(f"/run/{run['id']}")["counts"]["sent"]
        time.sleep(1)
        now = walk.get(f"/run/{run['id']}")
        assert (now["state"], now["reason"], now["counts"]["sent"]) == ("PAUSED", "확인", paused)
        walk.post(f"/run/{run['id']}/resume")
        walk.until(lambda: walk.get(f"/run/{run['id']}")["counts"]["sent"] > paused, seconds=10)
        walk.post(f"/run/{run['id']}/cancel", {"reason": "잘못된 달"})
        ended = walk.until(lambda: (now := walk.get(f"/run/{run['id']}"))["finished_at"] and now, seconds=10)
        counts = ended["counts"]
        assert (ended["state"], counts["sent"] + counts["skipped"], counts["adds_up"]) == ("CANCELLED", 60, True)

    def test_nobody_is_mailed_twice_within_the_period(self, walk: World) -> None:
        area = walk.area()
        walk.insurer.customer(area, "once-a-day@example.com")
        path = walk.automation(area, once_per_hours=24)
        walk.run(path)
        (left_out,) = walk.deliveries(walk.run(path)).values()
        assert (left_out["status"], left_out["error_kind"]) == ("SKIPPED", "ALREADY_MAILED")
        assert len(walk.mailboxes.mails("once-a-day@example.com")) == 1


@pytest.mark.parametrize("world", ["postgres-ses", "sqlite-ses"], indirect=True)
def test_section_13_reports_have_totals_series_and_causes(world: World) -> None:
    area = world.area()
    world.insurer.customer(area, f"reported-{world.insurer.kind}@example.com")
    world.insurer.customer(area, "no address")
    path = world.automation(area)
    run = world.run(path)
    summary = world.get(f"/report/summary?automation_id={path.rpartition('/')[2]}")
    assert summary["totals"] == {"total": 2, "sent": 1, "fail": 0, "skipped": 1, "unknown": 0}
    assert len(summary["days"]) == 30
    assert sum(day["totals"]["total"] for day in summary["days"][-2:]) == 2
    assert summary["errors"] == [{"error_kind": "INVALID_ADDRESS", "status": "SKIPPED", "count": 1}]
    assert [one["name"] for one in summary["automations"]] == [f"보험료 안내 {area}"]
    assert run["id"] in [line["run_id"] for line in world.get("/report/runs")["items"]]
    text = world.serving.answer("GET", f"/report/deliveries.csv?run_id={run['id']}").content.decode("utf-8-sig")
    assert text.splitlines()[0].startswith("순번,고객 키,이메일")
    assert f"reported-{world.insurer.kind}@" not in text


class TestSection14SystemErrors:
    @pytest.mark.parametrize("world", ["postgres-ses"], indirect=True)
    def test_a_database_that_is_away_fails_the_job_and_is_told(self, world: World) -> None:
        area = world.area()
        world.insurer.customer(area, f"later-{world.insurer.kind}@example.com")
        with _proxy(world) as proxy:
            path = _behind(world, proxy, area)
            proxy.refuse()
            assert world.refusal(f"{path}/dbio/mapping", {"query": "SELECT 1"}, status=424)["remedy"]
            run = world.run(path)
            assert (run["state"], run["counts"]["target"]) == ("FAIL", 0)
            assert run["reason_code"].startswith("source_c")
            (error,) = [one for one in world.get("/system-error")["items"] if one["run_id"] == run["id"]]
            assert (error["component"], error["code"], error["message"]) == (
                "source",
                run["reason_code"],
                run["reason"],
            )
            world.post(f"/system-error/{error['id']}/acknowledge")
            unseen = world.get("/system-error?unacknowledged=true&limit=200")["items"]
            assert error["id"] not in [one["id"] for one in unseen]
            assert [worker["state"] for worker in world.get("/worker")] == ["ALIVE"]
            proxy.accept()
            assert world.run(path)["state"] == "SUCCESS"

    @pytest.mark.parametrize("world", ["mariadb-smtp"], indirect=True)
    def test_a_database_that_is_away_for_a_moment_costs_nothing_but_time(self, world: World) -> None:
        area = world.area()
        for number in range(30):
            world.insurer.customer(area, f"patient{number}-{world.insurer.kind}@example.com")
        with _proxy(world) as proxy:
            path = _behind(world, proxy, area)
            job = world.post(f"{path}/run")
            world.until(lambda: world.get(f"/job/{job['id']}")["run_id"])
            proxy.refuse()
            time.sleep(1.5)
            proxy.accept()
            run = world.ended(job)
        assert (run["state"], run["counts"]["sent"], run["counts"]["update_ok"]) == ("SUCCESS", 30, 30)


def _proxy(world: World) -> TcpProxy:
    url = world.insurer.url
    assert url.host is not None
    return TcpProxy(url.host, url.port or (3306 if world.insurer.kind == "mysql" else 5432))


def _behind(world: World, proxy: TcpProxy, area: str) -> str:
    """A published automation whose database is reached through the proxy."""
    made = world.post("/connection", connection_at(world.insurer, name=f"원장 {area}", port=proxy.port))
    path = world.automation(area, connection=made["name"], update_repeatable=True)
    world.post(f"{path}/publish")
    return path


@ON_SERVERS
def test_section_15_one_delivery_tells_its_whole_story(world: World) -> None:
    area = world.area()
    number = world.insurer.customer(area, f"story-{world.insurer.kind}@example.com", bills=2)
    world.bill_of(number)
    run = world.run(world.automation(area, files=True))
    (found,) = world.get(f"/delivery?search=story-{world.insurer.kind}@example.com")
    assert found["email"].startswith("s***")
    story = world.get(f"/delivery/{found['id']}?reveal=true&reason=test")
    delivery = story["delivery"]
    assert (delivery["run_id"], delivery["status"], delivery["update_query_ok"]) == (run["id"], "SENT", "Y")
    assert (story["target"]["고객번호"], len(story["mapping"])) == (str(number), 2)
    assert [one["status"] for one in story["attachments"]] == ["FOUND", "FOUND", "NOT_FOUND"]
    assert story["attachments"][0]["path"].endswith(f"{number}_청구서.pdf")
    moments = [delivery["created_at"], delivery["intent_at"], delivery["sent_at"]]
    assert moments == sorted(moments)
    assert len(delivery["mime_sha256"]) == 64


def test_section_16_operation_can_be_watched(walk: World) -> None:
    metrics = walk.serving.answer("GET", "/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    assert "tank_" in metrics.text
    assert walk.get("/healthz") == {"status": "ok"}
    assert walk.get("/sending") == {"stopped": False, "by": "", "reason": "", "at": None}
