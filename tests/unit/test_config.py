"""Settings: what is understood, what is refused and how it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tank.config import Settings, configuration_page, is_loopback, load_settings, unknown_variables
from tank.domain.errors import Invalid

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "correct-horse-battery"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"TANK_{name.upper()}", raising=False)


def test_the_page_says_what_the_code_does() -> None:
    assert (ROOT / "docs" / "configuration.md").read_text("utf-8") == configuration_page(), "run `make docs`"


def test_everything_has_a_default_beneath_the_data_folder() -> None:
    settings = load_settings(data_dir=Path("/srv/tank"))
    assert settings.database_url == "sqlite:////srv/tank/tank.db"
    assert settings.outbox == Path("/srv/tank/outbox")
    assert settings.files_dir == Path("/srv/tank/files")
    assert settings.key_file == Path("/srv/tank/secret.key")
    assert settings.worker_count >= 1


def test_the_environment_is_read_and_the_command_line_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANK_PORT", "9000")
    monkeypatch.setenv("TANK_ALLOWED_HOSTS", "tank.example.com, mail.example.com,")
    assert load_settings().port == 9000
    assert load_settings(port=9001).port == 9001
    assert load_settings(port=None).port == 9000
    assert load_settings().allowed_hosts == ("tank.example.com", "mail.example.com")


def test_an_empty_variable_is_as_if_it_were_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANK_API_TOKEN", "")
    monkeypatch.setenv("TANK_STORAGE_ROOT", "")
    assert load_settings().api_token is None
    assert load_settings().storage_root is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "eighty"), ("PORT", "70000"), ("API_TOKEN", "geheim"), ("ZONE", "Asia/Seul"), ("LOG_LEVEL", "loud")],
)
def test_a_setting_that_makes_no_sense_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"TANK_{name}", value)
    with pytest.raises(Invalid, match=f"TANK_{name}") as caught:
        load_settings()
    assert value not in caught.value.message or name != "API_TOKEN"


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.1.2.3", True), ("::1", True), ("LOCALHOST", True), ("10.0.0.1", False), ("a", False)],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_a_child_process_gets_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = load_settings(
        data_dir=tmp_path, api_token=TOKEN, allowed_hosts=("a.example.com", "b.example.com"), port=9000, host="::1"
    )
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings


def test_what_people_see_hides_secrets() -> None:
    settings = load_settings(api_token=TOKEN, logs_db_url="postgresql+psycopg://tank:geheim@db/tank")
    shown = settings.shown()
    assert shown["TANK_API_TOKEN"] == "***"
    assert shown["TANK_SECRET_KEY"] == ""
    assert shown["TANK_LOGS_DB_URL"] == "postgresql+psycopg://tank:***@db/tank"
    assert TOKEN not in repr(settings)


def test_misspelled_variables_are_found() -> None:
    names = ["TANK_PROT", "TANK_PORT", "PATH", "TANK_REQUIRE_ALL", "tank_data_dir"]
    assert unknown_variables(names) == ["TANK_PROT"]
