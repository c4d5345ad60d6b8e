"""Energy of processors: the real code on trees of files as the kernel's powercap documentation describes them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner_agent.collectors.host import rapl
from miner_agent.collectors.host.kernel_files import read_attribute
from miner_agent.collectors.host.rapl import PackageEnergy, PackageMeter, joules_between
from miner_agent.model.devices import ReadError, ReadErrorReason

RANGE = 262_143_328_850  # [µJ]


class Powercap:
    """A ``/sys`` with counters of energy, as a processor with one more zone of each kind has them."""

    def __init__(self, root: Path) -> None:
        self.root, self.directory = root, root / "class/powercap"
        (self.directory / "intel-rapl").mkdir(parents=True)
        self.meter = PackageMeter()

    def add(self, zone: str, name: str, microjoules: int, *, limit: int = RANGE) -> Path:
        """A zone, listed as the kernel does: sub-zones stand beside their package and within it."""
        parent = zone.rpartition(":")[0]
        is_within = ":" in parent
        within = self.directory / parent / zone if is_within else self.directory / zone
        within.mkdir(parents=True)
        if is_within:
            (self.directory / zone).symlink_to(within)
        for file, text in (("name", name), ("energy_uj", microjoules), ("max_energy_range_uj", limit)):
            (within / file).write_text(f"{text}\n")
        return within / "energy_uj"

    def follow(self, at_seconds: float) -> rapl.EnergyReading:
        return self.meter.follow(rapl.read(rapl.find(self.root)), at_seconds)


@pytest.fixture
def powercap(tmp_path: Path) -> Powercap:
    return Powercap(tmp_path)


def test_two_readings_give_energy_and_mean_power(powercap: Powercap) -> None:
    counter = powercap.add("intel-rapl:0", "package-0", 5_000_000)
    first = powercap.follow(100.0)
    counter.write_text("855000000\n")

    second = powercap.follow(110.0)

    assert first.packages == (PackageEnergy(package=0, energy_joules_total=0.0, power_watts=None),)
    assert second.packages == (PackageEnergy(package=0, energy_joules_total=850.0, power_watts=85.0),)
    assert (first.read_errors, second.read_errors) == ((), ())


def test_a_counter_that_wraps_around_loses_nothing(powercap: Powercap) -> None:
    counter = powercap.add("intel-rapl:0", "package-0", RANGE - 300_000_000)
    powercap.follow(0.0)
    counter.write_text("200000000")

    assert powercap.follow(10.0).packages == (PackageEnergy(package=0, energy_joules_total=500.0, power_watts=50.0),)


def test_the_memory_belongs_to_its_package_and_nothing_is_counted_twice(powercap: Powercap) -> None:
    for zone, name in (
        ("intel-rapl:0", "package-0"), ("intel-rapl:0:0", "core"), ("intel-rapl:0:1", "dram"), ("intel-rapl:0:2", "uncore"),
        ("intel-rapl:1", "psys"), ("intel-rapl-mmio:0", "package-0"),
    ):  # fmt: skip
        powercap.add(zone, name, 0)
    powercap.follow(0.0)
    for file in powercap.directory.glob("*/energy_uj"):
        file.write_text("100000000")

    assert powercap.follow(1.0).packages == (PackageEnergy(package=0, energy_joules_total=200.0, power_watts=200.0),)


def test_each_socket_has_its_own_energy_and_dies_of_one_socket_are_one(powercap: Powercap) -> None:
    names = ("package-0-die-0", "package-0-die-1", "package-1-die-0")
    counters = [powercap.add(f"intel-rapl:{number}", name, 0) for number, name in enumerate(names)]
    powercap.follow(0.0)
    for counter, microjoules in zip(counters, (30_000_000, 40_000_000, 50_000_000), strict=True):
        counter.write_text(str(microjoules))

    packages = powercap.follow(1.0).packages

    assert [(energy.package, energy.power_watts) for energy in packages] == [(0, 70.0), (1, 50.0)]


def test_dies_that_show_one_counter_of_their_socket_are_counted_once(powercap: Powercap) -> None:
    first, second = (powercap.add(f"intel-rapl:{die}", f"package-0-die-{die}", RANGE - 10_000_000) for die in (0, 1))
    powercap.follow(0.0)
    for microjoules, at_seconds in ((58_100_000, 1.0), (126_850_000, 2.0)):
        first.write_text(str(microjoules))
        second.write_text(str(microjoules + 900))  # read a moment later

        (socket,) = powercap.follow(at_seconds).packages

        assert socket.power_watts == pytest.approx(68.0, abs=1.0)
    assert socket.energy_joules_total == pytest.approx(136.85)


def test_dies_whose_own_counters_meet_once_stay_two(powercap: Powercap) -> None:
    first, second = (powercap.add(f"intel-rapl:{die}", f"package-0-die-{die}", 7_000_000 * die) for die in (0, 1))
    drawn = []
    for at_seconds, microjoules in enumerate(((0, 7_000_000), (50_000_000, 50_000_000), (100_000_000, 95_000_000))):
        first.write_text(str(microjoules[0]))
        second.write_text(str(microjoules[1]))
        drawn.append(powercap.follow(at_seconds).packages[0].power_watts)

    assert drawn == [None, 93.0, 95.0]


def test_a_gap_that_could_hide_a_second_wrap_gives_no_value_and_the_total_starts_again(powercap: Powercap) -> None:
    counter = powercap.add("intel-rapl:0", "package-0", 0)
    totals = []
    for at_seconds, joules in ((0, 0), (10, 700), (400, 1400), (410, 2100)):
        counter.write_text(str(joules * 10**6))
        totals.append(powercap.follow(at_seconds).packages[0])

    assert [(energy.energy_joules_total, energy.power_watts) for energy in totals] == [
        (0.0, None),
        (700.0, 70.0),
        (None, None),
        (700.0, 70.0),
    ]


def test_a_counter_too_short_for_the_interval_is_said_once_with_what_to_do(powercap: Powercap) -> None:
    counter = powercap.add("intel-rapl:0", "package-0", 0, limit=65_532_610_987)
    memory = powercap.add("intel-rapl:0:0", "dram", 0)
    assert memory.exists()

    readings = [powercap.follow(120.0 * number) for number in range(5)]

    assert [reading.packages[0].power_watts for reading in readings] == [None] * 5
    hint = readings[2].read_errors[0].hint
    assert hint == (
        f"its counter ({counter}) goes round within 65 s at 1000 W, and 120 s lay between two readings: "
        "what it drew cannot be told. Set [agent] interval_seconds below 65"
    )
    assert [reading.read_errors for reading in readings] == [
        (),
        (),  # one gap may be a machine that slept
        (
            ReadError(device="cpu0", quantity="energy_joules_total", reason=ReadErrorReason.UNSUPPORTED, hint=hint),
            ReadError(device="cpu0", quantity="power_watts", reason=ReadErrorReason.UNSUPPORTED),
        ),
        (),
        (),
    ]


def test_now_and_then_a_gap_is_no_error(powercap: Powercap) -> None:
    powercap.add("intel-rapl:0", "package-0", 0)

    readings = [powercap.follow(at_seconds) for at_seconds in (0, 400, 410, 810, 820, 1220)]

    assert [reading.read_errors for reading in readings] == [()] * 6


def test_a_counter_that_started_again_is_not_taken_for_one_that_wrapped(powercap: Powercap) -> None:
    counter = powercap.add("intel-rapl:0", "package-0", 150_000_000_000)
    powercap.follow(0.0)
    counter.write_text("1000000")

    assert powercap.follow(10.0).packages == (PackageEnergy(package=0, energy_joules_total=None),)


def test_two_readings_at_once_give_no_power_and_keep_the_earlier_one(powercap: Powercap) -> None:
    counter = powercap.add("intel-rapl:0", "package-0", 0)
    powercap.follow(0.0)
    counter.write_text("1000000")

    assert powercap.follow(0.01).packages[0].power_watts is None
    counter.write_text("60000000")
    assert powercap.follow(1.0).packages[0].power_watts == 60.0


def test_no_permission_is_said_once_with_what_to_do_and_is_never_zero_watts(
    powercap: Powercap, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = powercap.add("intel-rapl:0", "package-0", 0)
    granted = False

    def guarded(file: Path) -> bytes:  # root may read whatever its mode says
        if file == counter and not granted:
            raise PermissionError(13, "Permission denied")
        return read_attribute(file)

    monkeypatch.setattr(rapl, "read_attribute", guarded)

    first, second = powercap.follow(0.0), powercap.follow(10.0)

    assert (first.packages, second.packages) == ((), ())
    hint = first.read_errors[0].hint
    assert hint is not None
    assert f"chmod 0440 {counter}" in hint
    assert first.read_errors == (
        ReadError(device="cpu0", quantity="energy_joules_total", reason=ReadErrorReason.PERMISSION, hint=hint),
        ReadError(device="cpu0", quantity="power_watts", reason=ReadErrorReason.PERMISSION),
    )
    assert second.read_errors == ()
    granted = True
    assert powercap.follow(20.0).packages == (PackageEnergy(package=0, energy_joules_total=0.0),)


def test_a_part_of_the_energy_is_not_told_as_all_of_it(powercap: Powercap) -> None:
    powercap.add("intel-rapl:0", "package-0", 0)
    memory = powercap.add("intel-rapl:0:0", "dram", 0)
    memory.unlink()
    memory.mkdir()

    reading = powercap.follow(0.0)

    assert reading.packages == ()
    assert {error.reason for error in reading.read_errors} == {ReadErrorReason.OTHER}


@pytest.mark.parametrize("text", ["", "N/A", "-5", "1.5", "\u0663", "9" * 400])
def test_what_is_no_counter_is_a_parse_error(powercap: Powercap, text: str) -> None:
    powercap.add("intel-rapl:0", "package-0", 0).write_text(text)

    reading = powercap.follow(0.0)

    assert reading.packages == ()
    assert {error.reason for error in reading.read_errors} == {ReadErrorReason.PARSE}


@pytest.mark.parametrize("limit", ["0", "", "x"])
def test_a_counter_whose_end_is_not_known_is_left_out(powercap: Powercap, limit: str) -> None:
    counter = powercap.add("intel-rapl:0", "package-0", 0)
    (counter.parent / "max_energy_range_uj").write_text(limit)

    assert powercap.follow(0.0) == rapl.NO_ENERGY


def test_a_machine_without_counters_has_no_energy_and_no_error(tmp_path: Path) -> None:
    assert rapl.find(tmp_path) == ()


@given(
    start=st.integers(0, RANGE - 1),
    watts=st.lists(st.floats(0.0, 999.0), min_size=1, max_size=30),
    seconds=st.floats(0.3, 200.0),
)
def test_whatever_is_drawn_is_what_is_added_up(start: int, watts: list[float], seconds: float) -> None:
    counter, total, expected = start, 0.0, 0.0
    for power in watts:
        drawn = int(power * seconds * 1e6)
        now = (counter + drawn) % RANGE
        joules = joules_between(counter, now, range_microjoules=RANGE, seconds=seconds)
        assert joules is not None
        counter, total, expected = now, total + joules, expected + drawn / 1e6

    assert total == pytest.approx(expected)
