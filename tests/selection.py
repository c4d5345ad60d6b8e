"""A run that takes tests by their marks opens only the files that can have one: to open the rest took as long as a third of the tests.

What a file can have is told by its text. A test of which that is not true fails the run that finds it, and some run does.
"""

import re
from collections.abc import Generator
from functools import cache
from itertools import chain, combinations
from pathlib import Path
from typing import NamedTuple, Self

import pytest
from _pytest.mark.expression import Expression  # pytest shows it nowhere else

WORDS = {
    "e2e": ("mark.e2e",),
    "thorough": ("mark.thorough", "few_and_all", "at_some_places"),
    "root": ("mark.root",),
    "soak": ("mark.soak", "at_some_places", "HISTORIES"),
    "hypothesis": ("hypothesis",),
}
"""What stands in every file of which a test has the mark: that, or what gives it."""

OF_ALL_TESTS = "pytestmark = "


class Told(NamedTuple):
    """What the text of a file says of the marks of its tests."""

    of_all: frozenset[str]
    of_some: frozenset[str]

    @classmethod
    def by(cls, text: str) -> Self:
        of_all = next((line for line in text.splitlines() if line.startswith(OF_ALL_TESTS)), "")
        return cls(_named(of_all), _named(text))

    def wrongly(self, marks: frozenset[str]) -> frozenset[str]:
        """Of the marks of a test those that are hidden, and those that are promised and not there."""
        has = marks & WORDS.keys()
        return (has - self.of_some) | (self.of_all - has)


def _named(text: str) -> frozenset[str]:
    return frozenset(mark for mark, words in WORDS.items() if any(_stands_in(text, word) for word in words))


def _stands_in(text: str, word: str) -> bool:
    """Looked for as it is first: an expression looks at each letter of files of which few have the word."""
    return word in text and re.search(rf"\b{re.escape(word)}\b", text) is not None


class _Marked(frozenset[str]):
    """Marks, as an expression asks for them."""

    def __call__(self, name: str, /, **_: object) -> bool:
        return name in self


class Selection:
    """What a run that asks for these marks opens; all, where it asks for none or for others than ours."""

    def __init__(self, asked: str) -> None:
        names = {*re.findall(r"\w+", asked)} - {"not", "and", "or"}
        self._asked = Expression.compile(asked) if names and names <= WORDS.keys() else None

    @cache  # noqa: B019  # a run has one selection
    def opens(self, told: Told) -> bool:
        """Whether a file can have a test that is asked for."""
        if self._asked is None:
            return True
        others = told.of_some - told.of_all
        some_of_them = chain.from_iterable(combinations(others, number) for number in range(len(others) + 1))
        return any(self._asked.evaluate(_Marked(told.of_all.union(some))) for some in some_of_them)

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        is_left_out = collection_path.suffix == ".py" and not self.opens(_told_in(collection_path))
        return is_left_out or None

    @pytest.hookimpl(wrapper=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None]:
        found = [*items]  # before marks take some away; hypothesis marks its own only now
        yield
        for item in found:
            if marks := _told_in(item.path).wrongly(frozenset(mark.name for mark in item.iter_markers())):
                raise RuntimeError(  # what a worker says of its use is not heard
                    f"{item.nodeid}: whether it is marked {' or '.join(sorted(marks))}, tests/selection.py reads wrongly in its file"
                )


@cache
def _told_in(file: Path) -> Told:
    return Told.by(file.read_text("utf-8"))
