"""Sections 1 to 7 and 12: making an automation, and starting it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.sections.world import DUE_AT, ON_SERVERS, TEMPLATE, World


def test_section_1_all_components_answer(world: World) -> None:
    ready = world.until(lambda: (answer := world.get("/readyz"))["ready"] and answer)
    assert {check["name"] for check in ready["checks"]} == {"logs_db", "scheduler", "workers"}
    assert [worker["state"] for worker in world.get("/worker")] == ["ALIVE"]
    (source,) = [one for one in world.get("/connection") if one["name"] == "원장"]
    (sender,) = [one for one in world.get("/sender") if one["name"] == "발송"]
    assert world.post(f"/connection/{source['id']}/test")["answer"]
    assert world.post(f"/sender/{sender['id']}/test")["sending_enabled"]
    assert world.serving.answer("GET", "/openapi.json").status_code == 200


def test_section_2_one_mail_goes_all_the_way(world: World) -> None:
    area = world.area()
    number = world.insurer.customer(area, f"{area}@example.com".replace("구역", "two"))
    run = world.run(world.automation(area))
    assert (run["state"], run["counts"]["sent"], run["counts"]["update_ok"]) == ("SUCCESS", 1, 1)
    (delivery,) = world.deliveries(run).values()
    assert len(world.mailboxes.mails(delivery["email"])) == 1
    assert world.insurer.state(number) == ("SENT", delivery["message_id"])


class TestSection3Automations:
    def test_made_renamed_copied_and_switched(self, walk: World) -> None:
        area = walk.area()
        path = walk.automation(area)
        name = f"보험료 안내 {area}"
        assert walk.refusal("/automation", {"name": name}, status=409)["code"] == "name_taken"
        copy = walk.post(f"{path}/duplicate")
        assert copy["name"].startswith(name)
        assert copy["draft"] == walk.get(path)["draft"]
        walk.post(f"{path}/disable")
        assert walk.refusal(f"{path}/run", status=409)["code"] == "automation_disabled"
        assert walk.post(f"{path}/enable")["enabled"]
        (entry,) = [one for one in walk.get("/audit?limit=200")["items"] if one["detail"].get("name") == copy["name"]]
        assert entry["action"].startswith("automation.")

    def test_a_file_goes_out_and_comes_back(self, walk: World) -> None:
        path = walk.automation(walk.area(), files=True)
        text = walk.serving.answer("GET", f"{path}/export").text
        assert "고객번호" in text
        taken = walk.post("/automation/import", {"text": text, "name": f"들여온 것 {walk.area()}"})
        assert taken["automation"]["draft"] == walk.get(path)["draft"]

    def test_jobs_run_what_was_published(self, walk: World) -> None:
        area = walk.area()
        walk.insurer.customer(area, "revised@example.com")
        path = walk.automation(area)
        walk.run(path)
        walk.post(f"{path}/template", {**TEMPLATE, "subject": "고친 제목"})
        walk.run(path)
        (change,) = walk.get(f"{path}/diff?before=1")
        assert (change["field"], change["after"]) == ("template.subject", "고친 제목")
        assert walk.post(f"{path}/publish", {"note": "제목"})["number"] == 2
        walk.run(path)
        subjects = [str(mail["Subject"]) for mail in walk.mailboxes.mails("revised@example.com")]
        assert sorted(subjects) == ["고친 제목", f"김{area}님 202610 보험료", f"김{area}님 202610 보험료"]


class TestSection4Dbio:
    def test_the_database_itself_refuses_a_wrong_query(self, world: World) -> None:
        path = world.automation(world.area())
        said = world.refusal(f"{path}/dbio/target", {"query": "SELECT 없는컬럼 FROM 고객"})
        assert (said["code"], said["problems"][0]["position"]) == ("source_invalid_sql", 8)
        said = world.refusal(f"{path}/dbio/target", {"query": "SELECT 고객번호 FROM 고객 WHERE ( = 1"})
        assert said["code"] == "source_invalid_sql"
        assert world.refusal(f"{path}/dbio/target", {"query": "DELETE FROM 고객"})["code"] == "unsafe_sql"
        said = world.refusal(f"{path}/dbio/mapping", {"query": "SELECT 항목 FROM 없는표 WHERE 고객번호 = :고객번호"})
        assert said["code"] == "source_invalid_sql"
        said = world.refusal(f"{path}/dbio/update", {"query": "UPDATE 고객 SET 상태 = 'Y' WHERE 고객번호 = :고객본호"})
        assert "Did you mean :고객번호?" in said["detail"]

    def test_what_it_accepts_comes_back_with_columns_binds_and_rows(self, world: World) -> None:
        area = world.area()
        number = world.insurer.customer(area, "sampled@example.com", bills=2)
        world.insurer.customer(area, None, bills=0)
        path = world.automation(area)
        saved = world.post(f"{path}/dbio/mapping", {"query": world.insurer.mapping_query()})
        assert ([column["name"] for column in saved["columns"]], saved["binds"]) == (["항목", "금액"], ["고객번호"])
        first, second = world.get(f"{path}/dbio/target/sample?reveal=true&reason=test")["rows"]
        assert (first["고객번호"], first["잔액"], first["가입일"]) == (
            str(number),
            _exact(world, "1234.25"),
            "2020-02-29",
        )
        assert (first["문구"], first["지문"]) == ("a:b '인용' :아님 100% %s ?", "AP8=")
        assert first["프로필"] == '{"취미": ["등산"]}'
        assert {second[name] for name in ("잔액", "가입일", "활성", "프로필", "지문")} == {None}
        details = world.get(f"{path}/dbio/mapping/sample?reveal=true&reason=test")
        assert [row["항목"] for row in details["rows"]] == ["품목 1", "품목 2"]


def _exact(world: World, number: str) -> str | float:
    """SQLite has no decimals."""
    return float(number) if world.insurer.kind == "sqlite" else number


class TestSection5Template:
    def test_previews_show_real_rows_and_the_worst_ones(self, world: World) -> None:
        area = world.area()
        world.insurer.customer(area, "first@example.com", bills=0)
        world.insurer.customer(area, None)
        most = world.insurer.customer(area, "most@example.com", bills=3)
        path = world.automation(area)
        (mail,) = world.post(f"{path}/template/preview", {"due_at": DUE_AT})["mails"]
        assert mail["subject"] == f"김{area}님 202610 보험료"
        assert "[1234.25] [2020-02-29] 활성" in mail["html"]
        assert "<li>내역 없음</li>" in mail["html"]
        (mail,) = world.post(f"{path}/template/preview", {"key": [str(most)]})["mails"]
        assert [row["항목"] for row in mail["mapping"]] == ["품목 1", "품목 2", "품목 3"]
        worst = world.post(f"{path}/template/preview", {"worst": True})["mails"]
        reasons = {reason: mail["row_number"] for mail in worst for reason in mail["reasons"]}
        assert (reasons["most_nulls"], reasons["most_mapping_rows"]) == (2, 3)
        assert "[] []" in next(mail["html"] for mail in worst if mail["row_number"] == 2)

    def test_a_misspelt_variable_is_refused_with_its_line(self, walk: World) -> None:
        path = walk.automation(walk.area())
        said = walk.refusal(f"{path}/template", {**TEMPLATE, "html": "<p>\n{{ 고객멍 }}</p>"})
        assert (said["problems"][0]["line"], "Did you mean 고객명?" in said["detail"]) == (2, True)

    @ON_SERVERS
    def test_a_test_mail_reaches_the_tester_alone(self, world: World) -> None:
        area = world.area()
        number = world.insurer.customer(area, "untouched@example.com")
        path = world.automation(area, files=True)
        this_month = datetime.now(UTC) + timedelta(hours=9)
        for month in (this_month, this_month + timedelta(hours=1)):  # a month may end just now
            world.file(f"청구서/{month:%Y%m}/{number}_청구서.pdf")
        address = f"tester-{number}@example.com"
        (sent,) = world.post(f"{path}/test-send", {"addresses": [address]})
        assert sent["email"] == address
        (mail,) = world.mailboxes.mails(address)
        assert mail["X-Tank-Test"]
        assert world.mailboxes.mails("untouched@example.com") == []
        assert world.insurer.state(number) == ("NEW", None)


class TestSection6Schedules:
    def test_a_schedule_is_kept_and_shows_when_it_fires(self, walk: World) -> None:
        path = walk.automation(walk.area())
        body = {"automation_id": path.rpartition("/")[2], "cron": "0 9 5 * *", "business_days": "next_business_day"}
        schedule = walk.post("/scheduler", body)
        assert schedule["lacking"] == []
        slots = walk.get(f"/scheduler/{schedule['id']}/next?count=12")
        assert len(slots) == 12
        assert all(slot["local"][11:19] == "09:00:00" for slot in slots)
        assert any(slot["is_moved"] for slot in slots)
        assert walk.post(f"/scheduler/{schedule['id']}/disable")["next_due"] is None
        every_minute = walk.post("/scheduler/preview", {"cron": "* * * * *", "count": 1})[0]
        assert datetime.fromisoformat(every_minute["fire_at"]) <= datetime.now(UTC) + timedelta(minutes=1)

    def test_a_wrong_cron_is_refused(self, walk: World) -> None:
        path = walk.automation(walk.area())
        said = walk.refusal("/scheduler", {"automation_id": path.rpartition("/")[2], "cron": "0 9 30 2 *"})
        assert said["problems"][0]["field"] == "cron"


def test_section_7_a_schedule_starts_one_job(world: World) -> None:
    area = world.area()
    world.insurer.customer(area, f"scheduled-{world.insurer.kind}@example.com")
    path = world.automation(area)
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    schedule = world.post("/scheduler", {"automation_id": path.rpartition("/")[2], "at": due.isoformat()})
    (slot,) = world.until(lambda: world.get(f"/scheduler/{schedule['id']}/slots"))
    assert (slot["outcome"], datetime.fromisoformat(slot["due_at"])) == ("fired", due)
    job = world.get(f"/job/{slot['job_id']}")
    assert (job["trigger"], job["schedule_id"]) == ("schedule", schedule["id"])
    assert world.ended(job)["state"] == "SUCCESS"
    assert len(world.mailboxes.mails(f"scheduled-{world.insurer.kind}@example.com")) == 1


class TestSection12ByHand:
    @ON_SERVERS
    def test_a_run_by_hand_starts_at_once_and_only_once(self, world: World) -> None:
        area = world.area()
        world.insurer.customer(area, f"by-hand-{world.insurer.kind}@example.com")
        path = world.automation(area)
        job = world.post(f"{path}/run", {"due_at": DUE_AT})
        assert (job["state"], job["trigger"]) == ("WAITING", "manual")
        run = world.ended(job)
        started = datetime.fromisoformat(world.get(f"/job/{job['id']}")["started_at"])
        assert started - datetime.fromisoformat(job["created_at"]) < timedelta(seconds=10)
        assert run["state"] == "SUCCESS"

    def test_what_is_not_complete_is_not_run(self, walk: World) -> None:
        made = walk.post("/automation", {"name": f"빈 것 {walk.area()}"})
        said = walk.refusal(f"/automation/{made['id']}/run")
        assert said["code"] == "not_publishable"
        assert "dbio.target_query" in {problem["field"] for problem in said["problems"]}

    @pytest.mark.parametrize("files", [True, False])
    def test_a_dry_run_mails_nobody(self, walk: World, files: bool) -> None:
        area = walk.area()
        walk.insurer.customer(area, "dry@example.com")
        walk.insurer.customer(area, "no address")
        found = walk.post(f"{walk.automation(area, files=files)}/dry-run")
        assert (found["target"], found["would_send"]) == (2, 0 if files else 1)
        assert set(found["defect_counts"]) == {"INVALID_ADDRESS", *(["ATTACHMENT_NOT_FOUND"] if files else [])}
        assert walk.mailboxes.mails("dry@example.com") == []
