"""The whole reading side beside miners that do harm on purpose: in their names, their numbers and their numbers of names."""

import io
import itertools
import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families as text_families
from rich.console import Console

from exporters.prometheus import Page, Renderer
from miner_agent import drivers
from miner_agent.cli.support.documents import json_text
from miner_agent.cli.support.reading_tables import show
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.service.logs import LineFormatter
from miner_agent.tick.pipeline import MinerSource, Pipeline
from miner_agent.tick.watch import Destination
from miner_agent.transport.polls import Endpoint, Transport
from tests.api_documents import once_document
from tests.examples import few_and_all
from tests.fake_http import FakeMiner
from tests.fake_sockets import FakeTcpMiner
from tests.hostile_names import NAMES

HERE = Path(__file__).parents[1]
TREX = json.loads((HERE / "captures" / "trex" / "0.26__2x-gpu__dual" / "summary.raw").read_bytes())
CGMINER = HERE / "captures" / "cgminer" / "5.1__sgminer-2x-gpu__mining"
NOW = datetime(2026, 5, 4, tzinfo=UTC)
ALLOWED_CONTROL = {"\n"}


@pytest.fixture(scope="module")
def http() -> Iterator[FakeMiner]:
    with FakeMiner({"/summary": b"{}"}) as fake:
        yield fake


@pytest.fixture(scope="module")
def tcp() -> Iterator[FakeTcpMiner]:
    with FakeTcpMiner() as fake:
        yield fake


@pytest.fixture(scope="module")
def pipeline(http: FakeMiner, tcp: FakeTcpMiner) -> Iterator[Pipeline]:
    transport = Transport()
    yield Pipeline(
        rig="rig",
        miners=[source("web", "trex", http.address), source("raw", "cgminer", tcp.address)],
        fetcher=transport,
        host=None,
        sensors=None,
        trackers={},
        deadline_seconds=4.0,
        monotonic=time.monotonic,
    )
    transport.close()


def source(name: str, driver: str, address: str) -> MinerSource:
    endpoint = Endpoint.parse(address, default_scheme="tcp", default_port=None)
    return MinerSource(name=name, driver=drivers.load(driver), endpoint=endpoint, wanted=Destination())


def trex(name: str) -> bytes:
    """T-Rex' summary with the name wherever it can say one."""
    said = json.loads(json.dumps(TREX))
    for place in (said, said["dual_stat"]):
        place["algorithm"] = place["coin"] = place["name"] = place["version"] = place["description"] = name
        place["active_pool"] |= {"url": f"stratum+tcp://{name}:4444", "user": name, "worker": name}
    for card in said["gpus"]:
        card |= {"name": name, "vendor": name, "uuid": name}
    return json.dumps(said).encode()


def cgminer(name: str) -> dict[bytes, bytes]:
    answers = {}
    for request in drivers.load("cgminer").requests:
        file = CGMINER / f"{request.name}.raw"
        said = json.loads(file.read_bytes().rstrip(b"\0")) if file.exists() else {"STATUS": [{"STATUS": "E"}]}
        for row in (row for rows in said.values() if isinstance(rows, list) for row in rows):
            row |= {key: name for key, value in row.items() if isinstance(value, str) and key != "STATUS"}
        command: bytes = request.command  # type: ignore[union-attr]
        answers[command] = json.dumps(said).encode() + b"\0"
    return answers


def tick(pipeline: Pipeline) -> tuple[RigSnapshot, Page]:
    snapshot = pipeline.tick(NOW)
    return snapshot, Renderer(process=False).render(snapshot)


def sinks(snapshot: RigSnapshot, page: Page) -> dict[str, str]:
    """Everything that a person or a program reads of a tick, and how many lines it may have."""
    screen = io.StringIO()
    show(snapshot, Console(file=screen, width=160, highlight=False))
    log = "\n".join(
        LineFormatter(journal=True).format(logging.makeLogRecord({"msg": "%s", "args": (said,)}))
        for outcome in snapshot.outcomes
        for said in (outcome.error, outcome.reading)
    )
    return {
        "metrics": page.text.decode(),
        "json": json_text(once_document(snapshot)),
        "table": screen.getvalue(),
        "log": log,
    }


@pytest.mark.thorough
@pytest.mark.parametrize("kind", few_and_all(list(NAMES), few=27))
def test_no_name_gets_out_of_its_place_in_any_sink(
    pipeline: Pipeline, http: FakeMiner, tcp: FakeTcpMiner, kind: str
) -> None:
    http.pages["/summary"], tcp.answers = trex(NAMES[kind]), cgminer(NAMES[kind])
    snapshot, page = tick(pipeline)

    for sink, text in sinks(snapshot, page).items():
        harmful = {
            character
            for character in text
            if character not in ALLOWED_CONTROL and not character.isprintable() and character != "\u3000"
        }
        assert not harmful, f"{sink} holds {harmful}"
    families = list(text_families(page.text.decode()))
    assert "rig_fake" not in {family.name for family in families}
    samples = [sample for family in families for sample in family.samples]
    assert len(samples) == sum(not line.startswith("#") for line in page.text.decode().splitlines())
    assert {sample.labels["miner"] for sample in samples if "miner" in sample.labels} == {"web", "raw"}
    assert all(len(value) <= 128 for sample in samples for value in sample.labels.values())
    assert list(openmetrics_families(page.openmetrics.decode()))
    assert json.loads(json_text(once_document(snapshot)))["rig"] == "rig"


NUMBERS: dict[str, str] = {
    "true": "true",
    "text": '"12"',
    "text nan": '"NaN"',
    "null": "null",
    "nan": "NaN",
    "infinity": "Infinity",
    "minus infinity": "-Infinity",
    "too large": "1e999",
    "huge": "1e308",
    "minus one": "-1",
    "minus huge": "-1e308",
    "18 digits": "9" * 18,
    "20 digits": "9" * 20,
    "5000 digits": "9" * 5000,
    "sentinel": "4294967295",
    "sentinel 64": "18446744073709551615",
    "511": "511",
    "absolute zero": "-273",
    "tiny": "1e-320",
    "object": "{}",
    "list": "[[]]",
    "deep": "[" * 40 + "]" * 40,
}
MARK = 987654321


def with_number(document: Any, text: str) -> Iterator[bytes]:
    """The document with the text in the place of each of its numbers in turn."""

    def places(value: Any) -> Iterator[tuple[Any, Any]]:
        children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, child in children:
            if isinstance(child, int | float) and not isinstance(child, bool):
                yield value, key
            yield from places(child)

    for holder, key in list(places(document)):
        held, holder[key] = holder[key], MARK
        yield json.dumps(document).replace(str(MARK), text).encode()
        holder[key] = held


@pytest.mark.parametrize("places", ["a few", pytest.param("all", marks=pytest.mark.thorough)])
@pytest.mark.parametrize("kind", NUMBERS)
def test_no_number_that_cannot_be_is_ever_shown(
    pipeline: Pipeline, http: FakeMiner, tcp: FakeTcpMiner, kind: str, places: str
) -> None:
    tcp.answers = cgminer("x")
    step = 1 if places == "all" else 22
    first = list(NUMBERS).index(kind) % step  # of each kind others
    for answer in itertools.islice(with_number(json.loads(json.dumps(TREX)), NUMBERS[kind]), first, None, step):
        http.pages["/summary"] = answer
        snapshot, page = tick(pipeline)
        for sample in page.text.decode().splitlines():
            if not sample.startswith("#"):
                value = float(sample.rpartition(" ")[2])
                assert -60 <= value < 1e24, f"{sample} after {answer[:200]!r}"
                assert value >= 0 or sample.partition("{")[0].endswith("_celsius"), sample
        (good,) = [outcome for outcome in snapshot.outcomes if outcome.source == "raw"]
        assert good.error is None


@pytest.mark.thorough
@pytest.mark.parametrize("ticks", [400, pytest.param(10_000, marks=pytest.mark.soak)])
def test_ten_thousands_of_new_names_stay_within_the_budgets(ticks: int) -> None:
    """In a process of its own, whose memory is its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.many_names", str(ticks)],
        capture_output=True,
        text=True,
        cwd=HERE.parent,
        check=True,
    )
    report = json.loads(done.stdout)

    assert report["names"] >= 30_000
    assert report["series_most"] <= 2000
    assert report["grown_mebibytes"] <= 3
    assert report["dropped_total"]["renamed"] > report["names"]  # of each card its name and its work
    assert report["dropped_total"]["good"] == 0
    assert report["errors_of_good"] == ticks
