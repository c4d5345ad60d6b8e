"""What a release says that it consists of: every library that it installs, every script that it carries, and no other."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from miner_agent import __version__
from tests.packages.test_locked import entries
from tests.packages.wheels import ROOT, require_wheelhouse

pytestmark = pytest.mark.e2e


def written(wheel: Path, file: Path, seed: str) -> str:
    subprocess.run(
        [sys.executable, "-m", "tools.sbom", "--wheel", wheel, "--wheelhouse", require_wheelhouse(), "--out", file],
        env={"SOURCE_DATE_EPOCH": "1700000000", "PYTHONHASHSEED": seed},
        cwd=ROOT,
        check=True,
    )
    return file.read_text()


@pytest.fixture(scope="module")
def text(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(wheel, tmp_path_factory.mktemp("sbom") / "one.json", "1")


@pytest.fixture(scope="module")
def told(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def test_it_is_as_cyclonedx_wants_it_and_the_same_each_time(wheel: Path, text: str, tmp_path: Path) -> None:
    from cyclonedx.schema import SchemaVersion  # a second of CPU, which every worker would take to find the tests
    from cyclonedx.validation.json import JsonStrictValidator

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert written(wheel, tmp_path / "two.json", "2") == text


def test_it_names_every_locked_library_with_the_hash_of_what_is_installed(told: dict[str, Any]) -> None:
    locked = {
        (canonicalize_name(entry.name), str(entry.specifier)[2:]): {each.removeprefix("sha256:") for each in hashes}
        for entry, hashes in entries()
        if entry.marker is None or entry.marker.evaluate()
    }
    named = {
        (each["name"], each["version"]): each["hashes"][0]["content"]
        for each in told["components"]
        if each["type"] == "library"
    }

    assert named.keys() == locked.keys()
    assert [name for name, checksum in named.items() if checksum not in locked[name]] == []
    assert all(each["licenses"] for each in told["components"])


def test_it_names_every_script_of_others_that_the_wheel_carries(told: dict[str, Any]) -> None:
    carried = {path.name for path in ROOT.glob("miner_agent/**/vendor/*") if path.suffix in {".js", ".css"}}

    assert carried
    assert {each["name"] for each in told["components"] if each["type"] == "file"} == carried


def test_all_of_it_is_there_because_something_needs_it(told: dict[str, Any]) -> None:
    needs = {each["ref"]: each.get("dependsOn", []) for each in told["dependencies"]}

    def reached(ref: str, seen: frozenset[str]) -> Iterator[str]:
        yield ref
        for needed in needs[ref]:
            if needed not in seen:
                yield from reached(needed, seen | {needed})

    root = told["metadata"]["component"]
    assert root["version"] == __version__
    found = set(reached(root["bom-ref"], frozenset()))
    assert {each["bom-ref"] for each in told["components"]} - found == set()
