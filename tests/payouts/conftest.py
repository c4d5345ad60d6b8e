"""State directories that make no process of their own."""

from pathlib import Path

import pytest

from tests import databases


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One where the agent has run once, and no book was begun."""
    databases.begun(tmp_path)
    return databases.empty_ledger(tmp_path).parent
