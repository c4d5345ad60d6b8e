"""The usual limits of temperatures are possible, in their order, and each has a source."""

from miner_agent.tables.temperature_table import TemperaturesFile, load_temperatures
from miner_agent.tables.users_file import built_in


def test_a_warning_comes_before_what_is_critical_and_both_before_what_is_impossible() -> None:
    for row in load_temperatures():
        warning, critical = row.limits.warning_celsius, row.limits.critical_celsius
        assert warning is not None, row
        assert critical is not None, row
        assert 30 < warning < critical < 125, row


def test_each_row_has_its_source_and_no_two_are_of_the_same() -> None:
    rows = built_in("temperatures.toml", TemperaturesFile).limits
    of = [(row.sensor, row.kind, model) for row in rows for model in row.models or (None,)]

    assert len(of) == len(set(of))
    assert all(len(row.source) > 20 for row in rows)


def test_no_limit_is_of_all_memories_chips_or_hotspots() -> None:
    assert {row.sensor for row in load_temperatures() if row.model is None} == {"ambient"}
