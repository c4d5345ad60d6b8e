"""Every document of the API: what it tells, to whom, in which form, and that what is published stays."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from exporters.alerts import ALERTS
from miner_agent.face.api import ENDPOINTS
from miner_agent.face.api.api_answers import DESCRIPTION
from miner_agent.face.api.api_endpoint import PREFIX, ApiEndpoint
from miner_agent.face.api.rows_csv import columns_of
from miner_agent.face.known import AlertsKnown, BesideTicks, OtherRig
from miner_agent.model.alerting import AlertKey, AlertStanding, Silence
from miner_agent.model.health import Verdict
from miner_agent.views.alert_view import _OF_MONEY
from miner_agent.views.figures import NOT_SHOWN
from miner_agent.web.pages import RigPage
from tests.agent_pages import PAGE
from tests.face.api_agent import FacedAgent, faced
from tests.hostile_names import NAMES
from tests.log_ticks import START, full_tick, tick
from tests.whole.test_contracts import everything
from tools.openapi import PARAMETERS, described

NOT_NOW = ("series", "stats", "changes", "decisions", "what-if", "books")
HERE = [one for one in ENDPOINTS if not one.path.startswith(NOT_NOW)]
"""Those that are told at once."""


def standing(rule: str, *, severity: Any = "warning", stage: Any = "firing", **labels: str) -> AlertStanding:
    return AlertStanding(
        key=AlertKey(rule, "left", tuple(sorted(labels.items()))),
        severity=severity,
        stage=stage,
        since=START,
        since_seconds=0.0,
        stage_seconds=0.0,
        value=3.25,
        threshold=1.0,
    )


def rig_page(**told: Any) -> RigPage:
    known: dict[str, Any] = {
        "up": True,
        "reason": None,
        "dead": False,
        "verdict": dict,
        "fresh_until_seconds": 0.0,
        "asked_at": START,
    }
    return RigPage(page=PAGE, without_readings=lambda: PAGE, **(known | told))


TAKEN_AT = everything("EUR").taken_at.strftime("%Y-%m-%dT%H:%M:%SZ")
MONEY_RULE = min(_OF_MONEY)
SILENCE = Silence(
    id=7, matchers=(("device", "GPU-2"),), until=START + timedelta(hours=2), author="me", comment="", made_at=START
)
WELL = replace(full_tick(0), verdict=Verdict(word="well"))
BESIDE = BesideTicks(
    rigs=lambda: {
        "shelf": OtherRig(page=rig_page(), fresh=True, snapshot=WELL),
        "late": OtherRig(page=rig_page(), fresh=False, snapshot=full_tick(0)),
        "new": OtherRig(page=None),
        "replayed": OtherRig(page=rig_page(), fresh=True),
    },
    alerts=lambda: AlertsKnown(
        standings=(
            standing("DeviceLost", severity="critical", device="GPU-1"),
            standing("DeviceLost", stage="pending", device="GPU-2"),
            standing("DeviceLost", stage="resolved", device="GPU-3"),
            standing(MONEY_RULE, severity="info", pool="pool.example"),
        ),
        silences=(SILENCE,),
    ),
)


@pytest.fixture(scope="module")
def made() -> Iterator[FacedAgent]:
    """Made once: its templates are compiled, which takes longer than all that it is asked."""
    with faced(beside=BESIDE) as agent:
        yield agent


@pytest.fixture
def agent(made: FacedAgent) -> FacedAgent:
    made.ticks(everything("EUR"))
    return made


def address(endpoint: ApiEndpoint) -> str:
    return PREFIX + endpoint.path.replace("{rig}", "EUR")


def test_every_document_is_told_and_says_of_which_moment_it_is(agent: FacedAgent) -> None:
    for endpoint in HERE:
        told = agent.document(address(endpoint), sees_money=True)
        if "value" not in told:
            assert (told["rig"], told["taken_at"], told["stale"]) == ("EUR", TAKEN_AT, False)


def test_what_stands_in_a_table_stands_in_the_snapshot_too(agent: FacedAgent) -> None:
    snapshot = agent.document("/api/v1/snapshot", sees_money=True)
    for name in ("devices", "miners", "meters", "sources"):
        assert agent.document(f"/api/v1/{name}", sees_money=True)["rows"] == snapshot[name]
        assert snapshot[name]
    for name in ("profit", "tariff"):
        assert agent.document(f"/api/v1/{name}", sees_money=True) == snapshot[name]
        assert snapshot[name]["value"]
    assert agent.document("/api/v1/rigs/EUR/snapshot", sees_money=True) == snapshot


def test_every_moment_is_in_utc(agent: FacedAgent) -> None:
    told = json.dumps([agent.document(address(one), sees_money=True) for one in HERE])
    moments = re.findall(r'"(\d{4}-\d\d-\d\dT[^"]*)"', told)
    assert len(moments) > 50
    assert [one for one in moments if not one.endswith("Z")] == []


def test_money_is_told_to_those_alone_who_may_see_it(agent: FacedAgent) -> None:
    assert agent.document("/api/v1/profit") == {"value": None, "reason": NOT_SHOWN}
    assert agent.table("/api/v1/profit?format=csv") == []
    snapshot = agent.document("/api/v1/snapshot")
    for name in ("profit", "ledger"):
        assert snapshot[name] == {"value": None, "reason": NOT_SHOWN}
    assert agent.document("/api/v1/rigs/EUR/snapshot") == snapshot
    shown, hidden = (
        next(row for row in agent.document("/api/v1/alerts", sees_money=sees)["rows"] if row["alert"] == MONEY_RULE)
        for sees in (True, False)
    )
    assert (shown["labels"], shown["value"], shown["reason"]) == ({"pool": "pool.example"}, 3.25, None)
    assert (hidden["labels"], hidden["value"], hidden["summary"]) == (None, None, None)
    assert hidden["reason"] == NOT_SHOWN
    (shown,), (hidden,) = (agent.document("/api/v1/alerts", sees_money=sees)["silences"] for sees in (True, False))
    assert shown == {
        **hidden,
        "matchers": {"device": "GPU-2"},
        "author": SILENCE.author,
        "comment": SILENCE.comment,
        "reason": None,
    }
    assert (hidden["id"], hidden["matchers"], hidden["comment"], hidden["reason"]) == (
        SILENCE.id,
        None,
        None,
        NOT_SHOWN,
    )


def test_a_table_is_told_as_csv_with_a_line_a_row(agent: FacedAgent) -> None:
    (device,) = agent.document("/api/v1/devices")["rows"]
    (row,) = agent.table("/api/v1/devices?format=csv")
    assert row["power_watts"] == str(device["power_watts"]["value"])
    assert (row["device"], row["kind"], row["answered"]) == ("EUR", "gpu", "yes")
    (candidate,) = agent.document("/api/v1/profit", sees_money=True)["value"]["candidates"]
    (row,) = agent.table("/api/v1/profit?format=csv", sees_money=True)
    assert row["profit_per_day"] == candidate["profit_per_day"]["value"]["amount"]
    assert row["profit_per_day_currency"] == "EUR"
    (workload,) = agent.table("/api/v1/miners?format=csv")
    assert (workload["miner"], workload["pool_host"]) == ("EUR", "EUR")


def test_every_table_has_the_same_columns_whatever_is_in_it(agent: FacedAgent) -> None:
    agent.ticks(tick(0))
    for endpoint in HERE:
        if endpoint.row is not None:
            head = agent.ask(f"{address(endpoint)}?format=csv").body.decode().splitlines()[0]
            assert head.split(",") == [name for name, _ in columns_of(endpoint.row)]


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("devices?colour=red", 400, "devices does not take the parameter 'colour'; it takes format"),
        ("snapshot?format=csv", 400, "snapshot does not take the parameter 'format'; it takes none"),
        ("devices?format=xml", 400, "format: 'xml' is none that there is; there are json, csv"),
        ("devices?format=csv&format=csv", 400, "format is given 2 times; give it once"),
        ("devices?", 200, ""),
        ("openapi.json?a=1", 400, "/api/v1/openapi.json takes no parameter"),
        ("rigs/nobody/snapshot", 404, "There is no rig 'nobody'"),
        ("rigs/new/snapshot", 404, "new: its first answer has not come yet."),
        ("rigs/replayed/snapshot", 404, "replayed: of this rig nothing but its page of metrics is known."),
        ("rigs//snapshot", 404, "There is no such document"),
        ("devices/", 404, "There is no such document"),
        ("", 404, "There is no such document"),
    ],
)
def test_what_cannot_be_answered_is_said_in_one_sentence(agent: FacedAgent, asked: str, status: int, said: str) -> None:
    reply = agent.ask(f"/api/v1/{asked}")
    assert reply.status == status
    if status != 200:
        problem = json.loads(reply.body)
        assert reply.media_type == "application/problem+json"
        assert (problem["type"], problem["status"]) == ("about:blank", status)
        assert said in problem["detail"]


def test_rigs_are_told_the_worst_first_and_what_is_not_known_of_them_is_not(agent: FacedAgent) -> None:
    rows = {row["rig"]: row for row in agent.document("/api/v1/rigs")["rows"]}
    assert set(rows) == {"EUR", "shelf", "late", "new", "replayed"}
    assert (rows["EUR"]["own"], rows["shelf"]["own"]) == (True, False)
    assert rows["EUR"]["snapshot"] == "/api/v1/snapshot"  # whatever its name holds
    assert rows["shelf"]["snapshot"] == "/api/v1/rigs/shelf/snapshot"
    assert agent.document(rows["shelf"]["snapshot"])["stale"] is False
    late = agent.document("/api/v1/rigs/late/snapshot")
    assert (late["stale"], late["reason"], late["devices"][0]["power_watts"]["stale"]) == (
        True,
        "it was not asked in its time",
        True,
    )
    assert (rows["late"]["up"], rows["late"]["stale"], rows["late"]["verdict"]["verdict"]) == (None, True, "unknown")
    assert (rows["new"]["up"], rows["new"]["reason"]) == (None, "its first answer has not come yet")
    assert rows["replayed"]["snapshot"] is None
    assert rows["shelf"]["hashes_per_second"]["algorithm0"]["value"] == 3e8
    words = [row["verdict"]["verdict"] for row in agent.document("/api/v1/rigs")["rows"]]
    assert words[-1] == "well"
    assert words == sorted(words, key=["ill", "unknown", "well"].index)


def test_alerts_are_told_by_their_weight_and_what_is_over_is_not(agent: FacedAgent) -> None:
    told = agent.document("/api/v1/alerts", sees_money=True)
    assert [(row["alert"], row["state"], row["silenced"]) for row in told["rows"]] == [
        ("DeviceLost", "firing", False),
        (MONEY_RULE, "firing", False),
        ("DeviceLost", "pending", True),
    ]
    assert told["rows"][0]["what_to_do"] == next(rule for rule in ALERTS if rule.name == "DeviceLost").what_to_do
    assert [one["matchers"] for one in told["silences"]] == [{"device": "GPU-2"}]


@pytest.mark.thorough
def test_a_hostile_name_breaks_neither_json_nor_a_line_of_csv(agent: FacedAgent) -> None:
    for name in NAMES.values():
        agent.ticks(everything(name))
        for path in ("devices", "meters", "sources"):
            assert json.loads(agent.ask(f"/api/v1/{path}").body)["rows"]
            (row,) = agent.table(f"/api/v1/{path}?format=csv")[:1]
            assert not any(cell[:1] in {"=", "+", "-", "@", "\t", "\r"} and not number(cell) for cell in row.values())
        assert json.loads(agent.ask("/api/v1/snapshot").body)


def number(cell: str) -> bool:
    return re.fullmatch(r"-?[0-9.e+-]+", cell) is not None


def test_a_reload_in_between_is_told_with_the_next_tick(agent: FacedAgent) -> None:
    before = agent.ask("/api/v1/devices")
    assert agent.ask("/api/v1/devices") is before
    agent.ticks(full_tick(1))
    after = agent.document("/api/v1/devices")
    assert after["rig"] == "left"
    assert agent.ask("/api/v1/devices").etag != before.etag


# What is published


def published() -> Any:
    return json.loads(json.dumps(described(ENDPOINTS)))


def shrunk(before: Any, after: Any, where: str = "") -> Iterator[str]:
    """What there was and is no more, or is another thing."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, held in before.items():
            if name in {"description", "summary", "title", "version"}:
                continue
            if name not in after:
                yield f"{where}/{name} is gone"
            else:
                yield from shrunk(held, after[name], f"{where}/{name}")
    elif isinstance(before, list) and isinstance(after, list):
        for held in before:
            alike = [one for one in after if key(one) == key(held)]
            if not alike:
                yield f"{where}: {key(held)} is gone"
            for one in alike[:1]:
                yield from shrunk(held, one, where)
        if where.endswith("/parameters"):
            known = {key(one) for one in before}
            yield from (
                f"{where}: {key(one)} is wanted now" for one in after if one["required"] and key(one) not in known
            )
    elif before != after:
        yield f"{where}: {before!r} became {after!r}"


def key(item: Any) -> Any:
    """By what an entry of a list is found again."""
    if isinstance(item, dict):
        return item.get("name") or item.get("$ref") or item.get("type") or json.dumps(item, sort_keys=True)
    return item


def test_what_was_published_stays(update_golden: bool) -> None:
    now = published()
    before = json.loads(DESCRIPTION.read_text()) if DESCRIPTION.exists() else {}
    assert list(shrunk(before, now)) == []
    if update_golden:
        DESCRIPTION.write_bytes(msgspec.json.format(msgspec.json.encode(described(ENDPOINTS)), indent=1) + b"\n")
    assert json.loads(DESCRIPTION.read_text()) == now, "something was added: --update-golden notes it"


def test_something_that_goes_is_noticed() -> None:
    whole = published()
    for path in (
        ("paths", "/api/v1/devices"),
        ("components", "schemas", "Figure", "properties", "unit"),
        ("components", "schemas", "DeviceView", "properties", "power_watts", "$ref"),
    ):
        less = published()
        holder = less
        for step in path[:-1]:
            holder = holder[step]
        del holder[path[-1]]
        assert list(shrunk(whole, less)) == [f"/{'/'.join(path)} is gone"]
    other = published()
    other["components"]["schemas"]["Figure"]["properties"]["unit"] = {"type": "integer"}
    other["paths"]["/api/v1/devices"]["get"]["parameters"].pop()
    assert len(list(shrunk(whole, other))) == 2


def test_what_is_told_of_the_api_is_what_it_is_made_of(agent: FacedAgent) -> None:
    assert agent.ask("/api/v1/openapi.json").body == msgspec.json.encode(described(ENDPOINTS))


def test_every_document_and_parameter_is_described(agent: FacedAgent) -> None:
    told = agent.document("/api/v1/openapi.json")
    assert set(told["paths"]) == {PREFIX + one.path for one in ENDPOINTS}
    used = {name for one in ENDPOINTS for name in (*one.takes, *re.findall(r"{(\w+)}", one.path))}
    assert used <= set(PARAMETERS)
