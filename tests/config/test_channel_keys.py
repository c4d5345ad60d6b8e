"""Channels as a configuration says them, and as it must not."""

import re
from pathlib import Path

import pytest

from miner_agent.config import loading
from miner_agent.errors import ConfigError


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ('kind = "webhook"', 'key "url_file" is missing; write the address into a file'),
        ('kind = "webhook"\nurl = "http://a/secret"', 'kind = "webhook" knows no url; leave it away: whoever knows the address'),
        ('kind = "alertmanager"', 'key "url" is missing, such as "http://127.0.0.1:9093"'),
        ('kind = "alertmanager"\nurl = "http://a"\nurl_file = "b"', "url and url_file both say where it is"),
        ('kind = "journal"\nurl_file = "b"', 'kind = "journal" knows no url_file; leave it away'),
        ('kind = "apprise"\nurl_file = "b"\nsecret_file = "c"', 'kind = "apprise" knows no secret_file'),
        ('kind = "journal"\n[[alerts.channels]]\nname = "x"\nkind = "journal"', 'name "x" stands there twice'),
        ('kind = "journal"\nseverities = "fatal"', 'severities = "fatal" is not known; known: critical, info, warning'),
    ],
)  # fmt: skip
def test_a_flawed_channel_is_told_in_a_sentence(told: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f'[[alerts.channels]]\nname = "x"\n{told}\n')

    with pytest.raises(ConfigError, match=re.escape(sentence)) as refusal:
        loading.load([tmp_path / "config.toml"], environment={}, known_drivers=())

    assert "secret" not in str(refusal.value).replace("secret_file", "")


def test_a_channel_may_not_be_called_as_the_sign_of_life(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[[alerts.channels]]\nname = "dead-man"\nkind = "journal"\n')

    with pytest.raises(ConfigError, match="is the name of the sign of life; write another one"):
        loading.load([tmp_path / "config.toml"], environment={}, known_drivers=())


def test_more_channels_than_there_are_threads_for_are_refused(tmp_path: Path) -> None:
    text = "".join(f'[[alerts.channels]]\nname = "c{number}"\nkind = "journal"\n' for number in range(17))
    (tmp_path / "config.toml").write_text(text)

    with pytest.raises(ConfigError, match=r"\[alerts\]: channels"):
        loading.load([tmp_path / "config.toml"], environment={}, known_drivers=())
