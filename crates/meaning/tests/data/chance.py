"""Prints the tails of hypergeometric distributions that the tests of `chance.rs` compare with, by
SciPy."""

from scipy.stats import hypergeom

for found, wanted, drawn, rows in [
    (10, 10, 10, 20), (8, 8, 10, 20), (2, 2, 2, 100), (4, 30, 5, 150), (3, 40, 10, 10_000),
    (60, 5000, 100, 10_000), (1300, 100_000, 10_000, 1_000_000),
]:
    print(f"check({found:_}, {wanted:_}, [{drawn:_}, {rows:_}], {hypergeom.sf(found - 1, rows, wanted, drawn):.10e});")
