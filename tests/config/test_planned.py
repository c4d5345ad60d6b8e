"""When a rig is meant to stand still, by the wall clock of its place."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from miner_agent.assembly.unsaid import rig_name
from miner_agent.config import loading
from miner_agent.config.configuration import Config
from miner_agent.config.named_rigs import check_channel_rigs
from miner_agent.config.planned_keys import PlannedOff, Plans
from miner_agent.errors import ConfigError
from miner_agent.model.planned import PlannedState

BERLIN = """
[[planned_off]]
zone = "Europe/Berlin"
start = "22:00"
end = "06:00"
"""


def loaded(tmp_path: Path, text: str) -> Config:
    file = tmp_path / "config.toml"
    file.write_text(text)
    return loading.load([file], environment={}, known_drivers=["antminer"])


def hours_off(config: Config, day: datetime) -> list[int]:
    """The hours of that day in UTC in which its rig is off, each by its first instant."""
    return [hour for hour in range(24) if config.plans.at(day + timedelta(hours=hour), "rig").off]


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (datetime(2026, 1, 15, tzinfo=UTC), [*range(5), 21, 22, 23]),
        (datetime(2026, 7, 15, tzinfo=UTC), [*range(4), 20, 21, 22, 23]),
        (datetime(2026, 3, 29, tzinfo=UTC), [*range(4), 20, 21, 22, 23]),  # its night is an hour shorter
        (datetime(2026, 10, 25, tzinfo=UTC), [*range(5), 21, 22, 23]),
    ],
)
def test_hours_follow_the_wall_clock_of_the_place_over_the_changes_of_the_year(
    tmp_path: Path, day: datetime, hours: list[int]
) -> None:
    assert hours_off(loaded(tmp_path, BERLIN), day) == hours


@pytest.mark.parametrize(
    ("start", "end", "at", "is_off"),
    [
        ("00:00", "00:00", "12:00", True),  # the whole day
        ("22:00", "00:00", "23:59", True),
        ("22:00", "00:00", "00:00", False),
        ("09:00", "17:00", "17:00", False),
        ("09:00", "17:00", "09:00", True),
        ("22:00", "06:00", "12:00", False),
    ],
)
def test_a_window_holds_its_first_instant_and_not_its_last(start: str, end: str, at: str, is_off: bool) -> None:
    window = PlannedOff(place="here", start=start, end=end)

    assert window.holds(datetime.fromisoformat(f"2026-12-01T{at}:00+00:00")) is is_off


def test_a_day_is_one_of_the_place() -> None:
    sunday = PlannedOff(place="here", zone="Asia/Tokyo", days=("sunday",))

    assert sunday.holds(datetime(2026, 11, 28, 15, tzinfo=UTC))  # a Saturday in Greenwich
    assert not sunday.holds(datetime(2026, 11, 29, 15, tzinfo=UTC))


def test_maintenance_ends_by_itself_and_is_of_the_rig_that_it_names(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        """
        miners = [{name = "a", driver = "antminer", address = "127.0.0.1", rig = "asic-7"}]
        [[maintenance]]
        reason = "new fans"
        rig = "asic-7"
        until = 2026-12-01T18:00:00+01:00
        [[maintenance]]
        reason = "dust"
        """,
    )
    end = datetime(2026, 12, 1, 17, tzinfo=UTC)

    assert config.plans.at(end - timedelta(seconds=1), "asic-7") == PlannedState(maintenance=("new fans", "dust"))
    assert config.plans.at(end, "asic-7") == PlannedState(maintenance=("dust",))
    assert config.plans.at(end - timedelta(seconds=1), "this") == PlannedState(maintenance=("dust",))


@pytest.mark.parametrize(
    "table",
    [
        '[[maintenance]]\nreason = "x"\nrig = {rig}',
        "[[planned_off]]\nrig = {rig}",
        '[[thresholds]]\nsensor = "core"\nwarning_celsius = 80\nrig = {rig}',
        '[[alerts.channels]]\nname = "log"\nkind = "journal"\nrigs = [{rig}]',
        '[[books.rigs]]\nname = {rig}\nbase_url = "https://a.example"',
    ],
    ids=["maintenance", "planned_off", "thresholds", "channels", "books"],
)
@pytest.mark.parametrize("rig", ["Räck 1 oben", 'the "left" one/2', "a  b\u202e", "r" * 80])
def test_a_rig_can_be_named_whatever_it_is_called(tmp_path: Path, table: str, rig: str) -> None:
    config = loaded(tmp_path, f"[agent]\nrig = {json.dumps(rig)}\n" + table.format(rig=json.dumps(rig)))
    check_channel_rigs(config.alerts.channels, (), rig_name(config))
    assert [
        *(one.rig for one in config.plans.maintenance),
        *(one.rig for one in config.plans.planned_off),
        *(one.rig for one in config.thresholds),
        *(rig for channel in config.alerts.channels for rig in channel.rigs),
        *(one.name for one in config.books.rigs),
    ] == [rig_name(config)]


def test_nothing_is_planned_where_nothing_is_said() -> None:
    assert Plans().at(datetime(2026, 12, 1, tzinfo=UTC), "rig") == PlannedState(off=False, maintenance=())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[[planned_off]]\nzone = "Berlin"', "'Berlin' is no time zone; write one such as Europe/Berlin"),
        (
            '[[planned_off]]\nrig = "lef"\n[agent]\nrig = "left"',
            'rig = "lef" is none that is read; did you mean "left"?',
        ),
        ('[[maintenance]]\nreason = "x"\nrig = "a"', "leave it away for this machine, or name it in agent.rig"),
        (
            '[agent]\nrig = "left"\n[[thresholds]]\nsensor = "core"\nwarning_celsius = 80\nrig = "lef"',
            'threshold 1: rig = "lef" is none that is read; did you mean "left"?',
        ),
        ('[[maintenance]]\nreason = "x"\nuntil = 2026-12-01T18:00:00', "until"),
        ("[[maintenance]]\nrig = 'a'", 'key "reason" is missing'),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        loaded(tmp_path, text)

    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)
