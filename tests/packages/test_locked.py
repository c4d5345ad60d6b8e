"""What a release installs is what the project asks for, each library by its hashes."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKED = (ROOT / "packages" / "locked.txt").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PYTHONS = ("3.11", "3.12", "3.13")
"""Of the releases that packages are made for."""

asked = pytest.mark.parametrize(
    "text", [*PROJECT["dependencies"], *(line for lines in PROJECT["optional-dependencies"].values() for line in lines)]
)


def entries() -> list[tuple[Requirement, list[str]]]:
    """Each locked library with its hashes."""
    found = []
    for block in re.split(r"\n(?=\S)", LOCKED.strip()):
        said, *hashes = block.replace("\\\n", "").split("--hash=")
        found.append((Requirement(said), [each.strip() for each in hashes]))
    return found


def for_python(marker: Marker | None, version: str) -> bool:
    return marker is None or marker.evaluate({"python_version": version, "python_full_version": f"{version}.2"})


@asked
@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_asked_for_is_locked_once_within_its_range(text: str, python: str) -> None:
    wanted = Requirement(text)
    locked = [
        entry
        for entry, _ in entries()
        if canonicalize_name(entry.name) == canonicalize_name(wanted.name) and for_python(entry.marker, python)
    ]

    assert len(locked) == 1, f"{wanted.name}: run make lock"
    (pin,) = locked[0].specifier
    assert pin.operator == "=="
    assert wanted.specifier.contains(pin.version), f"{wanted} is locked to {pin.version}: run make lock"


def test_each_library_is_locked_by_hashes() -> None:
    lacking = [
        entry.name
        for entry, hashes in entries()
        if not hashes or not all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes)
    ]

    assert lacking == []


def test_nobody_s_index_is_named() -> None:
    assert "://" not in LOCKED
    assert "index-url" not in LOCKED
