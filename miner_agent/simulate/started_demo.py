"""What ``miner-agent demo`` runs: a rig by the clock of this machine, and others beside it."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from miner_agent.config.planned_keys import PlannedOff
from miner_agent.simulate.demo_books import begin_books, book_electricity
from miner_agent.simulate.demo_past import begin_log
from miner_agent.simulate.market_files import CURRENCY, MarketFiles
from miner_agent.simulate.mishaps import Fault
from miner_agent.simulate.profiles import Profile
from miner_agent.simulate.replayed_rigs import ReplayedRigs
from miner_agent.simulate.script import Script
from miner_agent.simulate.simulated_course import SimulatedCourse
from miner_agent.simulate.simulated_machine import SUPPLIER, DemoRig
from miner_agent.simulate.simulated_rig import SimulatedRig
from miner_agent.simulate.stand_ins import SimulatedSources
from miner_agent.storage.sqlite.kinds import KINDS
from miner_agent.storage.sqlite.migrate import migrate_all

ALL_DAY = PlannedOff(place="demo", start="00:00", end="00:00")  # for a night that may come at any hour
STATE = "state"
OF_THIS_MACHINE = ("[discovery]", "[collectors.nvml]", "[collectors.amdgpu]", "[collectors.host]")
REPLAYED_SECONDS = 5.0  # between two ticks of the rig that the replayed ones are made of


@contextmanager
def begun_past(folder: Path, profile: Profile, now: datetime) -> Iterator[None]:
    """Log and books in the folder of the rig, which are there at the end of the block: most of it is waiting."""
    state = folder / STATE
    state.mkdir(mode=0o700)
    with ThreadPoolExecutor(3) as aside:
        made = aside.submit(migrate_all, [(kind, state / f"{name}.db") for name, kind in KINDS.items()], now=now)

        def in_files(begin: Callable[[Path, Profile, datetime], None]) -> None:
            made.result()
            begin(state, profile, now)

        begun = [aside.submit(in_files, begin) for begin in (begin_log, begin_books)]
        yield
    for one in begun:
        one.result()
    book_electricity(state, now)


def asking_configuration(rig: DemoRig) -> str:
    """By which commands ask about it, and of this machine nothing."""
    loaded = rig.load()
    http = {"listen": loaded.http.listen, **({"socket": loaded.http.socket} if loaded.http.socket else {})}
    tables: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("[agent]", {"rig": loaded.agent.rig, "state_directory": rig.state_directory}),
        ("[http]", http),
        ("[profit]", {"currency": CURRENCY}),
        ("[tariff]", {"kind": "dynamic", "currency": CURRENCY, "feed": SUPPLIER}),
        *(("[[feeds]]", {"feed": one.feed, "name": one.name, "file": one.file}) for one in loaded.feeds),
        *((table, {"enabled": False}) for table in OF_THIS_MACHINE),
    )
    return "\n".join(
        line
        for table, keys in tables
        for line in (table, *(f"{key} = {_toml(told)}" for key, told in keys.items()), "")
    )


def _toml(value: object) -> str:
    return json.dumps(value if isinstance(value, bool) else str(value), ensure_ascii=False)


def demo_rig(
    folder: Path,
    environment: Mapping[str, str],
    profile: Profile,
    script: Script,
    now: Callable[[], datetime],
    *,
    replayed: int = 0,
    configuration: Path | None = None,
) -> DemoRig:
    """The rig with its script and its files in the folder of its past; ``replayed`` rigs beside it are calm.

    What ``configuration`` says of alerts and of HTTP holds.
    """
    files, state = folder / "feeds", folder / STATE
    files.mkdir()
    rig, market = SimulatedRig(profile, script=script), MarketFiles(files)
    market.keep(rig, now())  # feeds are asked before the first tick
    sources = SimulatedSources(rig, time.monotonic, now=now, files=market)
    beside = SimulatedCourse(profile, interval_seconds=REPLAYED_SECONDS, begins=now())
    is_planned = any(scene.fault is Fault.NIGHT_PAUSE for scene in script.scenes)
    return DemoRig(
        state,
        environment,
        sources,
        planned_off=(ALL_DAY,) if is_planned else (),
        beside=ReplayedRigs(beside, replayed) if replayed else {},
        configuration=configuration,
    )
