"""Looking for ASICs: only on private networks, never in the wrong protocol, and each as what it is."""

import json
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest
from click.testing import CliRunner

from miner_agent import drivers
from miner_agent.cli.first_level import cli
from miner_agent.config import loading
from miner_agent.errors import ConfigError
from miner_agent.look import scan
from miner_agent.look.scan import PROBES, Probe, Spotted
from miner_agent.sources.driver import TcpCommand
from miner_agent.transport.polls import Answer, Ask, Transport
from tests.fake_http import FakeMiner
from tests.fake_sockets import FakeFramedMiner, FakeTcpMiner
from tests.fakes import LoopbackFake, Mode
from tests.for_each import for_each

VERSION, WHATSMINER = (request.command for request in PROBES[0].requests if isinstance(request, TcpCommand))
ERROR = b'{"STATUS":[{"STATUS":"E","Code":14,"Msg":"Invalid command","Description":"cgminer 4.9.2"}],"id":1}'
NETWORK = ip_network("127.0.9.0/28")


def version(description: str, **row: str) -> dict[bytes, bytes]:
    said = {"STATUS": [{"STATUS": "S", "Description": description}], "VERSION": [row], "id": 1}
    return {VERSION: json.dumps(said).encode() + b"\0", WHATSMINER: ERROR}


def antminer(host: str, port: int) -> LoopbackFake:
    return FakeTcpMiner(version("cgminer 4.9.0", CGMiner="4.9.0", Type="Antminer S19 Pro"), host=host, port=port)


@pytest.fixture
def transport() -> Iterator[Transport]:
    transport = Transport()
    yield transport
    transport.close()


class Lan:
    """Machines on 127.0.9.x, each port number the same on all of them."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        first = [stack.enter_context(LoopbackFake(mode=Mode.REFUSE, host="127.0.9.15")) for _ in PROBES]
        self.ports = [fake.port for fake in first]
        self.probes: Sequence[Probe] = [replace(p, port=n) for p, n in zip(PROBES, self.ports, strict=True)]

    def add(self, machine: LoopbackFake) -> LoopbackFake:
        return self._stack.enter_context(machine)


@pytest.fixture
def lan() -> Iterator[Lan]:
    with ExitStack() as stack:
        yield Lan(stack)


def found_on(lan: Lan, transport: Transport) -> list[Spotted]:
    return list(
        scan.scan(
            ip_network("127.0.9.0/29"),
            lambda asks: transport.fetch(asks).result(),
            pause=lambda _: None,
            probes=lan.probes,
        )
    )


def test_each_machine_is_found_as_what_it_is(lan: Lan, transport: Transport) -> None:
    cgminer, framed, web = lan.ports
    lan.add(antminer("127.0.9.1", cgminer))
    lan.add(
        FakeTcpMiner(
            {VERSION: ERROR, WHATSMINER: b'{"STATUS":[{"STATUS":"S"}],"SUMMARY":[{}]}'}, host="127.0.9.2", port=cgminer
        )
    )
    lan.add(FakeTcpMiner(version("BOSminer+ 0.2.0"), host="127.0.9.3", port=cgminer))
    lan.add(
        FakeFramedMiner(
            {b'{"cmd":"get.device.info"}': b'{"code":0,"desc":"get.device.info","msg":{"miner":{"type":"M60S"}}}'},
            host="127.0.9.4",
            port=framed,
        )
    )
    lan.add(FakeMiner({"/api/system/info": b'{"hashRate":500.5,"ASICModel":"BM1366"}'}, host="127.0.9.5", port=web))
    lan.add(FakeMiner({"/": b"a printer"}, host="127.0.9.6", port=web))

    found = {miner.host: (miner.driver, miner.product) for miner in found_on(lan, transport)}
    assert found == {
        "127.0.9.1": ("antminer", "Antminer S19 Pro"),
        "127.0.9.2": ("whatsminer", None),
        "127.0.9.3": ("bosminer", None),
        "127.0.9.4": ("whatsminer3", "M60S"),
        "127.0.9.5": ("bitaxe", "BM1366"),
    }


def test_a_machine_that_takes_the_first_port_is_asked_at_no_other(lan: Lan, transport: Transport) -> None:
    cgminer, _, web = lan.ports
    asic = lan.add(antminer("127.0.9.1", cgminer))
    silent = lan.add(FakeTcpMiner(host="127.0.9.2", port=cgminer, mode=Mode.HANG))
    strange = lan.add(FakeTcpMiner({VERSION: b"SSH-2.0-OpenSSH"}, host="127.0.9.3", port=cgminer))
    pages = [lan.add(FakeMiner({}, host=f"127.0.9.{n}", port=web)) for n in (1, 2, 3)]

    assert [miner.host for miner in found_on(lan, transport)] == ["127.0.9.1"]
    assert [page.received for page in pages] == [[], [], []]
    for machine in (asic, silent, strange):
        assert not any(request.startswith(b"GET") for request in machine.received)
    assert asic.received == [VERSION, WHATSMINER]


def test_every_question_is_a_read() -> None:
    asked = {request for probe in PROBES for request in probe.requests}

    assert all("GET" not in repr(request) or probe.port == 80 for probe in PROBES for request in probe.requests)
    assert len(asked) == 4
    assert [probe.port for probe in PROBES if probe.scheme == "http"] == [80]


def test_a_large_network_is_asked_slowly() -> None:
    groups: list[int] = []
    pauses: list[float] = []

    def nobody(asks: Sequence[Ask]) -> list[Answer]:
        from miner_agent.errors import TimedOut

        groups.append(len(asks))
        return [Answer(source=a.source, raw=None, error=TimedOut("no answer"), duration_seconds=2.0) for a in asks]

    assert list(scan.scan(ip_network("10.0.0.0/23"), nobody, pause=pauses.append)) == []
    assert sum(groups) == 510
    assert max(groups) <= scan.AT_ONCE
    assert scan.AT_ONCE / min(pauses) <= 100
    assert len(pauses) == len(groups)


def identified(port: int, raw: bytes) -> tuple[str | None, str | None] | None:
    (probe,) = [probe for probe in PROBES if probe.port == port]
    return probe.identify(dict.fromkeys([request.name for request in probe.requests], raw))


@pytest.mark.parametrize(
    ("said", "driver", "product"),
    [
        ('"Description":"bdminer 4.11.1"}],"VERSION":[{"Type":"A2"}]', "sealminer", "A2"),
        ('"Description":"GCMiner-2023-05.24-0ce5e7cc"}],"VERSION":[{"GCMiner":"0.5"}]', "auradine", None),
        ('"Description":"ccminer 2.3.3"}],"VERSION":[{"Type":"VolcMiner D1"}]', "volcminer", "VolcMiner D1"),
        ('"Description":"ccminer 2.3.3"}],"VERSION":[{"Type":"Hammer D10"}]', "hammer", "Hammer D10"),
    ],
)
def test_firmware_is_told_by_what_it_calls_itself(said: str, driver: str, product: str | None) -> None:
    assert identified(4028, f'{{"STATUS":[{{"STATUS":"S",{said},"id":1}}'.encode()) == (driver, product)


def test_an_answer_in_parts_at_the_address_of_axeos_is_an_nmaxe() -> None:
    told = b'{"miner":{"hashRate":500.5},"identity":{"hwModel":"NMAxe"}}'

    assert identified(80, told) == ("nmaxe", "NMAxe")
    assert identified(80, b'{"miner":7,"identity":[]}') == ("nmaxe", None)


@for_each("raw", [b"", b"\xff\xfe", b"null", b"[]", b'{"hashRate":1}', b'{"hashRate":1,"ASICModel":7}', b"[" * 9999])
def test_any_answer_is_looked_at_without_harm(raw: bytes) -> None:
    for probe in PROBES:
        told = probe.identify(dict.fromkeys([request.name for request in probe.requests], raw))
        assert told is None or told[1] is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("8.8.8.0/24", "is not a private network"),
        ("10.0.0.0/8", "more than 65536"),
        ("nonsense", "is not a network"),
        ("fd00::/64", "more than 65536"),
    ],
)
def test_a_network_that_is_not_ones_own_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        scan.network_of(text)


def test_what_is_printed_can_be_pasted(tmp_path: Path) -> None:
    found = [
        Spotted(host="10.0.0.7", port=4028, driver="antminer", product="Antminer S19 Pro"),
        Spotted(host="fd00::7", port=80, driver="bitaxe", product=None),
        Spotted(host="10.0.0.8", port=4028, driver=None, product=None),
    ]
    (tmp_path / "config.toml").write_text(scan.configuration(found))
    loaded = loading.load([tmp_path / "config.toml"], environment={}, known_drivers=drivers.names())

    assert [(miner.name, miner.address, miner.rig) for miner in loaded.miners] == [
        ("antminer-10-0-0-7", "10.0.0.7:4028", "antminer-10-0-0-7"),
        ("bitaxe-fd00--7", "[fd00::7]:80", "bitaxe-fd00--7"),
    ]


def test_a_hostile_product_stays_in_its_comment(tmp_path: Path) -> None:
    evil = 'x"\n[http]\nlisten="0.0.0.0:80"'
    raw = {"version": json.dumps({"STATUS": [], "Type": evil, "x": "antminer"}).encode(), "whatsminer": b""}
    told = PROBES[0].identify(raw)
    assert told is not None
    (tmp_path / "c.toml").write_text(
        scan.configuration([Spotted(host="10.0.0.7", port=4028, driver="antminer", product=told[1])])
    )

    assert tomllib.loads((tmp_path / "c.toml").read_text()).keys() == {"miners"}


def test_the_command_says_how_many_it_found() -> None:
    done = CliRunner().invoke(cli, ["scan", "127.0.9.0/30", "--json"], standalone_mode=False)

    assert done.exit_code == 0
    assert json.loads(done.stdout) == []
