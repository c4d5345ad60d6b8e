"""Strict JSON, and reads that name the path."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner_agent import drivers
from miner_agent.errors import BadPayload
from miner_agent.sources.defects import MOST_DEFECTS, quantity_of
from miner_agent.sources.foreign_json import DEPTH, parse_json
from miner_agent.sources.payload import Doc, Payloads, numbered
from miner_agent.sources.reading_budget import ReadingBudget
from tests.for_each import for_each


def doc(raw: bytes) -> Doc:
    """A strict one: what cannot be read is refused."""
    return Doc(parse_json(raw, "summary", ReadingBudget()), "summary")


def tolerant(raw: bytes) -> Doc:
    """As a driver has it: what cannot be read is noted."""
    return Payloads({"summary": raw}).json("summary")


def noted(place: Doc) -> list[str]:
    return [str(defect) for defect in place.defects or ()]


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1), "levels"),
        (b"", "JSON"),
        (b"{'a': 1}", "JSON"),
    ],
)
def test_loose_json_is_refused_with_a_reason(raw: bytes, sentence: str) -> None:
    with pytest.raises(BadPayload, match=sentence):
        doc(raw)


@for_each(
    ("raw", "sentence"),
    [
        (b'{"a": NaN}', "no finite number"),
        (b'{"a": -Infinity}', "no finite number"),
        (b'{"a": 1e999}', "no finite number"),
        (b'{"a": 12345678901234567890}', "a longer number"),
        (b'{"a": 1, "b": 2, "a": 3}', "there twice"),
        (b'{"a": "\xff"}', r"'\ufffd'"),
        (b'{"a": "N/A"}', "'N/A'"),
        (b'{"a": "1,234"}', "'1,234'"),
        (b'{"a": true}', "true"),
        (b'{"a": [5]}', "a list"),
        (b'{"a": {}}', "an object"),
    ],
)
def test_a_detail_that_cannot_be_read_is_absent_and_named_and_the_rest_stands(raw: bytes, sentence: str) -> None:
    read = tolerant(b'{"good": 7, ' + raw[1:])

    assert read.number_or_none("a") is None
    assert read.number_or_none("good") == 7
    (defect,) = noted(read)
    assert defect.startswith(f"summary.a is {sentence}; expected a finite number")


@pytest.mark.parametrize(
    ("text", "number"),
    [(b'" 41.0000"', 41.0), (b'"156.0000"', 156.0), (b'"-3"', -3.0), (b'"4938.8993"', 4938.8993), (b'""', None)],
)
def test_a_number_in_text_is_one_where_it_can_be_nothing_else(text: bytes, number: float | None) -> None:
    read = tolerant(b'{"a": ' + text + b"}")

    assert read.number_or_none("a") == number
    assert read.count_or_none("a") == (number if number is not None and number.is_integer() and number >= 0 else None)


@pytest.mark.parametrize(("said", "truth"), [(b'"Y"', True), (b'"n"', False), (b"true", True), (b'"maybe"', None)])
def test_yes_and_no_are_truths(said: bytes, truth: bool | None) -> None:
    assert tolerant(b'{"a": ' + said + b"}").truth_or_none("a") is truth


def test_a_parent_of_the_wrong_kind_costs_what_would_stand_in_it() -> None:
    read = tolerant(b'{"cards": {"0": 1}, "pool": "none", "n": 1}')

    assert list(read.items("cards")) == []
    assert read.text_or_none("pool", "url") is None
    assert read.number_or_none("n") == 1
    assert noted(read) == [
        "summary.cards is an object; expected a list",
        "summary.pool is text of 4 characters; expected an object",
    ]


def test_a_part_that_is_refused_costs_itself() -> None:
    read = tolerant(b'{"cards": [{"id": 0}, {"id": "x"}, {"id": 2}]}')

    assert list(read.parts(lambda card: card.index("id"), "cards")) == [0, 2]
    assert len(noted(read)) == 1


def test_an_optional_answer_that_is_no_json_costs_that_answer() -> None:
    payloads = Payloads({"summary": b"{}", "more": b"<html>"})

    assert payloads.json_or_none("more") is None
    assert [defect.path for defect in payloads.defects] == ["more at character 0"]


def test_programs_that_break_rules_without_doubt_are_read() -> None:
    assert tolerant(b'\xef\xbb\xbf{"a": 1}').number("a") == 1
    assert tolerant(b'{"error": "two\nlines", "a": 1}').number("a") == 1


def test_defects_are_bounded_and_name_quantities_without_positions() -> None:
    read = tolerant(b'{"cards": [' + b",".join([b'{"power": "x"}'] * 100) + b"]}")
    for card in read.items("cards"):
        card.number_or_none("power")

    assert read.defects is not None
    assert len(read.defects) == MOST_DEFECTS
    assert read.defects.left_out == 100 - MOST_DEFECTS
    assert {quantity_of(defect.path) for defect in read.defects} == {"summary.cards.power"}


@for_each(
    ("told", "numbers"),
    [
        ([0, 1, 2], [0, 1, 2]),
        ([6, 7, 8], [6, 7, 8]),
        ([None, None], [0, 1]),
        ([0, "x", 2], [0, 1, 2]),
        (["x", 7, 8], [7, 8]),
        (["x"], []),
        ([1, 1, 2], [2]),
        ([0, 0], [0, 1]),
    ],
)
def test_a_device_whose_number_is_not_known_for_sure_is_left_out(told: list[object], numbers: list[int]) -> None:
    read = tolerant(msgspec.json.encode({"cards": [{"id": one} for one in told]}))

    assert [number for number, _ in numbered(read.items("cards"), "id")] == numbers
    assert bool(noted(read)) == (len(numbers) < len(told) or "x" in told)


@for_each(
    ("told", "numbers"),
    [([0, 2], [0, 2]), ([0, "x"], [0]), (["x", 2], [2]), (["x", "x"], []), ([0, 0], []), ([None, None], [0, 1])],
)
def test_where_devices_that_are_away_are_not_listed_no_number_follows_from_a_position(
    told: list[object], numbers: list[int]
) -> None:
    read = tolerant(msgspec.json.encode({"cards": [{"id": one} for one in told]}))

    assert [number for number, _ in numbered(read.items("cards"), "id", gaps=True)] == numbers


def test_brackets_inside_strings_are_no_levels() -> None:
    assert doc(b'{"a": "' + b"[" * 1000 + b'\\""}').text("a").startswith("[[[")


def test_only_the_first_document_counts() -> None:
    assert doc(b'{"a": 1}"}garbage\x00').number("a") == 1
    assert doc(b'\n\n {"a": 1}\x00').number("a") == 1


def test_levels_of_what_follows_the_first_document_do_not_count() -> None:
    assert doc(b'{"a": 1}' + b"[" * 1000).number("a") == 1


def test_a_failed_read_names_the_path_and_what_was_there() -> None:
    with pytest.raises(BadPayload) as refusal:
        doc(b'{"hashrate": {"total": ["n/a"]}}').number_or_none("hashrate", "total", 0)

    assert str(refusal.value) == "summary.hashrate.total[0] is 'n/a'; expected a finite number or null"


@pytest.mark.parametrize("raw", [b"{}", b'{"a": null}', b'{"a": {"b": null}}', b'{"a": {}}'])
def test_missing_and_null_are_both_not_said(raw: bytes) -> None:
    assert doc(raw).number_or_none("a", "b") is None
    assert list(doc(raw).items("a", "b")) == []
    assert list(doc(raw).entries("a", "b")) == []


@pytest.mark.parametrize("value", [b"true", b'"5"', b"[5]", b"{}"])
def test_what_is_no_number_is_refused(value: bytes) -> None:
    with pytest.raises(BadPayload, match="finite number"):
        doc(b'{"a": ' + value + b"}").number("a")


@pytest.mark.parametrize("value", [b"-1", b"1.5", b"true", b'"1"', b"1e308"])
def test_what_is_no_count_is_refused(value: bytes) -> None:
    with pytest.raises(BadPayload, match="count"):
        doc(b'{"a": ' + value + b"}").count("a")


def test_a_whole_float_is_a_count() -> None:
    assert doc(b'{"a": 3.0}').count("a") == 3


@pytest.mark.parametrize("value", [b"-1", b"10000", b"null", b'"1"', b"0.5"])
def test_what_is_no_number_of_a_device_is_refused(value: bytes) -> None:
    with pytest.raises(BadPayload, match=r"device|count"):
        doc(b'{"a": ' + value + b"}").index("a")


def test_a_number_of_a_device_may_be_left_away() -> None:
    assert doc(b'{"a": 9999}').index("a") == 9999
    assert doc(b'{"a": null}').index_or_none("a") is None


@pytest.mark.parametrize("key", [b"\\ud800", b"\\u0000", b"\\u001b[31m", b"4" * 40])
def test_a_key_that_is_odd_or_long_is_not_quoted(key: bytes) -> None:
    ((_, place),) = doc(b'{"a": {"' + key + b'": []}}').entries("a")
    with pytest.raises(BadPayload) as refusal:
        place.number()

    assert str(refusal.value) == "summary.a[(a long or odd key)] is a list; expected a finite number or null"


@for_each(
    ("raw", "read"),
    [
        (b'{"user": ["4invented-account"]}', "private_text_or_none"),
        (b'{"user": {"4invented-account": 1}}', "private_text_or_none"),
        (b'{"user": 4444444444}', "private_text_or_none"),
        (b'{"user": "4invented-account"}', "number_or_none"),
        (b'{"user": "4invented-account"}', "count_or_none"),
        (b'{"user": "4invented-account"}', "truth_or_none"),
    ],
)
def test_an_account_is_not_quoted(raw: bytes, read: str) -> None:
    with pytest.raises(BadPayload) as refusal:
        getattr(doc(raw), read)("user")

    assert "4" not in str(refusal.value)
    assert "invented" not in str(refusal.value)
    assert str(refusal.value).startswith("summary.user is ")


@pytest.mark.parametrize("raw", [b'{"a": 4invented-account}', b'{"a": "4invented-account}', b"invented-account"])
def test_what_is_no_json_is_told_by_its_place(raw: bytes) -> None:
    with pytest.raises(BadPayload) as refusal:
        doc(raw)

    assert "invented" not in str(refusal.value)


def test_a_long_value_is_shown_short_and_clean() -> None:
    with pytest.raises(BadPayload) as refusal:
        doc(b'{"a": "' + b"\\u001b[31m" * 100 + b'"}').number("a")

    assert len(str(refusal.value)) < 150
    assert str(refusal.value).isprintable()


def test_a_difficulty_may_carry_a_prefix() -> None:
    assert doc(b'{"a": "4.00 G"}').prefixed_number_or_none("a") == 4e9
    assert doc(b'{"a": 46}').prefixed_number_or_none("a") == 46
    assert doc(b'{"a": " "}').prefixed_number_or_none("a") is None
    with pytest.raises(BadPayload):
        doc(b'{"a": "4 Q"}').prefixed_number_or_none("a")


@given(st.binary(max_size=200))
def test_any_bytes_parse_or_are_refused(raw: bytes) -> None:
    try:
        parse_json(raw, "x", ReadingBudget())
    except BadPayload as refusal:
        assert str(refusal).isprintable()


@given(st.text(alphabet='"\\[]{}:,0a ', max_size=300))
def test_any_arrangement_of_brackets_and_quotes_parses_or_is_refused(text: str) -> None:
    try:
        parse_json(text.encode(), "x", ReadingBudget())
    except BadPayload:
        return


KEYS = st.sampled_from(["a", "b", 0, 1, -1, 2])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=6,
)


@pytest.mark.thorough
@given(JSON, st.lists(KEYS, max_size=3))
def test_a_value_is_the_same_with_and_without_its_place(value: object, steps: list[str | int]) -> None:
    raw = msgspec.json.encode(value)
    one, other = tolerant(raw), tolerant(raw)

    assert one.value_at(*steps) == other.at(*steps).value
    assert noted(one) == noted(other)


@pytest.mark.thorough
@given(JSON, KEYS, KEYS)
def test_a_path_is_the_same_whichever_way_led_there(value: object, first: str | int, second: str | int) -> None:
    raw = msgspec.json.encode({"a": value, "b": [value]})
    one, other = tolerant(raw), tolerant(raw)
    there, beyond = one.at(first), other.at(first, second)

    assert there.path == other.at(first).path
    if not other.defects:
        assert there.at(second).path == beyond.path


def test_places_of_lists_and_keys_know_their_path() -> None:
    read = tolerant(
        b'{"cards": [{"x": {"temp (long)": 1}}, {"x": {"a key longer than any that is ours to quote": 1}}]}'
    )
    told = [place.path for card in read.items("cards") for _, place in card.at("x").entries()]

    assert told == ["summary.cards[0].x[temp (long)]", "summary.cards[1].x[(a long or odd key)]"]
    assert [place.at("y", "z").path for place in read.items("cards")] == [
        "summary.cards[0].y.z",
        "summary.cards[1].y.z",
    ]


@pytest.mark.parametrize("name", ["trex", "antminer", "xmrig"])
def test_an_answer_that_is_read_whole_makes_text_of_no_path(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Doc] = []

    def path(place: Doc) -> str:
        asked.append(place)
        return "nowhere"

    monkeypatch.setattr(Doc, "path", property(path))
    whole = []
    for folder in (Path(__file__).parents[1] / "captures" / name).iterdir():
        answers = Payloads({file.stem: file.read_bytes() for file in folder.glob("*.raw")})
        drivers.load(name).read(answers)
        if not answers.defects:
            whole.append(folder.name)
            assert asked == []
        asked.clear()

    assert whole
