"""Rules as the owner of a rig wants them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from exporters.alerts import ALERTS
from exporters.alerts.alert_rule import AlertRule
from exporters.alerts.evaluator import Evaluator
from exporters.alerts.rule_changes import overridden
from exporters.alerts.rule_files import rule_file
from miner_agent.config.alert_rule_keys import AlertOverride
from miner_agent.errors import ConfigError
from tests.promtool import checked
from tests.written_families import families

CARDS = {"a": "gpu", "b": "gpu", "c": "cpu"}


def page(celsius: float) -> dict[str, float]:
    """Three devices that are so hot, and from when on that is too hot."""
    told = dict[str, float]()
    for device, kind in CARDS.items():
        told[f'rig_device_info{{device="{device}",kind="{kind}"}}'] = 1
        told[f'rig_device_temperature_celsius{{device="{device}",sensor="core"}}'] = celsius
        told[f'rig_device_temperature_threshold_celsius{{device="{device}",sensor="core",level="warning"}}'] = 85
    return told


def fired(told: Mapping[str, float], *changes: AlertOverride) -> dict[str, AlertRule]:
    """The devices that are too hot, and by which rule."""
    rules = [rule for rule in overridden(ALERTS, changes, place="config.toml") if rule.name == "DeviceTemperatureHigh"]
    looked = Evaluator(rules).look(families(told), now_seconds=0, steady_seconds=0)
    assert len(looked.found) == len({each.finding.key for each in looked.found})
    return {dict(each.finding.key.labels)["device"]: each.rule for each in looked.found}


def hot(**said: object) -> AlertOverride:
    return AlertOverride(alert="DeviceTemperatureHigh", **said)  # type: ignore[arg-type]


def test_without_changes_the_table_is_as_it_is() -> None:
    assert overridden(ALERTS, (), place="config.toml") == ALERTS


def test_a_threshold_is_another_one_for_all_for_a_kind_and_for_a_device() -> None:
    assert set(fired(page(80))) == set()
    assert set(fired(page(80), hot(threshold=70))) == {"a", "b", "c"}
    assert set(fired(page(80), hot(threshold=70, kind="gpu"))) == {"a", "b"}
    assert set(fired(page(80), hot(threshold=70, device="b"))) == {"b"}
    assert set(fired(page(80), hot(threshold=70, kind="gpu"), hot(threshold=90, device="b"))) == {"a"}
    assert set(fired(page(80), hot(threshold=90), hot(threshold=70, kind="cpu"))) == {"c"}


def test_what_is_off_is_never_found_but_where_something_else_is_said() -> None:
    assert set(fired(page(90), hot(off=True))) == set()
    assert set(fired(page(90), hot(off=True, kind="gpu"))) == {"c"}
    assert set(fired(page(90), hot(off=True, device="a"))) == {"b", "c"}
    assert set(fired(page(90), hot(off=True), hot(device="a"))) == {"a"}


@pytest.mark.parametrize("whom", [{}, {"kind": "gpu"}, {"device": "a"}])
def test_what_a_later_table_switches_on_again_is_found(whom: dict[str, str]) -> None:
    switched_on = set(fired(page(90), hot(off=True, **whom), hot(off=False, **whom), hot(for_seconds=0, **whom)))

    assert switched_on == set(fired(page(90)))


def test_time_and_severity_are_those_that_are_said() -> None:
    by_device = fired(
        page(90), hot(for_seconds=5), hot(severity="critical", kind="cpu"), hot(for_seconds=9, device="a")
    )

    assert {device: (rule.for_seconds, rule.severity) for device, rule in by_device.items()} == {
        "a": (9, "warning"),
        "b": (5, "warning"),
        "c": (5, "critical"),
    }


@pytest.mark.parametrize("whom", [{}, {"kind": "gpu"}, {"device": "a"}])
def test_what_a_second_table_does_not_say_stays_as_the_first_one_has_it(whom: dict[str, str]) -> None:
    by_device = fired(
        page(80), hot(threshold=70, for_seconds=5, **whom), hot(for_seconds=9, **whom), hot(severity="info", **whom)
    )
    assert (by_device["a"].for_seconds, by_device["a"].severity) == (9, "info")
    assert set(fired(page(90), hot(off=True, **whom), hot(for_seconds=9, **whom))) <= {"b", "c"}


def test_the_bound_at_which_it_clears_stays_as_far_away() -> None:
    rules = overridden(ALERTS, [hot(threshold=70)], place="config.toml")
    look = Evaluator([rule for rule in rules if rule.name == "DeviceTemperatureHigh"]).look

    assert len(look(families(page(68)), now_seconds=0, steady_seconds=0).held) == 3
    assert len(look(families(page(66)), now_seconds=0, steady_seconds=0).held) == 0


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (AlertOverride(alert="DeviceHot"), 'alert = "DeviceHot" is not known; did you mean "DeviceLost"?'),
        (AlertOverride(alert="?"), 'alert = "?" is not known; docs/alerts.md has them all'),
        (
            AlertOverride(alert="MinerDown", threshold=1),
            "MinerDown is about a state and has no threshold; leave it away",
        ),
        (AlertOverride(alert="MinerDown", device="a"), "MinerDown is not about a device; leave kind and device away"),
        (hot(kind="gpu", device="a"), "DeviceTemperatureHigh: name a kind or a device, not both"),
    ],
)
def test_what_cannot_be_is_one_sentence(said: AlertOverride, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        overridden(ALERTS, [said], place="config.toml")

    assert str(caught.value) == f"config.toml: [[alerts.rules]]: {sentence}"


def test_every_alert_can_be_changed_and_prometheus_takes_what_comes_of_it(tmp_path: Path) -> None:
    changes = [AlertOverride(alert=rule.name, for_seconds=7) for rule in ALERTS]
    changes += [
        AlertOverride(alert="DeviceTemperatureHigh", device=device, threshold=1) for device in ("0000:01:00.0", 'a"b')
    ]
    changes += [AlertOverride(alert="DeviceTemperatureHigh", kind="cpu", severity="info", threshold=2)]
    (tmp_path / "alerts.yaml").write_text(rule_file(overridden(ALERTS, changes, place="config.toml")))

    checked(tmp_path / "alerts.yaml")
