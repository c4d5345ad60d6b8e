"""What of the books is left when the power goes: a file system that forgets all that it has not written yet."""

import fcntl
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from miner_agent.storage.ledger.chain_check import check_books
from miner_agent.storage.ledger.ledger_file import LedgerFile
from miner_agent.storage.sqlite.file_names import LEDGER_FILE
from tests import databases
from tests.requires import require_tool

SHUTDOWN, WITHOUT_FLUSH = 0x8004587D, 2  # FS_IOC_SHUTDOWN: what ext4 has in memory alone is gone
WRITTEN_BEFORE_THE_CUT = 300
WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from miner_agent.storage.ledger.chain_entry import Unchained
from miner_agent.storage.ledger.ledger_file import LedgerFile
from miner_agent.storage.sqlite import connecting

if sys.argv[2] == "off":
    as_it_is = connecting.connect
    connecting.connect = lambda path, **how: as_it_is(path, **{**how, "synchronous": "OFF"})
now = datetime(2026, 1, 1, tzinfo=UTC)
with LedgerFile.open(Path(sys.argv[1]), now=now) as ledger:
    for number in range(1, 1_000_000):
        new = Unchained(kind="expense", occurred_at=now, by_whom="a test", fact=f"{number}", body="{}" * 400)
        with ledger.appending("main") as end:
            end.append([new], recorded_at=now)
        print(number, flush=True)
"""


@contextmanager
def disk(folder: Path) -> Iterator[Path]:
    """An ext4 of its own, which can lose its power."""
    image, place = folder / "image", folder / "disk"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(64 << 20)
    subprocess.run([require_tool("mkfs.ext4", package="e2fsprogs"), "-q", str(image)], check=True)
    try:
        mount(image, place)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"this machine mounts no image: {error.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def mount(image: Path, place: Path) -> None:
    subprocess.run(["mount", "-o", "loop", str(image), str(place)], check=True, capture_output=True, text=True)


def cut_power(place: Path) -> None:
    there = os.open(place, os.O_RDONLY)
    try:
        fcntl.ioctl(there, SHUTDOWN, struct.pack("I", WITHOUT_FLUSH))
    finally:
        os.close(there)


def acknowledged_and_left(folder: Path, synchronous: str) -> tuple[int, int, tuple[str, ...]]:
    """How many entries the writer was told are kept, how many there are afterwards, and what is wrong with them."""
    with disk(folder) as place:
        books = databases.empty_ledger(place / "state")
        os.sync()
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(books), synchronous],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert writer.stdout is not None
        try:
            told = [int(next(writer.stdout)) for _ in range(WRITTEN_BEFORE_THE_CUT)]
            cut_power(place)
        finally:
            writer.kill()
            told += [int(line) for line in writer.stdout if line.endswith("\n")]
            writer.wait()
            writer.stdout.close()
        subprocess.run(["umount", str(place)], check=True)
        mount(folder / "image", place)
        try:
            left = LedgerFile.open_read_only(place / "state" / LEDGER_FILE)
        except Exception as error:  # noqa: BLE001 - whatever the control has come to
            return told[-1], 0, (str(error),)
        with left:
            entries = left.head("main").seq
        return told[-1], entries, check_books(place / "state" / LEDGER_FILE, None).findings


@pytest.mark.root
def test_no_entry_that_was_acknowledged_is_lost_when_the_power_goes(tmp_path: Path) -> None:
    acknowledged, left, findings = acknowledged_and_left(tmp_path, "FULL")

    assert acknowledged >= WRITTEN_BEFORE_THE_CUT
    assert left >= acknowledged
    assert findings == ()


@pytest.mark.root
def test_without_waiting_for_the_disk_they_would_be(tmp_path: Path) -> None:
    """The cut is one: what nobody waited for is gone."""
    acknowledged, left, _ = acknowledged_and_left(tmp_path, "off")

    assert left < acknowledged
