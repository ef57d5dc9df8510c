"""Writes ctfidf.tsv: texts with their class (3 is no class), an empty line, and for each class its
three best words with their class-based TF-IDF (Grootendorst 2022): tf as a share of the class,
ln(1 + A / f). The texts have no stop words, and no words of which one is a form of another."""

from collections import Counter
from pathlib import Path

import numpy as np

rng = np.random.default_rng(5)
words = "river mountain valley engine wheel brake violin chord melody stone cloud light paper".split()
bias = np.ones((4, len(words)))
bias[0, :3] = 6, 4, 3
bias[1, 3:6] = 5, 6, 4
bias[2, 6:9] = 7, 3, 5
rows = []
for row in range(80):
    group = int(rng.integers(0, 4))
    chances = bias[group] / bias[group].sum()
    rows.append((group, " ".join(rng.choice(words, size=int(rng.integers(3, 8)), p=chances))))
counts = np.zeros((4, len(words)))
for group, text in rows:
    for word, count in Counter(text.split()).items():
        counts[group, words.index(word)] += count
tf = counts / counts.sum(axis=1, keepdims=True)
scores = tf * np.log(1 + counts.sum() / 4 / counts.sum(axis=0))
lines = [f"{group}\t{text}" for group, text in rows] + [""]
for group in range(3):
    best = np.argsort(-scores[group])[:3]
    lines.append("\t".join(f"{words[word]}={scores[group, word]:.15g}" for word in best))
Path(__file__).with_name("ctfidf.tsv").write_text("\n".join(lines) + "\n")
