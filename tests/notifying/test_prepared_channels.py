"""From a configuration to channels: secrets are read from files of their owner's, and shown nowhere."""

import importlib.util
import re
from pathlib import Path

import pytest

from miner_agent.config import loading
from miner_agent.errors import ConfigError
from miner_agent.notifying.prepared_channels import PreparedAlerts, prepared
from miner_agent.notifying.webhook_channel import WebhookChannel
from tests.notifying.notices import notice

SECRET = "canary-7c1f93ab"
HOOK = '[[alerts.channels]]\nname = "hook"\nkind = "webhook"\nurl_file = "url"\n'


def alerts_of(folder: Path, text: str, *, mode: int = 0o600, **files: str) -> PreparedAlerts:
    for name, content in files.items():
        (folder / name).write_text(content)
        (folder / name).chmod(mode)
    (folder / "config.toml").write_text(text)
    loaded = loading.load([folder / "config.toml"], environment={}, known_drivers=())
    return prepared(loaded.alerts, rig="left-rack")


def test_an_address_and_a_secret_come_from_files_and_are_in_no_repr(tmp_path: Path) -> None:
    told = alerts_of(
        tmp_path,
        f'{HOOK}secret_file = "secret"\n[alerts.dead_man]\nurl_file = "life"\n',
        url=f"https://u:{SECRET}@hooks.example/{SECRET}?k={SECRET}\n",
        secret=f"{SECRET}\n",
        life=f"https://life.example/{SECRET}",
    )

    (hook,) = told.channels
    assert isinstance(hook.channel(), WebhookChannel)
    assert hook.secret == SECRET
    assert told.sign is not None
    assert told.sign.every_seconds == 60
    assert "hooks.example" in repr(told)
    assert SECRET not in repr(told)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (f"hooks.example/{SECRET}", "it is no address of the web; write https://HOST/PATH"),
        (f"https://hooks.example:0/{SECRET}", "port '0' is not a number between 1 and 65535"),
        (f"https://hooks.example/two words {SECRET}", "holds no address in plain ASCII"),
        ("", "holds no address in plain ASCII"),
    ],
)
def test_a_flawed_address_is_told_without_showing_it(url: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=re.escape(sentence)) as refusal:
        alerts_of(tmp_path, HOOK, url=url)

    assert "[[alerts.channels]] hook" in str(refusal.value)
    assert SECRET not in str(refusal.value)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"url_file .*/url can be read by others; run: chmod 600"):
        alerts_of(tmp_path, HOOK, mode=0o644, url="https://hooks.example/x")


def test_apprise_that_is_not_installed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(ConfigError, match=r'pip install "miner-agent\[notify\]"'):
        alerts_of(tmp_path, HOOK.replace("webhook", "apprise"), url=f"json://{SECRET}")


def test_a_channel_is_told_of_its_severities_and_rigs(tmp_path: Path) -> None:
    text = """
[agent]
rig = "right-rack"
[[alerts.channels]]
name = "all"
kind = "journal"
[[alerts.channels]]
name = "critical"
kind = "journal"
severities = "critical"
[[alerts.channels]]
name = "right"
kind = "journal"
rigs = ["right-rack"]
"""
    told = alerts_of(tmp_path, text)

    assert told.channels_for(notice()) == ("all",)
    assert told.channels_for(notice(severity="critical")) == ("all", "critical")
    assert told.channels_for(notice(rig="right-rack")) == ("all", "right")
    assert told.channels_for(notice(severity="none")) == ()


def test_the_same_files_make_equal_channels_and_others_do_not(tmp_path: Path) -> None:
    first = alerts_of(tmp_path, HOOK, url="https://a.example/x")

    assert alerts_of(tmp_path, HOOK, url="https://a.example/x") == first
    assert alerts_of(tmp_path, HOOK, url="https://a.example/y") != first
