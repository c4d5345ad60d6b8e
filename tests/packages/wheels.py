"""Of what packages are made: our wheel, and the folder of all other ones."""

from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
WHEELHOUSE = ROOT / ".venv" / "wheelhouse"


def wheel_of(sources: Path, folder: Path) -> Path:
    """The wheel of a tree, in a folder of its own."""
    (wheel,) = WheelBuilder(str(sources)).build(directory=str(folder), versions=["standard"])
    return Path(wheel)


def require_wheelhouse() -> Path:
    """What ``make wheelhouse`` fetched. Without all of it the test fails."""
    if not (WHEELHOUSE / "complete").exists():
        pytest.fail("run make wheelhouse")
    return WHEELHOUSE
