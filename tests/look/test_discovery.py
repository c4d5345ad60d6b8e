"""Miners of this machine are found by their processes; an unknown port is never spoken to."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from miner_agent import drivers
from miner_agent.assembly.configured import load_config
from miner_agent.assembly.machines import ThisMachine
from miner_agent.collectors import programs
from miner_agent.collectors.programs import Listener, Program
from miner_agent.config.configuration import Config
from miner_agent.look import discovery
from miner_agent.look.discovery import FoundMiner, find, named, silent, unclear
from miner_agent.sources.driver import Driver, HttpGet, TcpCommand
from tests.agent import Agent, with_label
from tests.for_each import for_each

CAPTURE = Path(__file__).parents[1] / "captures" / "xmrig" / "6.21__2x-gpu__mining" / "summary.raw"
PROC = Path("/proc")


def driver(
    name: str,
    *,
    processes: tuple[str, ...],
    port: int | None,
    options: tuple[str, ...] = (),
    shared: tuple[str, ...] = (),
    own_options: tuple[str, ...] = (),
) -> Driver:
    return Driver(
        name=name,
        products=(name,),
        requests=(HttpGet("summary", "/"),) if name != "delta" else (TcpCommand("x", b"x"),),
        parse=drivers.load("xmrig").parse,
        default_port=port,
        enable_api="-",
        documentation="-",
        processes=processes,
        port_options=options,
        shared_processes=shared,
        own_options=own_options,
    )


ALPHA = driver("alpha", processes=("alpha", "alpha-cuda"), port=4067, options=("--api", "-p"))
BETA = driver("beta", processes=("beta",), port=None, options=("--http-port",))
GAMMA = driver(
    "gamma", processes=("gamma",), port=None, options=("--api",), shared=("miner",), own_options=("--dalgo",)
)
DELTA = driver("delta", processes=(), port=42000, options=("--api",), shared=("miner",), own_options=("--eexit",))
KNOWN = (ALPHA, BETA, GAMMA, DELTA)


def program(name: str, *arguments: str, pid: int = 7) -> Program:
    return Program(pid=pid, name=name, arguments=(f"/opt/{name}", *arguments))


@for_each(
    ("running", "listening", "address"),
    [
        (program("alpha"), Listener(host="127.0.0.1", port=4067), "127.0.0.1:4067"),
        (program("alpha-cuda", "--api", "127.0.0.1:5000"), Listener(host="127.0.0.1", port=5000), "127.0.0.1:5000"),
        (program("alpha", "--api=5000"), Listener(host="0.0.0.0", port=5000), "127.0.0.1:5000"),
        (program("alpha", "-p", "-5000"), Listener(host="::", port=5000), "[::1]:5000"),
        (program("alpha", "-p", "[::1]:5000"), Listener(host="::1", port=5000), "[::1]:5000"),
        (program("alpha", "--api", "nonsense"), Listener(host="127.0.0.1", port=4067), "127.0.0.1:4067"),
        (program("alpha"), Listener(host="192.0.2.7", port=4067), "192.0.2.7:4067"),
        (program("alpha"), Listener(host="::ffff:127.0.0.1", port=4067), "127.0.0.1:4067"),
        (program("beta"), Listener(host="127.0.0.1", port=18080, pid=7), "127.0.0.1:18080"),
    ],
)
def test_a_miner_is_found_where_its_process_listens(running: Program, listening: Listener, address: str) -> None:
    (found,) = find([running], [listening], KNOWN)

    assert found.address == address


@for_each(
    ("running", "listening"),
    [
        (program("alpha"), []),
        (program("alpha"), [Listener(host="127.0.0.1", port=80)]),
        (program("alpha"), [Listener(host="127.0.0.1", port=4067, pid=8)]),  # somebody else's
        (program("beta"), [Listener(host="127.0.0.1", port=80)]),  # nobody says whose it is
        (program("beta"), [Listener(host="127.0.0.1", port=80, pid=7), Listener(host="127.0.0.1", port=81, pid=7)]),
        (program("omega"), [Listener(host="127.0.0.1", port=4067)]),
        (program("alpha", "--api"), [Listener(host="127.0.0.1", port=1)]),
    ],
)
def test_what_is_not_sure_is_not_asked(running: Program, listening: list[Listener]) -> None:
    assert find([running], listening, KNOWN) == ()


def of_many_names(*arguments: str, path: str = "./miner") -> Program:
    return Program(pid=7, name="miner", path=path, arguments=(path, "--api", "42000", *arguments))


@pytest.mark.parametrize(
    ("running", "meant"),
    [
        (of_many_names(path="/opt/gamma/miner"), "gamma"),
        (of_many_names(path="/opt/rig/Gamma_3_44_linux64/miner"), "gamma"),
        (of_many_names(path="/hive/miners/delta/0.6/miner"), "delta"),
        (of_many_names("--dalgo", "kheavyhash"), "gamma"),
        (of_many_names("--eexit=3"), "delta"),
    ],
)
def test_a_process_whose_name_many_have_is_known_by_its_path_or_its_options(running: Program, meant: str) -> None:
    (found,) = find([running], [Listener(host="127.0.0.1", port=42000)], KNOWN)

    assert found.driver == meant
    assert unclear([running], KNOWN) == ()


@for_each(
    "running",
    [
        of_many_names(),
        of_many_names("--server", "pool.example", "--user", "wallet"),
        of_many_names(path="/opt/gamma/delta/miner"),
        of_many_names("--eexit", "3", path="/opt/gamma/miner"),
        of_many_names("wallet.--eexit"),
        of_many_names(path="/opt/bitgamma/miner"),
        Program(pid=7, name="miner"),
    ],
)
@for_each("pid", [None, 7])
def test_a_process_that_is_only_called_so_is_asked_nothing_and_told(running: Program, pid: int | None) -> None:
    assert find([running], [Listener(host="127.0.0.1", port=42000, pid=pid)], KNOWN) == ()
    assert unclear([running], KNOWN) == ((running, (GAMMA, DELTA)),)
    assert silent([running], [], KNOWN) == ()


def test_loopback_is_preferred_and_each_port_is_found_once() -> None:
    listening = [Listener(host="192.0.2.7", port=4067), Listener(host="127.0.0.1", port=4067)]
    found = find([program("alpha", pid=7), program("alpha", pid=8)], listening, KNOWN)

    assert [miner.address for miner in found] == ["127.0.0.1:4067"]


def test_a_program_without_an_api_is_told_apart() -> None:
    assert [known.name for _, known in silent([program("beta")], [], KNOWN)] == ["beta"]
    assert silent([program("alpha")], [Listener(host="127.0.0.1", port=4067)], KNOWN) == ()


A = FoundMiner(driver="alpha", host="127.0.0.1", port=1)
B = FoundMiner(driver="alpha", host="127.0.0.1", port=2)
C = FoundMiner(driver="alpha", host="127.0.0.1", port=3)


def test_names_hold_for_as_long_as_the_agent_runs() -> None:
    first = named([A, B], {})
    assert first == {"alpha": A, "alpha-2": B}
    assert named([B, A], first) == first
    assert named([B], first) == first  # the one that is down stays
    assert named([B, C], first) == {"alpha": C, "alpha-2": B}  # back on another port
    assert named([A, B, C], first) == {"alpha": A, "alpha-2": B, "alpha-3": C}


def test_the_number_of_found_miners_is_bounded() -> None:
    many = [FoundMiner(driver="alpha", host="127.0.0.1", port=port) for port in range(1, 500)]

    assert len(named(many, {})) == discovery.MINERS


def test_every_driver_of_a_program_names_its_process() -> None:
    for name in drivers.names():
        known = drivers.load(name)
        assert all(process == process.lower() for process in known.processes), name


def test_arguments_are_in_no_repr() -> None:
    assert "hunter2" not in repr(program("alpha", "--password", "hunter2"))


SERVER = """
import http.server, sys
body = open(sys.argv[1], "rb").read()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/2/summary" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


@contextmanager
def running(folder: Path, name: str) -> Iterator[tuple[int, int]]:
    """A process of that name that answers as XMRig does: its number and its port."""
    program_file = folder / name
    program_file.symlink_to(os.path.realpath(sys.executable))
    process = subprocess.Popen([program_file, "-c", SERVER, CAPTURE], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.pid, int(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()  # type: ignore[union-attr]
        program_file.unlink()


def test_a_real_process_and_its_real_port_are_found(tmp_path: Path) -> None:
    with running(tmp_path, "xmrig-notls") as (pid, port):
        (found,) = (one for one in programs.programs({"xmrig-notls"}, procfs=PROC) if one.pid == pid)
        assert found.name == "xmrig-notls"
        assert Listener(host="127.0.0.1", port=port, pid=pid) in programs.listeners(procfs=PROC)
    assert pid not in [one.pid for one in programs.programs({"xmrig-notls"}, procfs=PROC)]


def test_a_name_that_the_kernel_cuts_is_found_whole(tmp_path: Path) -> None:
    with running(tmp_path, "example-miner-of-a-long-name") as (pid, _):
        names = {one.pid: one.name for one in programs.programs({"example-miner-of-a-long-name"}, procfs=PROC)}
        assert names[pid] == "example-miner-of-a-long-name"
        assert programs.programs({"example-miner-of-another-name"}, procfs=PROC) == ()


FINDER = """
import sys
from dataclasses import replace
from importlib import import_module
from miner_agent import drivers
from miner_agent.cli import main
from miner_agent.service import signals
program = sys.argv.pop(1)
for name in drivers.names():
    module = import_module(f"miner_agent.drivers.{name}")
    module.DRIVER = replace(module.DRIVER, processes=(program,) if name == "xmrig" else (), shared_processes=())
signals.LOOK_SECONDS = 0.3
sys.argv[0] = "miner-agent"
main()
"""
"""An agent to which one program is XMRig, and none is another miner: whatever else runs on this machine."""

PROGRAM = f"xmrig-{os.getpid()}"


def agent(folder: Path, config: str) -> Agent:
    return Agent(folder, config, program=("-c", FINDER, PROGRAM), discovers=True)


@pytest.mark.e2e
def test_without_any_configuration_a_miner_of_this_machine_is_read(tmp_path: Path) -> None:
    with running(tmp_path, PROGRAM), agent(tmp_path, "") as reading:
        page = reading.wait_until(lambda page: with_label(page, "rig_miner_up"))
        assert with_label(page, "rig_miner_up") == {'rig_miner_up{miner="xmrig"}': 1.0}


@pytest.mark.e2e
def test_where_discovery_is_off_nothing_is_looked_for(tmp_path: Path) -> None:
    with running(tmp_path, PROGRAM), agent(tmp_path, "[discovery]\nenabled = false\n") as reading:
        page = reading.wait_until(lambda page: page)
        assert with_label(page, "rig_miner_up") == {}


@pytest.mark.e2e
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2", "[::1]"])
def test_a_miner_that_is_configured_is_not_found_a_second_time(tmp_path: Path, host: str) -> None:
    with running(tmp_path, PROGRAM) as (_, port):
        config = (
            f'[discovery]\nenabled = true\n[[miners]]\nname = "mine"\ndriver = "xmrig"\naddress = "{host}:{port}"\n'
        )
        with agent(tmp_path, config) as reading:
            page = reading.wait_until(lambda page: with_label(page, "rig_miner_up"))
            assert list(with_label(page, "rig_miner_up")) == ['rig_miner_up{miner="mine"}']


@pytest.mark.e2e
def test_a_found_miner_takes_nobody_s_name(tmp_path: Path) -> None:
    meter = '[[meters]]\nname = "xmrig"\ndriver = "shelly"\naddress = "127.0.0.1:1"\n'
    other = '[[miners]]\nname = "found-xmrig"\nrig = "other"\ndriver = "xmrig"\naddress = "127.0.0.1:1"\n'
    with running(tmp_path, PROGRAM), agent(tmp_path, meter + other) as reading:
        page = reading.wait_until(lambda page: with_label(page, "rig_miner_up"))
        assert with_label(page, "rig_miner_up") == {'rig_miner_up{miner="found-found-xmrig"}': 1.0}


@pytest.mark.e2e
def test_a_miner_that_starts_later_is_found_and_one_that_ends_is_down(tmp_path: Path) -> None:
    with agent(tmp_path, "[agent]\ninterval_seconds = 1\n") as reading:
        reading.wait_until(lambda page: page)
        with running(tmp_path, PROGRAM):
            reading.wait_until(lambda page: list(with_label(page, "rig_miner_up").values()) == [1.0])
        reading.wait_until(lambda page: list(with_label(page, "rig_miner_up").values()) == [0.0])


@pytest.mark.e2e
def test_an_unknown_program_called_miner_is_sent_nothing(tmp_path: Path) -> None:
    """It listens, and would note any client; the agent itself and its doctor look at every process of this machine."""
    program_file, heard = tmp_path / "miner", tmp_path / "heard"
    program_file.symlink_to(os.path.realpath(sys.executable))
    code = (
        "import socket, sys\n"
        "server = socket.socket(fileno=int(sys.argv[4]))\n"
        "print('listening', flush=True)\n"
        "server.accept()\n"
        "open(sys.argv[3], 'w').close()\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:  # so that nobody takes its port meanwhile
        port, number = server.getsockname()[1], server.fileno()
        process = subprocess.Popen(
            [program_file, "-c", code, "--api", str(port), str(heard), str(number)],
            stdout=subprocess.PIPE, text=True, pass_fds=(number,),
        )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        loaded = Config()
        rig = ThisMachine(None, {})
        rig.look_again(loaded)
        assert not [one for one in rig._found.values() if one.port == port]
        config = tmp_path / "config.toml"
        config.write_text(f'[agent]\nstate_directory = "{tmp_path}"\n[collectors.nvml]\nenabled = false\n')
        told = subprocess.run(
            [sys.executable, "-m", "miner_agent", "doctor", "--config", str(config)],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert f"runs as process {process.pid}, and may be EWBF's Zcash CUDA miner or GMiner" in told.stdout
        assert not heard.exists()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()  # type: ignore[union-attr]


@pytest.mark.e2e
def test_init_names_what_runs_here(tmp_path: Path) -> None:
    out = tmp_path / "first.toml"
    with running(tmp_path, PROGRAM) as (_, port):
        done = subprocess.run(
            [sys.executable, "-c", FINDER, PROGRAM, "init", "--yes", "--out", str(out)],
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
    (miner,) = load_config(out, {}).miners

    assert (miner.name, miner.driver, miner.address) == ("xmrig", "xmrig", f"127.0.0.1:{port}")
    assert f"xmrig at 127.0.0.1:{port}: xmrig 6.21.0 answered" in done.stderr
