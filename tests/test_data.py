"""Files of every format become the same events, and a bad one becomes a sentence."""

import csv
import subprocess
import sys
import tracemalloc
from pathlib import Path

import awkward as ak
import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot
from hypothesis import given, settings, strategies as st

from likely.core.errors import LikelyError
from likely.data import Dataset, Source, concatenate, format_of, read, reading, write
from likely.data.formats import FORMATS

CMS = Path(__file__).parents[1].parent / "shared" / "data" / "cms"
needs_cms = pytest.mark.skipif(
    not CMS.is_dir(), reason=f"the CMS open data are not at {CMS}"
)

rng = np.random.default_rng(3)
COUNT = 1_000
TRUTH = {
    "x": rng.normal(size=COUNT),
    "f": rng.normal(size=COUNT).astype(np.float32),
    "q": rng.integers(-1, 2, COUNT).astype(np.int8),
    "n": rng.integers(0, 2**40, COUNT),
    "b": rng.uniform(size=COUNT) > 0.5,
}
JAGGED = [[1.0] * (i % 3) for i in range(COUNT)]
COUNTER = "njagged"  # the length of the lists, which uproot writes beside them
TEXTS = ["electron", "muon"] * (COUNT // 2)


# Files as other programs write them


def _tree(path, columns):
    with uproot.recreate(path) as file:
        types = {name: array.dtype for name, array in columns.items()}
        table = file.mktree("events", {**types, "jagged": "var * float32"})
        half = COUNT // 2
        for part in (slice(0, half), slice(half, None)):
            arrays = {name: array[part] for name, array in columns.items()}
            table.extend({**arrays, "jagged": ak.Array(JAGGED[part])})


def _rntuple(path, columns):
    with uproot.recreate(path) as file:
        file["events"] = {**columns, "jagged": ak.Array(JAGGED), "text": TEXTS}


def _parquet(path, columns):
    pq.write_table(pa.table({**columns, "jagged": JAGGED, "text": TEXTS}), path)


def _hdf5(path, columns):
    with h5py.File(path, "w") as file:
        for name, array in columns.items():
            file[name] = array
        file["matrix"] = np.ones((COUNT, 2))
        file["text"] = np.array(TEXTS, "S")


def _hdf5_compound(path, columns):
    with h5py.File(path, "w") as file:
        types = [(name, array.dtype) for name, array in columns.items()]
        table = np.empty(COUNT, [*types, ("text", "S10"), ("pair", "f8", 2)])
        for name, array in columns.items():
            table[name] = array
        file["run1/events"] = table


def _csv(path, columns):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*columns, "text"])
        arrays = [array.tolist() for array in columns.values()]
        writer.writerows(zip(*arrays, TEXTS, strict=True))


def _npz(path, columns):
    np.savez(path, **columns, text=np.array(TEXTS), matrix=np.ones((COUNT, 2)))


MAKERS = {
    "tree.root": _tree,
    "rntuple.root": _rntuple,
    "a.parquet": _parquet,
    "a.h5": _hdf5,
    "compound.h5": _hdf5_compound,
    "a.csv": _csv,
    "a.npz": _npz,
}
every_file = pytest.mark.parametrize("name", MAKERS)
every_ending = pytest.mark.parametrize("ending", FORMATS)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("events")
    for name, make in MAKERS.items():
        make(folder / name, TRUTH)
    return folder


def test_every_format_has_a_file():
    assert {type(f) for f in FORMATS.values()} == {
        type(format_of(Path(name))) for name in MAKERS
    }


@every_file
def test_columns_are_what_was_written(folder, name):
    data = read(folder / name)
    assert set(data.names) - {COUNTER} == set(TRUTH)
    assert len(data) == COUNT
    for column, array in TRUTH.items():
        np.testing.assert_allclose(data[column], array, rtol=1e-15)
        assert data[column].dtype in (np.float64, np.int64, np.bool_)
        assert data[column].dtype.isnative


@every_file
@pytest.mark.parametrize("step", [1, 7, 400, 999, 1_000])
def test_chunks_of_any_size_give_the_same_events(folder, name, step):
    columns = ["x", "b"]
    table = format_of(folder / name)
    chunks = list(table.chunks(folder / name, None, columns, step))
    assert max(len(chunk["x"]) for chunk in chunks) <= step
    for column in columns:
        joined = np.concatenate([chunk[column] for chunk in chunks])
        np.testing.assert_array_equal(joined, TRUTH[column])


@every_file
def test_selection_definitions_and_weight(folder, name, monkeypatch):
    monkeypatch.setattr(reading, "STEP", 300)
    data = read(
        folder / name,
        columns=["z", "q"],
        select="z > 0 & q != 0",
        define={"z": "y - f", "y": "2 * x", "unused": "n + 1"},
        weight="where(b, -1, y ** 2)",
        units={"z": "GeV"},
    )
    x, f = TRUTH["x"], TRUTH["f"].astype(float)
    kept = (2 * x - f > 0) & (TRUTH["q"] != 0)
    assert data.names == ("z", "q")
    np.testing.assert_allclose(data["z"], (2 * x - f)[kept], rtol=1e-14)
    np.testing.assert_array_equal(data["q"], TRUTH["q"][kept])
    weights = np.where(TRUTH["b"], -1, 4 * x**2)[kept]
    np.testing.assert_allclose(data.weights, weights, rtol=1e-14)
    assert data.sum_of_weights == pytest.approx(weights.sum())
    assert data.units == {"z": "GeV"}
    (source,) = data.sources
    assert (source.events_read, source.events_selected) == (COUNT, kept.sum())
    assert source.file == str(folder / name)


@every_file
def test_only_the_columns_that_are_used_are_read(folder, name, monkeypatch):
    table, asked = format_of(folder / name), []
    chunks = type(table).chunks

    def spy(self, path, tree, columns, step):
        asked.append(sorted(columns))
        return chunks(self, path, tree, columns, step)

    monkeypatch.setattr(type(table), "chunks", spy)
    read(
        folder / name,
        columns=["z"],
        define={"z": "x + 1", "other": "n"},
        select="q > 0",
        weight="1 + b",
    )
    assert asked == [["b", "q", "x"]]


@every_file
def test_a_column_that_cannot_be_used_is_explained(folder, name):
    kinds = {"jagged": "jagged", "text": "not numeric", "matrix": "array of shape"}
    kinds["pair"] = "array of shape"
    contents = format_of(folder / name).contents(folder / name, None)
    unusable = {column for column, reason in contents.items() if reason}
    assert unusable == set(contents) - set(TRUTH) - {COUNTER}
    assert unusable
    for column in unusable:
        if kinds[column] == "array of shape":
            assert read(folder / name, columns=[column]).arrays[column].shape[1] == 2
        else:
            with pytest.raises(LikelyError, match=f"`{column}`.*{kinds[column]}"):
                read(folder / name, columns=[column])
        with pytest.raises(LikelyError, match=f"`select`.*`{column}`"):
            read(folder / name, select=f"{column} > 0")


@every_file
def test_an_unknown_column_is_named_with_the_nearest(folder, name):
    with pytest.raises(LikelyError, match=r"`columns`.*no column `xx`.*`x`"):
        read(folder / name, columns=["xx"])
    with pytest.raises(LikelyError, match=r"`define.z`.*no column `bb`.*`b`"):
        read(folder / name, define={"z": "bb + 1"})


@every_file
def test_a_constant_needs_no_column(folder, name):
    data = read(folder / name, columns=["one"], define={"one": "1"}, weight="0.5")
    assert data["one"].tolist() == [1] * COUNT
    assert data.sum_of_weights == COUNT / 2


@every_ending
def test_what_is_written_is_read_again(tmp_path, ending):
    path = tmp_path / f"events{ending}"
    weights = TRUTH["x"] / 3
    data = Dataset.of({k: TRUTH[k] for k in "xqnb"}, weights=weights)
    write(data, path)
    again = read(path, columns=["x", "q", "n", "b"], weight="weight")
    for name in data.names:
        np.testing.assert_array_equal(again[name], data[name])
    np.testing.assert_array_equal(again.weights, weights)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_root_file_is_written_as_a_tree(tmp_path):
    write(Dataset.of(TRUTH), tmp_path / "a.root", tree="dimuons")
    with uproot.open(tmp_path / "a.root") as file:
        assert file.classnames() == {"dimuons;1": "TTree"}
        np.testing.assert_array_equal(file["dimuons"]["x"].array(), TRUTH["x"])


def test_nothing_is_written_over_by_a_failure(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(LikelyError, match="`tree` is `events`"):
        write(Dataset.of(TRUTH), path, tree="events")
    weighted = Dataset.of({"weight": TRUTH["x"]}, weights=TRUTH["x"])
    with pytest.raises(LikelyError, match="column `weight`, but there is one already"):
        write(weighted, path)
    with pytest.raises(LikelyError, match="no known format"):
        write(Dataset.of(TRUTH), tmp_path / "a.xlsx")
    assert path.read_text() == "old"


# Several files


@pytest.fixture
def three(tmp_path):
    for number, name in enumerate(["a1.csv", "a2.root", "b3.h5"]):
        part = {"x": np.arange(3.0) + 10 * number, "q": np.arange(3)}
        write(Dataset.of(part), tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["a1.csv", "a2.root", "b3.h5"], [1, 2, 11, 12, 21, 22]),
        (["b3.h5", "a1.csv"], [21, 22, 1, 2]),
        ("a*", [1, 2, 11, 12]),
        ("a[12].*", [1, 2, 11, 12]),
        (["b*", "a2.root:events"], [21, 22, 11, 12]),
        ("**/*.h5", [21, 22]),
    ],
)
def test_several_files_are_one_dataset(three, files, expected):
    listed = isinstance(files, list)
    paths = [str(three / f) for f in files] if listed else str(three / files)
    data = read(paths, select="q > 0", columns=["x"])
    assert data["x"].tolist() == expected
    assert [s.events_read for s in data.sources] == [3] * (len(expected) // 2)
    assert [s.events_selected for s in data.sources] == [2] * (len(expected) // 2)


def test_one_file_without_a_selected_event_is_no_error(three):
    data = read(three / "a*", select="x > 5", columns=["x"])
    assert [s.events_selected for s in data.sources] == [0, 3]


def test_a_column_missing_in_one_file_names_both(three):
    write(Dataset.of({"x": np.ones(2)}), three / "a0.npz")
    with pytest.raises(LikelyError, match=r"a1.csv` has a column `q`, unlike"):
        read(three / "a*")
    with pytest.raises(LikelyError, match=r"a0.npz` has no column `q`"):
        read(three / "a*", columns=["q"])
    assert len(read(three / "a*", columns=["x"])) == 8


def test_a_file_named_twice_is_refused(three):
    with pytest.raises(LikelyError, match="a1.csv` is named twice"):
        read([three / "a*", three / ".." / three.name / "a1.csv"])


def test_a_name_with_brackets_is_a_file_before_it_is_a_pattern(tmp_path):
    path = tmp_path / "a[1]:b.csv"
    path.write_text("x\n1\n")
    assert read(path)["x"].tolist() == [1]


# Trees of ROOT and HDF5


@pytest.fixture
def forest(tmp_path):
    path = tmp_path / "forest.root"
    with uproot.recreate(path) as file:
        for name, value in {"signal": 1.0, "run/signal": 2.0, "run/other": 3.0}.items():
            file.mktree(name, {"x": "f8"}).extend({"x": np.full(2, value)})
        file["ntuple"] = {"x": np.full(2, 4.0)}
        file["h"] = np.histogram([1.0, 2.0])
    return path


@pytest.mark.parametrize(
    ("tree", "value"),
    [
        ("signal", 1),
        ("run/signal", 2),
        ("/run/other", 3),
        ("ntuple", 4),
        ("run/other;1", 3),
    ],
)
def test_a_tree_is_found_by_its_name(forest, tree, value):
    assert read(forest, tree=tree)["x"].tolist() == [value] * 2
    assert read(f"{forest}:{tree}")["x"].tolist() == [value] * 2


def test_the_last_cycle_is_read(tmp_path):
    path = tmp_path / "cycles.root"
    for value in (1.0, 2.0):
        with (uproot.update if path.exists() else uproot.recreate)(path) as file:
            file.mktree("t", {"x": "f8"}).extend({"x": np.full(2, value)})
    assert read(path)["x"].tolist() == [2, 2]
    assert read(path, tree="t;1")["x"].tolist() == [1, 1]


def test_trees_are_listed_where_one_must_be_named(forest):
    with pytest.raises(LikelyError, match="4 trees: `signal`, `run/signal`"):
        read(forest)
    with pytest.raises(LikelyError, match="no tree `signall`; did you mean `signal`"):
        read(forest, tree="signall")
    with pytest.raises(LikelyError, match="names the tree `signal` and `tree` is `x`"):
        read(f"{forest}:signal", tree="x")


def test_a_file_without_a_tree_says_so(tmp_path):
    with uproot.recreate(tmp_path / "h.root") as file:
        file["h"] = np.histogram([1.0, 2.0])
    with pytest.raises(LikelyError, match="neither a TTree nor an RNTuple"):
        read(tmp_path / "h.root")


def test_an_array_in_a_branch_is_no_number(tmp_path):
    path = tmp_path / "a.root"
    with uproot.recreate(path) as file:
        file.mktree("t", {"x": "f8", "v": ("f8", (3,))}).extend(
            {"x": np.ones(2), "v": np.ones((2, 3))}
        )
    assert read(path).names == ("x",)
    assert read(path, columns=["v"]).arrays["v"].tolist() == [[1] * 3] * 2
    with pytest.raises(LikelyError, match=r"array of shape \(3,\) in each event"):
        read(path, select="v > 0")


def test_records_of_an_rntuple_are_explained(tmp_path):
    path = tmp_path / "a.root"
    with uproot.recreate(path) as file:
        file["t"] = {"x": np.ones(2), "r": ak.Array([{"a": 1.0}, {"a": 2.0}])}
    assert read(path).names == ("x",)
    with pytest.raises(LikelyError, match="`r`.*it is a record"):
        read(path, columns=["r"])
    with pytest.raises(LikelyError, match="`r.a`.*a part of another field"):
        read(path, columns=["r.a"])


def test_groups_of_hdf5(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["one/x"], file["two/x"] = np.ones(2), np.full(3, 2.0)
        file["two/deep/x"] = np.full(4, 3.0)
    with pytest.raises(LikelyError, match="3 tables: `one`, `two`, `two/deep`"):
        read(path)
    assert read(path, tree="two")["x"].tolist() == [2] * 3
    assert read(f"{path}:two/deep")["x"].tolist() == [3] * 4
    with pytest.raises(LikelyError, match="no table `on`; did you mean `one`"):
        read(path, tree="on")


def test_hdf5_that_is_no_table_is_explained(tmp_path):
    with h5py.File(tmp_path / "ragged.h5", "w") as file:
        file["x"], file["y"] = np.ones(2), np.ones(3)
    assert read(tmp_path / "ragged.h5", columns=["y"])["y"].tolist() == [1] * 3
    with pytest.raises(LikelyError, match="differ in length"):
        read(tmp_path / "ragged.h5")
    with h5py.File(tmp_path / "pandas.h5", "w") as file:
        group = file.create_group("frame")
        group.attrs["pandas_type"] = "frame"
        group["axis1"] = np.arange(3)
    with pytest.raises(LikelyError, match="written by pandas"):
        read(tmp_path / "pandas.h5")
    with h5py.File(tmp_path / "empty.h5", "w") as file:
        file["x"] = 1.0
    with pytest.raises(LikelyError, match="no one-dimensional dataset"):
        read(tmp_path / "empty.h5")


def test_lists_in_hdf5_are_jagged(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        lists = file.create_dataset("v", (2,), dtype=h5py.vlen_dtype(np.float64))
        lists[0], lists[1] = [1.0], [1.0, 2.0]
        file["x"] = np.ones(2)
    with pytest.raises(LikelyError, match="`v`.*jagged"):
        read(tmp_path / "a.h5", columns=["v"])


def test_gaps_in_parquet_are_nan(tmp_path):
    from decimal import Decimal

    table = {"i": [1, None, 3], "b": [True, None, False], "f": [1.5, None, 2.0]}
    decimal = pa.array([Decimal("1.25"), None, Decimal("-2.50")])
    pq.write_table(pa.table({**table, "d": decimal}), tmp_path / "a.parquet")
    data = read(tmp_path / "a.parquet")
    nan = np.nan
    np.testing.assert_array_equal(data["i"], [1, nan, 3])
    np.testing.assert_array_equal(data["b"], [1, nan, 0])
    np.testing.assert_array_equal(data["f"], [1.5, nan, 2])
    np.testing.assert_array_equal(data["d"], [1.25, nan, -2.5])


def test_memory_is_that_of_the_columns_wanted(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "STEP", 10_000)
    count = 300_000
    write(Dataset.of({f"x{i}": np.ones(count) for i in range(8)}), tmp_path / "a.h5")
    everything = " + ".join(f"x{i}" for i in range(8))
    tracemalloc.start()
    try:
        data = read(tmp_path / "a.h5", columns=["z"], define={"z": everything})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert data["z"].nbytes == 8 * count
    assert peak < 3 * data["z"].nbytes  # all columns would be eight times


# Text tables

TABLES = {
    "plain": "x,y\n1,2\n3,4\n",
    "spaces": "x , y\n 1 , 2 \n3,\t4\n",
    "crlf": "x,y\r\n1,2\r\n\r\n3,4\r\n",
    "old Mac": "x,y\r1,2\r3,4",
    "no last line end": "x,y\n1,2\n3,4",
    "byte-order mark": "\ufeffx,y\n1,2\n3,4\n",
    "comments": "# made by hand\n\nx,y # metres\n1,2\n# a,b,c\n3,4 # the end\n",
    "quotes": '"x","y"\n"1","2"\n"3","4"\n',
    "semicolons": "x;y\n1;2\n3;4\n",
    "tabs": "x\ty\n1\t2\n3\t4\n",
    "blanks": "  x   y\n 1 2\n3    4  \n",
    "blank lines": "\n\nx,y\n\n1,2\n   \n\n3,4\n\n\n",
    "numbers": "x,y\n1e0,+2\n3.,4E+0\n",
    "an index without a name": ",x,y\n0,1,2\n1,3,4\n",
    "a comma at the end": "x,y,\n1,2,\n3,4,\n",
    "other columns": 'name,x,y\n"a, # b",1,2\n"c ""d""",3,4\n',
}


@pytest.mark.parametrize("name", TABLES)
def test_text_tables(tmp_path, name):
    path = tmp_path / "a.csv"
    path.write_bytes(TABLES[name].encode())
    data = read(path)
    assert data.names == ("x", "y")
    np.testing.assert_array_equal(data.matrix(["x", "y"]), [[1, 2], [3, 4]])


def test_one_column_of_text(tmp_path):
    (tmp_path / "a.txt").write_text("mass\n91.2\n\n90.1\n")
    assert read(tmp_path / "a.txt")["mass"].tolist() == [91.2, 90.1]


def test_missing_entries_are_nan_and_words_are_conditions(tmp_path):
    text = "x,y,z\n1,,True\n,NA,False\n nan ,NaN, true \n-inf,n/a,FALSE\n5,null,1\n"
    (tmp_path / "a.csv").write_text(text)
    data = read(tmp_path / "a.csv")
    nan = np.nan
    np.testing.assert_array_equal(data["x"], [1, nan, nan, -np.inf, 5])
    np.testing.assert_array_equal(data["y"], [nan] * 5)
    np.testing.assert_array_equal(data["z"], [1, 0, 1, 0, 1])


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(), st.floats(allow_nan=False), st.integers(-(2**52), 2**52)
        ),
        min_size=1,
        max_size=20,
    )
)
def test_every_number_survives_a_text_table(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    data = Dataset.of(dict(zip("abc", np.array(rows).T, strict=True)))
    write(data, path)
    again = read(path)
    for name in "abc":
        np.testing.assert_array_equal(again[name], data[name])


BAD_TABLES = {
    "x,y\n1,2\n\n# no\n3\n": "line 5: 1 fields, but the header names 2",
    "x,y\n1,2,3\n": "line 2: 3 fields",
    "x y\n1 2\n3\n": "line 3: 1 fields",
    'x,y\n1,"2\n3",4\n': "line 2: a quotation mark is out of place",
    "x,x\n1,2\n": "2 columns `x`",
    "1,2\n3,4\n": "must name the columns; it holds the numbers `1, 2`",
    "# x y\n1 2\n": "must name the columns",
    "x,y\n": "holds no event",
    "# nothing\n": "holds no line",
    "\n\n": "holds no line",
    "a,b\nc,d\n": "no column with one number an event",
}


@pytest.mark.parametrize("text", BAD_TABLES)
def test_a_bad_text_table_is_explained(tmp_path, text):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(LikelyError, match=BAD_TABLES[text]):
        read(tmp_path / "a.csv")


def test_a_bad_entry_is_found_where_it_is(tmp_path):
    lines = ["x,y", *(f"{i},{i}" for i in range(5_000))]
    lines[4_321] = "1,ab_c"
    (tmp_path / "a.csv").write_text("\n".join(lines))
    with pytest.raises(LikelyError, match=r"line 4322: column `y` has `ab_c`"):
        read(tmp_path / "a.csv")
    assert len(read(tmp_path / "a.csv", columns=["x"])) == 5_000


def test_a_label_with_an_underscore_is_no_number(tmp_path):
    (tmp_path / "a.csv").write_text("x,label\n1,2_3\n")
    assert read(tmp_path / "a.csv").names == ("x",)
    with pytest.raises(LikelyError, match="line 2: `2_3`"):
        read(tmp_path / "a.csv", columns=["label"])


# Wrong files


@every_ending
@pytest.mark.parametrize(
    "content", [b"this is a text\n", b"\xff\xfe\x00\x01" * 50, b"\x00" * 100]
)
def test_a_file_that_is_not_what_its_ending_says(tmp_path, ending, content):
    path = tmp_path / f"a{ending}"
    path.write_bytes(content)
    with pytest.raises(LikelyError) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@every_ending
def test_an_empty_file_says_so(tmp_path, ending):
    (tmp_path / f"a{ending}").touch()
    with pytest.raises(LikelyError, match="is empty, it has zero bytes"):
        read(tmp_path / f"a{ending}")


def _sentence(path):
    """Return what a reader says of a file, or nothing if it reads it."""
    try:
        data = read(path)
    except LikelyError as error:
        return str(error)
    assert len(data) > 0
    return ""


@pytest.mark.parametrize("name", sorted(set(MAKERS) - {"a.csv"}))
@pytest.mark.parametrize("fraction", [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.9999])
def test_a_truncated_file_is_never_half_read(folder, name, fraction, tmp_path):
    whole = (folder / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(whole[: int(len(whole) * fraction)])
    assert str(path) in _sentence(path)


def test_a_text_table_cut_within_a_line_is_not_half_read(folder, tmp_path):
    whole = (folder / "a.csv").read_bytes()
    path = tmp_path / "a.csv"
    path.write_bytes(whole[: whole.index(b",", len(whole) // 2)])
    lines = path.read_text().count("\n") + 1
    assert f"line {lines}: " in _sentence(path)


@every_file
@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_file_raises_nothing_but_our_error(folder, name, seed, tmp_path):
    damaged = bytearray((folder / name).read_bytes())
    random = np.random.default_rng(seed)
    # the first and last bytes hold what a reader trusts most
    ends = [random.integers(0, 200, 3), -random.integers(1, 200, 3)]
    for place in np.concatenate([*ends, random.integers(0, len(damaged), 4)]):
        damaged[place] = random.integers(256)
    path = tmp_path / name
    path.write_bytes(damaged)
    sentence = _sentence(path)
    assert not sentence or str(path) in sentence
    assert "\n" not in sentence


def test_a_length_that_no_memory_holds_is_a_sentence(folder, monkeypatch):
    def read_all(*_):
        raise MemoryError

    monkeypatch.setattr(type(format_of(Path("a.npz"))), "_chunks", read_all)
    with pytest.raises(LikelyError, match="asks for more memory than there is"):
        read(folder / "a.npz")


def test_objects_in_npz_are_never_loaded(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.ones(2), o=np.array([{}, None], object))
    assert read(tmp_path / "a.npz").names == ("x",)
    with pytest.raises(LikelyError, match="`o`.*not numeric"):
        read(tmp_path / "a.npz", columns=["o"])


WRONG_FILES = {
    "eventz.csv": r"no file `.*eventz.csv`; did you mean `events.csv`",
    "nowhere/a.csv": "no folder `.*nowhere` either",
    "*.npz": "no file matches",
    ".": r"is a folder; name a file, or all of one kind as `.*/\*.root`",
    "events.xlsx": "no file `.*events.xlsx`; did you mean `events.csv`",
    "notes.doc": "ends in `.doc`, which is no known format",
    "x" * 300 + ".csv": "its name is too long",
}


@pytest.mark.parametrize("name", WRONG_FILES, ids=lambda name: name[:12])
def test_a_wrong_file_gets_one_sentence(tmp_path, name):
    (tmp_path / "events.csv").write_text("x\n1\n")
    (tmp_path / "notes.doc").write_text("x\n1\n")
    with pytest.raises(LikelyError, match=WRONG_FILES[name]):
        read(str(tmp_path / name))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "names no file"),
        ("", "must be a path"),
        ("root://eospublic.cern.ch//a.root", "not on this machine"),
        ("https://a.b/c.csv", "not on this machine"),
    ],
)
def test_files_must_be_files(files, message):
    with pytest.raises(LikelyError, match=message):
        read(files)


@pytest.mark.parametrize("name", ["a.csv", "a.npz", "a.parquet"])
def test_a_format_without_trees_says_so(folder, name):
    with pytest.raises(LikelyError, match="`tree` is `t`.*leave `tree` out"):
        read(folder / name, tree="t")


# Wrong expressions and weights

WRONG_RECIPES = [
    ({"select": "x +"}, "`select`: the expression `x \\+`"),
    ({"select": "x + 1"}, "`select`: the selection `x \\+ 1` must be a condition"),
    ({"select": "1"}, "must be a condition"),
    ({"select": "x > 100"}, "`x > 100` removed all 1000 events"),
    ({"select": "False"}, "removed all 1000 events"),
    ({"define": {"a": "a + 1"}}, "`define` goes in a circle: `a` <- `a`"),
    ({"define": {"a": "d", "c": "a", "d": "c"}}, "circle: `[acd]` <- `[acd]`"),
    ({"define": {"x": "f"}}, "has a column of that name"),
    ({"define": {"a b": "x"}}, "letters, digits and `_`; got `a b`"),
    ({"define": {"pi": "x"}}, "`pi`, it is a constant"),
    ({"define": {"a": "sqr(x)"}}, "`define.a`.*no function `sqr`"),
    ({"weight": "1 / (x - x)"}, "`weight: .*finite; 1000 of 1000 .*inf in row 0"),
    ({"weight": "y"}, "`weight`.*no column `y`"),
    ({"columns": []}, "`columns` must be a list"),
    ({"columns": "x"}, "`columns` must be a list"),
    ({"units": {"y": "GeV"}}, "`units` names no column `y`"),
]


@pytest.mark.parametrize(("options", "message"), WRONG_RECIPES)
def test_a_wrong_recipe_gets_one_sentence(folder, options, message):
    with pytest.raises(LikelyError, match=message):
        read(folder / "a.npz", **options)


def test_a_weight_that_is_not_finite_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "STEP", 4)
    w = np.ones(10)
    w[[5, 8]] = np.nan, np.inf
    write(Dataset.of({"x": np.arange(10.0), "w": w}), tmp_path / "a.h5")
    with pytest.raises(LikelyError, match=r"1 of 3 .*nan in row 5 \(counted from 0\)"):
        read(tmp_path / "a.h5", weight="w", select="x != 6")
    kept = read(tmp_path / "a.h5", weight="w", select="isfinite(w)")
    assert kept.sum_of_weights == 8


def test_nan_fails_every_comparison(tmp_path):
    write(Dataset.of({"x": [1.0, np.nan, 3.0]}), tmp_path / "a.npz")
    assert read(tmp_path / "a.npz", select="x > 2")["x"].tolist() == [3]
    assert read(tmp_path / "a.npz", select="x > 0 or x <= 0")["x"].tolist() == [1, 3]
    assert len(read(tmp_path / "a.npz")) == 3


# The dataset itself


def test_small_types_become_64_bits():
    columns = {
        t: np.arange(3).astype(t) for t in ("i1", "u1", "i4", "u4", "f2", "f4", ">f8")
    }
    data = Dataset.of({**columns, "u8": np.array([2**63], np.uint64).repeat(3)})
    kinds = {name: data[name].dtype.str[1:] for name in data.names}
    assert kinds == {
        **dict.fromkeys(("i1", "u1", "i4", "u4"), "i8"),
        **dict.fromkeys(("f2", "f4", ">f8"), "f8"),
        "u8": "u8",
    }
    assert all(data[name].dtype.isnative for name in data.names)


def test_a_dataset_is_a_value():
    data = Dataset.of({"x": np.arange(3.0)}, weights=[1, 2, 3])
    for array in (data["x"], data.weights):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_matrix_has_one_row_an_event():
    data = Dataset.of({"x": [1, 2, 3], "b": [True, False, True]})
    assert data.matrix(["b", "x"]).tolist() == [[1, 1], [0, 2], [1, 3]]
    assert data.matrix(["x"]).dtype == np.float64
    with pytest.raises(LikelyError, match="no column `y`"):
        data.matrix(["y"])
    with pytest.raises(LikelyError, match="must list columns"):
        data.matrix([])


def test_select_and_define_keep_weights_and_units():
    data = Dataset.of({"x": [1.0, 2, 3]}, weights=[1, -2, 3], units={"x": "mm"})
    made = data.define("y", "x ** 2", unit="mm2").select("y > 1")
    assert made["y"].tolist() == [4, 9]
    assert made.weights.tolist() == [-2, 3]
    assert made.units == {"x": "mm", "y": "mm2"}
    assert len(data) == 3
    with pytest.raises(LikelyError, match="there is a column `x` already"):
        data.define("x", "1")
    with pytest.raises(LikelyError, match="must be a condition"):
        data.select("x")
    with pytest.raises(LikelyError, match="no `z`"):
        data.select("z > 1")


def test_a_selection_counts_what_is_left_of_each_source(three):
    data = read([three / "a1.csv", three / "a2.root"]).select("x > 1 and x < 12")
    assert [s.events_selected for s in data.sources] == [1, 2]
    assert [s.events_read for s in data.sources] == [3, 3]


def test_concatenate_is_the_events_one_after_the_other():
    one = Dataset.of({"x": [1.0], "y": [2.0]}, weights=[3.0], units={"x": "GeV"})
    two = Dataset.of({"y": [5.0, 6.0], "x": [3.0, 4.0]}, weights=[1, 1]).with_units(
        {"x": "GeV"}
    )
    both = concatenate([one, two])
    assert both.matrix(["x", "y"]).tolist() == [[1, 2], [3, 5], [4, 6]]
    assert both.sum_of_weights == 5
    assert both.units == {"x": "GeV"}


def test_what_cannot_be_concatenated_says_why():
    one = Dataset.of({"x": [1.0]}, units={"x": "GeV"})
    with pytest.raises(LikelyError, match="at least one"):
        concatenate([])
    with pytest.raises(LikelyError, match="differ in column `y`"):
        concatenate([one, Dataset.of({"x": [1.0], "y": [1.0]})])
    with pytest.raises(LikelyError, match="`x` is in GeV .* in no unit in dataset 2"):
        concatenate([one, Dataset.of({"x": [1.0]})])
    with pytest.raises(LikelyError, match="some datasets have weights"):
        concatenate([one, Dataset.of({"x": [1.0]}, weights=[1], units={"x": "GeV"})])


WRONG_COLUMNS = [
    ({}, {}, "at least one"),
    ({"x": [1, 2], "y": [1]}, {}, "one length; `x` has 2, `y` has 1"),
    ({"x": [[1, 2]]}, {}, r"one number an event; got shape \(1, 2\)"),
    ({"x": 1.0}, {}, r"got shape \(\)"),
    ({"x": [[1], [1, 2]]}, {}, "jagged"),
    ({"x": ["a"]}, {}, "must be numeric"),
    ({"x": [1j]}, {}, "must be numeric"),
    ({"x": np.array(["2020-01-01"], "M8")}, {}, "must be numeric"),
    ({"x": [1.0]}, {"weights": [1, 2]}, "one entry an event; got 2 for 1"),
    ({"x": [1.0]}, {"weights": [np.nan]}, "must be finite; 1 of 1"),
    ({"x": [1.0]}, {"units": {"y": "GeV"}}, "names no column `y`"),
]


@pytest.mark.parametrize(("columns", "options", "message"), WRONG_COLUMNS)
def test_wrong_columns_get_one_sentence(columns, options, message):
    with pytest.raises(LikelyError, match=message):
        Dataset.of(columns, **options)


def test_how_it_looks():
    data = Dataset.of(
        {"m<b>": [1.5, 2.25], "q": [1, -1], "b": [True, False]},
        weights=[0.5, 1],
        units={"m<b>": "GeV"},
    )
    assert repr(data) == "Dataset(2 events, sum of weights 1.5: m<b> [GeV], q, b)"
    page = data._repr_html_()
    assert "<td>m&lt;b&gt; [GeV]</td><td>float64</td><td>1.5, 2.25</td>" in page
    assert "<td>q</td><td>int64</td><td>1, -1</td>" in page


NO_JAX = """
import sys
import likely.data
from likely.data import Dataset, read, write
assert not {"uproot", "h5py", "pyarrow"} & set(sys.modules), "a library of a format"
read(sys.argv[1], columns=["y"], define={"y": "sqrt(x)"})
write(Dataset.of({"x": [1.0]}), sys.argv[1])
assert not {"jax", "matplotlib", "uproot", "h5py", "pyarrow"} & set(sys.modules)
"""


def test_reading_a_text_table_imports_no_other_library(tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n")
    subprocess.run([sys.executable, "-c", NO_JAX, tmp_path / "a.csv"], check=True)


# Real data


@needs_cms
def test_dimuons_of_cms():
    data = read(
        CMS / "Zmumu_Run2011A.csv",
        columns=["mass"],
        select="Q1 * Q2 < 0 and pt1 > 20 and pt2 > 20",
        define={"mass": "sqrt(2*pt1*pt2*(cosh(eta1 - eta2) - cos(phi1 - phi2)))"},
        units={"mass": "GeV"},
    )
    with (CMS / "Zmumu_Run2011A.csv").open() as file:
        rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
    rows = [r for r in rows if r["Q1"] * r["Q2"] < 0]
    rows = [r for r in rows if r["pt1"] > 20 and r["pt2"] > 20]
    assert len(data) == len(rows)
    # from the four-vectors of massless muons, E and p apart
    pt, eta, phi = (
        np.array([[r[f"{name}{i}"] for i in (1, 2)] for r in rows])
        for name in ("pt", "eta", "phi")
    )
    energy = (pt * np.cosh(eta)).sum(1)
    px, py = (pt * np.cos(phi)).sum(1), (pt * np.sin(phi)).sum(1)
    pz = (pt * np.sinh(eta)).sum(1)
    mass = np.sqrt(energy**2 - px**2 - py**2 - pz**2)
    np.testing.assert_allclose(data["mass"], mass, rtol=1e-9)
    assert data.sources[0].events_read == 10_583


@needs_cms
def test_four_leptons_of_cms():
    data = read([CMS / "4*.csv", CMS / "2e2mu*.csv"], columns=["M", "mZ1"])
    assert len(data) == 278
    assert [source.events_read for source in data.sources] == [7, 41, 18, 95, 13, 104]
    assert isinstance(data.sources[0], Source)
    assert len(data.sources[0].sha256) == 64
