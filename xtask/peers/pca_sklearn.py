"""Times scikit-learn's PCA(10, svd_solver="covariance_eigh") of the digits of MNIST, as float32 from 0 to 1.

Usage: pca_sklearn.py MNIST.npz [THREADS]     (NumPy and scikit-learn are needed; THREADS is 2 unless given)
Prints one JSON line, as the benchmark beside it does: {"name", "median_ms", "min_ms", "runs", "threads"}.
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

RUNS = 9

rows = np.load(path)["vectors"].astype(np.float32) / np.float32(255)
PCA(10, svd_solver="covariance_eigh").fit_transform(rows[:2000])  # loads what is loaded lazily
times = []
for _ in range(RUNS):
    start = time.perf_counter()
    PCA(10, svd_solver="covariance_eigh").fit_transform(rows)
    times.append((time.perf_counter() - start) * 1e3)
print(json.dumps({
    "name": "pca_mnist_sklearn_covariance_eigh",
    "median_ms": statistics.median(times),
    "min_ms": min(times),
    "runs": RUNS,
    "threads": int(threads),
}))
