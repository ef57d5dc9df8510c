"""Writes points and the clusters that scikit-learn's HDBSCAN finds in them: NAME.csv with the
coordinates (f32), the label (-1: noise), and the probability of each row, after a line with
min_cluster_size and min_samples. Needs scikit-learn 1.9."""

from pathlib import Path

import numpy as np
from sklearn.cluster import HDBSCAN
from sklearn.datasets import load_digits, make_blobs, make_moons
from sklearn.manifold import TSNE

here = Path(__file__).parent
rng = np.random.default_rng(7)


def write(name, points, min_cluster_size, min_samples):
    points = points.astype(np.float32)
    model = HDBSCAN(min_cluster_size=min_cluster_size, min_samples=min_samples, copy=True)
    model.fit(points.astype(np.float64))
    lines = [f"{min_cluster_size},{min_samples}"]
    for place, label, probability in zip(points, model.labels_, model.probabilities_):
        lines.append(",".join([str(x) for x in place] + [str(label), f"{probability:.6g}"]))
    (here / f"{name}.csv").write_text("\n".join(lines) + "\n")
    print(name, len(points), model.labels_.max() + 1, np.mean(model.labels_ < 0))


moons, _ = make_moons(600, noise=0.06, random_state=1)
write("moons", moons, 10, 5)

centers = [[0, 0, 0], [5, 0, 0], [0, 6, 1], [9, 9, 9], [9, 8, 3]]
blobs, _ = make_blobs([300, 200, 150, 80, 270], 3, centers=centers, cluster_std=[0.3, 0.9, 0.5, 1.2, 0.7], random_state=2)
blobs = np.vstack([blobs, rng.uniform(-4, 14, (100, 3))])
write("blobs", blobs, 15, 8)

digits = load_digits().data
write("digits", TSNE(2, init="pca", random_state=3).fit_transform(digits[:1200]), 20, 10)
write("digits_3d", TSNE(3, init="pca", random_state=3).fit_transform(digits[:1000]), 12, 12)

turns = rng.uniform(1, 3, 500) * 2 * np.pi
spiral = np.column_stack([turns * np.cos(turns), turns * np.sin(turns), rng.normal(0, 0.5, 500)])
grains = rng.normal(0, 0.4, (300, 3)) + rng.integers(0, 4, (300, 1)) * [0, 0, 9] + [0, 0, 6]
write("spiral", np.vstack([spiral, grains, rng.uniform(-20, 35, (60, 3))]), 12, 6)
