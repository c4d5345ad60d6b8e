"""What a rig should have: as configured, else as it is remembered."""

from datetime import UTC, datetime
from typing import Any

import pytest

from exporters.prometheus import Renderer
from miner_agent.assembly import configured, miner_sources
from miner_agent.config.configuration import Config
from miner_agent.config.entries import Miner
from miner_agent.config.expected_keys import ExpectedTable, PowerLimit
from miner_agent.look import record
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceState
from miner_agent.model.expected import NOTHING_EXPECTED, ExpectedRig
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading, SensorReading
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.tick.digest import Tick, digest
from miner_agent.tick.memory import Memory
from miner_agent.tick.mistakes import Costs
from miner_agent.tick.pipeline import Pipeline

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


class Rig:
    def __init__(self, expected: ExpectedRig = NOTHING_EXPECTED) -> None:
        self.memory, self.seconds, self.expected = Memory(), 0.0, expected

    def tick(self, reading: Reading) -> RigSnapshot:
        self.seconds += 10
        outcome: Outcome[Reading] = Outcome(
            source="s",
            kind="miner" if isinstance(reading, MinerSnapshot) else "collector",
            asked_at=NOW,
            duration_seconds=0,
            reading=reading,
        )
        tick = Tick(rig="r", now=NOW, begun_seconds=self.seconds, wanted={}, sensor_restarts={}, expected=self.expected)
        return digest([outcome], tick, self.memory, Costs(self.memory.mistakes))


def page_of(snapshot: RigSnapshot) -> list[str]:
    return Renderer(process=False).render(snapshot).text.decode().splitlines()


def cards(*numbers: int) -> SensorReading:
    return SensorReading(
        devices=tuple(
            DeviceReading(
                index=number, uuid=f"GPU-{number}", vendor="nvidia", name="NVIDIA GeForce RTX 3080", power_watts=1
            )
            for number in numbers
        )
    )


def test_a_card_that_is_gone_is_expected_until_it_is_forgotten_and_then_no_more() -> None:
    rig = Rig()
    rig.tick(cards(0, 1))
    assert rig.tick(cards(0)).devices_expected == {DeviceKind.GPU: 2}

    rig.memory.course.remember_for(0)

    assert rig.tick(cards(0)).devices_expected == {DeviceKind.GPU: 1}


@pytest.mark.parametrize("count", [0, 1, 9])
def test_what_is_configured_goes_before_what_was_seen(count: int) -> None:
    rig = Rig(ExpectedRig(devices_expected={DeviceKind.GPU: count, DeviceKind.CPU: 1}))

    page = page_of(rig.tick(cards(0, 1)))

    assert f'rig_devices_expected{{kind="gpu"}} {count}.0' in page
    assert 'rig_devices_expected{kind="cpu"} 1.0' in page
    assert 'rig_devices_detected{kind="cpu"} 0.0' in page


def board(index: int, **told: Any) -> DeviceReading:
    return DeviceReading(index=index, kind=DeviceKind.HASHBOARD, core_temperature_celsius=60.0, **told)


def test_boards_and_fans_that_are_there_stand_beside_those_that_should_be() -> None:
    machine = MinerSnapshot(
        software="x",
        boards_expected=4,
        fan_speeds_rpm=(6000, 0, 5900),
        devices=(board(0), board(1, state=DeviceState.LOST), board(2)),
    )

    page = page_of(Rig().tick(machine))
    assert {'rig_miner_boards{miner="s"} 2.0', 'rig_miner_boards_expected{miner="s"} 4.0'} <= set(page)
    assert 'rig_miner_fans_expected{miner="s"} 2.0' in page

    page = page_of(Rig(ExpectedRig(boards_expected={"s": 3}, fans_expected={"s": 4})).tick(machine))
    assert {'rig_miner_boards_expected{miner="s"} 3.0', 'rig_miner_fans_expected{miner="s"} 4.0'} <= set(page)


def test_where_no_board_is_told_of_nobody_knows_how_many_there_are() -> None:
    page = page_of(Rig().tick(MinerSnapshot(software="x", boards_expected=3)))
    assert not [line for line in page if line.startswith("rig_miner_boards{")]

    lost = MinerSnapshot(software="x", boards_expected=1, devices=(board(0, state=DeviceState.LOST),))
    assert 'rig_miner_boards{miner="s"} 0.0' in page_of(Rig().tick(lost))


def test_of_several_power_limits_the_closest_is_desired() -> None:
    table = ExpectedTable(
        gpus=2,
        power_limits=(
            PowerLimit(watts=250, device="GPU-1"),
            PowerLimit(watts=220, model="RTX 3080"),
            PowerLimit(watts=200),
            PowerLimit(watts=100, model="RTX 3090"),
        ),
    )
    expected = configured.expected(Config(expected=table))

    snapshot = Rig(expected).tick(cards(0, 1))

    assert snapshot.power_limits_desired_watts == {"GPU-0": 220, "GPU-1": 250}
    assert 'rig_device_power_limit_desired_watts{device="GPU-0"} 220.0' in page_of(snapshot)
    assert snapshot.devices_expected == {DeviceKind.GPU: 2}
    processor = SensorReading(devices=(DeviceReading(index=0, kind=DeviceKind.CPU, power_watts=1),))
    assert Rig(expected).tick(processor).power_limits_desired_watts == {}


@pytest.mark.parametrize(("boards", "together"), [((3, 2), 5), ((3, None), None), ((None, None), None)])
def test_boards_of_all_machines_of_a_rig_add_up_where_each_says_them(
    boards: tuple[int | None, ...], together: int | None
) -> None:
    miners = [
        miner_sources.of_miner(Miner(place="x", name=f"m{number}", driver="antminer", address="127.0.0.1", boards=each))
        for number, each in enumerate(boards)
    ]
    pipeline = Pipeline(
        rig="r",
        miners=miners,
        fetcher=record.Replay({}),
        host=None,
        sensors=None,
        trackers={},
        deadline_seconds=1,
        monotonic=float,
    )

    assert pipeline._expected.devices_expected.get(DeviceKind.HASHBOARD) == together
