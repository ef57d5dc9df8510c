//! Streams that gzip and zstd themselves wrote are in `tests/fixtures/texts`, read in `texts.rs`.

use std::{fs, io::Write};

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn unpacked(coding: Coding, bytes: &[u8]) -> Result<Vec<u8>, String> {
    coding.decode(bytes, Path::new("x.gz"), &Progress::default()).map_err(|error| error.to_string())
}

#[test]
fn members_follow_each_other_and_zeros_end_them() {
    let both = [gzip(b"one "), gzip(b""), gzip(b"two"), vec![0; 100]].concat();
    assert_eq!(unpacked(Coding::Gzip, &both).unwrap(), b"one two");
    let rest = [gzip(b"one"), b"rest".to_vec()].concat();
    assert!(unpacked(Coding::Gzip, &rest).unwrap_err().contains("after its end comes something else, 4 bytes long"));
}

#[test]
fn streams_that_are_cut_short_are_refused_with_the_place() {
    let whole = gzip(&(0..9999_u32).flat_map(u32::to_le_bytes).collect::<Vec<u8>>());
    for length in (3..whole.len()).step_by(97) {
        let error = unpacked(Coding::Gzip, &whole[..length]).unwrap_err();
        assert!(error.starts_with("x.gz: byte ") && error.ends_with("Copy or pack the file again."), "{error}");
    }
}

#[test]
fn bombs_are_stopped_at_the_limit() {
    let bomb = gzip(&vec![0; (64 << 20) + 1]);
    assert!(bomb.len() < 1 << 17);
    let error = unpacked(Coding::Gzip, &bomb).unwrap_err();
    assert!(error.contains("larger than 64 MiB, the limit for"), "{error}");
    // Many members, each of them small.
    let many = gzip(&vec![0; 1 << 20]).repeat(65);
    assert!(unpacked(Coding::Gzip, &many).unwrap_err().contains("the limit for"));
}

/// A file that is packed in itself would never end.
#[test]
fn packed_files_in_packed_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv.gz");
    fs::write(&path, gzip(&gzip(b"1,2\n3,4\n"))).unwrap();
    let error = decoded(Content::at(&path), &Progress::default()).err().unwrap().to_string();
    assert!(error.ends_with("gzip in gzip is not unpacked. Unpack the file first."), "{error}");
}

#[test]
fn names_keep_the_inner_ending() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv.gz");
    let text: Vec<u8> = "a,b\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(&path, gzip(&[b"\xFF\xFE", &text[..]].concat())).unwrap();
    let Inside { content, around, .. } = decoded(Content::at(&path), &Progress::default()).unwrap();
    assert_eq!((content.path(), content.file()), (&*path.join("x.csv"), Some(&*path)));
    assert_eq!(around, ["gzip", "UTF-16"]);
    assert_eq!((*content.bytes().unwrap()).as_ref(), b"a,b\n");
}

#[test]
fn utf16_is_told_by_its_mark_or_its_zeros() {
    #[track_caller]
    fn check(bytes: &[u8], coding: Option<Coding>) {
        assert_eq!(Coding::of(bytes, Path::new("x")), coding, "{bytes:?}");
    }
    let text = "x\tname\n1\tÄ\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    check(&little, Some(Coding::Utf16Le));
    check(&big, Some(Coding::Utf16Be));
    check(&[b"\xFF\xFE", &little[..]].concat(), Some(Coding::Utf16Le));
    check(
        &[b"\xFE\xFF", "語\t漢".encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>().as_slice()].concat(),
        Some(Coding::Utf16Be),
    );
    check(text.as_bytes(), None);
    check(&[0; 100], None);
    check(&(0..100_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>(), None);
    check(&(0..100_u8).map(f32::from).flat_map(f32::to_le_bytes).collect::<Vec<_>>(), None);
    check(b"\xFF\xFE", None);
}

proptest! {
    #[test]
    fn any_bytes_are_unpacked_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..300), kind in 0..6_usize) {
        let start: &[u8] = [&b"\x1F\x8B\x08\0\0\0\0\0\0\x03"[..], b"\x28\xB5\x2F\xFD", b"\x28\xB5\x2F\xFD\x20\x10", b"\x5A\x2A\x4D\x18", b"\xFF\xFE", b""][kind];
        bytes.splice(0..0, start.iter().copied());
        if let Some(coding) = Coding::of(&bytes, Path::new("x.json")) {
            prop_assert!(unpacked(coding, &bytes).map_or(0, |bytes| bytes.len()) <= limit(bytes.len()));
        }
    }

    #[test]
    fn flipped_bits_are_found(at in 0_usize..4000, bit in 0..8) {
        let bytes: Vec<u8> = (0..999_u32).flat_map(u32::to_le_bytes).collect();
        let mut packed = gzip(&bytes);
        let at = 10 + at % (packed.len() - 10);
        packed[at] ^= 1_u8 << bit;
        // The last bits of the data fill a byte and mean nothing.
        prop_assert!(unpacked(Coding::Gzip, &packed).map_or(true, |read| read == bytes));
    }
}
