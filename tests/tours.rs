//! Pictures and movies of bookmarks and tours, without a window.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufReader, Write},
    path::Path,
    sync::{Arc, Mutex},
    time::Instant,
};

use assert_cmd::Command;
use bevy::{
    ecs::message::Messages,
    prelude::{Assets, Camera, Entity, Image},
    render::render_resource::TextureUsages,
    window::RequestRedraw,
};
use ndarray::Array2;
use parallax::{
    app::{Headless, RecordOptions, RecordReport, Recorded, RenderOptions, record, render},
    embedding::{Embedding, Progress, RowSet, Vectors},
    projection::Method,
    session::{
        Action, Demo, Dims, Edit, HistoryAction, JobAction, Look, OpenOptions, Origin, Pose, Present, Projection,
        ShellAction, Stereo, TourAction, View,
        log::{self, LoggedAction},
    },
    state::{ActionLog, CurrentLayout, CurrentTour, CurrentView, Replay},
    tour::{Bookmark, KeptLayout, Subject, Tour, write_tour},
};

const SIZE: [u32; 2] = [640, 480];

/// The number of frames after which a picture must be there.
const FRAMES: usize = 200;

/// Returns an app with panels and with four points at the corners of a square.
fn headless(dims: Dims) -> Headless {
    let rows = [[-1.0, -1.0, 0.0], [1.0, -1.0, 0.0], [-1.0, 1.0, 0.0], [1.0_f32, 1.0, 0.0]];
    let vectors = Vectors::from_f32(4, 3, rows.concat()).unwrap();
    let embedding = Embedding::new("rows", vectors, &Progress::default()).unwrap();
    let projection = Projection { method: Method::Identity, dims, ..Projection::default() };
    let look = Look { axes: false, size: 4.0, ..Look::default() };
    let view = View { origin: Origin::Memory, projection, look, ..View::default() };
    let mut headless = Headless::new(view, SIZE, true).unwrap();
    headless.put_embedding(embedding);
    headless.settle();
    headless
}

fn thumbnail(headless: &Headless, place: usize) -> Option<Arc<[u8]>> {
    headless.world().resource::<CurrentTour>().tour().bookmarks.get(place)?.thumbnail.clone()
}

/// Returns the number of cameras and of images that they draw to.
fn count(headless: &mut Headless) -> (usize, usize) {
    let world = headless.world_mut();
    let cameras = world.query_filtered::<Entity, bevy::prelude::With<Camera>>().iter(world).count();
    let images = world.resource::<Assets<Image>>().iter();
    let is_target = |image: &Image| image.texture_descriptor.usage.contains(TextureUsages::RENDER_ATTACHMENT);
    (cameras, images.filter(|(_, image)| is_target(image)).count())
}

/// Returns the picture of a new bookmark, and its pixels that are brighter than the background.
fn picture_of_new(headless: &mut Headless, place: usize) -> (image::RgbImage, Vec<[f64; 2]>) {
    headless.act(Action::Tour(TourAction::Add(String::new())));
    let png = (0..FRAMES).find_map(|_| {
        headless.frame();
        thumbnail(headless, place)
    });
    let picture = image::load_from_memory_with_format(&png.unwrap(), image::ImageFormat::Png).unwrap().into_rgb8();
    let bright = picture.enumerate_pixels().filter(|(_, _, pixel)| pixel.0.iter().any(|value| *value > 90));
    let places = bright.map(|(x, y, _)| [f64::from(x), f64::from(y)]).collect();
    (picture, places)
}

/// Returns left, top, right, and bottom.
fn bounds(places: &[[f64; 2]]) -> [f64; 4] {
    let [least, most] =
        [f64::min, f64::max].map(|of| [0, 1].map(|axis| places.iter().map(|at| at[axis]).reduce(of).unwrap()));
    [least[0], least[1], most[0], most[1]]
}

#[test]
fn bookmark_picture_shows_only_the_cloud() {
    for dims in [Dims::Two, Dims::Three] {
        let mut headless = headless(dims);
        let before = count(&mut headless);
        let (picture, bright) = picture_of_new(&mut headless, 0);
        assert_eq!(picture.dimensions(), (320, 180));
        assert!(bright.len() > 100, "{dims:?}: {} pixels of points", bright.len());
        // Panels would reach the edges.
        let [left, top, right, bottom] = bounds(&bright);
        assert!(left > 60.0 && right < 260.0 && bottom - top > 90.0, "{dims:?}: {:?}", bounds(&bright));
        assert!((f64::midpoint(left, right) - 159.5).abs() < 12.0 && (f64::midpoint(top, bottom) - 89.5).abs() < 12.0);
        headless.frame();
        assert_eq!(count(&mut headless), before, "camera and image are gone");
        // One picture, however many eyes look.
        headless.act(Action::Edit(Edit::SetStereo(Stereo { on: true, ..Stereo::default() })));
        headless.settle();
        assert!(picture_of_new(&mut headless, 1).0 == picture, "{dims:?}");
    }
}

/// A camera that was moved has its focus in the middle of the window, which the panels cover in
/// part.
#[test]
fn bookmark_picture_shows_the_area_between_panels() {
    let mut headless = headless(Dims::Two);
    headless.act(Action::Edit(Edit::FitView));
    headless.settle();
    let (_, fitted) = picture_of_new(&mut headless, 0);
    let pose = headless.world().resource::<parallax::state::CameraPose>().0;
    headless.act(Action::Edit(Edit::MoveCamera(Pose { radius: pose.radius * 1.01, ..pose })));
    headless.settle();
    let (_, moved) = picture_of_new(&mut headless, 1);
    let [a, b] = [bounds(&fitted), bounds(&moved)].map(|[left, _, right, _]| f64::midpoint(left, right));
    assert!((a - b).abs() < 3.0, "the same place: {a} {b}");
}

/// Once the thumbnail is drawn, a still picture is not drawn again.
#[test]
fn window_rests_after_a_bookmark_picture() {
    let mut headless = headless(Dims::Two);
    picture_of_new(&mut headless, 0);
    for _ in 0..8 {
        headless.frame();
    }
    let world = headless.world_mut();
    world.resource_mut::<Messages<RequestRedraw>>().clear();
    headless.frame();
    headless.frame();
    let asked = headless.world_mut().resource_mut::<Messages<RequestRedraw>>().drain().count();
    assert_eq!(asked, 0);
}

/// Returns a tour with two bookmarks of twenty rows on a line, horizontal and vertical. There are
/// no vectors, only layouts.
fn tour() -> Tour {
    let subject = Arc::new(Subject { embedding: "line".into(), rows: 20, dims: 8, ..Subject::default() });
    let bookmark = |name: &str, method: Method, axis: usize| {
        let projection = Projection { method, dims: Dims::Two, seed: 7, ..Projection::default() };
        let coordinates = Array2::from_shape_fn((20, 2), |(row, dim)| if dim == axis { row as f32 } else { 0.0 });
        let layout = KeptLayout {
            method,
            dims: Dims::Two,
            rows: None,
            of_more: false,
            projection: Arc::new(projection.clone()),
            layout: Arc::new(coordinates.into()),
            explained_variance: [].into(),
            steps: None,
        };
        let look = Look { axes: false, size: 3.0, ..Look::default() };
        Bookmark {
            name: name.into(),
            note: "What is to be said.".into(),
            seconds: None,
            subject: subject.clone(),
            view: View { origin: Origin::Kept, projection, look, ..View::default() },
            layouts: vec![Arc::new(layout)],
            thumbnail: None,
        }
    };
    let bookmarks = vec![bookmark("across", Method::Pca, 0), bookmark("upright", Method::Identity, 1)];
    Tour { bookmarks, looping: false, seconds: 2.0 }
}

fn recorded(out: &Path, stereo: Stereo) -> RecordReport {
    let (size, of) = ([480, 270], Recorded::Tour(tour(), "a.ron".into()));
    let options = RecordOptions { of, out: out.to_owned(), size, stereo, fps: 10, seconds: Some(0.5) };
    record(&options, &Progress::default()).unwrap()
}

/// Returns width and height of what is much brighter than the background, above the caption.
fn extent(picture: &image::RgbImage) -> [f64; 2] {
    let bright = |(x, y, pixel): (u32, u32, &image::Rgb<u8>)| {
        (y < 180 && pixel.0.iter().any(|value| *value > 100)).then_some([f64::from(x), f64::from(y)])
    };
    let [left, top, right, bottom] = bounds(&picture.enumerate_pixels().filter_map(bright).collect::<Vec<_>>());
    [right - left, bottom - top]
}

#[test]
fn recording_shows_each_bookmark() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("frames");
    let report = recorded(&out, Stereo::default());
    let frame = |number: usize| image::open(out.join(format!("frame-{number:05}.png"))).unwrap().into_rgb8();
    // Half a second for each, 1.2 s between them, and one last frame.
    assert!((22..=23).contains(&report.frames), "{report:?}");
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), report.frames);
    assert!((report.seconds * 10.0 - report.frames as f64).abs() < 1e-6);
    assert_eq!(frame(1), frame(5), "a rest is still");
    let (first, middle, last) = (extent(&frame(1)), extent(&frame(11)), extent(&frame(report.frames)));
    assert!(first[0] > 4.0 * first[1] && last[1] > 4.0 * last[0], "across, then upright: {first:?} {last:?}");
    let between = |axis: usize, place: f64| place > first[axis].min(last[axis]) && place < first[axis].max(last[axis]);
    assert!(between(0, middle[0]) && between(1, middle[1]), "on the way: {middle:?}");
}

/// Of a plane both eyes see the same, with its caption, from the first frame on.
#[test]
fn recording_for_two_eyes_has_two_pictures_in_each_frame() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("frames");
    let report = recorded(&out, Stereo { on: true, ..Stereo::default() });
    let bright = |pixel: &image::Rgb<u8>| pixel.0.iter().all(|value| *value > 150);
    for number in [1, 11, report.frames] {
        let frame = image::open(out.join(format!("frame-{number:05}.png"))).unwrap().into_rgb8();
        let same =
            frame.enumerate_pixels().filter(|(x, ..)| *x < 240).all(|(x, y, left)| left == frame.get_pixel(x + 240, y));
        assert!(same, "frame {number}");
        let caption = frame.enumerate_pixels().filter(|(x, y, pixel)| *x < 240 && *y > 200 && bright(pixel)).count();
        assert!(caption > 40, "frame {number}: {caption} pixels of letters");
    }
}

#[test]
fn recordings_are_reproducible() {
    let folder = tempfile::tempdir().unwrap();
    let movies = ["a.gif", "b.gif"].map(|name| -> Vec<u8> {
        let out = folder.path().join(name);
        recorded(&out, Stereo::default());
        std::fs::read(out).unwrap()
    });
    assert!(movies[0] == movies[1] && movies[0].starts_with(b"GIF89a"), "{} bytes", movies[0].len());
    let decoder = gif::DecodeOptions::new().read_info(&movies[0][..]).unwrap();
    let delays: Vec<u16> = decoder.into_iter().map(|frame| frame.unwrap().delay).collect();
    assert!(delays[0] >= 50 && delays[delays.len() - 1] >= 50, "a rest is one frame: {delays:?}");
    let hundredths: u16 = delays.iter().sum();
    assert!(hundredths == 220 || hundredths == 230, "{delays:?}");
    assert!(delays.len() >= 10 && delays.iter().all(|delay| *delay >= 10), "{delays:?}");
}

/// Writes steps of a training of twenty rows on a line, whose length is the number of the step.
fn training(folder: &Path, numbers: &[usize]) {
    std::fs::create_dir_all(folder).unwrap();
    for number in numbers {
        let line = |row: usize| format!("{}\t0\n", (row as f64 - 9.5) * *number as f64);
        std::fs::write(folder.join(format!("line_{number}.tsv")), (0..20).map(line).collect::<String>()).unwrap();
    }
}

/// Runs `parallax record` on a folder of steps. Returns the report and what was said beside it.
fn recorded_steps(folder: &Path, out: &Path, options: &str) -> (serde_json::Value, String) {
    let mut command = Command::cargo_bin("parallax").unwrap();
    command.arg("record").arg(folder).arg("--out").arg(out).args(options.split(' '));
    command.args("--size 480x270 --fps 10 --seconds 0.5 --json".split(' '));
    let done = command.output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    (serde_json::from_slice(&done.stdout).unwrap(), said)
}

/// All steps have one scale, and what lies between two steps lies between them in the picture. Over
/// step 400, which is missing, points jump.
#[test]
fn recording_of_steps_moves_points_and_jumps_over_gaps() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("frames"));
    training(&data, &[100, 200, 300, 500]);
    let options = "--steps all --method identity --dims 2 --view {\"look\":{\"axes\":false}}";
    let (report, said) = recorded_steps(&data, &out, options);
    let numbers: Vec<u64> =
        report["steps"].as_array().unwrap().iter().map(|step| step["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [100, 200, 300, 500]);
    assert_eq!((&report["jumps"], &report["left_out"]), (&serde_json::json!([[300, 500]]), &serde_json::json!([])));
    assert!(said.contains("points jump from step 300 to step 500"), "{said}");
    let frame = |number: usize| image::open(out.join(format!("frame-{number:05}.png"))).unwrap().into_rgb8();
    let frames = report["frames"].as_u64().unwrap() as usize;
    // Four rests of 5 frames, two ways of 6, and one more frame of each in which points come to rest.
    assert!((32..=34).contains(&frames), "{report}");
    let widths: Vec<f64> = (1..=frames).map(|number| extent(&frame(number))[0]).collect();
    let (first, last) = (widths[0], widths[frames - 1]);
    // The radius of a point is no part of the line.
    let unit = (last - first) / 4.0;
    let steps: Vec<f64> = widths.iter().map(|width| (width - first) / unit + 1.0).collect();
    assert!(unit > 20.0 && (first - unit).abs() < 20.0, "the line of step 500 is five times as long: {widths:?}");
    let is_rest = |step: f64| [1.0, 2.0, 3.0, 5.0].iter().any(|number| (step - number).abs() < 0.05);
    assert!(steps.is_sorted() && steps.iter().filter(|step| !is_rest(**step)).count() >= 6, "{steps:?}");
    assert!(steps.iter().all(|step| *step < 3.05 || is_rest(*step)), "a jump: {steps:?}");
}

/// A step is not shown beside itself, which is said with its number, and points jump over it.
#[test]
fn recording_leaves_out_the_step_that_all_are_compared_with() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    training(&data, &[100, 200, 300]);
    for (itself, shown, jumps) in [(200, [100, 300], vec![[100, 300]]), (300, [100, 200], vec![])] {
        let out = folder.path().join(itself.to_string());
        let options = format!(
            "--steps all --method identity --dims 2 --compare {} --other-embedding line_{itself}.tsv",
            data.display()
        );
        let (report, said) = recorded_steps(&data, &out, &options);
        let steps = report["steps"].as_array().unwrap().iter().map(|step| step["number"].as_u64().unwrap());
        assert_eq!((steps.collect::<Vec<_>>(), &report["jumps"]), (shown.to_vec(), &serde_json::json!(jumps)));
        assert_eq!(report["left_out"][0]["number"], itself);
        let why = format!("step {itself}: it is not in the movie: line_{itself}.tsv is the second embedding itself");
        assert!(said.contains(&why), "{said}");
    }
}

/// At the first step, the way of the last row leads from its point to where it is at the last one.
#[test]
fn trails_of_selected_rows_are_in_the_picture() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    training(&data, &[100, 500]);
    let [with, without] = [true, false].map(|trails| {
        let out = folder.path().join(trails.to_string());
        let view = format!(r#"{{"selection":"19","look":{{"axes":false}},"training":{{"trails":{trails}}}}}"#);
        recorded_steps(&data, &out, &format!("--steps all --method identity --dims 2 --view {view}"));
        image::open(out.join("frame-00001.png")).unwrap().into_rgb8()
    });
    // The way is what is different. It is gray, so that a threshold of brightness is no measure of it.
    let is_way = |(x, y, pixel): (u32, u32, &image::Rgb<u8>)| {
        let differs = pixel.0.iter().zip(without.get_pixel(x, y).0).any(|(with, without)| with.abs_diff(without) > 8);
        (y < 180 && differs).then_some([f64::from(x), f64::from(y)])
    };
    let way = bounds(&with.enumerate_pixels().filter_map(is_way).collect::<Vec<_>>());
    let [length, height] = [way[2] - way[0], way[3] - way[1]];
    assert!(length > 50.0 && height < 12.0, "a line from the point to where it is at the last step: {way:?}");
}

#[test]
fn recordings_of_steps_are_reproducible() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    training(&data, &[1, 2, 3]);
    let movies = ["1", "2"].map(|threads| -> Vec<u8> {
        let out = folder.path().join(format!("{threads}.gif"));
        let (report, _) = recorded_steps(&data, &out, &format!("--steps 1,3 --threads {threads}"));
        assert_eq!(
            (&report["basis"], &report["jumps"]),
            (&"all".into(), &serde_json::json!([])),
            "2 was not asked for"
        );
        std::fs::read(out).unwrap()
    });
    assert!(movies[0] == movies[1] && movies[0].starts_with(b"GIF89a"), "{} bytes", movies[0].len());
}

/// Returns the texts in a PNG file.
fn texts(path: &Path) -> BTreeMap<String, String> {
    let reader = png::Decoder::new(BufReader::new(File::open(path).unwrap())).read_info().unwrap();
    let text = |chunk: &png::text_metadata::ITXtChunk| (chunk.keyword.clone(), chunk.get_text().unwrap());
    reader.info().utf8_text.iter().map(text).collect()
}

#[test]
fn render_draws_a_bookmark_and_describes_it() {
    let folder = tempfile::tempdir().unwrap();
    let [file, out] = ["a.ron", "a.png"].map(|name| folder.path().join(name));
    write_tour(&tour(), None, &file).unwrap();
    let run = |bookmark: &str| {
        let mut command = Command::cargo_bin("parallax").unwrap();
        command.args(["render", "--bookmark", bookmark, "--size", "480x270", "--out"]).arg(&out).arg(&file);
        command.output().unwrap()
    };
    let done = run("2");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let [width, height] = extent(&image::open(&out).unwrap().into_rgb8());
    assert!(height > 4.0 * width, "upright: {width} {height}");
    let texts = texts(&out);
    assert_eq!(texts["Title"], "upright");
    let said: serde_json::Value = serde_json::from_str(&texts["Comment"]).unwrap();
    assert_eq!((&said["seed"], &said["dims"], &said["rows"]), (&7.into(), &2.into(), &20.into()), "{said}");
    assert_eq!(said["method"], "identity");
    let refused = run("3");
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(2) && error.contains("no bookmark 3. Choose one of 1 to 2."), "{error}");
}

/// Rows that a layout of more rows has no place for count, whether they are isolated or not: in the
/// window and in pictures.
#[test]
fn picture_counts_rows_without_a_place_as_the_window_does() {
    let folder = tempfile::tempdir().unwrap();
    let mut tour = tour();
    tour.bookmarks.truncate(1);
    let bookmark = &mut tour.bookmarks[0];
    let isolated = RowSet::from((0..10).collect::<Vec<u32>>());
    bookmark.view.isolation = vec![isolated.clone()];
    bookmark.view.projection.method = Method::Tsne;
    let place = |row: usize| if row == 15 { f32::NAN } else { row as f32 };
    let layout = KeptLayout {
        method: Method::Tsne,
        rows: Some(isolated),
        of_more: true,
        projection: Arc::new(bookmark.view.projection.clone()),
        layout: Arc::new(Array2::from_shape_fn((20, 2), |(row, _)| place(row)).into()),
        ..KeptLayout::clone(&bookmark.layouts[0])
    };
    bookmark.layouts = vec![Arc::new(layout)];
    let report = render(RenderOptions {
        view: View { origin: Origin::Memory, ..View::default() },
        bookmark: Some((tour, "a.ron".into(), 0)),
        out: folder.path().join("a.png"),
        size: SIZE,
        panels: false,
        frames: None,
        started: Instant::now(),
    });
    let report = report.unwrap();
    assert_eq!((report.rows, report.without_place.len()), (20, 1), "{:?}", report.without_place);
}

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a session comes to: the view, the bookmarks, and the layout.
fn outcome(headless: &Headless) -> (View, Vec<(String, View)>, Option<usize>, Vec<u32>) {
    let (world, tour) = (headless.world(), headless.world().resource::<CurrentTour>());
    let bookmarks = tour.tour().bookmarks.iter().map(|bookmark| (bookmark.name.clone(), bookmark.view.clone()));
    let layout = world.resource::<CurrentLayout>().layout.clone().unwrap();
    let coordinates = layout.values().iter().map(|x| x.to_bits()).collect();
    (View::clone(world.resource::<CurrentView>()), bookmarks.collect(), tour.at(), coordinates)
}

/// Only what a person did is logged: what follows from it follows in a replay as well, and not
/// twice.
#[test]
fn replayed_session_comes_to_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tour.ron");
    let demo = View { origin: Origin::Demo(Demo::Digits), ..View::default() };
    let (log, mut first) = (Log::default(), Headless::new(demo.clone(), SIZE, true).unwrap());
    first.settle();
    first.world_mut().insert_resource(ActionLog::new(log.clone()));
    let rows: Vec<u32> = (0..200).collect();
    let path = Origin::Path { path: file.clone(), options: OpenOptions::default() };
    let actions: Vec<Action> = vec![
        Edit::Select(rows.clone().into()).into(),
        TourAction::Add("all".into()).into(),
        ShellAction::FlyTo(rows.clone().into()).into(),
        Edit::Tag { column: "mine".into(), value: "x".into() }.into(),
        Edit::Isolate(rows.into()).into(),
        Edit::SetDims(Dims::Two).into(),
        Edit::Select(vec![7].into()).into(),
        HistoryAction::Undo.into(),
        TourAction::Add("isolated".into()).into(),
        TourAction::Rename(0, "everything".into()).into(),
        JobAction::SaveTour { path: file.clone(), places: None }.into(),
        TourAction::Close.into(),
        // Bookmarks in place of data: the program opens them and shows the first.
        Edit::Open(path).into(),
        ShellAction::Present(Present::On(true)).into(),
        TourAction::Step(parallax::session::Step::Next).into(),
        ShellAction::Present(Present::On(false)).into(),
        HistoryAction::Undo.into(),
    ];
    let count = actions.len();
    for action in actions {
        first.act(action);
        first.settle();
    }
    let expected = outcome(&first);
    assert_eq!(expected.1.len(), 2, "the bookmarks of the file");
    drop(first);

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let logged = log::parse(&text).unwrap();
    assert_eq!(logged.len(), count, "{text}");
    let mut second = Headless::new(demo, SIZE, true).unwrap();
    second.settle();
    for action in logged {
        // One after the other, as they were done: how long each takes does not matter.
        second.world_mut().insert_resource(Replay::new(vec![LoggedAction { seconds: 0.0, ..action }]));
        second.settle();
    }
    assert_eq!(outcome(&second), expected);
}
