"""Writes digits with wrong labels, and which of them most of their neighbors contradict.

suspects_labels.tsv: for each row, which of assets/digits.npy it is, its label (empty: none), and
whether that was made wrong. suspects.tsv: row, label, proposal, voters, own, agreeing, twin, single
of each suspect, most suspicious first, of the 10 nearest by Euclidean distance. Distances are
measured between all pairs, as integers; that they are those of scikit-learn's NearestNeighbors is
checked. Needs scikit-learn."""

from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
from sklearn.neighbors import NearestNeighbors

here = Path(__file__).parent
assets = here.parents[3] / "assets"
K = 10
digits = np.load(assets / "digits.npy").astype(np.int64)
truth = (assets / "digits.tsv").read_text().split()
rng = np.random.default_rng(5)

source = list(range(len(digits)))
labels = list(truth)
wrong = set(rng.choice(len(digits), round(0.02 * len(digits)), replace=False).tolist())
for row in sorted(wrong):
    labels[row] = str((int(truth[row]) + int(rng.integers(1, 10))) % 10)
right = [row for row in rng.permutation(len(digits)).tolist() if row not in wrong]
for row in right[:20]:
    labels[row] = ""
# Labels of one and of three rows.
labels[right[20]] = "one"
for row in right[21:24]:
    labels[row] = "few"
wrong |= set(right[20:24])
# Copies with another label, and a crowd of copies with two labels.
for row in right[24:30]:
    source.append(row)
    labels.append(str((int(truth[row]) + 5) % 10))
    wrong.add(len(source) - 1)
for copy in range(16):
    source.append(right[30])
    labels.append(truth[right[30]] if copy % 3 else "crowd")
    wrong |= {len(source) - 1} if labels[-1] == "crowd" else set()

points = digits[source]
norms = (points * points).sum(1)
squares = norms[:, None] + norms[None, :] - 2 * points @ points.T
counts = Counter(label for label in labels if label)
order = {label: place for place, label in enumerate(dict.fromkeys(label for label in labels if label))}

found = []
neighbors = []
for row, label in enumerate(labels):
    others = [int(other) for other in np.argsort(squares[row], kind="stable") if other != row]
    near = others[:K]
    neighbors.append(near)
    if squares[row][near[-1]] == 0:
        near = [other for other in others if squares[row][other] == 0]
    near = [other for other in near if labels[other]]
    if not label or not near:
        continue
    votes = Counter(labels[other] for other in near)
    own = votes[label]

    def mean(value):
        return np.mean([np.sqrt(squares[row][other]) for other in near if labels[other] == value])

    rest = sorted((-votes[value], mean(value), order[value], value) for value in votes if value != label)
    if not rest:
        continue
    proposal, distance = rest[0][3], rest[0][1]
    agreeing, voters, mates = votes[proposal], len(near), counts[label] - 1
    confirmed = mates > 0 and 2 * own >= min(mates, voters)
    twin = any(squares[row][other] == 0 and labels[other] != label for other in near)
    if 2 * agreeing >= voters and not confirmed or twin and 2 * own <= voters:
        single = mates == 0
        rank = (0 if twin else 1 + single, -Fraction(agreeing, voters), Fraction(own, voters), distance, row)
        found.append((rank, (row, label, proposal, voters, own, agreeing, int(twin), int(single))))

model = NearestNeighbors(n_neighbors=K + 1, algorithm="brute").fit(points.astype(float))
theirs = np.sort(model.kneighbors(points.astype(float))[0], 1)
ours = np.sqrt([[0, *(squares[row][near])] for row, near in enumerate(neighbors)])
assert np.abs(theirs - ours).max() < 1e-5

found = [line for _, line in sorted(found)]
write = lambda name, lines: (here / name).write_text("".join("\t".join(map(str, line)) + "\n" for line in lines))
write("suspects.tsv", found)
write("suspects_labels.tsv", [(at, labels[row], int(row in wrong)) for row, at in enumerate(source)])
planted = [line[0] for line in found[: len(wrong)]]
print(len(found), "suspects,", len(wrong), "wrong; of as many suspects", np.mean([row in wrong for row in planted]))
