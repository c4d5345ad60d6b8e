"""What a configuration says of alerts: which miners, meters and channels there are, as far as it can say."""

from pathlib import Path

from miner_agent.alarms.named_subjects import NamedSubjects
from miner_agent.assembly.configured import load_config
from miner_agent.service.alert_service import alerts_settings

MINER = '[[miners]]\nname = "left"\ndriver = "trex"\n'
METER = '[[meters]]\nname = "plug"\ndriver = "shelly"\naddress = "127.0.0.1:8080"\n'
LOG = '[[alerts.channels]]\nname = "log"\nkind = "journal"\n'
FOUND = frozenset({"miner"})


def subjects(folder: Path, text: str) -> NamedSubjects:
    (folder / "config.toml").write_text(text)
    return alerts_settings(load_config(folder / "config.toml", {})).subjects


def test_only_what_is_configured_is_there_unless_miners_are_looked_for(tmp_path: Path) -> None:
    channels = {"channel": frozenset({"log", "dead-man"})}
    none = channels | {"miner": frozenset(), "meter": frozenset()}
    both = channels | {"miner": frozenset({"left"}), "meter": frozenset({"plug"})}

    assert subjects(tmp_path, LOG) == NamedSubjects(none, found=FOUND)
    assert subjects(tmp_path, MINER + METER + LOG) == NamedSubjects(both)
    assert subjects(tmp_path, "[discovery]\nenabled = true\n" + MINER + METER + LOG) == NamedSubjects(both, found=FOUND)
