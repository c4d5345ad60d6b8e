"""When a feed is asked, what is read while it fails, and what is left after a restart."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from miner_agent.errors import AuthRefused, BadPayload, ConfigError, SourceError, Throttled, Unreachable
from miner_agent.market import feeds
from miner_agent.market.feed import FeedRequest, FeedSettings
from miner_agent.market.feed_payload import MAXIMUM_BYTES
from miner_agent.market.feeding import Obtained, obtain, read_saved, wait_seconds
from miner_agent.storage.feed_cache import FeedCache, Kept
from tests.feed_coins import COINS
from tests.for_each import for_each

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
FEED = feeds.load("whattomine")
SETTINGS = FEED.settings(interval_seconds=900)
ROW = {"tag": "RVN", "algorithm": "KawPow", "difficulty": 5, "nethash": 7}
GOOD = json.dumps({"coins": {"Ravencoin": ROW}}).encode()
SECONDS = timedelta(seconds=1)


class Source:
    """Stands in for the fetcher: gives what it is told to, and counts."""

    def __init__(self, *answers: bytes | SourceError) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[FeedRequest, ...]] = []
        self.given: list[dict[str, Any]] = []

    def __call__(self, asked: tuple[FeedRequest, ...], **given: Any) -> bytes:
        self.asked.append(asked)
        self.given.append(given)
        answer = self.answers.pop(0)
        if isinstance(answer, SourceError):
            raise answer
        return answer


def look(
    source: Source, *, now: datetime = NOW, state: Path | None = None, settings: FeedSettings = SETTINGS
) -> Obtained:
    cache = None if state is None else FeedCache(state)
    return obtain(settings, feed=FEED, coins=COINS, now=now, fetch=source, cache=cache, key="secret")


def test_a_source_is_asked_once_an_interval_over_restarts(tmp_path: Path) -> None:
    source = Source(GOOD, GOOD)
    looks = [look(source, now=NOW + minutes * 60 * SECONDS, state=tmp_path) for minutes in (0, 1, 14, 15)]

    assert len(source.asked) == 2
    assert [seen.taken_at for seen in looks] == [NOW, NOW, NOW, NOW + timedelta(minutes=15)]
    assert all(seen.reading == looks[0].reading and seen.error is None for seen in looks[:3])


def test_what_is_asked_goes_where_the_settings_say() -> None:
    source = Source(GOOD)
    look(source)

    assert source.asked == [(FeedRequest("/coins.json"), FeedRequest("/asic.json"))]
    assert source.given[0] == {
        "base_url": "https://whattomine.com",
        "now": NOW,
        "deadline_seconds": 20.0,
        "key": "secret",
        "key_place": FEED.key,
    }


BAD: dict[str, Callable[[], bytes | SourceError]] = {
    "no connection": lambda: Unreachable("http://x: no connection"),
    "html": lambda: b"<html></html>",
    "an error body": lambda: b'{"error": "Monthly usage exceeded"}',
    "nothing that can be used": lambda: json.dumps({"coins": {"Ravencoin": ROW | {"difficulty": 0}}}).encode(),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_failing_source_leaves_the_last_good_reading_and_says_why(
    tmp_path: Path, bad: Callable[[], bytes | SourceError]
) -> None:
    source = Source(GOOD, bad())
    good = look(source, state=tmp_path)
    later = look(source, now=NOW + timedelta(hours=1), state=tmp_path)

    assert (later.reading, later.taken_at) == (good.reading, NOW)
    assert later.error is not None
    assert str(later.error).startswith("whattomine: ")


def test_what_nothing_can_be_used_of_says_the_first_reason() -> None:
    seen = look(Source(BAD["nothing that can be used"]()))

    assert seen.reading is None
    assert str(seen.error) == (
        "whattomine: nothing in the answer can be used: "
        "RVN: whattomine.coins.Ravencoin.difficulty is 0; expected a number above zero"
    )


def test_after_failures_it_is_asked_ever_later_and_after_a_success_at_its_pace(tmp_path: Path) -> None:
    source = Source(*(Unreachable("x") for _ in range(4)), GOOD, GOOD)
    asked_at = []
    for minute in range(0, 60 * 4, 1):
        before = len(source.asked)
        if source.answers:
            look(source, now=NOW + timedelta(minutes=minute), state=tmp_path)
        if len(source.asked) > before:
            asked_at.append(minute)

    assert asked_at == [0, 1, 3, 7, 15, 30]


def test_a_source_that_wants_to_be_left_alone_is(tmp_path: Path) -> None:
    source = Source(Throttled("x", 7200.0), GOOD)
    for minutes in (0, 60, 119, 120):
        seen = look(source, now=NOW + timedelta(minutes=minutes), state=tmp_path)

    assert len(source.asked) == 2
    assert seen.reading is not None


@for_each(
    ("error", "failures", "seconds"),
    [
        (Unreachable("x"), 0, 60),
        (Unreachable("x"), 5, 1920),
        (BadPayload("x", 1, "y"), 1_000_000, 21_600),
        (AuthRefused("x"), 0, 3600),
        (Throttled("x"), 0, 3600),
        (Throttled("x", 1.0), 0, 60),
        (Throttled("x", 86_400.0), 3, 86_400),
    ],
)
def test_how_long_it_is_left_alone(error: SourceError, failures: int, seconds: float) -> None:
    assert wait_seconds(error, failures=failures) == seconds


def test_another_question_is_not_answered_from_the_cache(tmp_path: Path) -> None:
    source = Source(GOOD, GOOD)
    look(source, state=tmp_path)
    other = FEED.settings(parameters={"paths": "coins/1.json"})
    look(source, state=tmp_path, settings=other)

    assert source.asked[1] == (FeedRequest("/coins/1.json"),)


@pytest.mark.parametrize("step", [timedelta(days=-365), timedelta(days=-2), timedelta(days=365)])
def test_a_clock_that_jumps_silences_no_feed(tmp_path: Path, step: timedelta) -> None:
    source = Source(GOOD, GOOD)
    look(source, state=tmp_path)
    seen = look(source, now=NOW + step, state=tmp_path)

    assert len(source.asked) == 2
    assert seen.taken_at == NOW + step


def test_a_clock_that_is_set_back_a_little_asks_nobody_twice(tmp_path: Path) -> None:
    source = Source(GOOD)
    look(source, state=tmp_path)

    assert look(source, now=NOW - timedelta(minutes=2), state=tmp_path).taken_at == NOW


def test_what_is_kept_is_for_its_owner_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        look(Source(GOOD), state=tmp_path)
    finally:
        os.umask(old)

    assert (tmp_path / "feeds").stat().st_mode & 0o777 == 0o700
    assert [(file.name, file.stat().st_mode & 0o777) for file in (tmp_path / "feeds").iterdir()] == [
        ("whattomine.answer", 0o600)
    ]


def test_no_key_is_in_what_is_kept(tmp_path: Path) -> None:
    look(Source(GOOD), state=tmp_path)

    assert b"secret" not in (tmp_path / "feeds" / "whattomine.answer").read_bytes()


@pytest.mark.parametrize("length", [0, 1, 20, 100, -1, -30])
def test_a_file_that_is_damaged_is_as_good_as_none(tmp_path: Path, length: int) -> None:
    look(Source(GOOD), state=tmp_path)
    file = tmp_path / "feeds" / "whattomine.answer"
    file.write_bytes(file.read_bytes()[:length])

    assert len(_asked_again(tmp_path)) == 1


@pytest.mark.parametrize(
    "content",
    [b"\n", b"{}\n", b"[]\n", b"null\n", b'{"version": 2}\n', b"[" * 100_000, b'{"version": 1, "asked": 1}\n', b"\xff\n",
     b'{"version": 1, "asked": "x", "fetched_at": 1e300, "not_before": null, "failures": 0, "sha256": null}\n'],
)  # fmt: skip
def test_a_file_that_is_not_ours_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "whattomine.answer").write_bytes(content)

    assert len(_asked_again(tmp_path)) == 1


def _asked_again(state: Path) -> list[tuple[FeedRequest, ...]]:
    source = Source(GOOD)
    assert look(source, state=state).reading is not None
    return source.asked


def test_a_directory_that_cannot_be_written_costs_a_sentence_and_no_reading(tmp_path: Path) -> None:
    (tmp_path / "feeds").write_text("a file where a directory should be")
    seen = look(Source(GOOD), state=tmp_path)

    assert seen.reading is not None
    assert "not kept over a restart" in str(seen.unkept)


def test_a_cache_that_an_older_program_wrote_and_this_one_cannot_read_gives_no_reading(tmp_path: Path) -> None:
    source = Source(GOOD, Unreachable("x"))
    look(source, state=tmp_path)
    cache = FeedCache(tmp_path)
    kept = cache.get("whattomine", asked=_fingerprint(), now=NOW)
    cache.put("whattomine", replace(kept, raw=b"<html>", not_before=NOW))
    seen = look(source, now=NOW + SECONDS, state=tmp_path)

    assert seen.reading is None
    assert isinstance(seen.error, Unreachable)


def _fingerprint() -> str:
    from miner_agent.market.feeding import fingerprint

    return fingerprint(SETTINGS)


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look(Source(GOOD), state=tmp_path)
    before = (tmp_path / "feeds" / "whattomine.answer").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    seen = look(Source(GOOD), now=NOW + timedelta(days=1), state=tmp_path)

    assert "no space left on device" in str(seen.unkept)
    assert [file.read_bytes() for file in (tmp_path / "feeds").iterdir()] == [before]


def test_what_was_put_is_what_is_got(tmp_path: Path) -> None:
    cache = FeedCache(tmp_path)
    for kept in (
        Kept(asked="a", raw=b"x\n\x00y", fetched_at=NOW, not_before=NOW + timedelta(hours=1), failures=3),
        Kept(asked="a", not_before=NOW, failures=1),
        Kept(asked="a", raw=b"", fetched_at=NOW),
    ):
        cache.put("name", kept)
        assert cache.get("name", asked="a", now=NOW) == kept


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_file_is_read_each_time_and_dated_by_when_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "saved.json"
    file.write_bytes(GOOD)
    os.utime(file, (NOW.timestamp(), NOW.timestamp()))
    source = Source()
    seen = look(source, settings=FEED.settings(file=file))

    assert source.asked == []
    assert seen.taken_at == NOW
    assert seen.reading is not None
    assert seen.reading.quotes[0].taken_at == NOW


def test_a_file_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b" " * (MAXIMUM_BYTES + 1))
    for path, sentence in (
        (tmp_path / "missing", "no such file"),
        (tmp_path, "is a directory|no ordinary file"),
        (tmp_path / "pipe", "no ordinary file"),
        (Path("/dev/zero"), "no ordinary file"),
        (tmp_path / "large", "at most 8 MiB"),
        (Path("a\0b"), "no path"),
    ):
        with pytest.raises(SourceError, match=sentence):
            read_saved(path)
    seen = look(Source(), settings=FEED.settings(file=tmp_path / "missing"))

    assert seen.reading is None
    assert str(seen.error).startswith("whattomine: ")


def test_settings_that_only_show_when_they_are_used_are_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="whattomine: whattomine: paths has"):
        look(Source(), settings=FEED.settings(parameters={"paths": "../x"}))
