"""Makes files of vectors, or times how pyarrow, pandas, NumPy and gensim read them.

Usage: formats.py make FOLDER [ROWS]     writes the files that are not there and prints FOLDER
       formats.py time FOLDER            prints one JSON line a measurement: {"name", "value"}, seconds

NumPy and pyarrow are needed; what pandas, gensim or scikit-learn reads is left out without them. 1,000,000 rows unless given, of 128
normally distributed numbers. Parquet is written by pyarrow as it is unless told otherwise: Snappy, and row groups of
2^20 rows, as pandas writes too.
"""

import importlib.util
import json
import os
import statistics
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

job, folder = sys.argv[1:3]
ROWS, DIMS, RUNS, PART = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000, 128, 3, 20_000
os.makedirs(folder, exist_ok=True)


def path(name):
    return os.path.join(folder, name)


def rows():
    return np.random.default_rng(128).standard_normal((ROWS, DIMS), dtype=np.float32)


def lists(values, file):
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), DIMS)
    pq.write_table(pa.table({"vector": vectors}), file)


def columns(values):
    return pa.table({f"x{dim}": values[:, dim] for dim in range(DIMS)})


def npy(values, file):
    # Given a name, NumPy would add an ending to it.
    with open(file, "wb") as out:
        np.save(out, values)


def tensors(values, file):
    header = json.dumps({"rows": {"dtype": "F32", "shape": values.shape, "data_offsets": [0, values.nbytes]}})
    with open(file, "wb") as out:
        out.write(len(header).to_bytes(8, "little") + header.encode())
        values.tofile(out)


def words(values, file):
    with open(file, "w") as out:
        out.write(f"{ROWS} {DIMS}\n")
        for start in range(0, ROWS, PART):
            part = values[start : start + PART].round(6).astype(str)
            out.writelines(f"word{start + row} {' '.join(line)}\n" for row, line in enumerate(part))


MAKE = {
    "lists.parquet": lists,
    "columns.parquet": lambda values, file: pq.write_table(columns(values), file),
    "rows.npy": npy,
    "rows.safetensors": tensors,
    "rows.csv": lambda values, file: csv.write_csv(columns(values), file),
    "words.txt": words,
}


def read_lists():
    table = pq.read_table(path("lists.parquet"))
    return table["vector"].combine_chunks().flatten().to_numpy().reshape(-1, DIMS)


def read_columns():
    table = pq.read_table(path("columns.parquet"))
    return np.stack([column.to_numpy() for column in table.columns], axis=1)


def read_npy():
    values = np.load(path("rows.npy"), mmap_mode="r")
    return np.isfinite(values).all(axis=1)


def read_components():
    from sklearn.decomposition import PCA

    return PCA(10).fit_transform(np.load(path("rows.npy")))


def read_csv():
    import pandas

    return pandas.read_csv(path("rows.csv"), dtype=np.float32).to_numpy()


def read_words():
    from gensim.models import KeyedVectors

    return KeyedVectors.load_word2vec_format(path("words.txt")).vectors


READ = {
    "formats_parquet_pyarrow_s": ("pyarrow", read_lists, RUNS),
    "formats_parquet_columns_pyarrow_s": ("pyarrow", read_columns, RUNS),
    "formats_npy_numpy_s": ("numpy", read_npy, RUNS),
    "formats_npy_pca_sklearn_s": ("sklearn", read_components, RUNS),
    "formats_csv_pandas_s": ("pandas", read_csv, 1),
    "formats_words_gensim_s": ("gensim", read_words, 1),
}

if job == "make":
    values = None
    for name, make in MAKE.items():
        if not os.path.exists(path(name)):
            values = rows() if values is None else values
            make(values, path(name + ".part"))
            os.rename(path(name + ".part"), path(name))
    print(folder)
else:
    pa.set_cpu_count(2)
    for name, (module, read, runs) in READ.items():
        if importlib.util.find_spec(module) is None:
            continue
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            read()
            times.append(time.perf_counter() - start)
        print(json.dumps({"name": name, "value": statistics.median(times)}), flush=True)
