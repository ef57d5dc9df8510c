"""Writes difference.csv: a table with a column of 0 and 1 for two sets of rows, an empty line, and
effect sizes by SciPy: Cohen's d (d), the rank-biserial correlation 2 AUC - 1 by the Mann-Whitney U
(r), and Cramér's V (v)."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import mannwhitneyu
from scipy.stats.contingency import association

rng = np.random.default_rng(3)
n = 240
chosen = (rng.random(n) < 0.3).astype(int)
table = pd.DataFrame({
    "chosen": chosen,
    "weight": (rng.normal(5, 2, n) + chosen).round(3),
    "steps": (rng.poisson(2, n) - chosen + 0.5).round(1),  # many ties
    "same": rng.normal(0, 1, n).round(4),
    "color": np.where((chosen == 1) & (rng.random(n) < 0.5), "red", rng.choice(["red", "green", "blue"], n)),
    "is_new": np.where(rng.random(n) < 0.4 + 0.3 * chosen, "true", "false"),
})
lines = []
for name in ["weight", "steps", "same"]:
    a, b = table[name][chosen == 1], table[name][chosen == 0]
    pooled = np.sqrt(((len(a) - 1) * a.var() + (len(b) - 1) * b.var()) / (n - 2))
    lines.append(f"{name},d,{(a.mean() - b.mean()) / pooled:.15g}")
    lines.append(f"{name},r,{2 * mannwhitneyu(a, b).statistic / len(a) / len(b) - 1:.15g}")
for name in ["color", "is_new"]:
    lines.append(f"{name},v,{association(pd.crosstab(chosen, table[name]).to_numpy(), method='cramer'):.15g}")
Path(__file__).with_name("difference.csv").write_text(table.to_csv(index=False) + "\n" + "\n".join(lines) + "\n")
