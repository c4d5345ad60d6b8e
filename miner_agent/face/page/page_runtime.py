"""What compiled templates stand on: as much of Jinja's runtime as they ask for, by the names that its compiler writes.

Jinja's own loads the compiler too: more memory than all views and templates together. A name that nobody gave is a
mistake, and told at once. There are no filters and no tests: a template calls functions and methods.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from operator import getitem
from types import ModuleType, SimpleNamespace
from typing import Any, NoReturn

from markupsafe import Markup, escape

from miner_agent.face.page.page_words import harmless

__all__ = [
    "Context",
    "LoopContext",
    "Macro",
    "Template",
    "Undefined",
    "environment",
    "escape",
    "markup_join",
    "missing",
]
COMPILED = "miner_agent.face.page.compiled"
missing: Any = object()
"""In the place of what nobody gave."""


def Undefined(why: str = "", name: str = "") -> NoReturn:  # noqa: N802  as the compiler writes it
    raise NameError(why or f"a template asks for {name}, which it does not know")


def markup_join(parts: Iterable[object]) -> str:
    """All of them as one text; it is markup where one of them is."""
    there = tuple(parts)
    return (Markup("") if any(hasattr(one, "__html__") for one in there) else "").join(
        one if isinstance(one, str) else str(one) for one in there
    )


class LoopContext:
    """Goes through what has ``loop`` beside it."""

    def __init__(self, of: Iterable[object], _undefined: object) -> None:
        self._of = tuple(of)
        self.index = 0

    def __iter__(self) -> Iterator[tuple[object, "LoopContext"]]:
        for place, one in enumerate(self._of, 1):
            self.index = place
            yield one, self

    @property
    def first(self) -> bool:
        return self.index == 1

    @property
    def last(self) -> bool:
        return self.index == len(self._of)


class Macro:
    """What templates call by places and names. What it takes beyond them is not for ours."""

    def __init__(
        self, _environment: object, function: Callable[..., str], name: str, takes: tuple[str, ...], *_: bool
    ) -> None:
        self._function, self._name, self._takes = function, name, takes

    def __call__(self, *placed: object, **named: object) -> Markup:
        given = *placed, *(named.pop(one, missing) for one in self._takes[len(placed) :])
        if named or len(given) > len(self._takes):
            raise TypeError(f"{self._name} takes {', '.join(self._takes)}")
        return Markup(self._function(*given))  # noqa: S704  what stands in it was escaped there


class Context:
    """What one template knows while it is filled."""

    eval_ctx = SimpleNamespace(autoescape=True, volatile=False)

    def __init__(self, known: Mapping[str, Any], blocks: Mapping[str, object]) -> None:
        self._known = known
        self.vars: dict[str, Any] = {}
        self.exported_vars: set[str] = set()
        self.blocks = {name: [block] for name, block in blocks.items()}

    def resolve_or_missing(self, name: str) -> Any:
        return self.vars[name] if name in self.vars else self._known.get(name, missing)

    def get_all(self) -> dict[str, Any]:
        return {**self._known, **self.vars}

    @staticmethod
    def call(function: Callable[..., Any], *placed: object, **named: Any) -> Any:
        named.pop("_block_vars", None)
        named.pop("_loop_vars", None)
        return function(*placed, **named)


class Template:
    """What a template was made into."""

    def __init__(self, module: ModuleType) -> None:
        self.blocks, self.root_render_func = module.blocks, module.root
        self.name: str = module.name

    def render(self, known: Mapping[str, Any]) -> str:
        """The page, by what is known of each name."""
        return "".join(self.root_render_func(Context(known, self.blocks)))

    def make_module(self, known: Mapping[str, Any], _shared: bool, own: Mapping[str, Any]) -> SimpleNamespace:  # noqa: FBT001
        """The macros, for a template that knows this."""
        context = Context({**known, **{name: one for name, one in own.items() if one is not missing}}, self.blocks)
        for _ in self.root_render_func(context):  # between macros stands nothing
            pass
        return SimpleNamespace(__name__=self.name, **{name: context.vars[name] for name in context.exported_vars})


def _template(name: str, _by: str | None = None) -> Template:
    return Template(import_module(f"{COMPILED}.{name.replace('.', '_')}"))


def _attribute(of: Any, name: str) -> Any:
    """What stands there by that name: of an object, or of a mapping."""
    try:
        return getattr(of, name)
    except AttributeError:
        return of[name]


environment = SimpleNamespace(
    concat="".join,
    finalize=harmless,
    get_template=_template,
    getattr=_attribute,
    getitem=getitem,
    undefined=Undefined,
)
