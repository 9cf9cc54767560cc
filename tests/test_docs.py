"""Every Python block of README and docs runs, every study in them is valid."""

import re
from pathlib import Path

import pytest

from likely.studies.document import parse_document
from likely.studies.references import plan
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


@pytest.mark.parametrize("text", [s for _, s in STUDIES], ids=[n for n, _ in STUDIES])
def test_studies_are_valid(text):
    document = parse_document(text)
    plan(validate(document), document)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_links_and_pictures_exist(page):
    for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target
