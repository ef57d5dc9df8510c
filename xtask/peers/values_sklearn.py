"""Times NumPy and scikit-learn on the digits of MNIST as float64 from 0 to 1: the check for values that are not finite,
PCA(10, svd_solver="covariance_eigh"), the distances of one row to all others, and 90 neighbors of each row by brute force.

Usage: values_sklearn.py MNIST.npz [THREADS]     (NumPy and scikit-learn are needed; THREADS is 2 unless given)
Prints one JSON line a measurement: {"name", "value"}, milliseconds.
"""

import json
import os
import statistics
import sys
import time

path, threads = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "2"
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = threads  # read when NumPy is loaded, hence before

import numpy as np
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

RUNS = 5


def nearest(rows):
    distances = np.sqrt(((rows - rows[97]) ** 2).sum(axis=1))
    return np.argsort(distances)[:100]


WORK = {
    "check": lambda rows: np.isfinite(rows).all(axis=1),
    "pca": PCA(10, svd_solver="covariance_eigh").fit_transform,
    "nearest": nearest,
    "graph": lambda rows: NearestNeighbors(n_neighbors=91, algorithm="brute").fit(rows).kneighbors(rows),
}

rows = np.load(path)["vectors"].astype(np.float64) / 255
for part, work in WORK.items():
    work(rows[:2000])  # loads what is loaded lazily
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work(rows)
        times.append((time.perf_counter() - start) * 1e3)
    print(json.dumps({"name": f"sklearn_f64_{part}_ms", "value": statistics.median(times)}))
