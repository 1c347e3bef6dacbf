import ast
import subprocess
import sys

import pytest

import stance
from tests.conftest import ROOT

HEAVY = ("torch", "transformers", "pandas", "pyarrow", "trafilatura", "datasets", "sklearn", "training")


def run_python(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    return done.stdout.split()


def test_all_is_what_it_says():
    assert sorted(stance.__all__) == stance.__all__
    assert all(hasattr(stance, name) for name in stance.__all__)


def test_stance_never_imports_training():
    for path in (ROOT / "stance").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] == "training" for name in names), path


def test_import_and_score_without_heavy_packages(tiny_folder):
    code = f"""
import sys, stance
scorer = stance.load({str(tiny_folder.path)!r})
scorer.score_article("Washington pressed Beijing.", date="2017-09-29").actors
print(*[name for name in {HEAVY!r} if name in sys.modules])
"""
    assert run_python(code) == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "stance").rglob("*.py")) + sorted((ROOT / "training").rglob("*.py")), ids=str
)
def test_files_and_functions_stay_small(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 60, node.name
