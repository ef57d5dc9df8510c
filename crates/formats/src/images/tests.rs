//! Pictures that Pillow wrote.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use parallax_embedding::{ColumnBuilder, Metadata, Progress};

use super::{Grid, Picture, join, pictures, sheet, write_sprite};
use crate::{OpenOptions, open};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/images/classes")
}

fn expected() -> BTreeMap<String, [u8; 4]> {
    let path = folder().with_file_name("expected.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn names(pictures: &[Picture]) -> Vec<&str> {
    pictures.iter().map(|picture| picture.name.as_str()).collect()
}

#[test]
fn pictures_become_thumbnails() {
    let (folder, expected) = (folder(), expected());
    let (pictures, others) = pictures(&folder, &Progress::default()).unwrap();
    assert_eq!(others, None);
    let order = ["cat/9.png", "cat/10.png", "cat/palette.png", "dog/CMYK.JPEG", "dog/gray.png", "dog/photo.jpg"];
    assert_eq!(names(&pictures), [&order[..], &["upright.jpg"]].concat());
    let rows: Vec<Option<usize>> = (0..pictures.len()).map(Some).collect();
    for size in [[16, 16], [64, 48]] {
        let (grid, note) = Grid::of(&folder, &pictures, Some(size), rows.len()).unwrap();
        assert_eq!((grid.size(), note), (size.map(|side| 3 * side), None));
        let (sheet, problem) = sheet(&folder, &pictures, &rows, grid, &Progress::default()).unwrap();
        assert_eq!(problem, None);
        for (row, name) in names(&pictures).into_iter().enumerate() {
            let color = &expected[name];
            let image = sheet.image(row).unwrap();
            let middle = 4 * (size[1] / 2 * size[0] + size[0] / 2) as usize;
            let read = &image[middle..middle + 4];
            assert!(read.iter().zip(color).all(|(a, b)| a.abs_diff(*b) <= 3), "{name}: {read:?}, not {color:?}");
        }
        assert!(sheet.image(7).unwrap().iter().all(|&byte| byte == 0), "there is no eighth picture");
    }
    // Wide, tall, and turned upright.
    let (grid, _) = Grid::of(&folder, &pictures, Some([20, 20]), 7).unwrap();
    let (sheet, _) = sheet(&folder, &pictures, &rows, grid, &Progress::default()).unwrap();
    let is_blank = |row: usize, x: usize, y: usize| sheet.image(row).unwrap()[4 * (20 * y + x) + 3] == 0;
    assert!(is_blank(1, 10, 1) && !is_blank(1, 1, 10), "cat/10.png is wide");
    assert!(!is_blank(0, 10, 1) && is_blank(0, 1, 10), "cat/9.png is tall");
    assert!(!is_blank(6, 10, 1) && is_blank(6, 1, 10), "upright.jpg is tall");
}

#[test]
fn broken_pictures_are_blank_and_said() {
    let folder = tempfile::tempdir().unwrap();
    for (name, from) in [("a.png", Some("cat/10.png")), ("b.png", None), ("c.png", Some("dog/photo.jpg"))] {
        let bytes = from.map_or(b"no picture".to_vec(), |from| fs::read(self::folder().join(from)).unwrap());
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let out = folder.path().join("sheet.bmp");
    let written = write_sprite(folder.path(), &out, None, None, &Progress::default()).unwrap();
    assert_eq!((written.count, written.thumbnail, written.size), (3, [40, 40], [80, 80]));
    let said = written.problems[0].to_string();
    assert!(said.contains("1 picture cannot be read and is blank, the first of them b.png: "), "{said}");
}

#[test]
fn sheets_are_written_with_names() {
    let out = tempfile::tempdir().unwrap();
    let (sheet, names) = (out.path().join("sheet.png"), out.path().join("names.tsv"));
    let written = write_sprite(&folder(), &sheet, Some([8, 6]), Some(&names), &Progress::default()).unwrap();
    assert_eq!((written.count, written.size, written.problems), (7, [24, 18], vec![]));
    assert_eq!(image::image_dimensions(&sheet).unwrap(), (24, 18));
    let table = fs::read_to_string(&names).unwrap();
    assert!(table.starts_with("name\tclass\ncat/9.png\tcat\n") && table.ends_with("upright.jpg\t\n"), "{table}");
}

#[test]
fn thumbnails_shrink_to_fit() {
    let of = |thumbnail, rows| Grid::of(Path::new("f"), &[], thumbnail, rows);
    let (grid, note) = of(Some([200, 100]), 10_000).unwrap();
    assert_eq!((grid.thumbnail, grid.size()), ([81, 40], [8100, 4000]));
    let expected =
        "f: thumbnails have 81x40 pixels, not 200x100, so that 10000 fit into a sheet of 8192 pixels a side.";
    assert_eq!(note.unwrap().to_string(), expected);
    assert_eq!(of(None, 0).unwrap().0.size(), [64, 64]);
    assert!(of(Some([1, 1]), 8192 * 8192).is_ok() && of(None, 8192 * 8192 + 1).is_err());
    assert!(of(Some([u32::MAX, 1]), 4).is_ok());
}

fn column(name: &str, cells: &[&str]) -> Metadata {
    let mut builder = ColumnBuilder::new(name);
    cells.iter().for_each(|cell| builder.push(Some(cell)));
    Metadata::new(vec![builder.finish()]).unwrap()
}

#[test]
fn pictures_of_other_types_are_counted() {
    let root = tempfile::tempdir().unwrap();
    let said = |names: &[&str]| {
        names.iter().for_each(|name| fs::write(root.path().join(name), "").unwrap());
        pictures(root.path(), &Progress::default())
    };
    let error = said(&["b.GIF", "notes.txt"]).unwrap_err().to_string();
    assert!(
        error.contains("1 picture of other types than PNG and JPEG is left out, the first of them b.GIF"),
        "{error}"
    );
    let (found, others) = said(&["a.webp", "c.png", "d.tiff"]).unwrap();
    let others = others.unwrap().to_string();
    assert_eq!(found.len(), 1);
    assert!(others.contains("3 pictures of other types than PNG and JPEG are left out"), "{others}");
}

#[test]
fn pictures_are_joined_by_name_or_order() {
    let folder = folder();
    let (pictures, others) = pictures(&folder, &Progress::default()).unwrap();
    assert_eq!(others, None);
    let check = |metadata: &Metadata, rows: usize, expected: Result<(&[Option<usize>], &str), &str>| {
        let joined = join(&folder, &pictures, metadata, rows);
        let read = joined.as_ref().map(|joined| (&joined.rows[..], joined.problem.message.as_str()));
        match (read, expected) {
            (Ok((rows, said)), Ok((expected, message))) => {
                assert_eq!(rows, expected);
                assert!(said.contains(message), "{said}");
            }
            (Err(error), Err(message)) => assert!(error.to_string().contains(message), "{error}"),
            (read, expected) => panic!("{read:?}, not {expected:?}"),
        }
    };
    let paths = column("file", &["/data/dog/gray.png", "cat/9.png", "C:\\cat\\10.png", "photo.jpg", "palette"]);
    let said = "by the names in column \"file\"; 2 pictures belong to no row";
    // The order: cat/9, cat/10, cat/palette, dog/CMYK, dog/gray, dog/photo, upright.
    check(&paths, 5, Ok((&[Some(4), Some(0), Some(1), Some(5), Some(2)], said)));
    let some = column("file", &["cat/9.png", "cat/8.png"]);
    check(&some, 2, Ok((&[Some(0), None], "1 of 2 rows have none; 6 pictures belong to no row")));
    check(
        &column("class", &["9", "9", "10"]),
        3,
        Err("there are 7 pictures for 3 rows, and no column with their names"),
    );
    check(&column("id", &["9", "10"]), 2, Ok((&[Some(0), Some(1)], "column \"id\"")));
    let all: Vec<Option<usize>> = (0..7).map(Some).collect();
    check(
        &Metadata::default(),
        7,
        Ok((&all, "in the order of their names, with numbers in them by value, from cat/9.png to")),
    );
}

#[test]
fn folders_of_pictures_go_with_vectors() {
    let error = open(&folder(), &OpenOptions::default()).unwrap_err().to_string();
    assert!(error.contains("the folder holds 7 pictures and no vectors. Compute a vector of each"), "{error}");
    let data = tempfile::tempdir().unwrap();
    let vectors = data.path().join("v.csv");
    fs::write(&vectors, "1.5,2,3\n".repeat(7)).unwrap();
    let options = OpenOptions { sprite: Some(folder()), thumbnail: Some([8, 8]), ..OpenOptions::default() };
    let source = open(&vectors, &options).unwrap();
    let sprite = source.runs[0].embeddings[0].sprite.clone().unwrap();
    assert_eq!((sprite.width, sprite.height, sprite.thumbnail), (24, 24, [8, 8]));
    let embedding = source.load(0, 0, &Progress::default()).unwrap().embedding;
    assert_eq!(embedding.sprite.unwrap().size(), [24, 24]);
    assert_eq!(embedding.metadata.column("class").unwrap().text(3), Some("dog"));
    let empty = OpenOptions { sprite: Some(data.path().to_path_buf()), ..OpenOptions::default() };
    let error = open(&vectors, &empty).unwrap_err().to_string();
    assert!(error.contains("there is no picture in this folder"), "{error}");
}
