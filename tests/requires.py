"""Says what a test needs of the machine: without it the test is skipped, or fails where all must be there."""

import os
import shutil

import pytest


def require_tool(name: str, *, package: str) -> str:
    """The path of a program. Without it the test is skipped, or fails where ``REQUIRE_ALL=1`` is set."""
    path = shutil.which(name)
    if path is not None:
        return path
    sentence = f"needs the program {name}: apt-get install {package}"
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(sentence)
    pytest.skip(sentence)
