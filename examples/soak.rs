//! Uses the program for a while as a person in a hurry would, at random: opens data, projects, selects,
//! isolates, searches, tags, undoes, bookmarks, compares, and presents, through the actions that clicks
//! cause. The same seed gives the same actions.
//!
//! After each action it checks that the flags of each point are those of the view, and that undo and redo bring
//! back what was there. Now and then it brings the program back to where it began, and measures: there must be as many
//! entities as at first, and after the first minute the memory must not grow by more than 5 %. Prints one
//! JSON line for each of these, and ends with an error if anything is wrong, which names the action.
//!
//! `soak [SECONDS] [SEED]`

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the measurements are this program's output")]

use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use parallax::{
    app::Headless,
    embedding::{RowSet, random},
    own_memory_bytes,
    projection::Method,
    session::{
        Action, Alignment, Arrangement, Brush, Compared, Demo, Dims, Edit, Filter, HistoryAction, JobAction, MatchBy,
        OpenOptions, Origin, Pick, PointStyle, Present, Search, ShellAction, Steer, Step, Table, Theme, TourAction,
        View,
    },
    state::{CurrentLayout, CurrentView, Opened, Shown},
};
use parallax_cloud::{Cloud, Style};

/// The number of actions between two returns to the beginning.
const ROUND: usize = 10;
/// After this time the memory must not grow, by more than this share.
const WARM: Duration = Duration::from_mins(1);
const GROWTH: f64 = 0.05;
/// The number of measurements whose middle is compared.
const COMPARED: usize = 5;
/// The number of actions, for who panics.
static TAKEN: AtomicU64 = AtomicU64::new(0);
/// The rows and columns of the file.
const ROWS: usize = 400;
const DIMS: usize = 8;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().map_or(Ok(120), |seconds| seconds.parse())?;
    let seed = arguments.next().map_or(Ok(1), |seed| seed.parse())?;
    let folder = tempfile::tempdir()?;
    let files = [write_file(folder.path(), "a")?, write_file(folder.path(), "b")?];
    let mut walk = Walk { seed, taken: 0, files, headless: Headless::new(View::default(), [640, 480], true)? };
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        eprintln!("action {} of seed {seed}:", TAKEN.load(Ordering::Relaxed));
        told(panic);
    }));
    let (started, mut marks) = (Instant::now(), Vec::new());
    while started.elapsed() < Duration::from_secs(seconds) {
        walk.begin()?;
        marks.push(walk.measure(started.elapsed()));
        if marks.last().is_some_and(|mark| mark.entities != marks[0].entities) {
            return Err(walk.wrong("there are other entities than at the beginning"));
        }
        for _ in 0..ROUND {
            walk.step()?;
        }
    }
    let warm: Vec<u64> = marks.iter().filter(|mark| mark.at >= WARM).map(|mark| mark.bytes).collect();
    if warm.len() < 2 * COMPARED || warm.contains(&0) {
        let why =
            if warm.contains(&0) { "not measured on this system" } else { "not compared: the walk was too short" };
        println!("{}", serde_json::json!({ "actions": walk.taken, "memory": why }));
        return Ok(());
    }
    let [first, last] = [middle(&warm[..COMPARED]), middle(&warm[warm.len() - COMPARED..])];
    let growth = last / first - 1.0;
    println!("{}", serde_json::json!({ "actions": walk.taken, "growth": growth }));
    if growth > GROWTH { Err(walk.wrong(&format!("memory has grown by {:.1} %", growth * 100.0))) } else { Ok(()) }
}

/// A state of the program that should come back.
struct Mark {
    at: Duration,
    entities: usize,
    bytes: u64,
}

/// A random walk through the program.
struct Walk {
    seed: u64,
    taken: u64,
    files: [PathBuf; 2],
    headless: Headless,
}

impl Walk {
    /// Returns a number below `end` that depends on the seed, the number of actions, and the `place`.
    fn pick(&self, place: u64, end: usize) -> usize {
        let at = random::mix(self.seed) ^ random::mix(self.taken * 64 + place);
        (random::mix(at) % end.max(1) as u64) as usize
    }

    fn wrong(&self, what: &str) -> Box<dyn Error> {
        format!("action {} of seed {}: {what}", self.taken, self.seed).into()
    }

    fn act(&mut self, action: impl Into<Action>) {
        self.headless.act(action);
        self.headless.settle();
    }

    /// Brings the program to where it began: a demo, whole and by PCA, without bookmarks.
    fn begin(&mut self) -> Result<(), Box<dyn Error>> {
        self.act(ShellAction::Present(Present::On(false)));
        self.act(JobAction::Cancel(None));
        self.act(TourAction::Close);
        self.act(Edit::CompareWith(None));
        self.act(Edit::Open(Origin::Demo(Demo::Digits)));
        let base = View::default();
        for edit in [
            Edit::Project(Method::Pca),
            Edit::SetDims(Dims::Three),
            Edit::ColorBy(Pick::Auto),
            Edit::Filter(Filter::default()),
            Edit::ShowLevel(0),
            Edit::Select(RowSet::EMPTY),
            Edit::Search(Search::default()),
            Edit::ShowPointsAs(base.points),
            Edit::ShowLabels(base.labels),
            Edit::ShowCharts(false),
            Edit::SetTable(Table::default()),
            Edit::SetLook(base.look),
            Edit::SetTheme(base.theme),
            Edit::CheckLabels(None),
            Edit::ShowPanels(true),
        ] {
            self.act(edit);
        }
        self.check()
    }

    fn measure(&mut self, at: Duration) -> Mark {
        let bytes = own_memory_bytes();
        let entities = self.headless.world_mut().query::<bevy::prelude::Entity>().iter(self.headless.world()).count();
        let seconds = at.as_secs();
        println!(
            "{}",
            serde_json::json!({ "second": seconds, "actions": self.taken, "entities": entities, "bytes": bytes })
        );
        Mark { at, entities, bytes }
    }

    /// Does one thing, and checks what is there then.
    fn step(&mut self) -> Result<(), Box<dyn Error>> {
        self.taken += 1;
        TAKEN.store(self.taken, Ordering::Relaxed);
        match self.pick(0, 10) {
            0 => self.change_data(),
            1 => self.project(),
            2 => self.tour(),
            3 => self.look_around(),
            _ => self.edit()?,
        }
        self.check()
    }

    fn rows(&self) -> usize {
        self.headless.world().resource::<Opened>().rows()
    }

    /// Returns some rows: none, one, or many.
    fn some_rows(&self) -> RowSet {
        let (rows, share) = (self.rows(), [0, 1, 7, 50][self.pick(1, 4)]);
        (0..rows as u32).filter(|&row| self.pick(100 + u64::from(row), rows) < share).collect()
    }

    fn change_data(&mut self) {
        let file = Origin::Path { path: self.files[self.pick(2, 2)].clone(), options: OpenOptions::default() };
        let origin = [Origin::Demo(Demo::Digits), Origin::Demo(Demo::Words), file.clone()][self.pick(1, 3)].clone();
        match self.pick(3, 3) {
            0 => self.act(Edit::CompareWith(Some(Box::new(Compared { origin: file, ..no_second() })))),
            1 => self.act(JobAction::Reload),
            _ => self.act(Edit::Open(origin)),
        }
    }

    /// Chooses a method. A run is paused after some frames.
    fn project(&mut self) {
        let methods = [Method::Pca, Method::Tsne, Method::Umap, Method::Custom, Method::Identity];
        self.headless.act(Edit::Project(methods[self.pick(1, methods.len())]));
        for _ in 0..self.pick(2, 20) {
            self.headless.frame();
        }
        let steers = [Steer::Pause, Steer::Perturb, Steer::Restart];
        self.headless.act(JobAction::Steer(steers[self.pick(3, steers.len())]));
        for _ in 0..self.pick(4, 10) {
            self.headless.frame();
        }
        self.act(JobAction::Cancel(None));
    }

    fn tour(&mut self) {
        let bookmarks = 1 + self.pick(1, 4);
        match self.pick(2, 9) {
            0..3 => self.act(TourAction::Add(format!("bookmark {}", self.taken))),
            3 => self.act(TourAction::Show(bookmarks)),
            4 => self.act(TourAction::Remove(bookmarks)),
            5 => self.act(TourAction::Step(Step::Next)),
            6 => self.act(TourAction::PutBack),
            7 => self.act(ShellAction::Present(Present::On(true))),
            _ => self.act(ShellAction::Present(Present::On(false))),
        }
    }

    /// What undo does not change.
    fn look_around(&mut self) {
        let theme = [Theme::Dark, Theme::Light, Theme::Contrast][self.pick(1, 3)];
        let style =
            [PointStyle::Spheres, PointStyle::Sprites, PointStyle::Labels, PointStyle::Density][self.pick(2, 4)];
        let search = ["", "1", "an", "zzz"][self.pick(3, 4)].to_owned();
        let arrangement = [Arrangement::SideBySide, Arrangement::Over, Arrangement::Between(0.5)][self.pick(4, 3)];
        let is_on = self.pick(5, 2) == 0;
        match self.pick(6, 8) {
            0 => self.act(Edit::SetTheme(theme)),
            1 => self.act(Edit::ShowPointsAs(style)),
            2 => self.act(Edit::Search(Search { text: search, ..Search::default() })),
            3 => self.act(Edit::ShowCharts(is_on)),
            4 => self.act(Edit::SetTable(Table { shown: is_on, ..Table::default() })),
            5 => self.act(Edit::ShowPanels(is_on)),
            6 => self.act(ShellAction::FlyTo(self.some_rows())),
            _ => {
                let compared = self.view().compared.clone();
                if let Some(compared) = compared {
                    self.act(Edit::CompareWith(Some(Box::new(Compared { arrangement, ..compared }))));
                }
            }
        }
    }

    fn view(&self) -> &View {
        self.headless.world().resource::<CurrentView>()
    }

    /// Changes the work, and checks that undo and redo bring back what was there.
    fn edit(&mut self) -> Result<(), Box<dyn Error>> {
        let column = ["label", "digit", "group", "mine"][self.pick(1, 4)].to_owned();
        let value = ["1", "2", "x", ""][self.pick(2, 4)].to_owned();
        let edit = match self.pick(3, 8) {
            0..3 => Edit::Select(self.some_rows()),
            3 => Edit::Isolate(self.some_rows()),
            4 => Edit::ShowLevel(self.pick(4, 2)),
            5 => Edit::Tag { column, value },
            6 => Edit::ColorBy(if value.is_empty() { Pick::Nothing } else { Pick::Column(column) }),
            _ => Edit::Filter(Brush::only(column, vec![Some(value)]).into()),
        };
        let before = Work::of(self.view());
        self.act(edit.clone());
        let after = Work::of(self.view());
        if before == after {
            return Ok(());
        }
        for (way, expected) in [(HistoryAction::Undo, &before), (HistoryAction::Redo, &after)] {
            self.act(Action::History(way));
            if Work::of(self.view()) != *expected {
                return Err(self.wrong(&format!("{way:?} of {edit:?} gives other work than there was")));
            }
        }
        Ok(())
    }

    /// Checks that the flags of each point are those of the view.
    fn check(&self) -> Result<(), Box<dyn Error>> {
        let world = self.headless.world();
        let (view, opened, cloud) = (self.view(), world.resource::<Opened>(), world.resource::<Cloud>());
        let (layout, shown) = (world.resource::<CurrentLayout>().on_screen(opened), &world.resource::<Shown>().rows);
        if cloud.len() != opened.rows() {
            return Err(self.wrong(&format!("{} points of {} rows", cloud.len(), opened.rows())));
        }
        let Some(layout) = layout else { return Ok(()) };
        for row in 0..opened.rows() as u32 {
            let Some(style) = cloud.style(row) else { return Err(self.wrong(&format!("row {row} has no style"))) };
            let is_placed = layout.row(row as usize).is_some_and(|place| place.iter().all(|x| x.is_finite()));
            let is_shown = shown.as_ref().is_none_or(|rows| rows.contains(row)) && is_placed;
            let is_selected = view.selection.contains(row);
            if style.is_hidden() == is_shown || (style.flags() & Style::SELECTED != 0) != is_selected {
                let said = format!("row {row} is shown: {is_shown}, selected: {is_selected}, and looks otherwise");
                return Err(self.wrong(&said));
            }
        }
        Ok(())
    }
}

/// The part of a view that undo brings back.
#[derive(PartialEq)]
struct Work {
    color_by: Pick,
    label_by: Pick,
    selection: RowSet,
    isolated: Option<RowSet>,
    filter: Filter,
    tags: usize,
}

impl Work {
    fn of(view: &View) -> Self {
        Self {
            color_by: view.color_by.clone(),
            label_by: view.label_by.clone(),
            selection: view.selection.clone(),
            isolated: view.isolated().cloned(),
            filter: view.filter.clone(),
            tags: view.tags.len(),
        }
    }
}

/// A comparison without an origin.
fn no_second() -> Compared {
    Compared {
        origin: Origin::Memory,
        run: None,
        embedding: None,
        matched: MatchBy::default(),
        align: Alignment::default(),
        arrangement: Arrangement::default(),
        camera: None,
    }
}

/// Writes a table of random numbers, some of them missing, with labels. Returns its path.
fn write_file(folder: &Path, name: &str) -> std::io::Result<PathBuf> {
    let number = |row: usize, at: usize| match random::unit((row * DIMS + at + name.len() * 7) as u64) {
        x if row % 50 == 3 && x < 0.2 => "nan".to_owned(),
        x => format!("{:.4}", x + (row % 4) as f32),
    };
    let line = |row: usize| (0..DIMS).map(|at| number(row, at)).collect::<Vec<_>>().join("\t") + "\n";
    let path = folder.join(format!("{name}.tsv"));
    std::fs::write(&path, (0..ROWS).map(line).collect::<String>())?;
    Ok(path)
}

fn middle(values: &[u64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_unstable();
    values[values.len() / 2] as f64
}
