"""A new configuration is built beside the one that ticks: refused, it leaves nothing; taken, it takes over what it can."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from miner_agent.assembly import configured
from miner_agent.assembly.parts import Parts, _plan, build
from miner_agent.collectors.child.sensors import CHILD_MODULE, SensorChild
from miner_agent.config import loading
from miner_agent.config.configuration import Config
from miner_agent.errors import ConfigError
from tests.nvml_stub import NvmlStub

NOW = datetime(2026, 1, 2, tzinfo=UTC)
MINER = '\n[[miners]]\nname = "cards"\ndriver = "trex"\naddress = "127.0.0.1:1"\n'


@pytest.fixture
def stub(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NvmlStub]:
    with NvmlStub(library, tmp_path / "control", cards=2) as stub:
        for name, value in stub.environment().items():
            monkeypatch.setenv(name, value)
        yield stub


class Machine:
    """Configurations that are loaded one after the other, and the parts that are in use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children_before = set(children())
        self.parts = self.built()

    def loaded(self, text: str = "", *, nvml: bool = True, amdgpu: bool = False, procfs: object = "/proc") -> Config:
        file = self._folder / "config.toml"
        file.write_text(
            f'[collectors]\nprocfs = "{procfs}"\n[collectors.nvml]\nenabled = {str(nvml).lower()}\n'
            f"[collectors.amdgpu]\nenabled = {str(amdgpu).lower()}\n{text}"
        )
        return loading.load([file], environment={}, known_drivers=("trex",))

    def built(self, text: str = "", *, before: Parts | None = None, nvml: bool = True, amdgpu: bool = False) -> Parts:
        return build(self.loaded(text, nvml=nvml, amdgpu=amdgpu), {}, before)

    def take(self, parts: Parts) -> Parts:
        """As the sampler does before its next tick; what was in use until then."""
        old, self.parts = self.parts, parts
        old.close(parts)
        return old

    def errors(self) -> dict[str, str]:
        outcomes = self.parts.pipeline.tick(NOW).outcomes
        return {outcome.source: str(outcome.error) for outcome in outcomes if outcome.error is not None}

    def own_children(self) -> list[int]:
        return [pid for pid in children() if pid not in self._children_before]


def children() -> list[int]:
    return [one.pid for one in psutil.Process().children() if CHILD_MODULE in one.cmdline()]


@pytest.fixture
def machine(stub: NvmlStub, tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.parts.close()
    assert made.own_children() == []


def test_what_did_not_change_is_not_made_again(machine: Machine) -> None:
    assert machine.built(before=machine.parts) is machine.parts
    machine.take(machine.parts)

    assert machine.errors() == {}


def test_another_miner_leaves_host_sensors_and_connections_as_they_are(machine: Machine) -> None:
    assert machine.errors() == {}
    (child,) = machine.own_children()
    after = machine.built(MINER, before=machine.parts)
    before = machine.take(after)

    assert (after.host, after.sensors, after.fetcher) == (before.host, before.sensors, before.fetcher)
    assert after.pipeline is not before.pipeline
    assert after.pipeline.memory is before.pipeline.memory
    assert machine.errors().keys() == {"cards"}
    assert machine.own_children() == [child]


def test_a_refused_configuration_leaves_nothing_behind_and_replaces_nothing(machine: Machine, tmp_path: Path) -> None:
    machine.errors()
    children, threads = machine.own_children(), set(threading.enumerate())
    for refused in (
        machine.loaded(amdgpu=True, procfs=tmp_path / "none"),
        machine.loaded('[[miners]]\nname = "cards"\ndriver = "trex"\naddress = "tcp://127.0.0.1:1"\n', amdgpu=True),
    ):
        with pytest.raises(ConfigError):
            build(refused, {}, machine.parts)

    assert machine.errors() == {}
    assert (machine.own_children(), set(threading.enumerate())) == (children, threads)
    assert machine.built(before=machine.parts) is machine.parts


def test_a_configuration_that_another_overtakes_takes_nothing_of_the_one_in_use_with_it(machine: Machine) -> None:
    machine.errors()
    overtaken = machine.built(MINER, before=machine.parts, amdgpu=True)
    after = machine.built(before=overtaken)
    overtaken.close(machine.parts, after)

    assert machine.errors() == {}
    machine.take(after)
    assert machine.errors() == {}
    assert len(machine.own_children()) == 1


def test_other_collectors_start_no_second_child_beside_one_that_cannot_end(
    machine: Machine,
) -> None:
    assert machine.errors() == {}
    (hung,) = machine.own_children()
    assert isinstance(machine.parts.sensors, SensorChild)
    process = machine.parts.sensors._child.process  # type: ignore[union-attr]
    real_kill = process.kill
    process.kill = process.terminate = lambda: None  # type: ignore[method-assign]  # it sleeps in a driver
    for nvml, amdgpu in ((True, True), (False, False), (True, True)):
        machine.take(machine.built(before=machine.parts, nvml=nvml, amdgpu=amdgpu))
        told = machine.errors()
        assert told.keys() == ({"nvml", "amdgpu"} if nvml else set())
        assert all("was killed and has not ended yet" in error for error in told.values())
        assert machine.own_children() == [hung]
    real_kill()
    process.wait()

    assert machine.errors().keys() == {"amdgpu"}  # there is no such card here
    assert len(machine.own_children()) == 1
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()


def test_how_long_devices_are_remembered_holds_from_the_next_tick_on(tmp_path: Path) -> None:
    def built(days: float, before: Parts | None = None) -> Parts:
        file = tmp_path / "config.toml"
        file.write_text(
            f"[agent]\ndevices_remembered_days = {days}\n[collectors]\nnvml.enabled = false\namdgpu.enabled = false\n"
        )
        return build(loading.load([file], environment={}, known_drivers=("trex",)), {}, before)

    first = built(2)
    again = built(0.5, first)

    assert again is first
    assert first.pipeline.memory.course.devices.remembered_seconds == 43_200
    first.close()


def test_words_for_algorithms_of_the_users_own_file_hold_in_the_tick(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('[algorithms]\nkawpow = ["my word"]\n')
    file = tmp_path / "config.toml"
    file.write_text('[profit]\ncatalog_file = "mine.toml"\n[collectors]\nhost = { enabled = false }\n')
    loaded = loading.load((file,), environment={}, known_drivers=())

    assert configured.algorithms(loaded).spelled("My-Word") == "kawpow"
    assert _plan(loaded, ()).algorithms == configured.algorithms(loaded)
