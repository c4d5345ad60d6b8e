"""Examples in docstrings are looked for only in files that have one: a look into each was a fifth of a worker's start."""

from collections.abc import Generator
from pathlib import Path

import pytest
from _pytest.doctest import DoctestModule  # pytest shows it nowhere else

PROMPT = b">>>"


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path,
) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    found = yield
    return [one for one in found if not isinstance(one, DoctestModule) or PROMPT in file_path.read_bytes()]
