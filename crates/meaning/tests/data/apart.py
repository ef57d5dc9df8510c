"""Writes apart.csv: two sets of scikit-learn's digits (3 and 8) as a set and 64 numbers on each line, an empty line, and
what scikit-learn finds in them: the name of a case, how many rows at the beginning of each set are fitted (the others are
held out), the shrinkage by `ledoit_wolf`, the balanced accuracy and the area under the curve of held-out rows, its standard
error by the formula of Hanley and McNeil, Cohen's d, the three single dimensions that separate the fitted rows best with
their areas among the held-out ones, and the coefficients of `LinearDiscriminantAnalysis`."""

from pathlib import Path

import numpy as np
from sklearn.covariance import ledoit_wolf
from sklearn.datasets import load_digits
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

images, digits = load_digits(return_X_y=True)
sets = [images[digits == 3], images[digits == 8]]


def hanley_mcneil(area, a, b):
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    return np.sqrt((area * (1 - area) + (a - 1) * (q1 - area**2) + (b - 1) * (q2 - area**2)) / (a * b))


def case(name, first, second):
    fitted = [sets[0][:first], sets[1][:second]]
    held_out = np.vstack([sets[0][first:], sets[1][second:]])
    truth = np.repeat([1, 0], [len(sets[0]) - first, len(sets[1]) - second])
    labels = np.repeat([1, 0], [first, second])
    means = [rows.mean(axis=0) for rows in fitted]
    within = np.vstack([rows - mean for rows, mean in zip(fitted, means)])
    used = np.flatnonzero((within.std(axis=0) > 0) | (means[0] != means[1]))
    scale = np.maximum(within.std(axis=0), 0.3 * np.vstack(sets).std(axis=0))[used]
    assert (scale > 0).all()
    _, shrinkage = ledoit_wolf(within[:, used] / scale, assume_centered=True)
    lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage)
    lda.fit(np.vstack(fitted)[:, used] / scale, labels)
    coefficients = np.zeros(64)
    coefficients[used] = lda.coef_[0] / scale
    scores = (held_out - (means[0] + means[1]) / 2) @ coefficients
    area = roc_auc_score(truth, scores)
    a, b = scores[truth == 1], scores[truth == 0]
    pooled = np.sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / (len(a) + len(b) - 2))
    alone = [abs(roc_auc_score(labels, np.vstack(fitted)[:, dim]) - 0.5) for dim in range(64)]
    best = sorted(range(64), key=lambda dim: (-alone[dim], dim))[:3]
    numbers = [shrinkage, balanced_accuracy_score(truth, scores > 0), area, hanley_mcneil(area, len(a), len(b))]
    numbers += [(a.mean() - b.mean()) / pooled]
    numbers += [x for dim in best for x in (dim, roc_auc_score(truth, held_out[:, dim]))]
    numbers += list(coefficients / np.linalg.norm(coefficients))
    return ",".join([name, str(first), str(second)] + [f"{number:.12g}" for number in numbers])


lines = [",".join(["3" if place == 0 else "8"] + [f"{x:g}" for x in row]) for place, rows in enumerate(sets) for row in rows]
cases = [case("half", 91, 87), case("more rows of one set", 60, 140), case("fewer rows than dimensions", 11, 14)]
Path(__file__).with_name("apart.csv").write_text("\n".join(lines) + "\n\n" + "\n".join(cases) + "\n")
