"""Each kind of condition says the same here as in Prometheus, whatever a rig shows: values, and what fires when."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporters.alerts.alert_rule import AlertGuard, AlertRule, only_if, unless
from exporters.alerts.conditions import (
    AgeOf,
    Apart,
    ChangesOf,
    Compare,
    Condition,
    Fallen,
    Grown,
    Highest,
    Quotient,
    Scaled,
    TooFew,
    TooMany,
    above,
    at_least,
    below,
    equal,
    is_so,
    series,
)
from exporters.alerts.evaluator import Evaluator
from exporters.alerts.promql import duration, expression
from miner_agent.model.alerting import AlertKey
from tests.exporters.alerts.life_of_an_alert import Firing
from tests.promtool import STEP_SECONDS, Told, tried, written
from tests.written_families import families

STEPS = 24
WINDOW_SECONDS = 10.0 * STEP_SECONDS
RIGS = ("one", "two")
AT_ONCE = 2  # each start of promtool takes as long as what it is asked


def _rule(
    name: str,
    condition: Condition,
    guards: tuple[AlertGuard, ...] = (),
    *,
    for_seconds: float = 0.0,
    keep_firing_seconds: float = 0.0,
) -> AlertRule:
    return AlertRule(
        name=name,
        severity="info",
        about="rig",
        condition=condition,
        guards=guards,
        for_seconds=for_seconds,
        keep_firing_seconds=keep_firing_seconds,
        summary="",
        what_to_do="",
    )


LEVEL, BOUND, COUNT, REST, MOMENT = series("level"), series("bound"), series("count"), series("rest"), series("moment")
RULES = (
    _rule("AboveNumber", above(LEVEL, 3, clears=1), for_seconds=120, keep_firing_seconds=180),
    _rule("BelowMetric", below(LEVEL, Scaled(BOUND, ("d",), times=0.5, plus=-1)), for_seconds=60),
    _rule("BelowMetricClears", below(LEVEL, Scaled(BOUND, ("d",)), clears=Scaled(BOUND, ("d",), plus=2))),
    _rule("AtLeast", at_least(LEVEL, Scaled(BOUND, ("d",), times=0.1, at_least=2))),
    _rule("InState", is_so("level", s=("x", "z"))),
    _rule("InStateBut", equal(LEVEL.excluding(s="x"), 0)),
    _rule("OlderThan", above(AgeOf(MOMENT), 300), for_seconds=120),
    _rule("StillToCome", below(AgeOf(MOMENT), -60)),
    _rule("Grew", above(Grown(COUNT, WINDOW_SECONDS), 3), keep_firing_seconds=120),
    _rule("GrewASecond", above(Grown(COUNT, WINDOW_SECONDS, a_second=True), 0.01)),
    _rule("Fell", above(Fallen(LEVEL, WINDOW_SECONDS), 2)),
    _rule("Reached", at_least(Highest(LEVEL, WINDOW_SECONDS), 5)),
    _rule("Changed", at_least(ChangesOf(LEVEL, WINDOW_SECONDS), 4)),
    _rule("Part", below(Quotient(LEVEL, BOUND, on=("d",)), 0.5, clears=0.7)),
    _rule("Apart", above(Apart(LEVEL, BOUND, on=("d",)), Scaled(BOUND, ("d",), times=0.25, at_least=2))),
    _rule("NoneOfThem", equal(LEVEL.over_all("max", "s"), 0)),
    _rule("AllOfThem", at_least(LEVEL.over_all("min", "s"), 1)),
    _rule("Together", above(LEVEL.over_all("sum", "s", "d"), 6)),
    _rule("HowMany", below(LEVEL.over_all("above_zero", "s"), Scaled(BOUND, ("d",)))),
    _rule("TooFew", TooFew(COUNT, REST, 0.95, 1.0, (5.0 * STEP_SECONDS, WINDOW_SECONDS)), for_seconds=60),
    _rule("TooMany", TooMany(COUNT, REST, ratio=0.3, surely=0.1, sigmas=1.0, within_seconds=WINDOW_SECONDS)),
    _rule("Unless", above(LEVEL, 1), unless(above(BOUND, 3), is_so("moment"), on=("d",))),
    _rule("OnlyIf", above(LEVEL, 0), only_if(above(Grown(COUNT, WINDOW_SECONDS), 1), on=("d",)), for_seconds=60),
    _rule("OnlyIfAnywhere", above(LEVEL, 0), only_if(above(AgeOf(MOMENT), 300)), keep_firing_seconds=60),
)

small = st.one_of(st.none(), *[st.integers(-1, 6).map(float)] * 4)
levels = st.lists(small, min_size=STEPS, max_size=STEPS)


@st.composite
def counters(draw: st.DrawFn) -> list[Told]:
    """A count that mostly grows, is reset now and then, and is not told at some steps."""
    told, count = list[Told](), 0.0
    for grown, fate in draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 15)), min_size=STEPS, max_size=STEPS)):
        count = float(grown) if fate == 0 else count + grown
        told.append(None if fate == 1 else count)
    return told


moments = st.lists(
    st.one_of(st.none(), st.integers(0, STEPS * STEP_SECONDS).map(float)), min_size=STEPS, max_size=STEPS
)
DEVICES = ("1", "2")


@st.composite
def rigs(draw: st.DrawFn) -> dict[str, list[Told]]:
    """Every series of one rig, a value a step."""
    told = {f'level{{d="{d}",s="{s}"}}': draw(levels) for d in DEVICES for s in "xy"}
    told |= {f'bound{{d="{d}"}}': draw(levels) for d in DEVICES}
    told |= {f'{name}{{d="{d}"}}': draw(counters()) for d in DEVICES for name in ("count", "rest")}
    return told | {"moment": draw(moments)}


def _labelled(name: str, rig: str) -> str:
    metric, _, labels = name.rstrip("}").partition("{")
    target = f'job="rig",instance="agent",rig="{rig}"'
    return f"{metric}{{{labels},{target}}}" if labels else f"{metric}{{{target}}}"


def _labels(key: AlertKey) -> dict[str, str]:
    return {**dict(key.labels), "job": "rig", "instance": "agent", "rig": key.rig}


def _case(told: Mapping[str, Mapping[str, Sequence[Told]]]) -> dict[str, Any]:
    """What our own evaluation finds, and what fires by it, as promtool is to find it."""
    evaluators, firing = {rig: Evaluator(RULES, rig=rig) for rig in told}, {rig: Firing() for rig in told}
    found, fires = list[dict[str, Any]](), list[dict[str, Any]]()
    for step in range(STEPS):
        seconds, values = step * STEP_SECONDS, dict[str, list[dict[str, Any]]]()
        alerts = dict[str, list[dict[str, Any]]]()
        for rig, evaluator in evaluators.items():
            page = {name: value for name, line in told[rig].items() if (value := line[step]) is not None}
            looked = evaluator.look(families(page), now_seconds=seconds, steady_seconds=seconds)
            for each in looked.found:
                sample = {"labels": _sample(_labels(each.finding.key)), "value": each.finding.value}
                values.setdefault(each.finding.key.rule, []).append(sample)
            for key in firing[rig].after(looked, seconds):
                alerts.setdefault(key.rule, []).append({"exp_labels": _labels(key)})
        for rule in RULES:
            at = f"{seconds}s"
            if not _clears_elsewhere(rule):  # what an expression gives there depends on what fires
                asked = {"expr": f"({expression(rule)}) * 1", "eval_time": at}
                found.append(asked | {"exp_samples": values.get(rule.name, [])})
            fires.append({"alertname": rule.name, "eval_time": at, "exp_alerts": alerts.get(rule.name, [])})
    return {
        "interval": f"{STEP_SECONDS}s",
        "input_series": [
            {"series": _labelled(name, rig), "values": written(line)}
            for rig, lines in told.items()
            for name, line in lines.items()
            if any(value is not None for value in line)
        ],
        "promql_expr_test": found,
        "alert_rule_test": fires,
    }


def _clears_elsewhere(rule: AlertRule) -> bool:
    return isinstance(rule.condition, Compare) and rule.condition.clears is not None


def _sample(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"


AS_FILED = json.dumps(
    {
        "groups": [
            {
                "name": "tried",
                "rules": [
                    {
                        "alert": rule.name,
                        "expr": expression(rule),
                        "for": duration(rule.for_seconds),
                        "keep_firing_for": duration(rule.keep_firing_seconds),
                    }
                    for rule in RULES
                ],
            }
        ]
    }
)


@pytest.mark.lasting
@pytest.mark.parametrize(
    "starts", [pytest.param(20, marks=pytest.mark.thorough), pytest.param(1000, marks=pytest.mark.soak)]
)
def test_each_kind_of_condition_says_the_same_as_prometheus(starts: int) -> None:
    @settings(max_examples=starts)
    @given(st.lists(st.fixed_dictionaries({rig: rigs() for rig in RIGS}), min_size=AT_ONCE, max_size=AT_ONCE))
    def try_some(told: Sequence[Mapping[str, Mapping[str, Sequence[Told]]]]) -> None:
        with TemporaryDirectory() as folder:
            tried(Path(folder), AS_FILED, [_case(each) for each in told])

    try_some()
