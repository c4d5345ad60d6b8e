"""Writes the modules that the pages' templates are made into: ``python -m tools.templates``."""

from collections.abc import Iterator
from pathlib import Path

from jinja2 import FileSystemLoader

from miner_agent.face.page.page_templates import COMPILED, TEMPLATES, compiled_name, environment


def files() -> Iterator[tuple[Path, str]]:
    """Every file that is made, with its text."""
    made_by = environment(FileSystemLoader(TEMPLATES))
    for template in sorted(TEMPLATES.glob("*.html")):
        code = made_by.compile(template.read_text(), template.name, raw=True, defer_init=True)
        # Jinja counts the lines, to tell those of the template in a traceback: none may come before them.
        first, rest = code.split("\n", 1)
        yield COMPILED / f"{compiled_name(template.name)}.py", f"{first}  # by tools/templates.py\n{rest}\n"


def main() -> None:
    """Write all of them, and take away those that are no more."""
    made = dict(files())
    COMPILED.mkdir(exist_ok=True)
    for old in set(COMPILED.glob("*.py")) - set(made):
        old.unlink()
    for path, text in made.items():
        path.write_text(text)


if __name__ == "__main__":
    main()
