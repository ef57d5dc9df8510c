"""Writes the checkpoints of this folder with TensorFlow: python make_checkpoints.py OUT_FOLDER"""
import os
import sys

import ml_dtypes
import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
v1.disable_eager_execution()
out = sys.argv[1]
rng = np.random.default_rng(7)
CONFIG = v1.ConfigProto(device_count={"CPU": 2})


def save(folder, version, values, devices=None, sharded=False, partitions=None, steps=(1,)):
    os.makedirs(f"{out}/{folder}", exist_ok=True)
    with tf.Graph().as_default(), v1.Session(config=CONFIG) as session:
        for name, value in values.items():
            with tf.device(f"/cpu:{(devices or {}).get(name, 0)}"):
                if partitions and name in partitions:
                    partitioner = v1.fixed_size_partitioner(partitions[name][0], axis=partitions[name][1])

                    def part(shape, dtype, partition_info, value=value):
                        where = tuple(slice(a, a + n) for a, n in zip(partition_info.var_offset, shape))
                        return tf.constant(value[where])

                    v1.get_variable(name, value.shape, value.dtype, part, partitioner=partitioner, use_resource=False)
                else:
                    v1.get_variable(name, initializer=tf.constant(value), use_resource=False)
                if value.dtype.kind in "fiubV" and value.ndim == 2:
                    np.save(f"{out}/{folder}/expected_{name}.npy", value.astype(np.float32))
        session.run(v1.global_variables_initializer())
        saver = v1.train.Saver(sharded=sharded, write_version=version)
        for step in steps:
            saver.save(session, f"{out}/{folder}/m.ckpt", global_step=step, write_meta_graph=False)


V1, V2 = v1.train.SaverDef.V1, v1.train.SaverDef.V2


def values_of(dtypes, rows=6, cols=5):
    made = {}
    for dtype in dtypes:
        dtype = np.dtype(dtype)
        if dtype.kind in "iu":
            info = np.iinfo(dtype)
            value = rng.integers(info.min, info.max, (rows, cols), dtype=dtype, endpoint=True)
            value[0, 0], value[0, 1], value[0, 2] = info.min, info.max, 1
        elif dtype.kind == "b":
            value = rng.integers(0, 2, (rows, cols)).astype(bool)
        else:
            value = rng.normal(size=(rows, cols)).astype(dtype)
            value[0, 0], value[0, 1] = -0.0, np.asarray(1e-7 if dtype == np.float64 else 2.0**-20).astype(dtype)
        made[dtype.name] = value
    return made


signed = [np.int8, np.int16, np.int32, np.int64]
unsigned = [np.uint8, np.uint16, np.uint32, np.uint64]
everything = values_of([ml_dtypes.bfloat16, np.float16, np.float32, np.float64, np.bool_, *signed, *unsigned])
everything["words"] = np.array([["a", "bc"], ["", "def"]], dtype=object)
everything["waves"] = np.array([[1 + 2j, 3 - 4j]], dtype=np.complex64)
everything["cube"] = np.zeros((2, 2, 2), np.float32)
save("v2_dtypes", V2, everything)
for name in ["bfloat16", "words", "uint32", "uint64", "waves"]:  # V1 knows the others only
    everything.pop(name)
save("v1_dtypes", V1, everything)


def f32(*shape):
    return rng.normal(size=shape).astype(np.float32)


two = {"left": f32(7, 3), "right": f32(4, 5)}
save("v2_sharded", V2, two, devices={"right": 1}, sharded=True, steps=(1, 2))
save("v1_sharded", V1, two, devices={"right": 1}, sharded=True)
save("v2_columns", V2, {"wide": f32(6, 10)}, partitions={"wide": (3, 1)})
save("v1_columns", V1, {"wide": f32(6, 10)}, partitions={"wide": (3, 1)})
save("v2_many_parts", V2, {"many": f32(100, 2)}, partitions={"many": (100, 0)})
save("v1_two_blocks", V1, {"zeros": np.zeros((660, 100), np.float32), "after": f32(5, 4)})
os.remove(f"{out}/v1_two_blocks/expected_zeros.npy")
save("v2_empty", V2, {"no_rows": f32(0, 4), "one_row": f32(1, 3), "one_column": f32(3, 1)})
