"""A machine behind the gateway in one row."""

from dataclasses import replace

from miner_agent.cli.support.rig_rows import rig_rows
from miner_agent.model.snapshot import Inventory
from tests.log_ticks import device, full_tick, miner_work


def test_the_hottest_sensor_is_any_of_a_device_as_in_the_metrics() -> None:
    hot = device("GPU-a", core_temperature_celsius=60.0, vrm_temperature_celsius=104.0)
    (row,) = rig_rows([replace(full_tick(0), inventory=Inventory(devices=(hot,)))])

    assert row.hottest_celsius == 104.0


def test_a_work_whose_speed_is_not_told_stands_there_without_one() -> None:
    works = (
        miner_work("m", "etchash", hashes_per_second=60e6),
        miner_work("m", "zil", hashes_per_second=None),
    )
    (row,) = rig_rows([replace(full_tick(0), inventory=Inventory(workloads=works))])

    assert row.hashes_per_second == {"etchash": 60e6, "zil": None}
