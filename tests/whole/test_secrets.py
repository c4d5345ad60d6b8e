"""A password that a miner says, wherever and however it says it, is in no output: of a driver, a command, a page, a file."""

import io
import re
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from rich.console import Console

from exporters.prometheus import Renderer
from exporters.verdict_json import rendered as rendered_verdict
from miner_agent import drivers
from miner_agent.assembly import looks
from miner_agent.assembly.machines import RecordedRig
from miner_agent.cli.support.documents import json_text
from miner_agent.cli.support.reading_tables import show
from miner_agent.errors import BadPayload
from miner_agent.look import record
from miner_agent.look.scan import PROBES
from miner_agent.model.readings import ConnectedWorker, ListedPool, MinerSnapshot, Workload
from miner_agent.sources.driver import Driver
from miner_agent.sources.kept_private import without_secrets
from miner_agent.sources.payload import Payloads
from tests.agent import Agent, with_label
from tests.api_documents import once_document
from tests.captured import OWN, own
from tests.waiting import until

PASSWORD = "zQ7hunter"
"""Short enough to be quoted by an error that quotes what stood there."""

USERS = {
    "behind a colon": "rig:{}",
    "of a worker": "wallet.rig:{}",
    "escaped": "rig%3A{}",
    "escaped twice": "wallet.rig%253a{}",
    "behind a host": "x@host:{}",
    "before a host": "rig:{}@host",
    "between": "rig.x:{}:more",
}
POOLS = {
    "behind a colon": "stratum+tcp://rig:{}@pool.example:3333",
    "escaped": "stratum+tcp://rig%3A{}%40pool.example:3333",
    "behind a host": "x@pool.example:{}",
    "behind a port": "pool.example:3333:{}",
    "behind a mark": "stratum+ssl://pool.example:3333#{}",
    "in a question": "pool.example:3333?password={}",
    "in a path": "stratum+tcp://pool.example:3333/{}",
    "before a scheme": "rig:{}@stratum+tcp://pool.example:3333",
    "an address of many colons": "stratum+tcp://[2001:db8::1]:3333:{}",
}

WORD = rb'"(?:[^"\\]|\\.)*"'
USER_KEY = re.compile(
    rb'("(?:[A-Za-z ]*_?user[0-9]?(?:name)?|[a-z]*wallet|account|login|[a-z_]*worker(?:_?(?:id|name))?|rig_?name)"\s*:\s*)'
    + WORD,
    re.IGNORECASE,
)
PASSWORD_KEY = re.compile(rb'("(?:[a-z ]*pass(?:word|wd)?|pwd|psw|[a-z_]*token)"\s*:\s*)' + WORD, re.IGNORECASE)
POOL_KEY = re.compile(
    rb'("(?:[A-Za-z ]*_?(?:url|uri|pool|server|addr|address|hostname|host)[0-9]?)"\s*:\s*)' + WORD, re.IGNORECASE
)
ROW = re.compile(rb'(\[\s*)"[^"\\]+"(?=\s*,\s*"[0-9.]+"\s*,\s*\d)')  # xmrig-proxy lists its workers so
LINE = re.compile(rb'("[0-9.:]+(?:,\d+){3},)[^",]+')  # and p2pool so
FIELDS = {USER_KEY: USERS, PASSWORD_KEY: {"bare": "{}"}, POOL_KEY: POOLS}
BARE_FIELDS = {re.compile(rb"((?:USER|WORKER|PASS)=)[^;|]*"): USERS, re.compile(rb"((?:URL|POOL)=)[^;|]*"): POOLS}
ADDRESS = re.compile(rb'[a-z0-9+]+://[^"/@]*@?[^"/@]+:\d+|(?<=")[a-z0-9.-]+\.example:\d+')
DAMAGED = (b'"%s', b'"%s" x', b'"%s\xff"', b'["%s"]', b'{"%s": 1}', b'{"a": "%s"}', b'"%s\\x"', b'"%s\\u0000"')


def planted(answer: bytes, turn: int, damage: bytes = b'"%s"') -> bytes:
    """The answer with the password in all that tells of users and pools: in the form whose turn it is."""
    for pattern, forms in FIELDS.items():
        value = damage.replace(b"%s", _form(forms, turn))
        answer = pattern.sub(rb"\g<1>" + value.replace(b"\\", rb"\\"), answer)
    for pattern, forms in BARE_FIELDS.items():
        answer = pattern.sub(rb"\g<1>" + _form(forms, turn), answer)
    answer = ROW.sub(lambda found: found[1] + b'"' + _form(USERS, turn) + b'"', answer)
    answer = LINE.sub(lambda found: found[1] + _form(USERS, turn), answer)
    if PASSWORD.encode() not in answer:
        answer = ADDRESS.sub(lambda _: _form(POOLS, turn), answer)
    return answer


def _form(forms: dict[str, str], turn: int) -> bytes:
    return list(forms.values())[turn % len(forms)].format(PASSWORD).encode()


TURNS = max(len(USERS), len(POOLS))
MINERS = [name for name in drivers.names() if drivers.load(name).kind == "miner"]


def readings(driver: Driver, raw: dict[str, bytes]) -> Iterator[str]:
    """All that is handed on of it: a reading, the error in its place, and what could not be read of it."""
    payloads = Payloads(raw)
    try:
        yield repr(driver.read(payloads))
    except BadPayload as bad:
        yield f"{bad} {bad!r}"
    yield from (f"{defect} {defect!r}" for defect in payloads.defects)


@pytest.mark.parametrize("damages", [1, pytest.param(len(DAMAGED), marks=pytest.mark.thorough)])
@pytest.mark.parametrize("name", MINERS)
def test_no_driver_hands_a_password_on(name: str, damages: int) -> None:
    driver = drivers.load(name)
    for number, raw in enumerate(own(name), MINERS.index(name)):
        for turn in range(TURNS):
            damaged = [DAMAGED[(number + turn + more) % len(DAMAGED)] for more in range(damages)]
            for damage in (b'"%s"', *(damaged if turn < len(USERS) else ())):
                said = {asked: planted(answer, turn, damage) for asked, answer in raw.items()}
                assert not [text for text in readings(driver, said) if PASSWORD in text], (turn, damage)


def test_nearly_every_driver_is_told_one() -> None:
    told = {
        name for name in MINERS for raw in own(name) if any(PASSWORD.encode() in planted(a, 0) for a in raw.values())
    }

    assert len(told) > 0.85 * len(MINERS), sorted(set(MINERS) - told)


def test_what_a_driver_forgets_is_taken_from_what_it_hands_on() -> None:
    forgot = MinerSnapshot(
        software="x",
        workloads=(
            Workload(worker=f"rig:{PASSWORD}", pool=f"stratum+tcp://rig:{PASSWORD}@pool.example:3333"),
            Workload(worker="rig", pools=(ListedPool(number=0, pool=f"x@pool.example:{PASSWORD}"),)),
        ),
        workers=(ConnectedWorker(name=f"rig%3A{PASSWORD}"), ConnectedWorker(name="left rack")),
    )

    left = without_secrets(forgot)

    assert PASSWORD not in repr(left)
    assert [one.worker for one in left.workloads] == ["rig", "rig"]
    assert left.workloads[0].pool == "stratum+tcp://pool.example:3333"
    assert [worker.name for worker in left.workers] == ["rig", "left rack"]
    assert without_secrets(left) is left


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of every capture, with the password in it: each a turn further."""
    home = tmp_path_factory.mktemp("secrets")
    for turn, meta in enumerate(sorted(OWN.glob("*/*/meta.toml"))):
        name = meta.parent.parent.name
        folder = home / name / meta.parent.name
        if name in MINERS:
            folder.mkdir(parents=True)
            (folder / "meta.toml").write_text(f'driver = "{tomllib.loads(meta.read_text()).get("driver", name)}"\n')
            for file in meta.parent.glob("*.raw"):
                (folder / file.name).write_bytes(planted(file.read_bytes(), turn))
    return home


@pytest.mark.thorough
def test_one_look_tells_no_password_to_a_program_or_a_person(recorded: Path, tmp_path: Path) -> None:
    rig = RecordedRig(recorded, tmp_path, {})
    snapshot = looks.look_at_machine(rig, rig.load(), clock=lambda: datetime(2026, 5, 4, tzinfo=UTC))
    page = Renderer(process=False).render(snapshot)
    screen = io.StringIO()
    show(snapshot, Console(file=screen, width=400, highlight=False))
    outputs = {
        "once --json": json_text(once_document(snapshot)),
        "once": screen.getvalue(),
        "metrics": page.text.decode(),
        "openmetrics": page.openmetrics.decode(),
        "verdict": rendered_verdict(snapshot).decode(),
        "snapshot": repr(snapshot),
    }

    assert [name for name, text in outputs.items() if PASSWORD in text] == []
    assert all("pool.example" in outputs[name] for name in ("once --json", "once", "metrics", "openmetrics"))


@pytest.mark.thorough
def test_no_recording_and_no_scan_holds_a_password(tmp_path: Path) -> None:
    for name in MINERS:
        driver = drivers.load(name)
        for number, raw in enumerate(own(name)):
            for turn in range(TURNS):
                said = {asked: planted(answer, turn) for asked, answer in raw.items()}
                folder = tmp_path / f"{name}-{number}-{turn}"
                record.write(folder, driver, said, day=date(2026, 5, 4), software="x", secrets=[])
                assert [file for file in folder.iterdir() if PASSWORD.encode() in file.read_bytes()] == [], turn
                for probe in PROBES:
                    asked = {request.name: said.get(request.name, b"{}") for request in probe.requests}
                    assert PASSWORD not in repr(probe.identify(asked))


@pytest.mark.e2e
def test_the_agent_leaves_no_password_in_its_log_its_state_its_pages_and_what_it_prints(
    recorded: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    environment = {
        "TMPDIR": str(kept),
        "MINER_AGENT__HTTP__LISTEN": "127.0.0.1:0",
        "MINER_AGENT__AGENT__INTERVAL_SECONDS": "1",
    }

    def files() -> dict[str, bytes]:
        held: dict[str, bytes] = {}
        for file in kept.rglob("*.db*"):
            name = file.name.partition(".")[0]
            with suppress(FileNotFoundError):  # SQLite takes files beside its own away when it closes one
                held[name] = held.get(name, b"") + file.read_bytes()
        return held

    with Agent(tmp_path, environment=environment, command=("replay", str(recorded), "--table")) as agent:
        agent.wait_until(lambda page: with_label(page, "rig_miner_up"))
        until(lambda: b"pool.example" in files().get("state", b"") and b"xmrig" in files().get("telemetry", b""))
        pages = [agent.get(path) for path in ("/metrics", "/", "/-/ready", "/-/verdict")]
        at_last = files()
        printed = "\n".join(agent.lines)

    assert [page for page in pages if PASSWORD in page] == []
    assert PASSWORD not in printed
    assert [name for name, held in at_last.items() if PASSWORD.encode() in held] == []
