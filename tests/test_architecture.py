"""Rules about the shape of the package itself."""

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path

import equinox as eqx
import pytest

import likely

# Each room may import only from those before it.
ROOMS = ["core", "data", "fit", "nets", "distributions", "stats", "methods", "physics"]
ROOMS += ["export", "report", "studies", "cli"]
ROOT = Path(likely.__file__).parent
FILES = sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))
TABLES = sorted(ROOT.rglob("__init__.pyi"))
LAZY = "lazy_loader.attach_stub(__name__, __file__)"


def name_of(path):
    return str(path.relative_to(ROOT))


def rooms_imported(path: Path) -> set[str]:
    here = path.relative_to(ROOT.parent).parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else ()
            stem = ".".join((*base, *filter(None, [node.module])))
            names = [stem, *(f"{stem}.{a.name}" for a in node.names)]
        elif isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        found |= {n.split(".")[1] for n in names if n.startswith("likely.")}
    return found & set(ROOMS)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_point_left(path):
    room = path.relative_to(ROOT).parts[0]
    allowed = set(ROOMS[: ROOMS.index(room) + 1])
    assert rooms_imported(path) <= allowed


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_only_the_report_draws(path):
    if path.relative_to(ROOT).parts[0] == "report":
        return
    assert "matplotlib" not in {
        n.split(".")[0] for n in imported_modules(ast.parse(path.read_text()))
    }


def imported_modules(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_stay_short(path):
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_nothing_forbidden(path):
    tree = ast.parse(path.read_text())
    calls = {
        n.func.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    }
    assert not calls & {"eval", "exec", "super", "__import__"}
    if path.relative_to(ROOT).parts[0] != "cli":
        assert "print" not in calls
    assert "pickle" not in set(imported_modules(tree))
    bare = [
        n for n in ast.walk(tree) if isinstance(n, ast.ExceptHandler) and not n.type
    ]
    assert not bare


@pytest.mark.parametrize("path", TABLES, ids=name_of)
def test_a_room_is_a_table_of_contents(path):
    tree = ast.parse(path.read_text())
    room = importlib.import_module(
        ".".join(["likely", *path.relative_to(ROOT).parts[:-1]])
    )
    files = {p.stem for p in path.parent.glob("*.py")}
    for node in tree.body:
        assert isinstance(node, ast.ImportFrom), "only `from .file import X as X`"
        for alias in node.names:
            assert alias.name == alias.asname
            assert getattr(room, alias.name) is not None
            if path.parent != ROOT:
                # The file would hide the function once it is imported.
                assert alias.name not in files
    code = [
        line
        for line in path.with_suffix(".py").read_text().splitlines()
        if "attach_stub" in line
    ]
    assert code == [f"__getattr__, __dir__, __all__ = {LAZY}"]


def modules():
    for info in pkgutil.walk_packages(likely.__path__, "likely."):
        importlib.import_module(info.name)
    stack, seen = [eqx.Module], set()
    while stack:
        for cls in stack.pop().__subclasses__():
            if cls not in seen:
                seen.add(cls)
                stack.append(cls)
    return sorted((c for c in seen if c.__module__.startswith("likely.")), key=repr)


@pytest.mark.parametrize("cls", modules(), ids=lambda c: c.__qualname__)
def test_every_module_is_abstract_or_final(cls):
    if cls.__name__.startswith("Abstract"):
        return
    assert not inspect.isabstract(cls), "name it Abstract..., or finish it"
    assert not [
        c for c in cls.__subclasses__() if c.__module__.startswith("likely.")
    ], "final classes are wrapped, not subclassed"


def functions():
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                yield pytest.param(node, id=f"{name_of(path)}:{node.name}")


@pytest.mark.parametrize("node", list(functions()))
def test_few_arguments(node):
    arguments = node.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    assert len([a for a in named if a.arg not in ("self", "cls")]) <= 7
