"""Tests that share what takes long to make are handed to one worker, whatever becomes of marks on the way to it."""

from tests.schedule import group_of


def test_a_group_is_what_a_file_says_or_does() -> None:
    assert group_of("tests/drivers/test_tolerance.py") == "group tolerance"
    assert group_of("tests/whole/test_threats.py") == group_of("tests/whole/test_library.py") == "group of the code"
    assert group_of("tests/whole/test_text.py") is None
    assert group_of("calculators/units.py") is None
