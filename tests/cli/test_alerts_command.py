"""The commands on alerts: what fires is listed, what is silenced stays so until it ends, and nothing is made."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from miner_agent.cli.support.alert_tables import show_alerts
from miner_agent.model.alerting import AlertKey, AlertStanding
from miner_agent.storage.kept_alerts.beside_agent import alerts_beside
from miner_agent.storage.kept_alerts.standings import LastLook, note_look, write_standings
from tests import databases
from tests.cli.every_command import Done, ended
from tests.for_each import for_each

NOW = datetime.now(UTC)


def standing(name: str, **changes: object) -> AlertStanding:
    told = {
        "key": AlertKey(name, "left-rack", (("device", "GPU-a"),)),
        "severity": "warning",
        "stage": "firing",
        "since": NOW - timedelta(minutes=90, seconds=5),
        "since_seconds": 0.0,
        "stage_seconds": 0.0,
    }
    return AlertStanding(**told | changes)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(f'[agent]\nstate_directory = "{tmp_path}"\n[alerts]\nowner = "local"\n')
    return tmp_path


@pytest.fixture
def kept(folder: Path) -> Path:
    with alerts_beside(databases.empty_alerts(folder), writes=True) as connection:
        alerts = [
            standing("FanStopped", stage="pending"),
            standing("Over", stage="resolved"),
            standing("DeviceTemperatureHigh", told="firing", value=93.0, threshold=90.0),
            standing("DeviceLost", severity="critical", stage="no_data", told="no_data"),
        ]
        write_standings(connection, alerts, ())
    return folder


def asked(folder: Path, *arguments: str) -> Done:
    return ended("alerts", *arguments, "--config", str(folder / "config.toml"))


def documents(folder: Path, *arguments: str) -> list[dict[str, object]]:
    done = asked(folder, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def test_what_fires_is_listed_with_what_weighs_most_first(kept: Path) -> None:
    listed = documents(kept, "list")
    assert [(one["alert"], one["state"], one["told"]) for one in listed] == [
        ("DeviceLost", "no_data", True),
        ("DeviceTemperatureHigh", "firing", True),
        ("FanStopped", "pending", False),
    ]
    assert (listed[1]["value"], listed[1]["threshold"], listed[1]["labels"]) == (93.0, 90.0, {"device": "GPU-a"})
    head, first, *_ = asked(kept, "list").stdout.splitlines()
    assert head.split() == ["state", "severity", "alert", "rig", "of", "for", "told"]
    assert first.split()[:6] == ["no", "data", "critical", "DeviceLost", "left-rack", "device=GPU-a"]


def test_for_how_long_is_told_as_of_the_moment_that_it_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    show_alerts([(standing("DeviceTemperatureHigh", told="firing"), False)], now=NOW)
    (line,) = capsys.readouterr().out.splitlines()[1:]

    assert line.split()[-5:] == ["1", "h", "30", "min", "yes"]


@for_each(
    ["ago_minutes", "told"],
    [(None, "here yet"), (4, "here since 20"), (1, None), (-600, None)],
)
def test_where_nobody_looks_every_answer_says_since_when(ago_minutes: int | None, told: str | None, kept: Path) -> None:
    if ago_minutes is not None:
        at = datetime.now(UTC) - timedelta(minutes=ago_minutes)
        with alerts_beside(kept / "alerts.db", writes=True) as connection:
            note_look(connection, LastLook(boot_id=None, at=at, steady_seconds=0.0, alerts_seconds=0.0))
    for asked_for in (("list", "--json"), ("silences",), ("silence", "MinerDown", "--for", "2h"), ("unsilence", "1")):
        done = asked(kept, *asked_for)
        assert done.returncode == 0
        assert (told in done.stderr) if told else (done.stderr == ""), done.stderr


def test_a_silence_is_made_listed_seen_in_the_list_of_alerts_and_ended(kept: Path) -> None:
    before = datetime.now(UTC)
    done = asked(kept, "silence", "DeviceTemp*", "rig=left-*", "--for", "2h", "--comment", "new\x1b fans")
    after = datetime.now(UTC)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("silence 1 until ")
    (silence,) = documents(kept, "silences")
    until = datetime.fromisoformat(str(silence["until"]))

    assert silence["matchers"] == {"alertname": "DeviceTemp*", "rig": "left-*"}
    assert silence["comment"] == "new fans"
    assert silence["author"]
    assert before <= until - timedelta(hours=2) <= after
    assert [one["alert"] for one in documents(kept, "list") if one["silenced"]] == ["DeviceTemperatureHigh"]
    assert "alertname=DeviceTemp* rig=left-*" in asked(kept, "silences").stdout
    assert asked(kept, "unsilence", "1").returncode == 0
    assert asked(kept, "unsilence", "1").returncode == 0
    other = asked(kept, "unsilence", "2")
    assert (other.returncode, "there is no silence 2" in other.stderr) == (2, True)
    assert asked(kept, "silences").stdout == "No silences.\n"


@for_each(
    "arguments",
    [
        (("silence", "--for", "2h"), "MATCHER"),
        (("silence", "rig=", "--for", "2h"), "write the name of an alert, or a label"),
        (("silence", "ri g=x", "--for", "2h"), "write the name of an alert, or a label"),
        (("silence", "rig=a", "rig=b", "--for", "2h"), "is the second one of rig"),
        (("silence", "minerdown", "--for", "2h"), 'did you mean "MinerDown"?'),
        (("silence", "alertname=Mner*", "--for", "2h"), "is no alert"),
        (("silence", "severity=criticl", "--for", "2h"), 'did you mean "critical"?'),
        (("silence", "devcie=GPU-a", "--for", "2h"), 'did you mean "device"?'),
        (("silence", *(f"l{number}=x" for number in range(17)), "--for", "2h"), "are too many"),
        (("silence", "rig=x"), "--for"),
        (("silence", "rig=x", "--for", "2"), "is no span"),
        (("silence", "rig=x", "--for", "53w"), "is longer than a year"),
        (("unsilence", "0"), "ID"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_write(arguments: tuple[tuple[str, ...], str], kept: Path) -> None:
    given, told = arguments
    done = asked(kept, *given)
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr
    assert documents(kept, "silences") == []


def test_where_no_alerts_are_kept_it_says_why_and_makes_nothing(folder: Path) -> None:
    assert "there is no such file; has the agent run on this machine?" in asked(folder, "list").stderr
    assert "there is no such file" in asked(folder, "silence", "MinerDown", "--for", "2h").stderr
    (folder / "config.toml").write_text(f'[agent]\nstate_directory = "{folder}"\n')
    assert 'alerts.owner = "local" lets the agent do so' in asked(folder, "list").stderr
    assert [file.name for file in folder.iterdir()] == ["config.toml"]


def test_a_file_that_is_none_of_alerts_is_refused(folder: Path) -> None:
    (folder / "alerts.db").write_bytes(b"no database" * 500)
    done = asked(folder, "list")
    assert (done.returncode, "it is damaged" in done.stderr) == (74, True)
