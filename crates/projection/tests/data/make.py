"""Makes the reference files of this folder; see README.md. Usage: make.py IRIS.bytes WORDS.npy FAR.npy"""

import sys

import numpy as np
from scipy.spatial.distance import squareform
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.manifold._t_sne import _joint_probabilities_nn, _kl_divergence
from sklearn.neighbors import NearestNeighbors


def reference(name, rows):
    rows = rows.astype(np.float64)
    count = min(10, rows.shape[1], rows.shape[0] - 1)
    pca = PCA(count, svd_solver="full").fit(rows)
    largest = np.abs(pca.components_).argmax(axis=1)
    signs = np.sign(pca.components_[np.arange(count), largest])
    components = pca.components_ * signs[:, None]
    parts = [pca.mean_, components, pca.explained_variance_, pca.explained_variance_ratio_]
    parts.append((rows - pca.mean_) @ components.T)
    np.concatenate([part.ravel() for part in parts]).astype("<f8").tofile(f"{name}.pca.bin")


def make(name, rows):
    rows.tofile(f"{name}.bin")
    reference(name, rows)


def tsne(name, rows):
    """A layout in space, whose kernel has two degrees of freedom, and its exact divergence."""
    perplexity = 30
    layout = TSNE(3, perplexity=perplexity, init="pca", random_state=0).fit_transform(rows.astype(np.float64))
    distances = NearestNeighbors(n_neighbors=3 * perplexity).fit(rows).kneighbors_graph(mode="distance")
    distances.data **= 2
    affinities = squareform(_joint_probabilities_nn(distances, perplexity, 0).toarray(), checks=False)
    divergence, _ = _kl_divergence(layout.ravel().astype(np.float64), affinities, 2, len(rows), 3)
    layout.astype("<f4").tofile(f"{name}.tsne.bin")
    print(f"{name}.tsne.bin: {divergence:.6f}")


random = np.random.default_rng(42)
reference("iris", np.fromfile(sys.argv[1], "<f4").reshape(150, 4))
make("digits_1797x64_u8", load_digits().data.astype(np.uint8))
make("words_300x384_f16", np.load(sys.argv[2])[:300].astype("<f2"))
make("wide_40x2000_u8", random.integers(0, 256, (40, 2000), dtype=np.uint8))
scales = np.linspace(3, 1, 20)
make("offset_500x20_f32", (1e6 + random.normal(size=(500, 20)) * scales).astype("<f4"))
reference("far_from_origin_f64", np.load(sys.argv[3]))
random = np.random.default_rng(7)
small = random.normal(size=(300, 3)) * [1, 0.5, 0.25]
seconds = np.round(1.7e9 + random.uniform(0, 3e7, size=(300, 1)), 3)
make("seconds_300x4_f64", np.hstack([seconds, small]))
tsne("digits_500", load_digits().data[:500].astype(np.uint8))
