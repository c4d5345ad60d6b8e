"""``hardware import`` writes a file of the user's, and ``hardware NAME`` lists as ever."""

from datetime import date
from pathlib import Path

import pytest

from miner_agent.tables.hardware_table import load_hardware
from tests.cli.profit_asked import run

pytestmark = pytest.mark.usefixtures("no_configuration")
CRYPTOCALC = "device,algorithm,hashrate\n"


@pytest.fixture
def list_file(tmp_path: Path) -> Path:
    file = tmp_path / "list.csv"
    file.write_text(f"{CRYPTOCALC}RTX 3080,KAWPOW,47\nASIC Box of wonders,SHA256,100\n")
    return file


def test_a_list_goes_into_a_file_of_ones_own_and_what_is_there_stays(tmp_path: Path, list_file: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('# my tables\n[algorithms]\nkawpow = ["kp"]\n')
    asked = ("hardware", "import", str(list_file), "--dated", "2026-06-01", "--into", str(mine))

    first, second = run(*asked), run(*asked)

    assert first.exit_code == second.exit_code == 0, first.stderr
    assert "2 figures of 2 devices" in first.stderr
    assert "left out: rtx3080: your file says what it does" in second.stderr
    text = mine.read_text()
    assert text.startswith('# my tables\n[algorithms]\nkawpow = ["kp"]\n')
    assert text.count('slug = "rtx3080"') == 1
    loaded = load_hardware(mine)
    (own,) = (each for each in loaded["rtx3080"].benchmarks if each.algorithm == "kawpow")
    assert (own.hashes_per_second, own.source, own.dated) == (47e6, "list.csv", date(2026, 6, 1))
    assert loaded["box-of-wonders"].kind == "asic"
    assert loaded["box-of-wonders"].power_is == "wall"


def test_without_a_file_it_is_printed(list_file: Path) -> None:
    done = run("hardware", "import", str(list_file), "--dated", "2026-06-01", "--source", "a friend")

    assert done.exit_code == 0, done.stderr
    assert 'source = "a friend", dated = 2026-06-01' in done.stdout


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--dated", "June"), "'June' is no day; write 2026-06-01"),
        (("--dated", "2199-01-01"), "2199-01-01 is still to come; write the day on which its figures were told"),
        (("--dated", "1970-01-01"), "1970-01-01 is before anything was mined"),
        ((), "Missing option '--dated'"),
    ],
)
def test_a_list_without_a_day_is_refused(list_file: Path, options: tuple[str, ...], sentence: str) -> None:
    refused = run("hardware", "import", str(list_file), *options)

    assert refused.exit_code == 2
    assert sentence in refused.stderr


def test_a_list_of_which_nothing_can_be_taken_over_writes_nothing(tmp_path: Path) -> None:
    (listed := tmp_path / "list.csv").write_text(f"{CRYPTOCALC}RTX 3080,FooHash,47\n")
    mine = tmp_path / "mine.toml"

    for into in ((), ("--into", str(mine))):
        refused = run("hardware", "import", str(listed), "--dated", "2026-06-01", *into)

        assert refused.exit_code == 78
        assert refused.stdout == ""
        assert "list.csv: no figure of it can be taken over, and nothing is written; FooHash: " in refused.stderr
    assert not mine.exists()


def test_what_the_file_has_already_is_counted_as_nothing_new(tmp_path: Path, list_file: Path) -> None:
    mine = tmp_path / "mine.toml"
    asked = ("hardware", "import", str(list_file), "--dated", "2026-06-01", "--into", str(mine))
    run(*asked)
    before = mine.read_text()

    again = run(*asked)

    assert (again.exit_code, mine.read_text()) == (0, before)
    assert "0 figures of 0 devices" in again.stderr


@pytest.mark.thorough
def test_a_name_without_a_command_lists_as_ever() -> None:
    assert run("hardware", "3080").stdout == run("hardware", "list", "3080").stdout
    assert "rtx3080" in run("hardware", "3080").stdout
    assert "import" in run("hardware", "--help").stdout
