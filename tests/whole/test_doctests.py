"""In which files a run looks for examples in docstrings."""

from pathlib import Path

import pytest

MODULE = """def twice(number: int) -> int:
    '''Say it again.{example}'''
    return 2 * number
"""


@pytest.mark.parametrize(("example", "looked_into"), [("", []), ("\n\n    >>> twice(2)\n    4\n    ", ["doubling.py"])])
def test_a_file_is_looked_through_for_examples_where_it_has_one(
    request: pytest.FixtureRequest, tmp_path: Path, example: str, looked_into: list[str]
) -> None:
    path = tmp_path / "doubling.py"
    path.write_text(MODULE.format(example=example))

    found = request.config.hook.pytest_collect_file(file_path=path, parent=request.session)

    assert [one.path.name for one in found] == looked_into
