"""Every Python block of README and docs runs, every study in them is valid."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from likely.studies.document import parse_document
from likely.studies.learning import learning_study
from likely.studies.references import plan
from likely.studies.toy_study import toy_study
from likely.studies.validation import validate

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.M | re.S)
STUDY = re.compile(r"^```yaml\n(.*?)^```", re.M | re.S)
STUDIES = [(p.stem, s) for p in PAGES for s in STUDY.findall(p.read_text())]
PAGES_WITH_CODE = [p for p in PAGES if BLOCK.search(p.read_text())]


@pytest.mark.parametrize("page", PAGES_WITH_CODE, ids=lambda p: p.stem)
def test_code_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "page"}
    for block in BLOCK.findall(page.read_text()):
        exec(compile(block, str(page), "exec"), namespace)
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.mark.parametrize("text", [s for _, s in STUDIES], ids=[n for n, _ in STUDIES])
def test_studies_are_valid(text):
    document = parse_document(text)
    content = validate(document)
    if content.kind == "toys":
        assert toy_study(content, document).base.plan
    elif content.kind in ("classify", "regress"):
        assert learning_study(content, document).columns
    else:
        plan(content, document)


LOADED = re.compile(r'<(?:script|link|img|iframe)\b[^>]*(?:src|href)="?(?:https?:)?//')


@pytest.mark.skipif(find_spec("mkdocs") is None, reason="mkdocs is not installed")
def test_the_pages_need_no_network(tmp_path):
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    subprocess.run([*build, "--site-dir", tmp_path], cwd=ROOT, check=True)
    pages = {page.stem: page.read_text() for page in tmp_path.rglob("*.html")}
    for name, text in pages.items():
        assert not LOADED.search(text), name
        assert 'class="arithmatex"' not in text, name
    assert "<math" in pages["distributions"]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_links_and_pictures_exist(page):
    for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target
