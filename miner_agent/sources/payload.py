"""Typed reads of foreign JSON and text. Every failure names the path at which it stands.

A read that ends in ``_or_none`` takes what can only be one thing (``" 41.0000"`` is 41) and gives ``None`` for what it
cannot take: in a miner's answer that detail is absent, and noted among the ``Defects`` of the source; in a feed's, and
in what the agent's own readers say, it is refused. Every other read refuses: a driver uses those where the answer would
not be its own, or where the meaning of other values hangs on one. ``part`` and ``parts`` hold what such a refusal costs
to the part that it stands in.

Answers hold accounts and passwords, so that an error quotes no more of one than a number or a short word that stands
where something else should.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NoReturn, Self, TypeVar

from calculators.units import number_with_prefix
from miner_agent.errors import BadPayload, Unquoted
from miner_agent.sources.defects import Defects
from miner_agent.sources.foreign_json import INTEGER_DIGITS, Unreadable, decoded, parse_json
from miner_agent.sources.reading_budget import CHARACTERS_A_STEP, STEPS_A_DEFECT, ReadingBudget

QUOTED_LENGTH = 16  # shorter than any wallet
QUOTED_KEY_LENGTH = 25
MOST_DEVICES = 10_000
MOST_COUNTED = 10**INTEGER_DIGITS
BROKEN = "\ufffd"  # stands where bytes were no UTF-8
_NUMBER = re.compile(r"[+-]?\d{1,30}(?:\.\d{0,30})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_TRUTHS = {"y": True, "yes": True, "true": True, "1": True, "n": False, "no": False, "false": False, "0": False}

Step = str | int
Repair = Callable[[bytes], bytes]
Part = TypeVar("Part")


class ChosenKey(str):
    """A key of the answer's own choice, as a step."""

    __slots__ = ()


class Doc:
    """One place in a JSON document, with the path that leads there.

    ``origin`` and ``steps``: the path so far, and what leads on from there. Most places are read and forgotten: a path
    becomes text only where somebody asks for it.
    ``defects``: where what cannot be read is noted, and each look is counted; ``None``: it is refused, and looks are
    free.
    """

    __slots__ = ("_origin", "_steps", "defects", "value")

    def __init__(
        self, value: object, origin: "str | Doc", defects: Defects | None = None, steps: tuple[Step, ...] = ()
    ) -> None:
        self.value, self._origin, self.defects, self._steps = value, origin, defects, steps

    @property
    def path(self) -> str:
        path = self._origin if isinstance(self._origin, str) else self._origin.path
        for step in self._steps:
            path = self._entry_path(path, _quoted(step)) if type(step) is ChosenKey else _joined(path, step)
        self._origin, self._steps = path, ()
        return path

    def at(self, *steps: Step) -> Self:
        """The place that ``steps`` lead to; ``None`` in it where a key, an element or a parent is missing."""
        value = self.value
        for position, step in enumerate(steps):
            if value is None:
                return self._place(None, steps[: position + 1])
            if isinstance(step, str):
                if not isinstance(value, dict):
                    self._place(value, steps[:position]).doubt_kind("an object")
                    return self._place(None, steps[: position + 1])
                value = value.get(step)
            else:
                if not isinstance(value, list):
                    self._place(value, steps[:position]).doubt_kind("a list")
                    return self._place(None, steps[: position + 1])
                value = value[step] if -len(value) <= step < len(value) else None
        return self._place(value, steps)

    def value_at(self, *steps: Step) -> Any:
        """What stands there, without a place made for it."""
        return self._value(steps)

    def _value(self, steps: tuple[Step, ...]) -> Any:
        if self.defects is not None:
            budget = self.defects.budget
            budget.steps_left -= 1  # without a call: half of all that is done is this
            if budget.steps_left < 0:
                budget.spend(0)
        value: Any = self.value
        for step in steps:
            if type(value) is dict and type(step) is str:
                value = value.get(step)
            elif value is None:
                return None
            elif type(value) is list and type(step) is int:
                value = value[step] if -len(value) <= step < len(value) else None
            else:
                return self.at(*steps).value
        if type(value) is str and len(value) > CHARACTERS_A_STEP and self.defects is not None:
            self.defects.budget.spend_text(value)
        return value

    def _place(self, value: object, steps: tuple[Step, ...]) -> Self:
        if self.defects is not None:
            budget = self.defects.budget
            budget.steps_left -= 1  # without a call, as in ``value_at``
            if budget.steps_left < 0:
                budget.spend(0)
        return type(self)(value, self, self.defects, steps)

    def _spend(self, steps: int) -> None:
        if self.defects is not None:
            self.defects.budget.spend(steps)

    def is_object(self) -> bool:
        return isinstance(self.value, dict)

    def is_list(self) -> bool:
        return isinstance(self.value, list)

    def items(self, *steps: Step) -> Iterator[Self]:
        """The elements of the list there; none where it is missing or null."""
        place = self.at(*steps)
        if place.value is None:
            return
        if not isinstance(place.value, list):
            place.doubt_kind("a list")
            return
        self._spend(len(place.value))
        for position, value in enumerate(place.value):
            yield type(self)(value, place, self.defects, (position,))

    def entries(self, *steps: Step) -> Iterator[tuple[str, Self]]:
        """The keys and values of the object there; none where it is missing or null."""
        place = self.at(*steps)
        if place.value is None:
            return
        if not isinstance(place.value, dict):
            place.doubt_kind("an object")
            return
        self._spend(len(place.value))
        for key, value in place.value.items():
            yield key, type(self)(value, place, self.defects, (ChosenKey(key),))

    @staticmethod
    def _entry_path(path: str, key: str) -> str:
        """Where a key that the answer chose leads to: in brackets, so that it can be told from ours."""
        return f"{path}[{key}]"

    def names(self) -> tuple[str, ...]:
        """The keys of the object here; none where it is missing or null. Cheaper than ``entries`` by far."""
        if self.value is None:
            return ()
        if not isinstance(self.value, dict):
            self.doubt_kind("an object")
            return ()
        self._spend(len(self.value))
        return tuple(self.value)

    def shaped(self, *keys: str) -> Self:
        """This place, refused where one of the keys is missing that make an answer this program's.

        Whatever stands under them: a version that cannot be read costs the version.
        """
        names = self.names()
        for key in keys:
            if key not in names:
                self.at(key).expected("one of the keys by which this program is known")
        return self

    def part(self, parse: Callable[[Self], Part]) -> Part | None:
        """What ``parse`` makes of this place; ``None``, and a defect, where it refuses it."""
        try:
            return parse(self)
        except BadPayload as refusal:
            if self.defects is None:
                raise
            self.defects.note(refusal)
            return None

    def parts(self, parse: Callable[[Self], Part], *steps: Step) -> Iterator[Part]:
        """What ``parse`` makes of each element of the list there, without those that it refuses."""
        for item in self.items(*steps):
            made = item.part(parse)
            if made is not None:
                yield made

    def text_or_none(self, *steps: Step) -> str | None:
        """Text; ``None`` where it is missing, null or empty."""
        value = self._value(steps)
        if value is None:
            return None
        if not isinstance(value, str) or BROKEN in value:
            self.at(*steps).doubt("text or null")
            return None
        return value or None

    def text(self, *steps: Step) -> str:
        value = self._value(steps)
        if not isinstance(value, str) or not value:
            self.at(*steps).expected("text")
        return value

    def word_or_none(self, *steps: Step) -> str | None:
        """Text on which the meaning of other values hangs, such as a unit: refused where it is something else."""
        value = self._value(steps)
        return None if value is None or value == "" else self.text(*steps)

    def private_text_or_none(self, *steps: Step) -> str | None:
        """The same for what no error may quote: an account, a user name."""
        value = self._value(steps)
        if value is not None and (not isinstance(value, str) or BROKEN in value):
            self.at(*steps).doubt_kind("text or null")
            return None
        return value or None

    def number_or_none(self, *steps: Step) -> float | None:
        """A finite number, also as text; ``None`` where it is missing, null or blank."""
        value = self._value(steps)
        if value is None:
            return None
        if type(value) is float or type(value) is int:  # no bool
            return float(value)
        if self.defects is not None and isinstance(value, str):
            text = value.strip()
            if not text:
                return None
            number = float(text) if _NUMBER.fullmatch(text) else math.nan
            if math.isfinite(number):
                return number
        self.at(*steps).doubt("a finite number or null")
        return None

    def number(self, *steps: Step) -> float:
        number = self.number_or_none(*steps)
        if number is None:
            self.at(*steps).expected("a finite number")
        return number

    def prefixed_number_or_none(self, *steps: Step) -> float | None:
        """A number, or text that holds one with a decimal prefix (``"4.00 G"``)."""
        value = self._value(steps)
        if not isinstance(value, str):
            return self.number_or_none(*steps)
        if not value.strip():
            return None
        try:
            number = number_with_prefix(value)
        except ValueError:
            self.at(*steps).doubt('a number, or text such as "4.00 G"')
            return None
        return number if math.isfinite(number) else None

    def count_or_none(self, *steps: Step) -> int | None:
        """A whole number that is not negative, also as text (``"156.0000"``); ``None`` where it is missing or null."""
        value = self._value(steps)
        if value is None or (type(value) is int and 0 <= value < MOST_COUNTED):
            return value
        if isinstance(value, str) and self.defects is not None:
            text = value.strip()
            if not text:
                return None
            if len(text) <= INTEGER_DIGITS and text.isascii() and text.isdecimal():
                return int(text)
            if _NUMBER.fullmatch(text):
                value = int(text) if text.lstrip("+").isdecimal() else float(text)
        if isinstance(value, float) and value.is_integer() and value < MOST_COUNTED:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < MOST_COUNTED:
            self.at(*steps).doubt("a count (0, 1, 2 ...) or null")
            return None
        return value

    def count(self, *steps: Step) -> int:
        count = self.count_or_none(*steps)
        if count is None:
            self.at(*steps).expected("a count (0, 1, 2 ...)")
        return count

    def index_or_none(self, *steps: Step) -> int | None:
        """The number of one of a few devices; ``None`` where it is missing or null."""
        index = self.count_or_none(*steps)
        if index is not None and index >= MOST_DEVICES:
            self.at(*steps).doubt(f"a device's number, below {MOST_DEVICES}")
            return None
        return index

    def index(self, *steps: Step) -> int:
        index = self.index_or_none(*steps)
        if index is None:
            self.at(*steps).expected(f"a device's number, below {MOST_DEVICES}")
        return index

    def truth_or_none(self, *steps: Step) -> bool | None:
        """True or false, also as ``Y``, ``N``, 1, 0 and the like."""
        value = self._value(steps)
        if value is None or isinstance(value, bool):
            return value
        if self.defects is not None and not isinstance(value, dict | list):
            told = _TRUTHS.get(str(value).strip().lower())
            if told is not None:
                return told
        self.at(*steps).doubt("true, false or null")
        return None

    def doubt(self, what: str) -> None:
        """What stands here is not ``what``: noted, or refused."""
        self._doubt(self._refusal(what))

    def expected(self, what: str) -> NoReturn:
        """Refuse what stands here."""
        raise self._refusal(what)

    def doubt_kind(self, what: str) -> None:
        """The same for what no error may quote."""
        self._doubt(self._refused(_kind(self.value), what))

    def _doubt(self, refusal: BadPayload) -> None:
        if self.defects is None:
            raise refusal
        self.defects.note(refusal)

    def _refusal(self, what: str) -> BadPayload:
        long = isinstance(self.value, str) and len(self.value) > QUOTED_LENGTH
        odd = isinstance(self.value, Unreadable)
        return self._refused(_kind(self.value) if long or odd else self.value, what)

    def _refused(self, got: object, what: str) -> BadPayload:
        self._spend(STEPS_A_DEFECT)
        return BadPayload(self.path, got, what)


def numbered(places: Iterable[Doc], *steps: Step, gaps: bool = False) -> list[tuple[int, Doc]]:
    """The places by their own number, as it stands at ``steps``; by their position where none has one of its own.

    One whose number cannot be read goes by its position where the others do so too, and is left out otherwise, as are
    two with one number: a wrong number would move one card's work to another. ``gaps``: devices that are away are not
    listed, so that no number follows from a position.
    """
    listed = list(places)
    told = [place.index_or_none(*steps) for place in listed]
    numbers_of_their_own = {number for number in told if number is not None}
    if len(numbers_of_their_own) == len(listed):
        return [(number, place) for number, place in zip(told, listed, strict=True) if number is not None]
    alike = not gaps and len(listed) > 1 and len(set(told)) == 1
    if alike or all(place.value_at(*steps) is None for place in listed):
        return list(enumerate(listed))
    by_position = not gaps and len(listed) > 1 and any(own is not None for own in told)
    by_position = by_position and all(own in {None, position} for position, own in enumerate(told))
    numbers = [position if own is None and by_position else own for position, own in enumerate(told)]
    held = Counter(numbers)
    for place, number in zip(listed, numbers, strict=True):
        if number is None or held[number] > 1:
            place.at(*steps).doubt("a number that no other device has")
    return [
        (number, place)
        for number, place in zip(numbers, listed, strict=True)
        if number is not None and held[number] == 1
    ]


class Payloads:
    """The raw answers of one source in one tick, by the name of their request, and what of them could not be read.

    ``budget``: what reading them may take.
    """

    __slots__ = ("_raw", "budget", "defects")

    def __init__(self, raw: Mapping[str, bytes], budget: ReadingBudget | None = None) -> None:
        self._raw = raw
        self.budget = ReadingBudget() if budget is None else budget
        self.defects = Defects(self.budget)

    def __contains__(self, name: str) -> bool:
        return name in self._raw

    def raw(self, name: str) -> bytes:
        if name not in self._raw:
            raise BadPayload(name, None, "an answer")
        return self._raw[name]

    def json(self, name: str, *, repair: Repair | None = None) -> Doc:
        """The first JSON document of that answer. ``BadPayload`` where it is none.

        ``repair`` is for firmware that is known to send broken JSON: a driver opts in to it by name.
        """
        raw = self.raw(name)
        if repair is not None:
            self.budget.spend(len(raw) // CHARACTERS_A_STEP + raw.count(b"{"))  # a repair looks around each of them
            raw = repair(raw)
        return Doc(parse_json(raw, name, self.budget), name, self.defects)

    def json_or_none(self, name: str, *, repair: Repair | None = None) -> Doc | None:
        """The same of an optional request; ``None`` where it was not answered, or not with JSON."""
        return self.optional(name, lambda: self.json(name, repair=repair))

    def text(self, name: str) -> str:
        """That answer as text, without NUL at its end. Bytes that are no UTF-8 cost the word that they stand in."""
        text = decoded(self.raw(name), name, errors="replace")
        self.budget.spend_text(text)
        return text

    def optional(self, name: str, parse: Callable[[], Part]) -> Part | None:
        """What ``parse`` makes of the answer to an optional request; ``None``, and a defect, where it refuses it."""
        if name not in self._raw:
            return None
        try:
            return parse()
        except BadPayload as refusal:
            self.defects.note(refusal)
            return None


def _kind(value: object) -> Unquoted:
    """What sort of value it is, for an error that must not quote it."""
    match value:
        case None:
            return Unquoted("null")
        case bool():
            return Unquoted("true or false")
        case int() | float():
            return Unquoted("a number")
        case str():
            return Unquoted(f"text of {len(value)} characters")
        case list():
            return Unquoted("a list")
        case Unreadable():
            return Unquoted(repr(value))
        case _:
            return Unquoted("an object")


def _quoted(key: str) -> str:
    """A key of the answer's own choice, for the path in an error."""
    return key if len(key) <= QUOTED_KEY_LENGTH and key.isascii() and key.isprintable() else "(a long or odd key)"


def _joined(path: str, step: Step) -> str:
    return f"{path}.{step}" if isinstance(step, str) else f"{path}[{step}]"
