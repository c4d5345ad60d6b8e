"""The project's own code as trees. A file is parsed once in a process."""

import ast
from functools import cache
from pathlib import Path


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


@cache
def nodes_of(file: Path) -> tuple[ast.AST, ...]:
    """All of its tree, the outer ones first."""
    return tuple(ast.walk(tree_of(file)))
