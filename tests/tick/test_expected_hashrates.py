"""What a miner and its devices should make, and from which ticks that is learnt."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from miner_agent.model.devices import DeviceKind, DeviceWork
from miner_agent.model.hashrate_expectations import NO_HASHRATES, HashrateExpectations, HashrateRule
from miner_agent.model.health import NO_PAST, Ailment, Past, Symptom, Verdict
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading, Workload
from miner_agent.model.snapshot import (
    DeviceContribution,
    ExpectedHashrate,
    Inventory,
    MinerWorkload,
    RigSnapshot,
    TickClock,
)
from miner_agent.tick.expected_hashrates import ExpectedHashrates
from miner_agent.tick.kept_facts import MOST_A_MINER, KeptFacts, by_miner
from miner_agent.tick.rate_sketch import LEAST_SECONDS
from miner_agent.tick.usual_hashrates import STARTING_SECONDS, UsualHashrates
from tests.for_each import for_each
from tests.log_ticks import START, device, miner_work

INTERVAL_SECONDS = 60.0
CARDS = ("GPU-1", "GPU-2")


def symptom(subject: str, source: str) -> Verdict:
    return Verdict(
        word="ill", symptoms=(Symptom(ailment=Ailment.DEVICE_SLOW, subject=subject, source=source, said=""),)
    )


class Rig:
    """A miner on two cards of another source, tick by tick."""

    def __init__(self) -> None:
        self.usual, self.expected, self.seconds = UsualHashrates(), ExpectedHashrates(), 0.0
        self.usual.see({})

    def tick(
        self,
        rates: tuple[float | None, float | None] = (60e6, 30e6),
        *,
        verdict: Verdict | None = None,
        expectations: HashrateExpectations = NO_HASHRATES,
        nominal: float | None = None,
        product: str | None = None,
        kind: DeviceKind = DeviceKind.GPU,
        uptime_seconds: float | None = 100_000.0,
        **values: Any,
    ) -> dict[str | None, ExpectedHashrate]:
        total = sum(rate or 0.0 for rate in rates)
        miner = {key: values.pop(key) for key in ("paused",) if key in values}
        entry = miner_work("cards", "kawpow", hashes_per_second=total, nominal_hashes_per_second=nominal, **values)
        snapshot = MinerSnapshot(software="x", uptime_seconds=uptime_seconds, product=product, **miner)
        return self.see(replace(entry, snapshot=snapshot), rates, verdict or Verdict(word="well"), kind, expectations)

    def see(
        self,
        entry: MinerWorkload | None,
        rates: tuple[float | None, ...] = (),
        verdict: Verdict | None = None,
        kind: DeviceKind = DeviceKind.GPU,
        expectations: HashrateExpectations = NO_HASHRATES,
        labels: tuple[str, ...] = CARDS,
        past: Past = NO_PAST,
    ) -> dict[str | None, ExpectedHashrate]:
        self.seconds += INTERVAL_SECONDS
        now = START + timedelta(seconds=self.seconds)
        outcome: Outcome[Reading] = Outcome(
            source="cards", kind="miner", asked_at=now, duration_seconds=0, reading=MinerSnapshot(software="x")
        )
        devices = [replace(device(label, kind=kind), source="nvml") for label in labels]
        parts = [
            DeviceContribution(
                device=label, miner="cards", algorithm="kawpow", work=DeviceWork(device_index=0, hashes_per_second=rate)
            )
            for label, rate in zip(CARDS, rates, strict=False)
        ]
        tick = RigSnapshot(
            taken_at=now,
            rig="left",
            outcomes=(outcome,),
            verdict=verdict or Verdict(word="well"),
            past=past,
            clock=TickClock(
                boot_id="boot", monotonic_seconds=self.seconds, interval_seconds=INTERVAL_SECONDS, clock_ok=True
            ),
        )
        inventory = replace(
            tick.inventory,
            devices=tuple(devices),
            workloads=() if entry is None else (entry,),
            contributions=tuple(parts) if entry is not None else (),
        )
        found = self.expected.of(replace(tick, inventory=inventory), self.usual, expectations)
        return {one.device: one for one in found}

    def without_last(self, gone: str, *, expectations: HashrateExpectations) -> dict[str | None, ExpectedHashrate]:
        """The miner mines on its first card alone."""
        entry = miner_work("cards", "kawpow", hashes_per_second=60e6)
        past = Past(missing=((CARDS[1], "nvml"),)) if gone == "missing" else NO_PAST
        labels = CARDS if gone == "idle" else CARDS[:1]
        return self.see(entry, (60e6,), expectations=expectations, labels=labels, past=past)

    def mine(self, seconds: float, *rates: float, **values: Any) -> dict[str | None, ExpectedHashrate]:
        found: dict[str | None, ExpectedHashrate] = {}
        for _ in range(round(seconds / INTERVAL_SECONDS)):
            found = self.tick((rates[0], rates[1]) if rates else (60e6, 30e6), **values)
        return found


WHILE = LEAST_SECONDS + STARTING_SECONDS + 3 * INTERVAL_SECONDS


def test_it_is_learnt_of_the_miner_and_of_each_device() -> None:
    rig = Rig()
    assert rig.mine(LEAST_SECONDS) == {}
    found = rig.mine(WHILE - LEAST_SECONDS)

    assert {device: one.source for device, one in found.items()} == dict.fromkeys((None, *CARDS), "learnt")
    assert [found[one].hashes_per_second for one in (None, *CARDS)] == pytest.approx([90e6, 60e6, 30e6], rel=0.006)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "sick",
    [
        {"paused": True},
        {"dev_fee": True},
        {"uptime_seconds": STARTING_SECONDS - 1},
        {"verdict": symptom("cards", "cards")},
    ],
    ids=str,
)
def test_from_what_is_not_as_at_any_time_nothing_is_learnt(sick: dict[str, Any]) -> None:
    rig = Rig()
    rig.mine(WHILE)
    found = rig.mine(10 * WHILE, 20e6, 10e6, **sick)

    assert found[None].hashes_per_second == pytest.approx(90e6, rel=0.006)
    assert found["GPU-1"].hashes_per_second == pytest.approx(60e6, rel=0.006)


def test_a_card_that_is_ill_is_learnt_of_neither_nor_of_its_miner_but_of_its_neighbour() -> None:
    rig = Rig()
    rig.mine(WHILE)
    found = rig.mine(10 * WHILE, 20e6, 10e6, verdict=symptom("GPU-1", "nvml"))

    assert found[None].hashes_per_second == pytest.approx(90e6, rel=0.006)
    assert found["GPU-1"].hashes_per_second == pytest.approx(60e6, rel=0.006)
    assert found["GPU-2"].hashes_per_second == pytest.approx(10e6, rel=0.006)


def test_a_card_that_is_gone_is_not_the_new_usual() -> None:
    rig = Rig()
    rig.mine(WHILE)
    found = rig.mine(10 * WHILE, 60e6, 0.0, verdict=symptom("GPU-2", "nvml"))

    assert found[None].hashes_per_second == pytest.approx(90e6, rel=0.006)


def test_a_break_needs_a_quarter_of_an_hour_again() -> None:
    rig = Rig()
    for _ in range(100):
        rig.mine(STARTING_SECONDS)
        rig.see(None)
        rig.tick((None, None))

    assert rig.tick() == {}


def test_the_next_run_goes_on_with_what_this_one_has_learnt() -> None:
    rig, again = Rig(), Rig()
    rig.mine(2 * WHILE)
    facts = rig.usual.unsaved_facts()
    again.usual = UsualHashrates()
    again.usual.see(None)
    assert again.tick() == {}
    again.usual.see(by_miner(facts))

    assert again.tick()[None].hashes_per_second == pytest.approx(90e6, rel=0.006)
    assert set(facts) == {"cards kawpow", "cards kawpow GPU-1", "cards kawpow GPU-2"}


def test_a_disk_is_written_every_few_hours() -> None:
    rig, written = Rig(), 0
    for _ in range(round(86_400 / INTERVAL_SECONDS)):
        rig.tick()
        written += len(rig.usual.unsaved_facts())

    assert 0 < written <= 3 * 8


class _Table:
    def rate_of(self, name: str, algorithm: str) -> float | None:
        return {("A card", "kawpow"): 43e6, ("Antminer S9", "kawpow"): 1e9}.get((name, algorithm))


def test_the_first_that_tells_it_holds() -> None:
    table = HashrateExpectations(rated=_Table())
    rules = HashrateExpectations(
        told=(
            HashrateRule(algorithm="kawpow", hashes_per_second=7.0, miner="cards"),
            HashrateRule(algorithm="etchash", hashes_per_second=8.0, miner="cards"),
            HashrateRule(algorithm="kawpow", hashes_per_second=9.0, device="GPU-2"),
        ),
        rated=_Table(),
    )
    rig = Rig()
    found = rig.tick(expectations=table)
    assert {key: (one.source, one.hashes_per_second) for key, one in found.items()} == {
        None: ("table", 86e6),
        "GPU-1": ("table", 43e6),
        "GPU-2": ("table", 43e6),
    }
    assert rig.tick(expectations=table, nominal=5.0)[None].source == "firmware"
    assert rig.mine(WHILE, nominal=5.0, expectations=table)[None].source == "learnt"
    found = rig.tick(expectations=rules)
    assert [(found[key].source, found[key].hashes_per_second) for key in (None, "GPU-2")] == [
        ("configured", 7.0),
        ("configured", 9.0),
    ]
    assert found["GPU-1"].source == "learnt"


def test_of_a_miner_holds_what_its_owner_says_of_each_of_its_devices() -> None:
    of_each = HashrateRule(algorithm="kawpow", hashes_per_second=46e6, device="GPU-1")
    of_both = (of_each, HashrateRule(algorithm="kawpow", hashes_per_second=30e6, device="GPU-2"))

    found = Rig().tick(expectations=HashrateExpectations(told=of_both, rated=_Table()))
    assert {key: (one.source, one.hashes_per_second) for key, one in found.items()} == {
        None: ("configured", 76e6),
        "GPU-1": ("configured", 46e6),
        "GPU-2": ("configured", 30e6),
    }
    assert Rig().tick(expectations=HashrateExpectations(told=(of_each,), rated=_Table()))[None].source == "table"
    whole = HashrateRule(algorithm="kawpow", hashes_per_second=7.0, miner="cards")
    assert Rig().tick(expectations=HashrateExpectations(told=(*of_both, whole)))[None].hashes_per_second == 7.0


def test_a_device_that_is_gone_takes_nothing_along_of_what_its_miner_should_make() -> None:
    """Whether its driver still sees it, its miner alone has left it out, or nobody tells of it any more."""
    of_model = HashrateRule(algorithm="kawpow", hashes_per_second=40e6, model="A card")
    of_each = tuple(HashrateRule(algorithm="kawpow", hashes_per_second=40e6, device=label) for label in CARDS)
    for told, gone, whole in (
        ((of_model,), "idle", ("configured", 80e6)),
        (of_each, "idle", ("configured", 80e6)),
        (of_each, "missing", ("configured", 80e6)),
        ((), "idle", ("table", 86e6)),
        (of_each, "taken out", ("configured", 40e6)),
    ):
        rig = Rig()
        rig.tick(expectations=HashrateExpectations(told=told, rated=_Table()))
        found = rig.without_last(gone, expectations=HashrateExpectations(told=told, rated=_Table()))
        assert (found[None].source, found[None].hashes_per_second) == whole, gone
        assert CARDS[1] not in found

    rig = Rig()
    rig.tick(expectations=HashrateExpectations(told=(of_model,), rated=_Table()))
    # of what model a device was that nobody tells of is not known: a part of the sum is none
    assert None not in rig.without_last("missing", expectations=HashrateExpectations(told=(of_model,), rated=_Table()))


def test_a_device_that_is_gone_is_known_to_the_next_run() -> None:
    rig, again = Rig(), Rig()
    rig.mine(WHILE)
    again.usual = UsualHashrates()
    again.usual.see(by_miner(rig.usual.unsaved_facts()))
    told = tuple(HashrateRule(algorithm="kawpow", hashes_per_second=40e6, device=label) for label in CARDS)

    assert again.without_last("missing", expectations=HashrateExpectations(told=told))[None].hashes_per_second == 80e6


def test_of_a_machine_the_table_tells_the_whole_and_nothing_of_a_board() -> None:
    found = Rig().tick(
        kind=DeviceKind.HASHBOARD, product="Antminer S9", expectations=HashrateExpectations(rated=_Table())
    )

    assert {key: one.hashes_per_second for key, one in found.items()} == {None: 1e9}


def test_a_miner_that_makes_up_names_fills_no_disk() -> None:
    facts = KeptFacts()
    facts.see(by_miner({f"bad {number}": "x" for number in range(MOST_A_MINER - 1)} | {"good 1": "x"}))
    for number in range(1000):
        facts.keep(f"bad new {number}", "y")
        facts.keep("bad 5", "y")
        facts.keep("good 2", "y")

    assert set(facts.unsaved()) == {"bad new 0", "bad 5", "good 2"}
    assert facts.unsaved() == {}


RATED = Workload(algorithm="kawpow", nominal_hashes_per_second=1e6)
MACHINE = MinerSnapshot(software="x", product="NVIDIA")


class Table:
    """That knows two cards and a machine."""

    def rate_of(self, name: str, algorithm: str, /) -> float | None:
        return {"A card": 45e6, "RTX 3090": 55e6, "Antminer": 1e9}.get(name)


RULES = HashrateExpectations(
    told=(HashrateRule(algorithm="kawpow", hashes_per_second=50e6, model="NVIDIA"),), rated=Table()
)
MINED = RigSnapshot(
    taken_at=START,
    rig="left",
    outcomes=(),
    inventory=Inventory(
        devices=tuple(device(label, vendor="invented") for label in CARDS),
        workloads=(miner_work("cards", "kawpow"),),
        contributions=tuple(
            DeviceContribution(device=label, miner="cards", algorithm="kawpow", work=DeviceWork(device_index=0))
            for label in CARDS
        ),
    ),
)


def with_first(name: str, change: Callable[[Any], Any]) -> RigSnapshot:
    """The same tick in which the first one of these is another."""
    first, *others = getattr(MINED.inventory, name)
    changed: dict[str, Any] = {name: (change(first), *others)}
    return replace(MINED, inventory=replace(MINED.inventory, **changed))


def of_card(**changed: Any) -> RigSnapshot:
    return with_first("devices", lambda card: replace(card, reading=replace(card.reading, **changed)))


@for_each(
    ("tick", "expectations"),
    [
        (MINED, NO_HASHRATES),
        (of_card(name="RTX 3090"), RULES),
        (of_card(vendor="NVIDIA"), RULES),
        (of_card(kind=DeviceKind.HASHBOARD), RULES),
        (with_first("contributions", lambda part: replace(part, device="GPU-2")), RULES),
        (with_first("contributions", lambda part: replace(part, algorithm="ethash")), RULES),
        (
            with_first(
                "contributions",
                lambda part: replace(part, work=DeviceWork(device_index=0, nominal_hashes_per_second=1e6)),
            ),
            RULES,
        ),
        (with_first("workloads", lambda entry: replace(entry, algorithm="ethash")), RULES),
        (with_first("workloads", lambda entry: replace(entry, miner="others")), RULES),
        (with_first("workloads", lambda entry: replace(entry, snapshot=MACHINE)), RULES),
        (with_first("workloads", lambda entry: replace(entry, workload=RATED)), RULES),
    ],
)
def test_a_change_of_what_it_goes_by_is_seen_in_the_same_tick(
    tick: RigSnapshot, expectations: HashrateExpectations
) -> None:
    expected, usual = ExpectedHashrates(), UsualHashrates()

    before = expected.of(MINED, usual, RULES)
    after = expected.of(tick, usual, expectations)

    assert after == ExpectedHashrates().of(tick, usual, expectations) != before
    assert expected.of(tick, usual, expectations) is after
