"""A card has one name, whoever reads it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from miner_agent.model.devices import (
    DeviceKind,
    DevicePart,
    DeviceReading,
    DeviceState,
    DeviceWork,
    ReadError,
    ReadErrorReason,
)
from miner_agent.model.readings import (
    ConnectedWorker,
    HostReading,
    ListedPool,
    MinerSnapshot,
    Outcome,
    Reading,
    SensorReading,
    SourceKind,
    Workload,
)
from miner_agent.model.snapshot import OtherWorkers
from miner_agent.tick.inventory import (
    DEVICES_A_SOURCE,
    DOMAINS_A_PART,
    NAMES_EVER_A_SOURCE,
    PARTS_A_DEVICE,
    POOLS_A_WORKLOAD,
    WORKERS_A_MINER,
    DeviceNames,
    take_inventory,
)
from miner_agent.tick.precedence import with_what_others_tell

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def outcome(source: str, reading: Reading, kind: SourceKind = "miner") -> Outcome[Reading]:
    return Outcome(source=source, kind=kind, asked_at=NOW, duration_seconds=0.0, reading=reading)


def miner(*devices: DeviceReading, algorithm: str = "kawpow") -> MinerSnapshot:
    works = tuple(DeviceWork(device_index=device.index, hashes_per_second=1.0) for device in devices)
    return MinerSnapshot(software="x", workloads=(Workload(algorithm=algorithm, devices=works),), devices=devices)


def test_a_miners_card_and_its_drivers_card_are_one_device() -> None:
    nvml = SensorReading(devices=(DeviceReading(index=0, uuid="GPU-1", pci_address="0000:0a:00.0", power_watts=100),))
    mined = miner(DeviceReading(index=7, pci_address="0000:0a:00.0", power_watts=90))

    found = take_inventory([outcome("m", mined), outcome("nvml", nvml, "collector")])

    assert [(d.label, d.source, d.reading.power_watts) for d in found.devices] == [("GPU-1", "nvml", 100)]
    assert [c.device for c in found.contributions] == ["GPU-1"]
    assert not found.left_out


def read_by(driver: DeviceReading, *miners: DeviceReading, dropped: tuple[ReadError, ...] = ()) -> DeviceReading:
    """What is told of the one card that a driver and miners read."""
    nvml = replace(outcome("nvml", SensorReading(devices=(driver,)), "collector"), dropped=dropped)
    mined = [outcome(f"m{number}", miner(card)) for number, card in enumerate(miners)]
    (device,) = take_inventory([*mined, nvml]).devices
    return device.reading


def test_a_memory_temperature_that_only_the_miner_reads_stands_beside_what_the_driver_reads() -> None:
    driver = DeviceReading(
        index=0, uuid="GPU-1", pci_address="0000:0a:00.0", core_temperature_celsius=61, power_watts=100
    )
    card = DeviceReading(
        index=7,
        pci_address="0000:0a:00.0",
        core_temperature_celsius=70,
        memory_temperature_celsius=96,
        power_watts=90,
        power_limit_watts=120,
        fan_ratios=(0.5, 0.6),
    )

    found = read_by(driver, card)

    assert (found.core_temperature_celsius, found.power_watts) == (61, 100)  # the driver's, where both tell
    assert (found.memory_temperature_celsius, found.fan_ratios) == (96, (0.5, 0.6))
    assert (found.uuid, found.index, found.power_limit_watts) == ("GPU-1", 0, None)


def test_of_two_miners_on_one_card_each_adds_what_is_not_told_yet() -> None:
    driver = DeviceReading(index=0, uuid="GPU-1", pci_address="0000:0a:00.0")
    first = DeviceReading(index=0, pci_address="0000:0a:00.0", memory_temperature_celsius=96)
    second = replace(first, memory_temperature_celsius=97, power_watts=90)

    found = read_by(driver, first, second)

    assert (found.memory_temperature_celsius, found.power_watts) == (96, 90)


@pytest.mark.parametrize("state", [DeviceState.LOST, DeviceState.HUNG, DeviceState.ASLEEP])
def test_a_miner_adds_nothing_to_a_card_whose_driver_says_that_it_cannot_be_read(state: DeviceState) -> None:
    driver = DeviceReading(index=0, uuid="GPU-1", pci_address="0000:0a:00.0", state=state)

    assert read_by(driver, replace(driver, state=None, power_watts=90)) == driver


def test_a_power_that_could_not_be_true_is_not_taken_from_the_miner_instead() -> None:
    driver = DeviceReading(index=0, uuid="GPU-1", pci_address="0000:0a:00.0")
    impossible = ReadError(device="nvml", device_index=0, quantity="power_watts", reason=ReadErrorReason.IMPLAUSIBLE)

    assert read_by(driver, replace(driver, power_watts=593), dropped=(impossible,)).power_watts is None


def test_another_machine_adds_nothing_to_a_card_of_this_one() -> None:
    card = DeviceReading(index=0, uuid="GPU-1", core_temperature_celsius=61)
    nvml = outcome("nvml", SensorReading(devices=(card,)), "collector")
    there = outcome("m", miner(replace(card, memory_temperature_celsius=96)))

    (device,) = take_inventory([nvml, replace(there, local=False)]).devices

    assert device.reading == card


def test_a_card_without_an_address_is_named_after_its_miner() -> None:
    found = take_inventory([outcome("m", miner(DeviceReading(index=3)))])

    assert [device.label for device in found.devices] == ["m/3"]


def test_a_processor_is_named_by_its_socket() -> None:
    host = HostReading(devices=(DeviceReading(index=0, kind=DeviceKind.CPU),))

    assert [d.label for d in take_inventory([outcome("host", host, "collector")]).devices] == ["cpu0"]


def test_two_miners_on_one_card_are_two_contributions_of_one_device() -> None:
    card = DeviceReading(index=0, pci_address="0000:0a:00.0")

    found = take_inventory([outcome("a", miner(card)), outcome("b", miner(card, algorithm="blake3"))])

    assert [device.source for device in found.devices] == ["a"]
    assert [(c.miner, c.algorithm) for c in found.contributions] == [("a", "kawpow"), ("b", "blake3")]
    assert not found.left_out


def test_what_a_source_says_twice_is_taken_once_and_counted() -> None:
    twice = miner(DeviceReading(index=0), DeviceReading(index=0))
    same_card = miner(
        DeviceReading(index=0, pci_address="0000:0a:00.0"), DeviceReading(index=1, pci_address="0000:0a:00.0")
    )
    same_algorithm = MinerSnapshot(software="x", workloads=(Workload(algorithm="a"), Workload(algorithm="a")))

    found = take_inventory([outcome("a", twice), outcome("b", same_card), outcome("c", same_algorithm)])

    assert len(found.devices) == 2
    assert found.left_out["a"] == 2  # the device and its work
    assert found.left_out["b"] == 2
    assert found.left_out["c"] == 1
    keys = [(c.miner, c.device, c.algorithm) for c in found.contributions]
    assert len(keys) == len(set(keys))


def test_a_card_keeps_its_name_while_its_collector_is_silent() -> None:
    card = DeviceReading(index=0, uuid="GPU-1", pci_address="0000:0a:00.0")
    mined = outcome("m", miner(DeviceReading(index=0, pci_address="0000:0a:00.0", power_watts=90)))
    names = DeviceNames()
    take_inventory([mined, outcome("nvml", SensorReading(devices=(card,)), "collector")], names)

    alone = take_inventory([mined], names)

    assert [(d.label, d.source) for d in alone.devices] == [("GPU-1", "m")]
    assert [c.device for c in alone.contributions] == ["GPU-1"]


def remote(source: str, reading: Reading) -> Outcome[Reading]:
    return Outcome(source=source, kind="miner", asked_at=NOW, duration_seconds=0.0, reading=reading, local=False)


def test_a_miner_on_another_machine_means_no_card_of_this_one() -> None:
    nvml = SensorReading(devices=(DeviceReading(index=0, uuid="GPU-1", pci_address="0000:01:00.0"),))
    there = miner(DeviceReading(index=0, uuid="GPU-2", pci_address="0000:01:00.0", core_temperature_celsius=90))
    nameless = miner(DeviceReading(index=0, pci_address="0000:01:00.0"))

    found = take_inventory(
        [outcome("nvml", nvml, "collector"), remote("a", there), remote("b", nameless), remote("c", nameless)]
    )

    assert [device.label for device in found.devices] == ["GPU-1", "GPU-2", "b/0000:01:00.0", "c/0000:01:00.0"]
    assert [c.device for c in found.contributions] == ["GPU-2", "b/0000:01:00.0", "c/0000:01:00.0"]


def test_two_cards_that_say_they_are_two_are_two() -> None:
    nvml = SensorReading(devices=(DeviceReading(index=0, uuid="GPU-1", pci_address="0000:01:00.0"),))
    other = miner(DeviceReading(index=0, uuid="GPU-2", pci_address="0000:01:00.0"))

    found = take_inventory([outcome("nvml", nvml, "collector"), outcome("m", other)])

    assert [device.label for device in found.devices] == ["GPU-1", "GPU-2"]


def test_a_hostile_miner_has_so_many_devices_and_so_many_names_and_no_more() -> None:
    names = DeviceNames()
    many = miner(*(DeviceReading(index=i, uuid=f"GPU-{i}") for i in range(1000)))
    assert len(take_inventory([outcome("m", many)], names).devices) == DEVICES_A_SOURCE

    seen: set[str] = set()
    for tick in range(100):
        fresh = miner(*(DeviceReading(index=i, uuid=f"GPU-{tick}-{i}") for i in range(50)), algorithm=f"a{tick}")
        seen |= {device.label for device in take_inventory([outcome("m", fresh)], names).devices}
    assert len(seen) <= NAMES_EVER_A_SOURCE


def proxy(*names: str) -> MinerSnapshot:
    return MinerSnapshot(
        software="x",
        workloads=(Workload(algorithm="rx/0"),),
        workers=tuple(ConnectedWorker(name=name, hashes_per_second=1.0) for name in names),
    )


@pytest.mark.thorough
def test_those_who_mine_through_a_proxy_are_taken_once_each_and_so_many_at_a_time() -> None:
    found = take_inventory([outcome("a", proxy("shelf", "desk", "shelf")), outcome("b", proxy("shelf"))])
    assert [(w.miner, w.worker.name) for w in found.workers] == [("a", "shelf"), ("a", "desk"), ("b", "shelf")]
    assert found.left_out == {"a": 1}

    many = take_inventory([outcome("a", proxy(*map(str, range(10_000))))])
    assert len(many.workers) == WORKERS_A_MINER
    assert [others.names for others in many.other_workers] == [10_000 - WORKERS_A_MINER]
    assert many.left_out == {}  # they are told together


def test_new_names_of_workers_leave_room_for_a_new_algorithm() -> None:
    names, seen = DeviceNames(), set()
    for tick in range(200):
        found = take_inventory([outcome("a", proxy(*(f"{tick}-{i}" for i in range(50))))], names)
        seen |= {w.worker.name for w in found.workers}
    assert len(seen) <= NAMES_EVER_A_SOURCE
    switched = take_inventory([outcome("a", miner(algorithm="kawpow"))], names)
    assert [w.algorithm for w in switched.workloads] == ["kawpow"]


def test_a_device_that_gave_nothing_did_not_answer() -> None:
    silent = SensorReading(
        devices=(DeviceReading(index=0, uuid="GPU-1"), DeviceReading(index=1, uuid="GPU-2", state=DeviceState.HUNG))
    )

    assert [device.answered for device in take_inventory([outcome("nvml", silent, "collector")]).devices] == [
        False,
        False,
    ]


def test_no_source_names_its_devices_as_those_of_another() -> None:
    evil = miner(
        *(DeviceReading(index=n, uuid=uuid) for n, uuid in enumerate(["good/0", "good", "meter/wall", "GPU-1"]))
    )
    found = take_inventory([outcome("evil", evil), outcome("good", miner(DeviceReading(index=0)))])

    assert {device.label: device.source for device in found.devices} == {"GPU-1": "evil", "good/0": "good"}
    assert found.labels == {("evil", 3): "GPU-1", ("good", 0): "good/0"}
    assert found.left_out["evil"] == 6  # three cards, and their work


def test_a_miner_may_be_called_as_a_processor_is() -> None:
    host = HostReading(devices=(DeviceReading(index=0, kind=DeviceKind.CPU),))
    found = take_inventory([outcome("host", host, "collector"), outcome("cpu0", miner(DeviceReading(index=0)))])

    assert [device.label for device in found.devices] == ["cpu0", "cpu0/0"]


def test_fans_are_one_quantity_and_never_half_a_driver_s_and_half_a_miner_s() -> None:
    driver = DeviceReading(index=0, fan_ratio=0.7)
    miner = DeviceReading(index=0, fan_ratio=0.64, fan_ratios=(0.62, 0.64), memory_temperature_celsius=96.0)

    both = with_what_others_tell(driver, miner)

    assert (both.fan_ratio, both.fan_ratios) == (0.7, ())
    assert both.memory_temperature_celsius == 96.0
    assert with_what_others_tell(DeviceReading(index=0), miner).fan_ratios == (0.62, 0.64)


def test_the_pools_of_a_miner_are_bounded_at_a_time_and_ever() -> None:
    names = DeviceNames()

    def tick(number: int) -> int:
        pools = tuple(ListedPool(number=n, pool=f"stratum+tcp://p{number}-{n}.example:1") for n in range(20))
        work = Workload(algorithm="sha256", pools=pools)
        return len(take_inventory([outcome("m", MinerSnapshot(software="x", workloads=(work,)))], names).pools)

    assert tick(0) == POOLS_A_WORKLOAD
    assert sum(map(tick, range(1, 100))) == NAMES_EVER_A_SOURCE - POOLS_A_WORKLOAD


def test_a_pool_that_is_listed_has_a_host_and_a_port() -> None:
    pools = (ListedPool(number=1, pool="stratum+ssl://EU.pool.example:4444"), ListedPool(number=1))
    found = take_inventory(
        [outcome("m", MinerSnapshot(software="x", workloads=(Workload(algorithm="sha256", pools=pools),)))]
    )

    assert [(one.host, one.port, one.listed.number) for one in found.pools] == [("eu.pool.example", "4444", 1)]
    assert found.left_out == {"m": 1}


def test_a_device_has_no_more_parts_than_there_is_room_for() -> None:
    parts = tuple(
        DevicePart(number=number, domain_hashes_per_second=(1.0,) * 500) for number in (0, 1, 1, *range(2, 99))
    )
    found = take_inventory([outcome("m", miner(DeviceReading(index=0, kind=DeviceKind.HASHBOARD, parts=parts)))])

    (device,) = found.devices
    assert [part.number for part in device.reading.parts] == list(range(PARTS_A_DEVICE))
    assert {len(part.domain_hashes_per_second) for part in device.reading.parts} == {DOMAINS_A_PART}
    assert found.left_out == {"m": len(parts) - PARTS_A_DEVICE}


def farm(rates: dict[str, float | None]) -> Outcome[Reading]:
    workers = tuple(ConnectedWorker(name=name, hashes_per_second=rate) for name, rate in rates.items())
    return outcome("proxy", MinerSnapshot(software="x", workloads=(Workload(algorithm="rx/0"),), workers=workers))


def test_the_fastest_workers_are_shown_by_name_and_the_others_together() -> None:
    rates: dict[str, float | None] = {"slow": 1.0, "fast": 9.0, "middle": 5.0, "untold": None}

    found = take_inventory([farm(rates)], workers_shown={"proxy": 2})
    assert [one.worker.name for one in found.workers] == ["fast", "middle"]
    assert found.other_workers == (OtherWorkers(miner="proxy", names=2, hashes_per_second=None),)

    found = take_inventory([farm({**rates, "untold": 2.0})], workers_shown={"proxy": 2})
    assert found.other_workers == (OtherWorkers(miner="proxy", names=2, hashes_per_second=3.0),)

    assert take_inventory([farm(rates)]).other_workers == ()
    assert [one.names for one in take_inventory([farm(rates)], workers_shown={"proxy": 0}).other_workers] == [4]


def test_as_many_workers_are_shown_as_the_configuration_says() -> None:
    many = farm({str(number): float(number) for number in range(1000)})

    found = take_inventory([many], workers_shown={"proxy": 500})

    assert len(found.workers) == 500
    assert found.other_workers[0].names == 500
    assert found.other_workers[0].hashes_per_second == sum(range(500))


def test_workers_about_as_fast_as_each_other_do_not_take_turns() -> None:
    names = DeviceNames()
    for wave in (1.0, -1.0, 1.0, -1.0):
        found = take_inventory([farm({"a": 100 + wave, "b": 100 - wave})], names, workers_shown={"proxy": 1})
        assert [one.worker.name for one in found.workers] == ["a"]

    found = take_inventory([farm({"a": 100, "b": 120})], names, workers_shown={"proxy": 1})
    assert [one.worker.name for one in found.workers] == ["b"]


def test_workers_whose_names_find_no_room_are_among_the_others() -> None:
    names = DeviceNames()
    for tick in range(50):
        found = take_inventory([farm({f"{tick}-{n}": 1.0 for n in range(20)})], names)

    assert found.workers == ()
    assert found.other_workers == (OtherWorkers(miner="proxy", names=20, hashes_per_second=20.0),)
