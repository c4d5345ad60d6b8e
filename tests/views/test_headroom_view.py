"""Room to a sensor's own limit: what is ill first, then what is nearest to its limit."""

from dataclasses import replace

from miner_agent.model.devices import DeviceState
from miner_agent.model.temperature_limits import SensorLimits, TemperatureThreshold
from miner_agent.views.figures import Circumstances
from miner_agent.views.headroom_view import NO_LIMIT, headroom_views
from tests.log_ticks import START, device, tick

AT = Circumstances(taken_at=START)


def test_what_is_ill_stands_first_then_the_least_room_and_what_tells_nothing_last() -> None:
    snapshot = tick(
        0,
        [
            device("silent"),
            device("cool", core_temperature_celsius=60.0),
            device("hot", core_temperature_celsius=84.5, memory_temperature_celsius=70.0),
            device("gone", kind_of_state=DeviceState.LOST),
        ],
    )
    limits = SensorLimits(warning_celsius=83.0, critical_celsius=89.0)
    thresholds = [TemperatureThreshold(subject=name, sensor="core", limits=limits) for name in ("cool", "hot")]
    views = headroom_views(replace(snapshot, device_thresholds=tuple(thresholds)), AT)

    assert [(one.device, one.state, one.least_celsius) for one in views] == [
        ("gone", "lost", None),
        ("hot", None, -1.5),
        ("cool", None, 23.0),
        ("silent", None, None),
    ]
    core, memory = views[1].sensors
    assert (core.sensor, core.step, core.headroom_celsius.value) == ("core", "over-1", -1.5)
    assert (memory.step, memory.headroom_celsius.value, memory.headroom_celsius.reason) == ("unlimited", None, NO_LIMIT)
