"""Files of the kernel, read in few calls."""

from pathlib import Path

import pytest

from miner_agent.collectors.host.kernel_files import ATTRIBUTE_BYTES_MAX, read_attribute, read_table


def test_a_table_is_whole_in_however_many_pieces_it_comes(tmp_path: Path) -> None:
    long = tmp_path / "long"
    long.write_bytes(b"0123456789abcdef" * 20_000)
    for table in (long, Path("/proc/cpuinfo"), Path("/proc/self/mountinfo")):
        told = read_table(table)

        assert told.count(b"\n") == table.read_bytes().count(b"\n")
    assert read_table(long) == long.read_bytes()


def test_of_an_attribute_there_is_no_more_than_the_kernel_gives(tmp_path: Path) -> None:
    file = tmp_path / "temp1_input"
    file.write_text("42000\n")
    assert read_attribute(file) == b"42000\n"
    file.write_bytes(b"1" * 100_000)
    assert len(read_attribute(file)) == ATTRIBUTE_BYTES_MAX


@pytest.mark.parametrize("read", [read_attribute, read_table])
def test_what_cannot_be_read_leaves_nothing_open(tmp_path: Path, read: object) -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    assert callable(read)
    before = open_files()
    for file in (tmp_path, tmp_path / "missing"):
        with pytest.raises(OSError, match="directory"):
            read(file)

    assert open_files() == before
