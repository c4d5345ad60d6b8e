"""Cards that hang or are slow: each costs itself, is named, and is asked nothing until it answers."""

import os
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from miner_agent.collectors import unanswered
from miner_agent.collectors.amdgpu.amdgpu_cards import AmdgpuTracker
from miner_agent.collectors.child.card_threads import CardThreads, CardToRead, Raw, Said, Waiting
from miner_agent.collectors.child.child_process import Answer
from miner_agent.collectors.child.sensors import SensorChild
from miner_agent.collectors.nvml.nvml_cards import NvmlTracker
from miner_agent.collectors.unanswered import Unanswered
from miner_agent.errors import SourceError
from miner_agent.model.devices import DeviceReading, DeviceState, ReadError, ReadErrorReason
from miner_agent.model.readings import SensorReading
from tests.collectors.amdgpu_tree import Tree, sensors
from tests.collectors.asked_cards import AskedCards
from tests.nvml_stub import NvmlStub, uuid_of
from tests.waiting import until

CARDS, HUNG, SLOW, LOST = 12, 3, 7, 9
HUNG_SECONDS = 1.0
DEADLINE_SECONDS = 0.8
"""That of a tick at an interval of one second."""
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def soon_hung(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unanswered, "HUNG_SECONDS", HUNG_SECONDS)


@pytest.fixture
def stub(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NvmlStub]:
    with NvmlStub(library, tmp_path / "control", cards=CARDS) as made:
        for name, value in made.environment().items():
            monkeypatch.setenv(name, value)
        yield made


class Ticks:
    """A sensor child asked as a rig asks it at an interval of one second, and what follows its cards."""

    def __init__(self, child: SensorChild, tracker: NvmlTracker | AmdgpuTracker, collector: str) -> None:
        self.child, self.tracker, self.collector = child, tracker, collector

    def answer(self) -> Answer:
        self.deadline = time.monotonic() + DEADLINE_SECONDS
        self.child.request(self.deadline)
        return self.child.collect(self.deadline)[self.collector]

    def reading(self) -> SensorReading:
        answer = self.answer()
        assert not isinstance(answer, SourceError), answer
        return self.tracker.follow(answer, START + timedelta(seconds=self.deadline))

    def tick(self) -> list[DeviceReading]:
        return list(self.reading().devices)

    def first(self) -> None:
        """A process starts before it answers."""
        until(lambda: not isinstance(self.answer(), SourceError))
        self.tick()

    @property
    def threads(self) -> int:
        """Of the child."""
        assert self.child._child is not None
        return len(os.listdir(f"/proc/{self.child._child.process.pid}/task"))


@pytest.fixture
def ticks() -> Iterator[Ticks]:
    child = SensorChild(("nvml",))
    yield Ticks(child, NvmlTracker(), "nvml")
    child.close()


def is_whole(card: DeviceReading) -> bool:
    told = (card.core_temperature_celsius, card.power_watts, card.memory_clock_hertz, card.pcie_replays_total)
    return card.state is DeviceState.OK and None not in told


def test_a_broken_library_is_an_error_and_its_chatter_stays_out_of_the_answers(
    ticks: Ticks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pynvml.py").write_text("print('chatter', flush=True)\nraise ImportError('no such symbol')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    for _ in range(2):
        until(lambda: "ImportError: no such symbol" in str(ticks.answer()))
    assert ticks.child.restarts_total == 0


@pytest.mark.thorough
def test_of_twelve_cards_one_that_hangs_one_that_is_slow_and_one_that_is_lost_cost_no_other_a_tick(
    stub: NvmlStub, ticks: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unanswered, "HUNG_SECONDS", 7.0)
    ticks.first()
    stub.set_fault(HUNG, hanging=True)
    stub.set_fault(SLOW, delay_seconds=0.3)  # it takes five seconds for all of its calls
    stub.set_fault(LOST, 15)
    ill = {uuid_of(number) for number in (HUNG, SLOW, LOST)}
    seen: set[DeviceState | None] = set()

    def tells_the_hung_one() -> SensorReading | None:
        reading = ticks.reading()
        assert [card.uuid for card in reading.devices if not is_whole(card)] == sorted(map(str, ill))
        cards = {card.uuid: card.state for card in reading.devices}
        seen.add(cards[uuid_of(SLOW)])
        return reading if cards[uuid_of(HUNG)] is DeviceState.HUNG else None

    reading = until(tells_the_hung_one)
    assert reading is not None
    cards = {card.uuid: card for card in reading.devices}

    assert seen == {None, DeviceState.SLOW}
    assert cards[uuid_of(LOST)].state is DeviceState.LOST
    assert cards[uuid_of(HUNG)].state is DeviceState.HUNG
    assert cards[uuid_of(HUNG)].power_watts is None
    assert ReadError(device=uuid_of(HUNG), quantity="card", reason=ReadErrorReason.TIMEOUT) in reading.read_errors


def test_a_card_that_hangs_is_asked_again_when_it_has_answered_and_then_is_as_before(
    stub: NvmlStub, ticks: Ticks
) -> None:
    ticks.first()
    stub.set_fault(HUNG, hanging=True)
    until(lambda: ticks.tick()[HUNG].state is DeviceState.HUNG)
    asked = stub.calls(HUNG)
    ticks.tick()
    assert stub.calls(HUNG) == asked

    stub.clear()
    until(lambda: all(is_whole(card) for card in ticks.tick()))
    assert stub.init_calls == 1


def test_a_card_that_hangs_from_the_start_hides_no_other_and_is_named_by_its_number(
    stub: NvmlStub, ticks: Ticks
) -> None:
    stub.set_fault(HUNG, hanging=True)
    ticks.first()

    until(lambda: ticks.tick()[HUNG].state is DeviceState.HUNG)
    cards = ticks.tick()
    assert [card.index for card in cards] == list(range(CARDS))
    assert [card.index for card in cards if not is_whole(card)] == [HUNG]

    stub.clear()
    until(lambda: all(is_whole(card) for card in ticks.tick()))
    assert len(ticks.tick()) == CARDS


def test_a_card_that_hangs_in_a_new_process_before_it_says_who_it_is_keeps_its_name(
    stub: NvmlStub, ticks: Ticks
) -> None:
    ticks.first()
    ticks.child.close()
    stub.set_fault(HUNG, hanging=True)
    ticks.child = SensorChild(("nvml",))
    try:
        ticks.first()
        until(lambda: ticks.tick()[HUNG].state is DeviceState.HUNG)
        cards = ticks.tick()
    finally:
        ticks.child.close()

    assert [card.uuid for card in cards] == [uuid_of(number) for number in range(CARDS)]
    assert [card.uuid for card in cards if not is_whole(card)] == [uuid_of(HUNG)]


def test_where_all_cards_hang_each_is_told_so_and_none_gets_a_second_thread(stub: NvmlStub, ticks: Ticks) -> None:
    ticks.first()
    few = ticks.threads
    for number in range(CARDS):
        stub.set_fault(number, hanging=True)
    until(lambda: {card.state for card in ticks.tick()} == {DeviceState.HUNG})
    held = ticks.threads
    for _ in range(5):
        ticks.tick()
    assert ticks.threads == held <= few + CARDS + 1

    stub.clear()
    until(lambda: all(is_whole(card) for card in ticks.tick()))
    until(lambda: ticks.threads <= few)


def test_a_file_of_an_amd_card_that_does_not_answer_costs_no_other_card(tree: Tree) -> None:
    hung = [tree.plug(f"0000:0{number}:00.0", number=number, hwmon=number) for number in (3, 4, 5)][1]
    child = SensorChild(("amdgpu",), sysfs=tree.root)
    ticks = Ticks(child, AmdgpuTracker(), "amdgpu")
    try:
        ticks.first()
        file = sensors(hung) / "power1_average"
        content = file.read_text()
        file.unlink()
        os.mkfifo(file)  # to open it waits for somebody who writes
        until(lambda: ticks.tick()[1].state is DeviceState.HUNG)
        states = [card.state for card in ticks.tick()]
        watts = [card.power_watts for card in ticks.tick()]

        with file.open("w"):
            file.unlink()
            file.write_text(content)
        until(lambda: {card.state for card in ticks.tick()} == {DeviceState.OK})
    finally:
        child.close()

    assert states == [DeviceState.OK, DeviceState.HUNG, DeviceState.OK]
    assert [watt is None for watt in watts] == [False, True, False]


def test_a_card_of_each_maker_that_hangs_costs_neither_maker_another_card(stub: NvmlStub, tree: Tree) -> None:
    hung = [tree.plug(f"0000:0{number}:00.0", number=number, hwmon=number) for number in (3, 4, 5)][1]
    child = SensorChild(("nvml", "amdgpu"), sysfs=tree.root)
    trackers: dict[str, NvmlTracker | AmdgpuTracker] = {"nvml": NvmlTracker(), "amdgpu": AmdgpuTracker()}

    def lacking() -> dict[str, list[int]] | None:
        """Of each maker, the cards that told no power; ``None`` where a maker told nothing at all."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        child.request(deadline)
        answers, found = child.collect(deadline), {}
        for name, tracker in trackers.items():
            answer = answers[name]
            if isinstance(answer, SourceError):
                return None
            cards = tracker.follow(answer, START + timedelta(seconds=deadline)).devices
            found[name] = [index for index, card in enumerate(cards) if card.power_watts is None]
        return found

    try:
        until(lambda: lacking() == {"nvml": [], "amdgpu": []})
        file = sensors(hung) / "power1_average"
        file.unlink()
        os.mkfifo(file)  # to open it waits for somebody who writes
        stub.set_fault(HUNG, hanging=True)
        for _ in range(3):
            assert lacking() == {"nvml": [HUNG], "amdgpu": [1]}
    finally:
        stub.clear()
        child.close()


class Slow:
    """A card that answers when it is let."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.answers.set()

    def read(self, now: float) -> Raw:
        self.answers.wait()
        return {"now": now}


class Broken:
    def read(self, now: float) -> Raw:
        raise ZeroDivisionError(now)


class Cards:
    """A reader of these cards."""

    def __init__(self, *cards: CardToRead) -> None:
        self.cards, self.away = cards, 0
        self.waited_since: set[float] = set()

    def begin(self, _now: float, away: Collection[CardToRead]) -> Sequence[CardToRead]:
        self.away = len(away)
        return self.cards

    def end(self, _now: float, answers: Sequence[Said | Waiting]) -> Raw:
        self.waited_since = {answer[0] for answer in answers if isinstance(answer, tuple)}
        return {"answered": [isinstance(answer, dict) for answer in answers]}


def of(*told: Waiting | None) -> list[DeviceState | None]:
    """What a card is after each of these ticks without an answer."""
    card = Unanswered()
    states = []
    for waiting in told:
        card.take(waiting)
        states.append(card.state)
    return states


def test_a_card_hangs_whose_call_does_not_come_back_and_is_slow_where_each_does() -> None:
    slow, hung = DeviceState.SLOW, DeviceState.HUNG
    soon, late = HUNG_SECONDS / 2, HUNG_SECONDS

    assert of((0.0, soon), (0.0, soon), (0.0, soon), (0.0, late)) == [None, None, slow, hung]
    assert of(*((float(tick // 2), late) for tick in range(6))) == [None, None, slow, slow, slow, slow]
    assert of((0.0, late), (0.0, late), (0.0, late), (3.0, soon)) == [None, None, hung, slow]
    assert of(None, None, None) == [None, None, hung]

    card = Unanswered()
    for _ in range(3):
        card.take(None)
    card.end()
    assert card.state is None


def test_how_long_a_card_is_waited_for_counts_from_its_own_call() -> None:
    slow, good = Slow(), Slow()
    reader = Cards(slow, good)
    threads = AskedCards(reader)
    slow.answers.clear()
    threads.read(0.05)
    first = reader.waited_since
    threads.read(0.05)
    assert reader.waited_since == first

    slow.answers.set()
    until(lambda: threads.read(5.0) == {"answered": [True, True]})
    slow.answers.clear()
    threads.read(0.05)
    slow.answers.set()
    assert len(reader.waited_since | first) == 2


def test_as_long_as_all_is_well_no_thread_wakes_but_the_one_that_is_asked() -> None:
    class Known(Slow):
        def read(self, now: float) -> Raw:
            return {"thread": threading.get_ident()}

    class Told(Cards):
        def end(self, _now: float, answers: Sequence[Said | Waiting]) -> Raw:
            return {"threads": [*answers, {"thread": threading.get_ident()}]}

    said: list[Said | Exception] = []
    cards = CardThreads(Told(Known(), Known()), AskedCards(Cards()), replace=lambda: None)
    before = threading.active_count()

    assert cards.ask(5.0, said.append)
    assert said == [{"threads": [{"thread": threading.get_ident()}] * 3}]
    assert threading.active_count() == before


def test_the_place_of_a_thread_that_a_card_keeps_is_taken_once_and_it_does_not_come_back_to_it() -> None:
    hung, good = Slow(), Slow()
    threads = AskedCards(Cards(hung, good))
    assert threads.read(5.0) == {"answered": [True, True]}
    assert (threads.kept, threads.replaced) == ([True], 0)

    hung.answers.clear()
    for _ in range(3):
        assert threads.read(0.05) == {"answered": [False, True]}
    assert threads.replaced == 1
    hung.answers.set()
    until(lambda: len(threads.kept) == 4)
    assert sorted(threads.kept) == [False, True, True, True]


def test_a_late_answer_is_dropped_and_the_card_is_asked_anew() -> None:
    slow, good = Slow(), Slow()
    reader = Cards(slow, good)
    threads = AskedCards(reader)
    slow.answers.clear()
    assert threads.read(0.05) == {"answered": [False, True]}
    assert threads.read(0.05) == {"answered": [False, True]}
    assert reader.away == 1

    slow.answers.set()
    until(lambda: threads.read(5.0) == {"answered": [True, True]})


def test_a_mistake_in_reading_a_card_is_raised_where_it_is_waited_for() -> None:
    with pytest.raises(ZeroDivisionError):
        AskedCards(Cards(Slow(), Broken())).read(5.0)


def test_where_no_more_threads_may_be_started_the_cards_that_are_left_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    hung, good = Slow(), Slow()
    threads = AskedCards(Cards(good, hung, good_too := Slow()))
    assert threads.read(5.0) == {"answered": [True] * 3}

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    threads.may_replace = False
    hung.answers.clear()
    assert threads.read(0.05) == {"answered": [True, False, False]}
    hung.answers.set()
    until(lambda: len(threads.kept) == 2)
    assert threads.kept == [True, True]
    assert threads.read(5.0) == {"answered": [True] * 3}
    assert good_too.answers.is_set()
