"""What the tests of a collector share: stub cards of NVIDIA, a tree of AMD cards, an invented machine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from miner_agent.collectors.child.sensors import SensorChild
from tests.collectors.amdgpu_tree import Tree
from tests.collectors.asked_child import Clock
from tests.collectors.host_trees import Machine
from tests.collectors.nvml_rig import Rig, readers_of, rig_of
from tests.forks import Forks
from tests.nvml_stub import NvmlStub


@pytest.fixture(scope="module")
def readers(library: Path) -> Iterator[Forks]:
    """Processes that read stub cards."""
    with readers_of(library) as readers:
        yield readers


@pytest.fixture
def rig(library: Path, tmp_path: Path, readers: Forks) -> Iterator[Rig]:
    """Four cards of NVIDIA."""
    yield from rig_of(library, tmp_path, cards=4, readers=readers)


@pytest.fixture
def raw(rig: Rig) -> dict[str, Any]:
    """What the reader says of four healthy cards."""
    return rig.raw()


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    before = psutil.PROCFS_PATH
    yield Machine(tmp_path)
    psutil.PROCFS_PATH = before


@pytest.fixture
def stub(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NvmlStub]:
    """Two cards of NVIDIA, for every process that is started."""
    with NvmlStub(library, tmp_path / "control", cards=2) as made:
        for name, value in made.environment().items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def clock() -> Clock:
    """What the parent of a child goes by."""
    return Clock()


@pytest.fixture
def child(stub: NvmlStub, clock: Clock) -> Iterator[SensorChild]:
    """The parent of a process that reads these cards."""
    made = SensorChild(("nvml",), monotonic=clock)
    yield made
    made.close()
