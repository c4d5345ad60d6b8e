"""Files of the kernel, read in few calls."""

from pathlib import Path

import pytest

from miner_agent.collectors.host.kernel_files import ATTRIBUTE_BYTES_MAX, KeptTable, read_attribute, read_table


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


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_table_that_is_kept_open_is_read_anew() -> None:
    before, comm = open_files(), Path("/proc/self/comm")
    table, kept = KeptTable(comm), comm.read_bytes().strip()
    for name in (b"first", b"second", b"3", kept):
        comm.write_bytes(name)
        assert table.read() == name + b"\n"
    assert open_files() == before + 1

    table.close()
    assert open_files() == before
    assert table.read() == kept + b"\n"
    assert open_files() == before


def test_a_file_of_a_disk_is_not_kept_open_since_another_one_may_take_its_place(tmp_path: Path) -> None:
    before, file = open_files(), tmp_path / "stat"
    table = KeptTable(file)
    for text in (b"", b"first", b"second"):
        file.unlink(missing_ok=True)
        file.write_bytes(text)
        assert table.read() == text
    file.unlink()
    with pytest.raises(FileNotFoundError):
        table.read()

    assert open_files() == before


@pytest.mark.parametrize("read", [read_attribute, read_table])
def test_what_cannot_be_read_leaves_nothing_open(tmp_path: Path, read: object) -> None:
    assert callable(read)
    before = open_files()
    for file in (tmp_path, tmp_path / "missing"):
        with pytest.raises(OSError, match="directory"):
            read(file)

    assert open_files() == before
