"""Writes the arrays of this folder; see README.md."""

import numpy as np

values = np.array([[0, 1, 2], [3, 100, 127]])
for name in ["f2", "f4", "f8", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"]:
    np.save(f"little_{name}.npy", values.astype("<" + name))
    np.save(f"big_{name}.npy", values.astype(">" + name))
    np.save(f"fortran_{name}.npy", np.asfortranarray(values.astype("<" + name)))
np.save("fortran_big_f4.npy", np.asfortranarray(values.astype(">f4")))
np.save("bool.npy", values > 1)
np.save("fractions_f4.npy", np.array([[0.1, -1.5], [np.nan, np.inf]], dtype="<f4"))
np.save("fractions_big_f8.npy", np.array([[0.1, -1.5], [np.nan, -np.inf]], dtype=">f8"))
np.save("no_rows.npy", np.zeros((0, 3), "f4"))
np.save("no_columns.npy", np.zeros((3, 0), "f4"))
np.save("single_number.npy", np.array(3.5))
np.save("one_dimension.npy", np.arange(5.0))
np.save("three_dimensions.npy", np.zeros((2, 3, 4), "f4"))
np.save("objects.npy", np.array([[1, "a"]], dtype=object), allow_pickle=True)
np.save("complex.npy", np.ones((2, 2), "c16"))
np.save("texts.npy", np.array([["a", "bc"]]))
np.save("dates.npy", np.array([["2020-01-01"]], dtype="M8[D]"))
np.save("records.npy", np.zeros((2, 2), dtype=[("x", "f4"), ("y", "i4", (2,))]))
for version in [(1, 0), (2, 0), (3, 0)]:
    with open(f"version_{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, values.astype("<f4"), version=version)

arrays = dict(
    vectors=values.astype("<f4"),
    other=np.asfortranarray(values.T.astype(">f8")),
    digit=np.array([7, -12], "<i8"),
    name=np.array(["Zürich", ""]),
    code=np.array([b"007", b"x"]),
    weight=np.array([0.1, np.nan], "f4"),
    big=np.array(["ab", "c"], dtype=">U2"),
    flag=np.array([True, False]),
    long=np.arange(5),
    things=np.array([1, None], dtype=object),
    cube=np.zeros((2, 3, 4), "f4"),
)
np.savez("stored.npz", **arrays)
np.savez_compressed("deflated.npz", **arrays)
np.savez(
    "single_columns.npz",
    vectors=values.astype("<f4"),
    name=np.array([["Zürich"], ["x"]]),
    digit=np.array([[7], [-12]], "<i8"),
    alone=np.array([[1.5], [2.5], [3.5]]),
    unused=np.array([["a"], ["b"], ["c"], ["d"]]),
)

# Records: of a field of several numbers, of numbers side by side, of neither.
records = np.zeros(3, dtype=[("name", "U3"), ("point", "<f4", (2,)), ("year", "<i2"), ("day", "M8[D]")])
records["name"] = ["a", "Zü", ""]
records["point"] = [[1, 2], [3, 4], [5, 6.5]]
records["year"] = [1999, 0, -1]
np.save("records_matrix.npy", records)
aligned = np.zeros(2, dtype=np.dtype([("id", "<i8"), ("x", ">f4"), ("y", ">f4"), ("z", ">f4"), ("ok", "?")], align=True))
aligned["id"], aligned["x"], aligned["y"], aligned["z"], aligned["ok"] = [7, 8], [1, 2], [3, 4], [5, 6], [True, False]
np.save("records_numbers.npy", aligned)
np.save("records_mixed.npy", np.zeros(2, dtype=[("id", "<i8"), ("x", "<f4"), ("name", "U1")]))

# Records in archives: metadata and vectors of another array's rows, or vectors by themselves.
records = np.zeros(3, dtype=[("name", "U4"), ("when", "M8[D]"), ("x", "<f4"), ("y", "<f4"), ("vector", ">f4", (2,))])
records["name"] = ["a", "b", "c"]
records["when"] = np.array(["2024-02-29", "NaT", "1969-12-31"], "M8[D]")
records["x"], records["y"] = [1, 2, 3], [4, 5, 6]
records["vector"] = [[0.5, 1], [1.5, 2], [2.5, 3]]
np.savez("records_beside.npz", matrix=np.arange(12, dtype="<f4").reshape(3, 4), table=records, name=np.array([7, 8, 9]))
np.savez_compressed("records_alone.npz", table=records[["name", "x", "y"]])
