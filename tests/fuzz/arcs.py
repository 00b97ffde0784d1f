"""Which ways through the code a run has taken: modules are instrumented while they are imported.

Each block of statements, each arm of `a if b else c` and of `and`/`or` has a number; a run writes down the numbers, and two that follow one
another are an arc. `sys.settrace` would say the same at thirty times the cost.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from itertools import count, pairwise
from types import CodeType, ModuleType

WATCHED = ("hub.mapping", "hub.codec.hl7v2")

trace: list[int] = []
_hit = trace.append
_numbers = count(1)


def watch(planted: Sequence[tuple[str, str, str]] = ()) -> None:
    """From now on. Must come before the first import of `hub`. planted: (module, text, other text), a fault that is to be found."""
    loaded = [name for name in sys.modules if name.startswith(WATCHED)]
    if loaded:
        raise RuntimeError(f"{loaded[0]} is imported already")
    sys.meta_path.insert(0, _Finder(planted))


def take_arcs() -> set[tuple[int, int]]:
    """Of the run that has ended; the next begins anew."""
    found = set(pairwise(trace))
    trace.clear()
    return found


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, planted: Sequence[tuple[str, str, str]]) -> None:
        self.planted = planted

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> importlib.machinery.ModuleSpec | None:
        if not name.startswith(WATCHED):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            spec.loader = _Loader(name, spec.loader.path, [(old, new) for module, old, new in self.planted if module == name])
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, planted: Sequence[tuple[str, str]]) -> None:
        super().__init__(name, path)
        self.planted = planted

    def get_code(self, fullname: str) -> CodeType:
        text = self.get_data(self.path).decode()
        for old, new in self.planted:
            assert old in text, f"nothing to plant in {fullname}"
            text = text.replace(old, new, 1)
        tree = ast.fix_missing_locations(_Marks().visit(ast.parse(text)))
        return compile(tree, self.path, "exec")

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__hit__"] = _hit
        super().exec_module(module)


class _Marks(ast.NodeTransformer):
    """Numbers go on from module to module."""

    def _mark(self) -> ast.Call:
        return ast.Call(ast.Name("__hit__", ast.Load()), [ast.Constant(next(_numbers))], [])

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if not isinstance(node, ast.Module | ast.ClassDef):
            for name in ("body", "orelse", "finalbody"):
                block = getattr(node, name, None)
                if isinstance(block, list) and block:
                    at = 1 if _is_docstring(node, block) else 0
                    block.insert(at, ast.copy_location(ast.Expr(self._mark()), block[0]))
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        super().generic_visit(node)
        node.body, node.orelse = self._marked(node.body), self._marked(node.orelse)
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        super().generic_visit(node)
        node.values[1:] = [self._marked(value) for value in node.values[1:]]
        return node

    def _marked(self, value: ast.expr) -> ast.expr:
        if any(isinstance(inner, ast.NamedExpr | ast.Await | ast.Yield) for inner in ast.walk(value)):
            return value
        return ast.Subscript(ast.Tuple([self._mark(), value], ast.Load()), ast.Constant(1), ast.Load())


def _is_docstring(node: ast.AST, block: list[ast.stmt]) -> bool:
    return (
        isinstance(node, ast.FunctionDef)
        and isinstance(block[0], ast.Expr)
        and isinstance(block[0].value, ast.Constant)
        and isinstance(block[0].value.value, str)
    )
