"""``[[thresholds]]`` that say nothing, or the wrong way round, are refused in one sentence."""

from pathlib import Path

import pytest

from miner_agent.config import loading
from miner_agent.errors import ConfigError


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ("", "it says no limit; write warning_celsius, critical_celsius or both"),
        ("warning_celsius = 90\ncritical_celsius = 90", "warning_celsius = 90 is not below critical_celsius = 90"),
        ("warning_celsius = 0", "warning_celsius = 0"),
        ("kind = 'meter'\nwarning_celsius = 70", "kind"),
    ],
)
def test_limits_that_cannot_be_are_refused(tmp_path: Path, keys: str, sentence: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'[[thresholds]]\nsensor = "core"\n{keys}\n')

    with pytest.raises(ConfigError) as refusal:
        loading.load([file], environment={}, known_drivers=[])

    assert sentence in str(refusal.value)
