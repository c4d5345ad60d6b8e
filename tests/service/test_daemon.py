"""The whole agent as a process, on stub cards and fake miners: what its user sees, also when things fail."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.error import HTTPError

import psutil
import pytest

from miner_agent.collectors.child.sensors import CHILD_MODULE
from miner_agent.collectors.host.clock_synchronisation import is_synchronised
from tests.agent import Agent, with_label
from tests.fake_http import FakeMiner
from tests.fakes import Mode
from tests.nvml_stub import NvmlStub, uuid_of
from tests.requires import require_tool
from tests.service.daemon_asked import asked, configured
from tests.waiting import until

pytestmark = pytest.mark.e2e
CAPTURES = Path(__file__).parents[1] / "captures"
XMRIG = CAPTURES / "xmrig" / "6.21__2x-gpu__mining"
TREX = CAPTURES / "trex" / "0.26__2x-gpu__dual"
CARDS = 12


@pytest.fixture
def stub(library: Path, tmp_path: Path) -> Iterator[NvmlStub]:
    with NvmlStub(library, tmp_path / "control", cards=CARDS) as stub:
        yield stub


@pytest.fixture
def xmrig() -> Iterator[FakeMiner]:
    pages = {"/2/summary": (XMRIG / "summary.raw").read_bytes(), "/2/backends": (XMRIG / "backends.raw").read_bytes()}
    with FakeMiner(pages) as miner:
        yield miner


@pytest.fixture
def trex() -> Iterator[FakeMiner]:
    digits = uuid_of(9).removeprefix("GPU-").replace("-", "").encode()  # the stub's card at 0a:00.0
    summary = (TREX / "summary.raw").read_bytes().replace(b"00000000000000000000000000000001", digits)
    with FakeMiner({"/summary": summary}) as miner:
        yield miner


def states(page: dict[str, float], state: str) -> list[str]:
    holding = with_label(page, "rig_device_state", state=state)
    return [re.search(r'device="([^"]+)"', name)[1] for name, value in holding.items() if value]  # type: ignore[index]


def test_a_machine_without_any_configuration_shows_itself(tmp_path: Path) -> None:
    with Agent(tmp_path, "[agent]\n", arguments=("--table",), first_start=True, discovers=True) as agent:
        page = agent.wait_until(lambda page: "rig_host_cpu_utilization_ratio" in page)
        agent.wait_for_line(re.compile("memory .* free of"))
        assert agent.get("/-/healthy").strip()
        assert agent.get("/-/ready").strip()

    meminfo = re.search(r"MemTotal: +(\d+) kB", Path("/proc/meminfo").read_text())
    assert meminfo
    assert page["rig_host_memory_size_bytes"] == int(meminfo[1]) * 1024
    assert 0 <= page["rig_host_cpu_utilization_ratio"] <= 1
    assert page["rig_host_load1"] >= 0
    assert with_label(page, "rig_host_filesystem_avail_bytes")


def test_twelve_cards_and_two_miners_show_all_of_their_values(
    tmp_path: Path, stub: NvmlStub, xmrig: FakeMiner, trex: FakeMiner
) -> None:
    config = configured(("cpu", "xmrig", xmrig.address), ("cards", "trex", trex.address))
    with Agent(tmp_path, config, environment=stub.environment()) as agent:
        page = agent.wait_until(
            lambda page: (
                len(with_label(page, "rig_device_power_watts")) == CARDS and page["rig_agent_counters_kept"] == 1
            )
        )

    assert page["rig_devices_detected" + '{kind="gpu"}'] >= CARDS
    for card in range(CARDS):
        for metric in (
            "rig_device_power_watts", "rig_device_power_limit_watts", "rig_device_energy_joules_total",
            "rig_device_fan_target_ratio", "rig_device_clock_hertz", "rig_device_utilization_ratio",
            "rig_device_temperature_celsius", "rig_device_temperature_threshold_celsius", "rig_device_memory_used_bytes",
            "rig_device_pcie_link_width", "rig_device_performance_state", "rig_device_throttled",
        ):  # fmt: skip
            assert with_label(page, metric, device=uuid_of(card)), (card, metric)
    assert page['rig_miner_hashrate_hashes_per_second{algorithm="kawpow",miner="cpu"}'] == 41250000.5
    assert page['rig_miner_hashrate_hashes_per_second{algorithm="etchash",miner="cards"}'] == 86_100_000
    assert page['rig_miner_hashrate_hashes_per_second{algorithm="blake3",miner="cards"}'] == 619_000_000
    assert page['rig_miner_shares_accepted_total{algorithm="etchash",miner="cards"}'] == 1210
    # the captured miners' cards stand at 03:00.0, 0a:00.0 and 0b:00.0: cards that NVML knows under their UUIDs
    of_card = with_label(page, "rig_miner_device_hashrate_hashes_per_second", miner="cpu", device=uuid_of(2))
    assert list(of_card.values()) == [20250000.25]
    assert not with_label(page, "rig_miner_device_hashrate_hashes_per_second", device="0000:03:00.0")
    assert all(path in {"/2/summary", "/2/backends"} for path in xmrig.paths)
    assert set(trex.paths) == {"/summary"}


def test_a_lost_card_is_gone_within_a_tick_and_back_under_its_name(tmp_path: Path, stub: NvmlStub) -> None:
    lost = uuid_of(4)
    with Agent(tmp_path, configured(), environment=stub.environment()) as agent:
        agent.wait_until(lambda page: len(with_label(page, "rig_device_power_watts")) == CARDS)
        stub.set_fault(4, 15)
        page = agent.wait_until(lambda page: states(page, "lost"), seconds=5)

        assert states(page, "lost") == [lost]
        assert len(with_label(page, "rig_device_power_watts")) == CARDS - 1
        assert not with_label(page, "rig_device_temperature_celsius", device=lost)
        assert page[f'rig_device_up{{device="{lost}"}}'] == 0
        assert page[f'rig_device_lost_total{{device="{lost}"}}'] == 1
        assert page['rig_devices_expected{kind="gpu"}'] == CARDS

        stub.cards = [11, *range(11)]  # it comes back, and every number has changed
        stub.clear()
        page = agent.wait_until(lambda page: not states(page, "lost"), seconds=60)
        assert len(with_label(page, "rig_device_power_watts")) == CARDS
        assert page[f'rig_device_lost_total{{device="{lost}"}}'] == 1


def test_a_card_whose_driver_hangs_costs_no_other_card_delays_nothing_and_does_not_hold_the_end(
    tmp_path: Path, stub: NvmlStub, trex: FakeMiner
) -> None:
    with Agent(tmp_path, configured(("cards", "trex", trex.address)), environment=stub.environment()) as agent:
        agent.wait_until(lambda page: len(with_label(page, "rig_device_power_watts")) == CARDS)
        stub.set_fault(3, hanging=True)
        page = agent.wait_until(lambda page: states(page, "hung"))

        assert states(page, "hung") == [uuid_of(3)]
        assert len(with_label(page, "rig_device_power_watts")) == CARDS - 1
        assert page['rig_agent_collector_stuck{collector="nvml"}'] == 0
        assert page['rig_agent_collector_success{collector="nvml"}'] == 1
        asked = page['rig_agent_collector_requests_total{collector="cards"}']
        page = agent.wait_until(lambda page: page['rig_agent_collector_requests_total{collector="cards"}'] >= asked + 3)
        assert page['rig_miner_up{miner="cards"}'] == 1
        assert page['rig_agent_collector_failures_total{collector="cards"}'] == 0
        assert page["rig_agent_late_ticks_total"] == 0

        code, seconds = agent.stop()

    assert code == 0
    assert seconds < 5


def test_the_end_does_not_wait_for_a_tick(tmp_path: Path, stub: NvmlStub, trex: FakeMiner) -> None:
    trex.mode = Mode.HANG
    stub.set_fault(3, hanging=True)
    config = configured(("cards", "trex", trex.address), interval_seconds=60)
    with Agent(tmp_path, config, environment=stub.environment()) as agent:
        until(lambda: trex.received and sum(stub.calls(3).values()))  # in the middle of the first tick
        code, seconds = agent.stop()

    assert code == 0
    assert seconds < 3


def test_thirty_two_hung_miners_delay_no_other_and_cost_no_thread(tmp_path: Path, trex: FakeMiner) -> None:
    with ExitStack() as stack:
        hung = [stack.enter_context(FakeMiner(mode=Mode.HANG)) for _ in range(32)]
        silent = [(f"hung-{number}", "trex", miner.address) for number, miner in enumerate(hung)]
        config = configured(*silent, ("good", "trex", trex.address))
        good_alone = stack.enter_context(Agent(tmp_path, configured(("good", "trex", trex.address))))
        good_alone.wait_until(lambda page: page.get('rig_miner_up{miner="good"}') == 1)
        threads = len(os.listdir(f"/proc/{good_alone.process.pid}/task"))
        good_alone.stop()

        agent = stack.enter_context(Agent(tmp_path, config))
        page = agent.wait_until(lambda page: page.get('rig_agent_collector_requests_total{collector="good"}', 0) >= 4)

        assert page['rig_agent_collector_failures_total{collector="good"}'] == 0
        assert page['rig_agent_collector_failures_total{collector="hung-7"}'] >= 3
        assert page["rig_agent_late_ticks_total"] == 0
        assert len(os.listdir(f"/proc/{agent.process.pid}/task")) <= threads


def test_the_page_tells_whether_the_clock_of_this_machine_is_kept_right(tmp_path: Path) -> None:
    with Agent(tmp_path, configured()) as agent:
        page = agent.wait_until(lambda page: "rig_agent_last_tick_timestamp_seconds" in page)

    assert page.get("rig_agent_clock_synchronized") == is_synchronised()


def test_three_hundred_idle_connections_lock_nobody_out(tmp_path: Path) -> None:
    with Agent(tmp_path, configured()) as agent, ExitStack() as stack:
        page = agent.wait_until(lambda page: "rig_agent_last_tick_timestamp_seconds" in page)
        host, port = agent.url.removeprefix("http://").split(":")
        for _ in range(300):
            stack.enter_context(socket.create_connection((host, int(port))))
        agent.get("/metrics", seconds=6)
        before = page["rig_agent_last_tick_timestamp_seconds"]
        page = agent.wait_until(lambda page: page["rig_agent_last_tick_timestamp_seconds"] > before + 3)

    assert page["rig_agent_late_ticks_total"] == 0


def test_a_good_file_on_sighup_holds_and_a_bad_one_changes_nothing(tmp_path: Path, trex: FakeMiner) -> None:
    with Agent(tmp_path, configured()) as agent:
        agent.wait_until(lambda page: page.get("rig_agent_config_last_reload_successful") == 1)
        http = '\n[http]\nlisten = "127.0.0.1:0"\n'
        agent.config.write_text("[agent]\ninterval_secnds = 1\n")
        agent.process.send_signal(signal.SIGHUP)
        agent.wait_until(lambda page: page["rig_agent_config_last_reload_successful"] == 0)
        agent.wait_for_line(
            re.compile('the new configuration is refused, the old one holds: .*did you mean "interval_seconds"')
        )

        agent.config.write_text(configured(("cards", "trex", trex.address)) + http)
        agent.process.send_signal(signal.SIGHUP)
        page = agent.wait_until(lambda page: page.get('rig_miner_up{miner="cards"}') == 1)
        assert page["rig_agent_config_last_reload_successful"] == 1

        agent.config.write_text(configured() + '\n[http]\nlisten = "127.0.0.1:1"\n')
        agent.process.send_signal(signal.SIGHUP)
        page = agent.wait_until(lambda page: page["rig_agent_config_last_reload_successful"] == 0)
        assert page['rig_miner_up{miner="cards"}'] == 1
        agent.wait_for_line(re.compile("listen cannot change while the agent runs; restart it"))


def sensor_children(agent: Agent) -> int:
    found = 0
    for one in psutil.Process(agent.process.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            found += CHILD_MODULE in one.cmdline()
    return found


def test_reloads_refused_and_taken_leave_one_process_for_the_cards(tmp_path: Path, stub: NvmlStub) -> None:
    both = "[collectors.amdgpu]\nenabled = true\n"
    texts = (both, both + f'[collectors]\nprocfs = "{tmp_path}"\n', "", "[collectors.host]\nenabled = false\n", both)
    nvml, amdgpu = (f'rig_agent_collector_success{{collector="{name}"}}' for name in ("nvml", "amdgpu"))
    with Agent(tmp_path, configured() + both, environment=stub.environment()) as agent:
        agent.wait_until(lambda page: page.get(nvml) == 1)
        for text in texts:
            agent.config.write_text(configured() + text + '\n[http]\nlisten = "127.0.0.1:0"\n')
            agent.process.send_signal(signal.SIGHUP)
            refused = "procfs" in text
            reloaded_at = time.time()

            def holds(page: dict[str, float], *, ok: bool = not refused, at: float = reloaded_at) -> bool:
                return (
                    page["rig_agent_config_last_reload_successful"] == ok
                    and page["rig_agent_last_tick_timestamp_seconds"] > at + 2
                    and page.get(nvml) == 1
                )

            page = agent.wait_until(holds)
            assert sensor_children(agent) == 1
            assert (amdgpu in page) == (text == both or refused)
        agent.stop()


def test_a_storm_of_signals_ends_in_order(tmp_path: Path) -> None:
    with Agent(tmp_path, configured()) as agent:
        for _ in range(200):
            agent.process.send_signal(signal.SIGHUP)
        code, seconds = agent.stop()

    assert code == 0
    assert seconds < 5
    assert not [line for line in agent.lines if "Traceback" in line]


def test_systemd_hears_ready_status_watchdog_and_stopping(tmp_path: Path) -> None:
    heard: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(0.2)
        done = threading.Event()

        def listen() -> None:
            while not done.is_set():
                try:
                    heard.extend(sock.recv(4096).decode().splitlines())
                except TimeoutError:
                    continue

        listener = threading.Thread(target=listen)
        listener.start()
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "3000000"}
        with Agent(tmp_path, configured(), environment=environment) as agent:
            agent.wait_until(lambda page: page)
            until(lambda: heard.count("WATCHDOG=1") >= 2)
            agent.process.send_signal(signal.SIGHUP)
            until(lambda: "RELOADING=1" in heard)
            agent.stop()
        done.set()
        listener.join()

    assert heard.index("READY=1") < heard.index("STOPPING=1")
    assert any(line.startswith("STATUS=") and "give readings" in line for line in heard)


def test_nothing_is_spawned_by_a_tick(tmp_path: Path, trex: FakeMiner, stub: NvmlStub) -> None:
    strace = require_tool("strace", package="strace")
    with Agent(tmp_path, configured(("cards", "trex", trex.address)), environment=stub.environment()) as agent:
        agent.wait_until(lambda page: page.get('rig_miner_up{miner="cards"}') == 1)
        tracer = subprocess.Popen(
            [strace, "-f", "-q", "-e", "trace=execve,clone,clone3,fork,vfork", "-p", str(agent.process.pid), "-o", str(tmp_path / "trace")],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        traced = re.compile(r"^TracerPid:\t[1-9]", re.MULTILINE)
        status = Path(f"/proc/{agent.process.pid}/status")
        until(lambda: traced.search(status.read_text()) or tracer.poll() is not None)
        asked = len(trex.received)
        until(lambda: len(trex.received) >= asked + 3)
        refused_by_kernel = tracer.poll() is not None
        tracer.send_signal(signal.SIGINT)
        tracer.communicate()
        if refused_by_kernel:
            pytest.skip("this machine does not let strace attach")
        trace = (tmp_path / "trace").read_text()

    assert [line for line in trace.splitlines() if "exec" in line or "clone" in line or "fork" in line] == []


def test_a_real_prometheus_scrapes_it(tmp_path: Path, stub: NvmlStub, trex: FakeMiner) -> None:
    prometheus = require_tool("prometheus", package="prometheus")
    with Agent(tmp_path, configured(("cards", "trex", trex.address)), environment=stub.environment()) as agent:
        agent.wait_until(lambda page: len(with_label(page, "rig_device_power_watts")) == CARDS)
        shipped = (Path(__file__).parents[2] / "deploy" / "prometheus.yml").read_text()
        config = tmp_path / "prometheus.yml"
        config.write_text(
            shipped.replace("127.0.0.1:9877", agent.url.removeprefix("http://"))
            .replace("15s", "1s")
            .replace("10s", "1s")
        )
        with socket.create_server(("127.0.0.1", 0)) as free:
            listen = f"127.0.0.1:{free.getsockname()[1]}"
        with subprocess.Popen(
            [prometheus, f"--config.file={config}", f"--storage.tsdb.path={tmp_path}/tsdb", f"--web.listen-address={listen}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as server:  # fmt: skip
            try:
                assert asked(listen, 'up{job="rig"} == 1')
                count = asked(listen, 'count({__name__=~"rig_.*"})')
                labelled = asked(listen, f'rig_device_power_watts{{device="{uuid_of(0)}"}}')
            finally:
                server.terminate()

    assert int(count[0]["value"][1]) > 20 * CARDS
    assert labelled[0]["metric"]["rig"] == "rig-1"
    assert labelled[0]["metric"]["site"] == "home"


def test_a_sampling_loop_that_stops_leaves_no_old_reading_behind(tmp_path: Path, trex: FakeMiner) -> None:
    code = (
        "import signal, sys, threading\n"
        "from miner_agent.tick import pipeline\n"
        "tick = pipeline.Pipeline.tick\n"
        "ticks = []\n"
        "def stops(self, *arguments, **named):\n"
        "    ticks.append(1)\n"
        "    if len(ticks) > 2:\n"
        "        threading.Event().wait()\n"
        "    return tick(self, *arguments, **named)\n"
        "pipeline.Pipeline.tick = stops\n"
        "sys.argv = ['miner-agent', *sys.argv[1:]]\n"
        "from miner_agent.cli import main\n"
        "main()\n"
    )
    with Agent(tmp_path, configured(("cards", "trex", trex.address)), program=("-c", code)) as agent:
        agent.wait_until(lambda page: page.get('rig_miner_up{miner="cards"}') == 1)
        page = agent.wait_until(lambda page: 'rig_miner_up{miner="cards"}' not in page)

        assert not [name for name in page if name.startswith(("rig_miner", "rig_device", "rig_host"))]
        assert page["rig_agent_last_tick_timestamp_seconds"] < time.time() - 2
        with pytest.raises(HTTPError, match="503"):
            agent.get("/-/ready")
        assert agent.get("/-/healthy")


def test_ten_reloads_leave_no_thread_no_descriptor_and_no_second_child(
    tmp_path: Path, stub: NvmlStub, trex: FakeMiner
) -> None:
    config = configured(("cards", "trex", trex.address))
    with Agent(tmp_path, config, environment=stub.environment()) as agent:
        agent.wait_until(lambda page: page.get('rig_miner_up{miner="cards"}') == 1)
        process = Path(f"/proc/{agent.process.pid}")

        def held() -> tuple[int, int, str]:
            children = (process / f"task/{agent.process.pid}/children").read_text()
            every = "".join((task / "children").read_text() for task in (process / "task").iterdir())
            return len(list((process / "task").iterdir())), len(list((process / "fd").iterdir())), children + every

        agent.wait_until(
            lambda page: (
                page["rig_agent_counters_kept"] == 1
                and 'rig_agent_database_last_write_timestamp_seconds{database="telemetry"}' in page
            )
        )
        until(lambda: len(held()[2].split()) == 1)  # that for the cards stays, those of the start have gone
        before = held()
        loaded = "rig_agent_config_last_reload_success_timestamp_seconds"
        for _ in range(10):
            last = agent.metrics()[loaded]
            agent.process.send_signal(signal.SIGHUP)
            agent.wait_until(lambda page, last=last: page[loaded] > last)  # type: ignore[misc]

        def is_as_before() -> bool:
            threads, descriptors, children = held()
            return threads <= before[0] and descriptors <= before[1] + 1 and children == before[2]

        until(is_as_before)
        page = agent.metrics()

    assert page['rig_agent_collector_restarts_total{collector="nvml"}'] == 0
    assert page['rig_agent_collector_failures_total{collector="nvml"}'] == 0


def test_a_miner_that_the_new_configuration_does_not_name_is_gone_from_the_page(
    tmp_path: Path, trex: FakeMiner
) -> None:
    with Agent(tmp_path, configured(("cards", "trex", trex.address))) as agent:
        agent.wait_until(lambda page: page.get('rig_miner_up{miner="cards"}') == 1)
        agent.config.write_text(configured() + '\n[http]\nlisten = "127.0.0.1:0"\n')
        agent.process.send_signal(signal.SIGHUP)
        page = agent.wait_until(lambda page: 'rig_miner_up{miner="cards"}' not in page)

    assert not [name for name in page if '"cards"' in name]


def test_a_host_that_cannot_be_read_costs_no_miner(tmp_path: Path, trex: FakeMiner) -> None:
    procfs = tmp_path / "proc"
    procfs.mkdir()
    for name in ("stat", "meminfo", "loadavg", "cpuinfo", "vmstat"):
        (procfs / name).write_bytes(Path("/proc", name).read_bytes())
    config = configured(("cards", "trex", trex.address)) + f'[collectors]\nprocfs = "{procfs}"\n'
    with Agent(tmp_path, config) as agent:
        agent.wait_until(lambda page: page.get('rig_agent_collector_success{collector="host"}') == 1)
        (procfs / "meminfo").unlink()
        page = agent.wait_until(lambda page: page.get('rig_agent_collector_success{collector="host"}') == 0)

        assert page['rig_miner_up{miner="cards"}'] == 1
        assert "rig_host_memory_available_bytes" not in page
        assert agent.get("/-/ready")


def test_a_token_that_a_miner_says_back_is_nowhere_to_be_seen(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("canary-token")
    (tmp_path / "token").chmod(0o600)
    with FakeMiner(mode=Mode.ECHO) as echo:
        config = configured(("echo", "trex", echo.address)) + 'token_file = "token"\n'
        with Agent(tmp_path, config) as agent:
            agent.wait_until(lambda page: page.get('rig_miner_up{miner="echo"}') == 0)
            page = agent.get("/metrics")
            agent.stop()

    assert any(b"canary-token" in request for request in echo.received)
    assert "canary-token" not in page
    assert not [line for line in agent.lines if "canary-token" in line]
