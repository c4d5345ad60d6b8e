"""``init``: what it writes, what it never does to a file that is there, and whom it asks."""

import io
import os
import sys
import tempfile
from pathlib import Path

import click
import pytest

from miner_agent.assembly import configured
from miner_agent.cli.support import init_questions, new_config_file, typed_answers
from miner_agent.cli.support.own_zone import own_zone
from miner_agent.config import loading
from miner_agent.errors import ConfigError, NotPermitted, StorageError
from miner_agent.look.first_configuration import OwnersWord
from tests.cli.every_command import ended
from tests.for_each import for_each
from tests.terminal import at, terminal


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MINER_AGENT_CONFIG", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for name, value in {**at(tmp_path), "MINER_AGENT__COLLECTORS__NVML__ENABLED": "false"}.items():
        monkeypatch.setenv(name, value)


def test_what_it_writes_runs_as_it_stands(tmp_path: Path) -> None:
    done = ended("init", "--yes", "--kwh-price", "0.32", "--currency", "usd", "--zone", "Europe/Berlin")
    path = tmp_path / "config" / "miner-agent" / "config.toml"
    config = configured.load_config(None, {"XDG_CONFIG_HOME": str(tmp_path / "config")})

    assert done.returncode == 0, done.stderr
    assert f"wrote {path}" in done.stdout
    assert "  miner-agent run\n" in done.stdout  # without --config: it is found there
    assert config.tariff is not None
    assert (config.tariff.currency, config.tariff.zone, config.profit.currency) == ("USD", "Europe/Berlin", "USD")
    assert path.stat().st_mode & 0o777 == 0o600
    assert ended("config", "check").stdout.startswith(f"good: {path}")
    assert sorted(os.listdir(path.parent)) == ["config.toml"]


def test_the_service_s_own_is_for_its_user_to_read_and_names_its_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "SYSTEM_FOLDER", tmp_path / "etc")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    done = ended("init", "--yes", "--kwh-price", "0.32", "--feeds")
    path = tmp_path / "etc" / "config.toml"

    assert done.returncode == 0, done.stderr
    assert configured.load_config(path, {}).agent.state_directory == Path("/var/lib/miner-agent")
    assert path.stat().st_mode & 0o777 == 0o644
    assert "sudo systemctl restart miner-agent" in done.stdout
    assert "may talk to this machine only" in done.stderr


def test_one_that_is_there_stays_unless_it_is_said(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("# by hand\n")
    refused = ended("init", "--yes", "--out", str(path))

    assert refused.returncode == 78
    assert (
        refused.stderr
        == f"miner-agent: {path}: is there already; look into it, or let --force put a new one in its place\n"
    )
    assert path.read_text() == "# by hand\n"
    assert ended("init", "--yes", "--force", "--out", str(path)).returncode == 0
    assert "by hand" not in path.read_text()


def test_one_that_came_meanwhile_stays_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"

    with pytest.raises(ConfigError, match="is there already"):
        new_config_file.write_new(
            path, "new", mode=0o600, replaces=False, check=lambda _: path.write_text("of another")
        )
    assert path.read_text() == "of another"
    assert os.listdir(tmp_path) == ["mine.toml"]


def test_what_would_not_load_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("# by hand\n")
    with pytest.raises(ConfigError, match="not TOML"):
        new_config_file.write_new(
            path, "[", mode=0o600, replaces=True, check=lambda part: configured.load_config(part, {})
        )

    assert path.read_text() == "# by hand\n"
    assert os.listdir(tmp_path) == ["mine.toml"]


def test_a_pipe_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for force in ((), ("--force",)):
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        assert ended("init", "--yes", *force, "--out", str(pipe)).returncode == 0
        assert b"[discovery]" in os.read(reader, 65_536)
        os.close(reader)
    assert pipe.is_fifo()


def test_links_that_lead_in_a_circle_are_no_mistake_of_ours(tmp_path: Path) -> None:
    (tmp_path / "a.toml").symlink_to("b.toml")
    (tmp_path / "b.toml").symlink_to("a.toml")

    assert ended("init", "--yes", "--out", str(tmp_path / "a.toml")).returncode == 78
    assert "Traceback" not in ended("init", "--yes", "--force", "--out", str(tmp_path / "a.toml")).stderr


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real.toml").write_text("")
    (tmp_path / "link.toml").symlink_to("real.toml")

    assert ended("init", "--yes", "--force", "--out", str(tmp_path / "link.toml")).returncode == 0
    assert (tmp_path / "link.toml").is_symlink()
    assert "[discovery]" in (tmp_path / "real.toml").read_text()


@for_each(
    ("place", "kind"),
    [("file/config.toml", StorageError), ("\0", StorageError), ("closed/config.toml", NotPermitted)],
)
def test_where_nothing_can_be_written_one_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, kind: type[Exception]
) -> None:
    (tmp_path / "file").write_text("")
    if kind is NotPermitted:  # as for anybody but root

        def closed(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(tempfile, "mkstemp", closed)
    with pytest.raises(kind, match="name a file that this user may write"):
        new_config_file.write_new(tmp_path / place, "", mode=0o600, replaces=False, check=str)


@for_each(
    ("options", "said"),
    [
        (("--kwh-price", "dear"), "'dear'"),
        (("--currency", "€"), "write its code, such as EUR"),
        (("--zone", "Nowhere/Land"), "is no time zone; write one such as Europe/Berlin"),
        (("--meter", "shelli", "10.0.0.4"), 'did you mean "shelly"'),
        (("--meter", "trex", "10.0.0.4"), "trex reads a miner"),
        (("--meter", "shelly", "user:pass@10.0.0.4"), "an address takes no user and no password"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_looked_at(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    done = ended("init", "--yes", "--out", str(tmp_path / "x.toml"), *options)

    assert done.returncode in {2, 78}
    assert said in " ".join(done.stderr.split())
    assert not (tmp_path / "x.toml").exists()


def typed(monkeypatch: pytest.MonkeyPatch, keys: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(keys), encoding="utf-8"))


def test_each_answer_is_asked_for_until_it_can_be_taken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = (
        b"\xff\xfe\x1b[31m", b"1" * 5000, b"0,32", b"0.32",
        b"euro\xe2\x82\xac", b"chf", b"../../etc/passwd", b"Europe/Zurich",
        b"shelly", b"shelly 10.0.0.4:99999", b"shelly 10.0.0.4", b"perhaps", b"Y",
    )  # fmt: skip
    typed(monkeypatch, b"\n".join(answers) + b"\n")
    told = init_questions.with_answers(OwnersWord(), zone="UTC")
    said = capsys.readouterr()

    assert told == OwnersWord(
        price_per_kilowatt_hour="0.32", currency="CHF", zone="Europe/Zurich", meter=("shelly", "10.0.0.4"), feeds=True
    )
    assert said.out == ""
    assert said.err.count("What does a kilowatt-hour cost") == 4
    assert "'../../etc/passwd' is no time zone" in said.err
    assert "\x1b" not in said.err


def test_nothing_typed_is_nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, b"\n\n\n")

    assert init_questions.with_answers(OwnersWord(), zone="UTC") == OwnersWord()


def test_what_was_said_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    told = OwnersWord(price_per_kilowatt_hour="1", currency="EUR", zone="UTC", meter=("shelly", "a"), feeds=True)
    typed(monkeypatch, b"")

    assert init_questions.with_answers(told, zone="UTC") == told


def test_where_nobody_types_any_more_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typed_answers, "somebody_is_there", lambda: True)
    typed(monkeypatch, b"0.32\n")

    assert ended("init", "--out", str(tmp_path / "x.toml")).returncode == 130
    assert not (tmp_path / "x.toml").exists()


def test_without_a_terminal_nothing_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, b"")
    done = ended("init", "--out", str(tmp_path / "x.toml"))

    assert done.returncode == 0
    assert "?" not in done.stderr
    assert "Write what a kilowatt-hour costs into its [tariff]" in done.stderr


def test_without_a_home_it_asks_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.delenv("XDG_CONFIG_HOME")
    done = ended("init", "--yes")

    assert done.returncode == 2
    assert "name a file with --out" in done.stderr


def test_the_zone_of_this_machine_is_known(tmp_path: Path) -> None:
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Europe/Berlin")
    (tmp_path / "odd").symlink_to("/usr/share/zoneinfo/../../../etc/passwd")

    assert own_zone({}, local_time=str(link)) == "Europe/Berlin"
    assert own_zone({"TZ": ":America/New_York"}, local_time=str(link)) == "America/New_York"
    assert own_zone({"TZ": "Garbage/\udcff:99"}, local_time=str(tmp_path / "odd")) is None


@pytest.mark.e2e
def test_at_a_terminal_it_asks_and_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "x.toml"
    with terminal("init", "--out", str(out), environment=at(tmp_path)) as seen:
        seen.until_shown("kilowatt-hour cost")
        seen.type(b"cheap\n")
        seen.until_shown("kilowatt-hour cost")
        seen.type(b"\x03")
        assert seen.ended() == 130
        assert "Traceback" not in seen.shown
    assert os.listdir(tmp_path) == []

    with terminal("init", "--out", str(out), environment=at(tmp_path)) as seen:
        for question, answer in (
            ("kilowatt-hour cost", b"0.32"), ("currency", b""), ("time zone", b"Europe/Berlin"), ("meter", b""), ("ECB", b"n"),
        ):  # fmt: skip
            seen.until_shown(question)
            seen.type(answer + b"\n")
        assert seen.ended() == 0
    config = configured.load_config(out, {})
    assert config.tariff is not None
    assert (config.tariff.currency, config.tariff.zone, config.feeds) == ("EUR", "Europe/Berlin", ())


def test_a_meter_is_said_with_its_address() -> None:
    with pytest.raises(click.BadParameter):
        init_questions.taken_meter("shelly")
