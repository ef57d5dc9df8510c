"""Times the projections that people use elsewhere, on the digits of MNIST as float32 from 0 to 1, and keeps their layouts.

Usage: projections.py MNIST.npz FOLDER [THREADS]     (THREADS is 2 unless given)
Needs NumPy and scikit-learn, and openTSNE and umap-learn for what each of them does; what is not there is left out.
Prints one JSON line a measurement, {"name", "value"}, in seconds; layouts go to FOLDER as .npy.
"""

import json
import os
import sys
import time

path, folder, threads = sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "2"
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = threads  # read when the libraries are loaded, hence before

import numpy as np

rows = np.load(path)["vectors"].astype(np.float32) / np.float32(255)


def timed(name, work):
    start = time.perf_counter()
    result = work()
    print(json.dumps({"name": name, "value": time.perf_counter() - start}), flush=True)
    return result


def keep(name, layout):
    np.save(os.path.join(folder, name + ".npy"), np.ascontiguousarray(layout, dtype=np.float32))


def graph():
    from sklearn.neighbors import NearestNeighbors

    NearestNeighbors(n_neighbors=90, algorithm="brute").fit(rows[:2000]).kneighbors()  # loads what is loaded lazily
    search = NearestNeighbors(n_neighbors=90, algorithm="brute", n_jobs=int(threads)).fit(rows)
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        search.kneighbors()
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"name": "sklearn_graph_s", "value": sorted(seconds)[2]}), flush=True)


def sklearn_tsne():
    from sklearn.manifold import TSNE

    keep("sklearn_3d", timed("sklearn_3d_s", lambda: TSNE(3, n_jobs=int(threads), random_state=42).fit_transform(rows)))


def opentsne():
    from openTSNE import TSNE

    work = TSNE(perplexity=30, n_jobs=int(threads), random_state=42)
    keep("opentsne_2d", timed("opentsne_2d_s", lambda: work.fit(rows)))


def umap():
    from umap import UMAP

    settings = dict(n_components=3, n_neighbors=15, n_jobs=int(threads))
    UMAP(**settings).fit_transform(rows[:5000])  # compiles, as it does beyond 4096 rows
    keep("umap_learn_3d", timed("umap_learn_3d_s", lambda: UMAP(**settings).fit_transform(rows)))


rows.tofile(os.path.join(folder, "rows.f32"))  # for peers that are no Python
for peer in (graph, sklearn_tsne, opentsne, umap):
    try:
        peer()
    except ImportError as error:
        print(f"{peer.__name__}: {error}", file=sys.stderr)
