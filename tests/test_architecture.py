"""The way of the data, held by the imports: a module knows only what stands before it."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from qa import paths

# The main road. A module on it imports, itself or through others, nothing that comes after it.
ROAD = [
    "qa.errors",
    "qa.types",
    "qa.reading.sources",
    "qa.reading.outline",
    "qa.reading.sentences",
    "qa.reading.passages",
    "qa.reading.corpus",
    "qa.retrieval.embed",
    "qa.retrieval.store",
    "qa.retrieval.late",
    "qa.retrieval.retrieve",
    "qa.indexing.sentence_index",
    "qa.indexing.index",
    "qa.reader.network",
    "qa.answering.examine",
    "qa.engine",
    "qa.evaluation.evaluate",
    "qa.serving.page",
    "qa.serving.api",
    "qa.serving.server",
    "qa.cli",
]
# Who may know a library; a name with a dot at its end stands for all modules of that package.
KNOWN_BY = {
    "faiss": {"qa.retrieval.store"},
    "bm25s": {"qa.retrieval.lexical"},
    "opencc": {"qa.fold"},
    "rjieba": {"qa.asking.words"},
    "tokenizers": {"qa.retrieval.embed", "qa.train."},
    "sentence_transformers": {"qa.retrieval.embed", "qa.train."},
    "torch": {"qa.train.", "qa.train.reader."},
    "yaml": {"qa.reading.sources"},
    "typer": {"qa.cli"},
    "rich": {"qa.cli"},
    "pydantic_settings": {"qa.settings"},
    "uvicorn": {"qa.serving.server", "qa.serving.connection"},
    "jinja2": {"qa.serving.page", "qa.serving.shown"},
    "prometheus_client": {"qa.serving.metrics"},
}
HEAVY = ("numpy", "faiss", "fastapi", "torch", "tokenizers", "opencc", "uvicorn", "jinja2", "yaml")


@cache
def modules() -> dict[str, Path]:
    """Return the modules of the package by their names, packages by their own."""
    found = {}
    for path in sorted(paths.PACKAGE.rglob("*.py")):
        parts = path.relative_to(paths.PACKAGE.parent).with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__")] = path
    return found


@cache
def imported(name: str) -> frozenset[str]:
    """Return the dotted names that a module imports anywhere, libraries included."""
    return frozenset(_imports(ast.parse(modules()[name].read_text("utf-8"))))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            inner = [name for name in names if name in modules()]
            yield from inner if len(inner) == len(names) else [*inner, node.module]
        elif isinstance(node, ast.Call) and "import_module" in ast.dump(node.func):
            yield from (str(a.value) for a in node.args if isinstance(a, ast.Constant))


@cache
def reached(name: str) -> frozenset[str]:
    """Return the modules of the package that one imports, itself or through others."""
    found: set[str] = set()
    ahead = [name]
    while ahead:
        new = {other for other in imported(ahead.pop()) if other in modules()} - found
        found |= new
        ahead += new
    return frozenset(found)


@pytest.mark.parametrize("name", [name for name in modules() if name != "qa"])
def test_no_module_imports_itself_through_others(name: str) -> None:
    assert name not in reached(name)


@pytest.mark.parametrize("at", range(len(ROAD)), ids=ROAD)
def test_a_module_knows_only_what_stands_before_it(at: int) -> None:
    assert ROAD[at] in modules()
    assert reached(ROAD[at]) & set(ROAD[at + 1 :]) == set()


@pytest.mark.parametrize("library", KNOWN_BY)
def test_a_library_is_known_to_its_own_file_only(library: str) -> None:
    users = {
        name
        for name in modules()
        if any(other == library or other.startswith(f"{library}.") for other in imported(name))
    }
    allowed = KNOWN_BY[library]
    strangers = {u for u in users if u not in allowed and f"{u.rsplit('.', 1)[0]}." not in allowed}
    assert strangers == set()
    assert users


def test_the_command_line_starts_without_what_it_may_not_need() -> None:
    code = f"import qa.cli, sys; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


def test_nothing_is_read_at_import() -> None:
    code = """if True:
        import importlib, json, sys
        root, names = sys.argv[1], sys.argv[2:]
        opened = []
        sys.addaudithook(lambda event, args: event == "open" and opened.append(str(args[0])))
        for name in names:
            importlib.import_module(name)
        own = {p for p in opened if p.startswith(root) and "/.venv/" not in p}
        print(json.dumps(sorted(p for p in own if not p.endswith((".py", ".pyc")))))
    """
    # Training imports torch, which takes seconds and reads much; it reads nothing of ours.
    names = [name for name in modules() if not name.startswith("qa.train.")]
    command = [sys.executable, "-c", code, str(paths.PACKAGE.parent), *names]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    read = [path for path in json.loads(done.stdout) if "__pycache__" not in path]
    assert read == []


def test_the_code_stands_on_no_assertions_alone() -> None:
    """Under `python -O` an assert is gone; one may only tell the type checker what it knows."""
    for name, path in modules().items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Assert):
                told = ast.dump(node.test)
                assert "IsNot" in told or "isinstance" in told, f"{name}:{node.lineno}"
