"""Files that belong together are written together, or not at all."""

from pathlib import Path

import pytest

from miner_agent.cli.support.output_files import replace_files, write_all
from miner_agent.errors import StorageError


def test_where_one_finds_no_place_the_others_stay_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("old")
    with pytest.raises(StorageError, match=f"^{tmp_path}: no such file or directory; name a folder that this user may"):
        write_all(tmp_path, {"rules.yaml": "new", "records.yaml": "new", "gone/away.yaml": "new"})

    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"rules.yaml": "old"}


def test_a_folder_that_was_made_for_them_goes_away_with_them(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        write_all(tmp_path / "new", {"rules.yaml": "new", "gone/away.yaml": "new"})

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_so_already_is_left_as_it_is(tmp_path: Path) -> None:
    replace_files(tmp_path, {"rules.yaml": b"same", "records.yaml": b"old"})
    before = {file.name: file.stat().st_ino for file in tmp_path.iterdir()}
    replace_files(tmp_path, {"rules.yaml": b"same", "records.yaml": b"new"})
    after = {file.name: file.stat().st_ino for file in tmp_path.iterdir()}

    assert after["rules.yaml"] == before["rules.yaml"]
    assert (tmp_path / "records.yaml").read_bytes() == b"new"
    assert after.keys() == before.keys()
