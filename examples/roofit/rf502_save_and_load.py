"""rf502, rf503, rf510: a model to a file and back, with its fitted parameters."""

import tempfile
from pathlib import Path

from events import sample
from peaks import model

import likely as lk

first = lk.fit(model, sample("rf201"))
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "model.json"
    lk.save(first.model, file)
    again = lk.load(file)
result = lk.fit(again, sample("rf201"))
print(result)
