"""Strict JSON, and reads that name the path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner_agent.errors import BadPayload
from miner_agent.sources.payload import DEPTH, Doc, Payloads, parse_json


def doc(raw: bytes) -> Doc:
    return Payloads({"summary": raw}).json("summary")


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b'{"a": NaN}', "finite number"),
        (b'{"a": -Infinity}', "finite number"),
        (b'{"a": 1e999}', "a number that a float can hold"),
        (b'{"a": 12345678901234567890}', "at most 19 digits"),
        (b'{"a": 1, "b": 2, "a": 3}', "each key once"),
        (b'{"a": "\xff"}', "UTF-8"),
        (b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1), "levels"),
        (b"", "JSON"),
        (b"{'a': 1}", "JSON"),
    ],
)
def test_loose_json_is_refused_with_a_reason(raw: bytes, sentence: str) -> None:
    with pytest.raises(BadPayload, match=sentence):
        doc(raw)


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

    assert str(refusal.value) == "summary.a.(a long or odd key) is a list; expected a finite number or null"


@pytest.mark.parametrize(
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


@pytest.mark.parametrize(
    "raw", [b'{"a": 4invented-account}', b'{"a": "4invented-account}', b"invented-account", b'{"a": "4invented\xff"}']
)
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
        parse_json(raw, "x")
    except BadPayload as refusal:
        assert str(refusal).isprintable()


@given(st.text(alphabet='"\\[]{}:,0a ', max_size=300))
def test_any_arrangement_of_brackets_and_quotes_parses_or_is_refused(text: str) -> None:
    try:
        parse_json(text.encode(), "x")
    except BadPayload:
        return
