"""Times scikit-learn's HDBSCAN on a layout, with the sizes that bench_meaning has.

Usage: meaning_sklearn.py LAYOUT.f32 [THREADS]     (points x 3, little-endian float32; THREADS is 2 unless given)
Prints one JSON line: {"name", "value"}, seconds.
"""

import json
import os
import sys
import time

path, threads = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "2"
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = threads  # read when NumPy is loaded, hence before

import numpy as np
from sklearn.cluster import HDBSCAN

places = np.fromfile(path, "<f4").reshape(-1, 3).astype(np.float64)
model = HDBSCAN(min_cluster_size=100, min_samples=10, n_jobs=int(threads), copy=True)
model.fit(places[:2000])  # loads what is loaded lazily
start = time.perf_counter()
model.fit(places)
clusters = int(model.labels_.max()) + 1
print(json.dumps({"name": "meaning_clusters_100k_sklearn_s", "value": time.perf_counter() - start, "clusters": clusters}))
