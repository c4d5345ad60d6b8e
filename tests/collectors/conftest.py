"""What the tests of a collector share: stub cards of NVIDIA, a tree of AMD cards, an invented machine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.collectors.amdgpu_tree import Tree
from tests.collectors.host_trees import Machine
from tests.collectors.nvml_rig import Rig, readers_of, rig_of
from tests.forks import Forks


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
