"""What a configuration says of alerts: which miners, meters and channels there are, as far as it can say."""

from pathlib import Path

from miner_agent.assembly.configured import load_config
from miner_agent.service.alert_service import alerts_settings

MINER = '[[miners]]\nname = "left"\ndriver = "trex"\n'
METER = '[[meters]]\nname = "plug"\ndriver = "shelly"\naddress = "127.0.0.1:8080"\n'
LOG = '[[alerts.channels]]\nname = "log"\nkind = "journal"\n'


def named(folder: Path, text: str) -> dict[str, frozenset[str]]:
    (folder / "config.toml").write_text(text)
    return dict(alerts_settings(load_config(folder / "config.toml", {})).named)


def test_only_what_is_configured_is_there_unless_miners_are_looked_for(tmp_path: Path) -> None:
    of_channels = {"channel": frozenset({"log", "dead-man"})}
    assert named(tmp_path, LOG) == of_channels
    both = of_channels | {"meter": frozenset({"plug"})}
    assert named(tmp_path, MINER + METER + LOG) == both | {"miner": frozenset({"left"})}
    assert named(tmp_path, "[discovery]\nenabled = true\n" + MINER + METER + LOG) == both
