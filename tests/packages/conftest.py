"""What the tests of packages share: a system with nothing on it, made once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packages.clean_root import in_memory, made
from tests.packages.wheels import ROOT, wheel_of

NEEDED = ("python3-venv", "make", "systemd-sysv", "libstdc++6", "passwd")
"""What the package depends on, what README asks for, and what every system has."""


@pytest.fixture(scope="session")
def clean_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Not to be changed: ``fresh`` makes one of it that may be."""
    with in_memory(tmp_path_factory.mktemp("base")) as folder:
        yield made(folder / "root", *NEEDED)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ours, of the sources as they are here."""
    return wheel_of(ROOT, tmp_path_factory.mktemp("wheel"))
