//! Files that are cut off, have flipped bits, or contain wrong data under valid checksums: an error
//! or the right value, never a panic, and no more memory than the file's size allows.

use proptest::prelude::*;

use super::{writer::*, *};

/// Everything that can be read of an index and its data file: the bytes of each matrix by name.
fn bundle_values(index: &[u8], data: &[u8]) -> Result<Vec<(String, Result<Vec<u8>, Fault>)>, Fault> {
    let bundle = Bundle::parse(index)?;
    let progress = Progress::default();
    let read = |matrix: &Matrix<'_>, place| {
        let mut values = Vec::new();
        for (_, entry) in bundle.parts(place, matrix)? {
            values.extend_from_slice(entry.values(matrix.name, data, &mut Meter::new(&progress, 0))?);
        }
        Ok(values)
    };
    let matrices =
        bundle.tensors().filter_map(|(info, place)| Some((info.name.clone(), read(&info.matrix().ok()?, place))));
    Ok(matrices.collect())
}

/// Everything that can be read of a file of version 1.
fn table_values(file: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut all = Vec::new();
    for v1::Listed { info, slices } in v1::parse(file)? {
        let Ok(matrix) = info.matrix() else { continue };
        let areas: Option<Vec<Area>> = slices.iter().map(|slice| slice.area(matrix.rows, matrix.dims)).collect();
        let areas = areas.ok_or_else(|| Fault::damage("", "area"))?;
        check_cover(matrix.rows, matrix.dims, &areas).map_err(|what| Fault::damage("", what))?;
        let table = Table::parse(file)?;
        for (slice, area) in slices.iter().zip(&areas) {
            all.extend_from_slice(&v1::values(&table, slice, area, &matrix, &mut Meter::new(&Progress::default(), 0))?);
        }
    }
    Ok(all)
}

fn file(path: &str) -> Vec<u8> {
    fs::read(data(path)).unwrap()
}

const FOOTER: usize = 48;

#[test]
fn every_flipped_bit_of_an_index_is_noticed() {
    for folder in ["fixtures/tf_v2", "fixtures/tf_v2_partitioned"] {
        let mut index = file(&format!("{folder}/model.ckpt-100.index"));
        for bit in 0..(index.len() - FOOTER) * 8 {
            index[bit / 8] ^= 1 << (bit % 8);
            assert!(Bundle::parse(&index).is_err(), "{folder} bit {bit}");
            index[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn every_flipped_bit_of_version_1_is_noticed() {
    for path in [
        "fixtures/tf_v1/model.ckpt-100",
        "fixtures/tf_v1_partitioned/model.ckpt-100",
        "fixtures_tf_extra/v1_columns/m.ckpt-1",
    ] {
        let mut bytes = file(path);
        assert!(table_values(&bytes).is_ok());
        for bit in 0..(bytes.len() - FOOTER) * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(table_values(&bytes).is_err(), "{path} bit {bit}");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

/// A footer has no checksum: its flipped bits may go undetected only if they change nothing.
#[test]
fn flipped_bits_of_the_footer_are_noticed_or_harmless() {
    let (mut index, values) =
        (file("fixtures/tf_v2/model.ckpt-100.index"), file("fixtures/tf_v2/model.ckpt-100.data-00000-of-00001"));
    let expected = bundle_values(&index, &values).unwrap();
    for bit in (index.len() - FOOTER) * 8..index.len() * 8 {
        index[bit / 8] ^= 1 << (bit % 8);
        assert!(bundle_values(&index, &values).map_or(true, |read| read == expected));
        index[bit / 8] ^= 1 << (bit % 8);
    }
}

/// A flipped bit affects only the tensor that contains it; the others are read as before.
#[test]
fn every_flipped_bit_of_the_values_is_noticed_by_their_tensor_alone() {
    let (index, mut values) =
        (file("fixtures/runs/train/m.ckpt-1.index"), file("fixtures/runs/train/m.ckpt-1.data-00000-of-00001"));
    let expected = bundle_values(&index, &values).unwrap();
    // From the index: a is 50 x 8 from byte 0 on, b is 30 x 5 from byte 1600 on; the rest are no
    // matrices.
    let (a, b) = (0..1600, 1600..2200);
    for bit in 0..values.len() * 8 {
        values[bit / 8] ^= 1 << (bit % 8);
        let read = bundle_values(&index, &values).unwrap();
        for (range, (now, before)) in [&a, &b].into_iter().zip(read.iter().zip(&expected)) {
            assert!(if range.contains(&(bit / 8)) { now.1.is_err() } else { now == before }, "bit {bit}");
        }
        values[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn files_cut_off_anywhere_are_refused() {
    let (index, values) =
        (file("fixtures/runs/train/m.ckpt-1.index"), file("fixtures/runs/train/m.ckpt-1.data-00000-of-00001"));
    for length in 0..index.len() {
        assert!(Bundle::parse(&index[..length]).is_err(), "index of {length}");
    }
    for length in 0..values.len() {
        let read = bundle_values(&index, &values[..length]).unwrap();
        assert_eq!((read[0].1.is_ok(), read[1].1.is_ok()), (length >= 1600, length >= 2200), "values of {length}");
    }
    let table = file("fixtures/tf_v1/model.ckpt-100");
    for length in 0..table.len() {
        assert!(v1::parse(&table[..length]).is_err(), "table of {length}");
    }
}

/// A copy of `tf_v2`, whose files a test changes.
#[track_caller]
fn check_changed(change: impl Fn(&Path), expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    for name in ["model.ckpt-100.index", "model.ckpt-100.data-00000-of-00001"] {
        fs::copy(data("fixtures/tf_v2").join(name), folder.path().join(name)).unwrap();
    }
    change(folder.path());
    let error = read(&folder.path().join("model.ckpt-100"), "word_embedding").unwrap_err().to_string();
    let sentence = error.strip_prefix(&format!("{}/model.ckpt-100.", folder.path().display()));
    assert_eq!(sentence, Some(expected));
}

#[test]
fn damage_is_reported_in_one_sentence() {
    const INDEX: &str = "model.ckpt-100.index";
    const VALUES: &str = "model.ckpt-100.data-00000-of-00001";
    let cut = |name: &'static str, length: u64| {
        move |folder: &Path| fs::File::options().write(true).open(folder.join(name)).unwrap().set_len(length).unwrap()
    };
    let flip = |name: &'static str, at: usize| {
        move |folder: &Path| {
            let mut bytes = fs::read(folder.join(name)).unwrap();
            bytes[at] ^= 1;
            fs::write(folder.join(name), bytes).unwrap();
        }
    };
    let again = "Copy the checkpoint again from where it was written, or save it again.";
    let footer = "there is no footer of a TensorFlow table: the file is cut off or is not a checkpoint";
    check_changed(cut(INDEX, 200), &format!("index: byte 152: {footer}. {again}"));
    check_changed(cut(INDEX, 0), &format!("index: byte 0: {footer}. {again}"));
    let checksum = "its checksum does not match: the file is damaged";
    check_changed(flip(INDEX, 20), &format!("index: block at byte 0: {checksum}. {again}"));
    let word = "data-00000-of-00001: tensor \"word_embedding\"";
    let beyond = "its 8000 bytes begin at byte 936, but the file has 8900 bytes: it is cut off";
    check_changed(cut(VALUES, 8900), &format!("{word}: {beyond}. {again}"));
    let checksum = "the checksum of its 8000 bytes from byte 936 on does not match: the file is damaged";
    check_changed(flip(VALUES, 5000), &format!("{word}: {checksum}. {again}"));
    let small = "its values take 8000 bytes, but its data files have 0: they are cut off";
    check_changed(cut(VALUES, 0), &format!("index: tensor \"word_embedding\": {small}. {again}"));
    let gone = "data-00000-of-00001: cannot read: there is no such file or folder. Check the path.";
    check_changed(|folder| fs::remove_file(folder.join(VALUES)).unwrap(), gone);
}

/// Writes a bundle of one matrix, `w`, and reads it.
fn read_written(index: &[u8], values: &[u8]) -> Result<Vectors, FormatError> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("m.index"), index).unwrap();
    fs::write(folder.path().join("m.data-00000-of-00001"), values).unwrap();
    read(&folder.path().join("m"), "w")
}

const NUMBERS: [f32; 6] = [1.0, -2.5, 3.0, 4.25, -0.0, 6.0];

fn values_of(vectors: &Vectors) -> Vec<f32> {
    vectors.block(0..vectors.rows(), &mut Vec::new()).iter().copied().collect()
}

#[test]
fn bundles_read_compressed_blocks_and_big_endian_values() {
    #[track_caller]
    fn check(index: &[u8], values: &[u8]) {
        assert_eq!(values_of(&read_written(index, values).unwrap()), NUMBERS);
    }
    let little: Vec<u8> = NUMBERS.iter().flat_map(|number| number.to_le_bytes()).collect();
    let big: Vec<u8> = NUMBERS.iter().flat_map(|number| number.to_be_bytes()).collect();
    let whole = |big_endian, values: &[u8]| entries(&[(b"", header(1, big_endian)), (b"w", entry(2, 3, 0, values))]);
    check(&table(&[(b"w", whole(false, &little))], false), &little);
    check(&table(&[(b"w", whole(false, &little))], true), &little);
    check(&table(&[(b"w", whole(true, &big))], false), &big);
    let first = (&b"c"[..], entries(&[(b"", header(1, false))]));
    check(&table(&[first, (b"x", entries(&[(b"w", entry(2, 3, 0, &little))]))], false), &little);
}

/// A file of version 1 with a matrix `w` of that shape, in the slices given: extents, and a
/// `TensorProto`.
fn version_1(rows: u64, dims: u64, slices: &[(&[Option<(u64, u64)>], Vec<u8>)], compressed: bool) -> Vec<u8> {
    let listed: Vec<u8> = slices.iter().flat_map(|(extents, _)| field(4, &slice(extents))).collect();
    let tensor = [field(1, b"w"), field(2, &shape(rows, dims)), number(3, 1), listed].concat();
    let mut records = vec![(Vec::new(), field(1, &field(1, &tensor)))];
    for (extents, values) in slices {
        let key = Slice::parse(&slice(extents)).unwrap().key(b"w");
        records.push((key, field(2, &[field(1, b"w"), field(2, &slice(extents)), field(3, values)].concat())));
    }
    records.sort();
    records.dedup_by(|a, b| a.0 == b.0);
    let pairs: Vec<(&[u8], Vec<u8>)> = records.iter().map(|(key, value)| (key.as_slice(), value.clone())).collect();
    table(&[(b"\xff", entries(&pairs))], compressed)
}

#[test]
fn version_1_reads_compressed_packed_single_and_raw_values() {
    #[track_caller]
    fn check(file: &[u8]) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("m"), file).unwrap();
        assert_eq!(values_of(&read(&folder.path().join("m"), "w").unwrap()), NUMBERS);
    }
    let bytes: Vec<u8> = NUMBERS.iter().flat_map(|number| number.to_le_bytes()).collect();
    let (packed, content) = (field(5, &bytes), field(4, &bytes));
    let single: Vec<u8> =
        NUMBERS.iter().flat_map(|number| [vec![5 << 3 | 5], number.to_le_bytes().to_vec()].concat()).collect();
    for values in [packed, content, single, [field(5, &bytes[..8]), field(5, &bytes[8..])].concat()] {
        check(&version_1(2, 3, &[(&[None, None], values.clone())], false));
        check(&version_1(2, 3, &[(&[None, None], values)], true));
    }
    let halves = [(&[Some((1, 1)), None][..], field(5, &bytes[12..])), (&[Some((0, 1)), None], field(5, &bytes[..12]))];
    check(&version_1(2, 3, &halves, true));
}

#[test]
fn false_sizes_are_refused_before_allocating() {
    #[track_caller]
    fn check_index(index: &[u8], expected: &str) {
        let error = read_written(index, &[0; 24]).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    #[track_caller]
    fn check_table(file: &[u8], expected: &str) {
        let error = table_values(file).unwrap_err();
        assert!(matches!(&error, Fault::Data { what, .. } if what.contains(expected)), "{error:?}");
    }
    let index = |entry| table(&[(b"w", entries(&[(b"", header(1, false)), (b"w", entry)]))], false);
    let huge = 1 << 40;
    check_index(&index(entry(huge, huge, 0, &[0; 24])), "bytes should be stored, but there are 24");
    check_index(&index([entry(huge, 1, 0, &[]), number(5, huge * 4)].concat()), "but its data files have 24");
    check_index(&index([entry(2, 3, 0, &[0; 24]), number(4, u64::MAX >> 1)].concat()), "it is cut off");
    check_index(&index([entry(2, 3, 0, &[0; 24]), number(3, 1)].concat()), "it lies in data file 1, but there are 1");
    // Rows that all are the same bytes of the data file.
    let rows: Vec<(Vec<u8>, Vec<u8>)> =
        (0..9).map(|row| (slice(&[Some((row, 1)), None]), entry(1, 6, 0, &[0; 24]))).collect();
    let keys: Vec<Vec<u8>> = rows.iter().map(|(slice, _)| Slice::parse(slice).unwrap().key(b"w")).collect();
    let listed: Vec<u8> = rows.iter().flat_map(|(slice, _)| field(7, slice)).collect();
    let mut pairs = vec![(&b""[..], header(1, false))];
    pairs.extend(keys.iter().zip(&rows).map(|(key, (_, entry))| (key.as_slice(), entry.clone())));
    pairs.push((b"w", [entry(9, 6, 0, &[]), listed].concat()));
    check_index(&table(&[(b"w", entries(&pairs))], false), "its values take 216 bytes, but its data files have 24");

    let values = field(5, &[0; 24]);
    check_table(
        &version_1(huge, huge, &[(&[None, None], values.clone())], false),
        "values should be stored, but there are 6",
    );
    let twice = [(&[Some((0, 1)), None][..], values.clone()), (&[Some((0, 1)), None], values.clone())];
    check_table(&version_1(2, 6, &twice, false), "two of its slices hold the value in row 0");
    check_table(&version_1(2, 6, &twice[..1], false), "its slices hold 6 values, but its shape is 2 x 6");
    check_table(&version_1(1, 6, &[(&[Some((0, huge)), None], values)], false), "area");
}

#[test]
fn blocks_and_names_cannot_grow_beyond_what_a_writer_makes() {
    let mut file = Vec::new();
    let metaindex = add_raw_block(&mut file, &[0, 0, 0, 0], 0);
    let bomb = add_raw_block(&mut file, &[0xff, 0xff, 0xff, 0xff, 0x0f, 0x00], 1);
    let Err(Fault::Data { at, what, .. }) = Bundle::parse(&close(file, &metaindex, &bomb)) else { panic!("accepted") };
    assert_eq!(
        (at.as_str(), what.as_str()),
        ("block at byte 9", "it claims to hold 4294967295 bytes compressed to 6, which cannot be")
    );

    let long = vec![b'x'; 5000];
    let mut names = [entries(&[(b"", header(1, false))]), raw_entry(0, &long, &[])].concat();
    (0..5000).for_each(|length| names.extend(raw_entry(5000 + length, b"x", &[])));
    let Err(Fault::Data { what, .. }) = Bundle::parse(&table(&[(b"z", names)], false)) else { panic!("accepted") };
    assert_eq!(what, "the names are too long for so small a file");
}

#[test]
fn later_versions_and_unknown_compression_are_named() {
    #[track_caller]
    fn check(index: &[u8], expected: &str) {
        let Err(Fault::Data { what, .. }) = Bundle::parse(index) else { panic!("accepted") };
        assert!(what.contains(expected), "{what}");
    }
    let later = [header(1, false), field(3, &number(2, 2))].concat();
    check(&table(&[(b"", entries(&[(b"", later)]))], false), "a later version");
    check(&table(&[(b"w", entries(&[(b"w", Vec::new())]))], false), "this table is not an index");
    check(&table(&[], false), "the index is empty");
    let unordered = [(&b""[..], header(1, false)), (b"b", Vec::new()), (b"a", Vec::new())];
    check(&table(&[(b"z", entries(&unordered))], false), "out of order");
    let mut file = Vec::new();
    let metaindex = add_raw_block(&mut file, &[0, 0, 0, 0], 0);
    let index = add_raw_block(&mut file, &[0, 0, 0, 0], 4);
    check(&close(file, &metaindex, &index), "compressed by method 4");
}

/// Changes bytes of the entries of a real table and gives it valid checksums again.
fn resealed(file: &[u8], changes: &[(usize, u8)]) -> Vec<u8> {
    let mut pairs = Vec::new();
    let visit = |key: &[u8], value: &[u8]| {
        pairs.push((key.to_vec(), value.to_vec()));
        Ok(())
    };
    Table::parse(file).unwrap().each(&mut Meter::new(&Progress::default(), 0), visit).unwrap();
    let pairs: Vec<(&[u8], Vec<u8>)> = pairs.iter().map(|(key, value)| (key.as_slice(), value.clone())).collect();
    let mut block = entries(&pairs);
    for &(at, byte) in changes {
        let length = block.len();
        block[at % length] = byte;
    }
    table(&[(b"\xff\xff", block)], false)
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Bundle::parse(&bytes).is_err());
        prop_assert!(v1::parse(&bytes).is_err());
    }

    #[test]
    fn any_block_under_a_valid_checksum_is_refused_or_read(
        block in proptest::collection::vec(any::<u8>(), 0..200), compression in 0..2_u8
    ) {
        let mut file = Vec::new();
        let handle = add_raw_block(&mut file, &block, compression);
        let _ = bundle_values(&close(file.clone(), &handle, &handle), &[0; 50]);
        let _ = table_values(&close(file, &handle, &handle));
        let table = table(&[(b"\xff", block)], false);
        let _ = bundle_values(&table, &[0; 50]);
        let _ = table_values(&table);
    }

    #[test]
    fn changed_entries_under_valid_checksums_are_refused_or_read(
        changes in proptest::collection::vec((0..700_usize, any::<u8>()), 1..6)
    ) {
        let values = file("fixtures/tf_v2_partitioned/model.ckpt-100.data-00000-of-00001");
        let _ = bundle_values(&resealed(&file("fixtures/tf_v2_partitioned/model.ckpt-100.index"), &changes), &values);
        let _ = table_values(&resealed(&file("fixtures_tf_extra/v1_columns/m.ckpt-1"), &changes));
        let _ = table_values(&resealed(&file("fixtures_tf_extra/v1_dtypes/m.ckpt-1"), &changes));
    }
}
