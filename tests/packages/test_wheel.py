"""What is installed is what is here: nothing below the packages is left out, and the sources build the same again."""

import tarfile
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder

from tests.packages.wheels import ROOT, wheel_of

CARRIED = {
    "miner_agent": "miner_agent",
    "calculators": "calculators",
    "exporters": "exporters",
    "deploy": "miner_agent/data/deploy",
    "systemd": "miner_agent/data/systemd",
}
"""Each folder of the sources with its place in the wheel."""


def files_below(folder: Path) -> Iterator[Path]:
    """What somebody wrote, by its place in the folder; what Python made of it is not counted."""
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(folder)


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree that the sdist holds."""
    folder = tmp_path_factory.mktemp("sdist")
    (sdist,) = SdistBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with tarfile.open(sdist) as archive:
        if hasattr(tarfile, "data_filter"):  # since Python 3.11.4
            archive.extraction_filter = tarfile.data_filter
        archive.extractall(folder)
    (tree,) = (path for path in folder.iterdir() if path.is_dir())
    return tree


@cache
def names_in(wheel: Path) -> frozenset[str]:
    with zipfile.ZipFile(wheel) as archive:
        return frozenset(archive.namelist())


def test_the_wheel_carries_every_file_and_no_other(wheel: Path) -> None:
    here = {f"{place}/{path}" for source, place in CARRIED.items() for path in files_below(ROOT / source)}
    installed = {name for name in names_in(wheel) if ".dist-info/" not in name}

    assert sorted(here ^ installed) == []


def test_what_the_wheel_carries_is_as_it_is_here(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        differing = [
            f"{source}/{path}"
            for source, place in CARRIED.items()
            for path in files_below(ROOT / source)
            if archive.read(f"{place}/{path}") != (ROOT / source / path).read_bytes()
        ]

    assert differing == []


@pytest.mark.thorough
def test_the_sources_of_a_release_build_the_same_wheel(wheel: Path, unpacked: Path, tmp_path: Path) -> None:
    again = wheel_of(unpacked, tmp_path)

    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["Makefile", "packages/locked.txt", "tests/packages/test_wheel.py", "LICENSE"])
def test_the_sources_of_a_release_hold_what_packages_are_made_with(unpacked: Path, name: str) -> None:
    assert (unpacked / name).read_bytes() == (ROOT / name).read_bytes()
