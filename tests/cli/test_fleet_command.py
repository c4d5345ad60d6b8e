"""``miner-agent fleet``: what a Prometheus says of many rigs, and what it may say instead."""

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from miner_agent.cli.support.sparkline import BLOCKS
from tests.cli.every_command import ended
from tests.fake_http import FakeMiner, FakeService
from tests.fake_prometheus import FakePrometheus, Series, of_a_fleet
from tests.fakes import Mode

COMMANDS = ("status", "worst", "profit", "energy")


@pytest.fixture(scope="module")
def fleet() -> Iterator[FakePrometheus]:
    with FakePrometheus(of_a_fleet()) as prometheus:
        yield prometheus


def told(prometheus: FakePrometheus, *words: str) -> Any:
    done = ended("fleet", *words, "--prometheus", prometheus.address, "--json")
    assert done.stderr == ""
    return json.loads(done.stdout)


def refused(prometheus: FakeMiner, *words: str) -> str:
    done = ended("fleet", *words, "--prometheus", prometheus.address)
    assert (done.returncode, done.stdout) == (69, "")
    return done.stderr


def with_answers(changed: Mapping[str, list[Series]]) -> FakePrometheus:
    return FakePrometheus({**of_a_fleet(), **changed})


def test_status_says_what_is_at_each_site_and_that_not_all_is_well(fleet: FakePrometheus) -> None:
    done = ended("fleet", "status", "--prometheus", fleet.address)
    state = told(fleet, "status")

    assert done.returncode == 3
    assert "north      1 of 2    1   7 of 8" in done.stdout
    assert BLOCKS[3] in done.stdout
    north, south = state["sites"]
    assert (north["rigs"], north["rigs_up"], north["rigs_ill"], north["power_watts"]) == (2, 1, 1, 2150.0)
    assert north["power_watts_course"] == [*(None,) * 12, *(2150.0,) * 12]
    assert (south["site"], south["miners"], south["hottest_celsius"]) == ("süd", None, None)  # NaN is no value
    assert [(one["alert"], one["severity"], one["count"]) for one in state["alerts"]] == [
        ("DeviceMissing", "critical", 1),
        ("FanStopped", "warning", 2),
    ]


def test_status_of_a_fleet_that_is_well_ends_with_0() -> None:
    alerts = [query for query in of_a_fleet() if "ALERTS" in query or "rig_alert" in query]
    well: dict[str, list[Series]] = {
        "site:rigs_up:sum": [({"site": "north"}, 2.0), ({"site": "süd"}, 1.0)],
        "site:verdict_ill:sum": [],
    }
    with with_answers({**well, **{query: [] for query in alerts}}) as prometheus:
        done = ended("fleet", "status", "--prometheus", prometheus.address)

    assert done.returncode == 0
    assert "No alert fires." in done.stdout


def test_worst_lists_what_is_away_first_and_nothing_that_is_well(fleet: FakePrometheus) -> None:
    answer = told(fleet, "worst")

    assert (answer["rigs"], answer["bad"]) == (3, 2)
    away, weak = answer["worst"]
    assert (away["rig"], away["is_up"], away["hashrate_ratio"]) == ("rig-1", False, None)
    assert (weak["rig"], weak["is_ill"], weak["alerts_critical"], weak["alerts_warning"]) == ("rig-2", True, 1, 2)
    assert [one["rig"] for one in told(fleet, "worst", "--count", "1")["worst"]] == ["rig-1"]
    assert (
        "worst 1, --count shows more" in ended("fleet", "worst", "--count", "1", "--prometheus", fleet.address).stdout
    )


def test_profit_and_energy_are_sums_of_each_site(fleet: FakePrometheus) -> None:
    north, south = told(fleet, "profit")
    assert (north["profit_per_day"], north["revenue_per_day"], north["currency"], north["rigs"]) == (
        {"amount": "3.25", "currency": "EUR"},
        {"amount": "9", "currency": "EUR"},
        "EUR",
        1,
    )
    assert (south["profit_per_day"]["amount"], south["revenue_per_day"]) == ("-0.5", None)

    north, south = told(fleet, "energy")
    assert (north["kilowatt_hours"], north["covered_ratio"], north["costs"]) == (
        48.0,
        1.0,
        [{"amount": "5.75", "currency": "EUR"}],
    )
    assert (south["kilowatt_hours"], south["covered_ratio"], south["costs"]) == (12.0, 0.5, [])


def test_where_no_money_is_told_it_says_who_gets_to_see_it() -> None:
    with FakePrometheus() as prometheus:
        assert "only to the users that their [http] books_users name" in refused(prometheus, "profit")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_prometheus_that_knows_nothing_is_told_what_it_lacks(name: str) -> None:
    with FakePrometheus() as prometheus:
        said = refused(prometheus, name)

    assert said.startswith("miner-agent: ")
    assert "Prometheus" in said or "records.yaml" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("fake", "sentence"),
    [
        ({"status": "401 Unauthorized"}, "it wants a user and a password, or others: --user NAME --password-file FILE"),
        ({"status": "302 Found"}, "redirects are not followed"),
        ({"status": "503 Service Unavailable"}, "it answered with status 503 (Service Unavailable)"),
        ({"mode": Mode.CLOSE}, "127.0.0.1"),
    ],
)
def test_what_is_no_answer_is_one_sentence(fake: Mapping[str, Any], sentence: str) -> None:
    with FakePrometheus(of_a_fleet(), **fake) as prometheus:
        said = refused(prometheus, "status")

    assert sentence in said
    assert said.count("\n") == 1


def test_a_server_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    with FakeService() as other:
        assert "there is no /api/v1/query at that address" in refused(other, "status")
    with FakePrometheus() as gone:
        address = gone.address
    done = ended("fleet", "worst", "--prometheus", address)
    assert (done.returncode, done.stderr.count("\n")) == (69, 1)


def test_a_password_comes_from_a_file_and_stands_in_no_sentence(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("correct-horse\n")
    secret.chmod(0o600)
    known = ("--user", "me", "--password-file", str(secret))
    with FakePrometheus(of_a_fleet()) as prometheus:
        assert ended("fleet", "status", "--prometheus", prometheus.address, *known).returncode == 3
        proof = base64.b64encode(b"me:correct-horse")
        assert all(b"Authorization: Basic " + proof in request for request in prometheus.received)
        prometheus.status = "401 Unauthorized"
        said = ended("fleet", "status", "--prometheus", prometheus.address, *known).stderr
        assert "correct-horse" not in said
        address = prometheus.address.replace("://", "://me:correct-horse@")
        done = ended("fleet", "status", "--prometheus", address)
    assert done.returncode == 2
    assert "--password-file" in done.stderr
    assert "correct-horse" not in done.stderr
    secret.chmod(0o644)
    assert "chmod 600" in ended("fleet", "worst", "--prometheus", address.partition("me:")[0] + "h:1", *known).stderr


def test_names_from_outside_cannot_write_to_the_terminal() -> None:
    hostile = {"site": "\x1b[31mnorth\u202e", "currency": "EUR\nUSD"}
    with with_answers({"site:profit_per_day:sum": [(hostile, 1.0)]}) as prometheus:
        shown = ended("fleet", "profit", "--prometheus", prometheus.address).stdout

    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "EUR USD" in shown
    assert len(shown.splitlines()) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"status":"success"}',
        b'{"status":"success","data":{"result":{"a":1}}}',
        b'{"status":"success","data":{"result":[{"metric":[],"value":"x"}]}}',
        b'{"status":"success","data":{"result":[{"metric":{"site":{}},"value":[1,"1e999"]}]}}',
        b'{"status":"success","data":{"result":[' + b"[" * 5000 + b"]" * 5000 + b"]}}",
    ],
)
@pytest.mark.parametrize("name", COMMANDS)
def test_an_answer_that_makes_no_sense_ends_in_one_sentence(body: bytes, name: str) -> None:
    with FakePrometheus() as prometheus:
        prometheus.pages = _Same(body)
        said = refused(prometheus, name)

    assert said.count("\n") == 1
    assert "Traceback" not in said


class _Same(dict[str, bytes]):
    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.body = body

    def __contains__(self, _: object) -> bool:
        return True

    def __getitem__(self, _: str) -> bytes:
        return self.body
