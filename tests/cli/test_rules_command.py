"""The command that writes rules: what it is told of runbooks, by whom, and what cannot stand in a link."""

from pathlib import Path

from tests.cli.every_command import Done, ended
from tests.for_each import for_each

BASE = "https://wiki.example/runbooks"


def exported(folder: Path, *arguments: str) -> Done:
    (folder / "config.toml").write_text(f'[alerts]\nrunbook_base = "{BASE}/"\n')
    return ended("rules", "export", "--out", str(folder / "rules"), "--config", str(folder / "config.toml"), *arguments)


def links(folder: Path) -> set[str]:
    lines = (folder / "rules" / "miner-agent.rules.yaml").read_text().splitlines()
    return {line.split('"')[1].rpartition("/")[0] for line in lines if "runbook_url:" in line}


def test_links_lead_where_the_configuration_says_unless_the_command_is_told(tmp_path: Path) -> None:
    assert exported(tmp_path).returncode == 0
    assert links(tmp_path) == {BASE}
    assert exported(tmp_path, "--runbook-base", "http://127.0.0.1:8080/r/").returncode == 0
    assert links(tmp_path) == {"http://127.0.0.1:8080/r"}


@for_each("base", ["", "wiki.example", "javascript:x", "https://a.example/{{ x", 'https://a.example/"', "https://a b"])
def test_what_is_no_address_or_what_a_template_would_read_is_refused(base: str, tmp_path: Path) -> None:
    done = exported(tmp_path, "--runbook-base", base)
    assert (done.returncode, BASE in done.stderr) == (2, True), done
    assert not (tmp_path / "rules").exists()
