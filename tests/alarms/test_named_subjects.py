"""Which alerts are of something that a configuration names, or may have found."""

import pytest

from miner_agent.alarms.named_subjects import NamedSubjects
from miner_agent.model.alerting import AlertKey

BEFORE = NamedSubjects({"miner": frozenset({"left", "right"}), "meter": frozenset({"plug"})})
NOW = NamedSubjects({"miner": frozenset({"left"}), "meter": frozenset()})
LOOKED_FOR = NamedSubjects({"miner": frozenset({"left"}), "meter": frozenset()}, frozenset({"miner"}))


@pytest.mark.parametrize(
    ("label", "value", "is_there", "is_there_where_looked_for"),
    [
        ("miner", "left", True, True),
        ("miner", "right", False, False),
        ("miner", "xmrig", False, True),
        ("meter", "plug", False, False),
        ("device", "right/0", False, False),
        ("device", "left/0", True, True),
        ("device", "nvml/0", True, True),
        ("device", "GPU-1", True, True),
        ("collector", "right", False, False),
        ("collector", "plug", False, False),
        ("collector", "nvml", True, True),
        ("sensor", "core", True, True),
    ],
)
def test_what_was_taken_out_of_the_configuration_is_gone(
    label: str, value: str, *, is_there: bool, is_there_where_looked_for: bool
) -> None:
    key = AlertKey("Rule", "rig", ((label, value),))

    assert BEFORE.following(NamedSubjects()).have(key) or value == "xmrig"
    assert NOW.following(BEFORE).have(key) is is_there
    assert LOOKED_FOR.following(BEFORE).have(key) is is_there_where_looked_for


def test_what_is_named_again_is_there_again_and_what_is_gone_stays_gone() -> None:
    right, left = (AlertKey("Rule", "rig", (("miner", name),)) for name in ("right", "left"))
    none = NamedSubjects({"miner": frozenset()}, frozenset({"miner"}))
    later = none.following(LOOKED_FOR.following(BEFORE))

    assert (later.have(right), later.have(left)) == (False, False)
    assert BEFORE.following(later).have(right)
