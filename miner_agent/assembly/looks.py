"""One look, outside of the service: at this machine, at those behind the gateway, or at one source."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from calculators.nearest_words import suggestion
from miner_agent.assembly import configured, miner_sources
from miner_agent.assembly.machines import Origin
from miner_agent.config.configuration import Config
from miner_agent.errors import ConfigError, Unreachable
from miner_agent.model.readings import MeterReading, MinerSnapshot
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.text import clean_text
from miner_agent.tick.pipeline import MinerSource, Pipeline
from miner_agent.transport.polls import Ask, Transport

ONCE_DEADLINE_SECONDS = 10.0
RIGS_AT_ONCE = 128  # of one look: each takes a socket


def look_at_machine(machine: Origin, loaded: Config, *, clock: Callable[[], datetime]) -> RigSnapshot:
    """One tick of a machine, its load measured over a moment. ``clock`` is asked when that is over."""
    parts = machine.build(loaded)
    try:
        parts.settle(time.sleep)
        return _as_planned(parts.pipeline.tick(clock()), loaded)
    finally:
        parts.close()


def look_at_rigs(loaded: Config, now: datetime, *, only: str | None = None) -> tuple[RigSnapshot, ...]:
    """One look at every machine behind the gateway, or at one of them.

    Raises:
        ConfigError: there is no such machine.
    """
    known = miner_sources.rigs(loaded)
    if only is not None:
        known = {only: _rig_of(known, only)}
    transport = Transport(at_once=RIGS_AT_ONCE)
    try:
        make = partial(
            Pipeline,
            fetcher=transport,
            host=None,
            sensors=None,
            trackers={},
            deadline_seconds=ONCE_DEADLINE_SECONDS,
            monotonic=time.monotonic,
            algorithms=configured.algorithms(loaded),
            limits=configured.temperature_limits(loaded),
            hashrates=configured.expected_hashrates(loaded),
        )
        pipelines = [make(rig=name, miners=sources) for name, sources in known.items()]
        asks = [pipeline.asks(now) for pipeline in pipelines]
        answers = iter(transport.fetch([ask for of_one in asks for ask in of_one]).result())
    finally:
        transport.close()
    return tuple(
        _as_planned(pipeline.take([next(answers) for _ in of_one], now), loaded)
        for pipeline, of_one in zip(pipelines, asks, strict=True)
    )


def _as_planned(snapshot: RigSnapshot, loaded: Config) -> RigSnapshot:
    return snapshot.as_planned(loaded.plans.at(snapshot.taken_at, snapshot.rig))


def _rig_of(known: Mapping[str, list[MinerSource]], name: str) -> list[MinerSource]:
    if name in known:
        return known[name]
    mend = suggestion(name, known) if known else "no other machine is configured"
    raise ConfigError(f"no miner and no meter has rig = {clean_text(name)!r}; {mend}")


def ask_once(source: MinerSource, now: datetime) -> dict[str, bytes]:
    """The raw answers of one source. ``now`` tells the age of files.

    Raises:
        SourceError: it gave none.
    """
    transport = Transport()
    try:
        ask = Ask(
            source=source.name,
            endpoint=source.endpoint,
            requests=source.driver.requests,
            most_bytes=source.driver.most_bytes,
            deadline_seconds=ONCE_DEADLINE_SECONDS,
            now=now,
        )
        (answer,) = transport.fetch([ask]).result()
    finally:
        transport.close()
    if answer.raw is None:
        raise answer.error or Unreachable("no answer")
    return answer.raw


def software_of(reading: MinerSnapshot | MeterReading) -> str:
    """Which program or meter it was, for the head of a recording."""
    if isinstance(reading, MeterReading):
        return reading.product or "a meter"
    return " ".join(part for part in (reading.software, reading.software_version) if part)
