"""The templates of the pages: Jinja in ``templates/``, and what ``tools/templates.py`` makes of it in ``compiled/``.

To compile them takes a quarter of a second of a processor, which every start of an agent would take.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, ModuleLoader, StrictUndefined, Template

from miner_agent.face.page.page_words import harmless

TEMPLATES = Path(__file__).with_name("templates")
COMPILED = Path(__file__).with_name("compiled")
_SUFFIX = ".html"


def environment(loader: BaseLoader) -> Environment:
    """What templates are compiled and filled by."""
    return Environment(
        loader=loader,
        autoescape=True,
        finalize=harmless,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def compiled_name(name: str) -> str:
    """The module that is made of the template of that name.

    >>> compiled_name("now.html")
    'now_html'
    """
    return f"{name.removesuffix(_SUFFIX)}_html"


def page_templates(names: Mapping[str, Any]) -> dict[str, Template]:
    """Every template by its name, with those too that others take macros from: the first client waits for none.

    Args:
        names: what each of them knows.
    """
    filled = environment(_CompiledLoader(COMPILED))
    filled.globals |= names
    modules = sorted(file.stem for file in COMPILED.glob("*.py"))
    return {name: filled.get_template(name) for name in map(_template_name, modules)}


def _template_name(module: str) -> str:
    return module.removesuffix("_html") + _SUFFIX


class _CompiledLoader(ModuleLoader):
    """Finds the modules by names that people can read; Jinja's own are hashes."""

    get_template_key = staticmethod(compiled_name)
