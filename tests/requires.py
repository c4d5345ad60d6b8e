"""Says what a test needs of the machine: without it the test is skipped, or fails where all must be there."""

import importlib.util
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

ALL = os.environ.get("REQUIRE_ALL") == "1"
NO_CAPTURED_DATA = "needs captured answers: set MINER_AGENT_TEST_DATA to a folder of them"

as_an_ordinary_user = pytest.mark.skipif(os.geteuid() == 0, reason="needs an ordinary user: root may do everything")


def require_tool(name: str, *, package: str) -> str:
    """The path of a program. Without it the test is skipped, or fails where ``REQUIRE_ALL=1`` is set."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")  # where Debian puts servers
    if path is not None:
        return path
    sentence = f"needs the program {name}: apt-get install {package}"
    if ALL:
        pytest.fail(sentence)
    pytest.skip(sentence)


def require_library(name: str, *, extra: str) -> None:
    """A library that is an extra. Without it the test is skipped, or fails where ``REQUIRE_ALL=1`` is set."""
    if importlib.util.find_spec(name) is not None:
        return
    sentence = f"needs the library {name}: {extra}"
    if ALL:
        pytest.fail(sentence)
    pytest.skip(sentence)


def captured_folder() -> Path | None:
    """The folder of real captured data, where one is given."""
    folder = os.environ.get("MINER_AGENT_TEST_DATA")
    if not folder:
        return None
    if not Path(folder).is_dir():
        raise pytest.UsageError(f"MINER_AGENT_TEST_DATA: {folder} is not a folder")
    return Path(folder)


def captured_cases(cases: Iterable[Any]) -> list[Any]:
    """What to parametrize a test with that goes through captured data: one skip where there is none."""
    return list(cases) or [pytest.param(None, marks=pytest.mark.skip(reason=NO_CAPTURED_DATA), id="none")]
