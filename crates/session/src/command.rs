//! A view as the command line that draws it: the other way from arguments to a view.
//!
//! What an option says is an option. The rest is the [`ViewPatch`] that turns the view of these
//! options into the one at hand, so nothing is lost that a view holds. The result is checked: a
//! command that would make another view is an error.

mod words;

use std::path::{Path, absolute};

use parallax_projection::{Coordinates, Setting};

use words::option;
pub use words::{as_argument, command_line, opening_options};

use crate::{
    CustomAxis, Doctor, LabelCheck, Method, Metric, Naming, Origin, Panels, Pick, PointStyle, Projection, Search, Side,
    Steps, Stereo, Switch, Table, Theme, Tool, Training, View, ViewPatch, lexical,
};

/// What is on screen.
#[derive(Debug, Clone, Copy)]
pub struct OnScreen<'a> {
    /// The view.
    pub view: &'a View,
    /// How its layout came about.
    pub layout: LaidOut<'a>,
    /// The bookmark whose layout is shown: the file, the number in it from 1, and its view.
    pub bookmark: Option<(&'a Path, usize, &'a View)>,
    /// Width and height of the picture in pixels.
    pub size: [u32; 2],
}

/// How a layout came about.
#[derive(Debug, Clone, Copy)]
pub struct LaidOut<'a> {
    /// The settings that it was computed with.
    pub by: &'a Projection,
    /// The steps that were taken, if the method has steps.
    pub steps: Option<&'a Steps>,
    /// What else has made it what it is.
    pub past: Past,
}

/// What has made a layout what it is, besides its settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Past {
    /// Nothing: the same settings make the same layout.
    #[default]
    Settings,
    /// It is from a bookmark.
    Bookmark,
    /// It was computed together with those of other steps of the training.
    Training,
    /// It was computed with rows that are not isolated.
    MoreRows,
    /// It started from another layout.
    Layout,
    /// It was perturbed.
    Perturbed,
    /// A setting was changed while it ran.
    Steered,
    /// The labels that it was supervised by have changed since.
    Relabeled,
}

/// Why no command makes the picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The data are not in a file.
    #[error("the data are in no file that a command could name")]
    NoFile,
    /// The data are in a file of bookmarks.
    #[error("the data are packed with bookmarks, of which a command draws one as it is")]
    Packed,
    /// The path is not text.
    #[error("the path {0} is not text")]
    NoText(String),
    /// The layout has more behind it than its settings.
    #[error("{}", past_said(*.0))]
    Layout(Past),
    /// The layout is being computed.
    #[error("the layout is still being computed; pause it, or wait until it is done")]
    Running,
    /// The run was stopped, and its steps depend on how many there would have been.
    #[error("the layout stopped at iteration {0}, and a run of {0} iterations makes another one")]
    Stopped(usize),
    /// Colors go by other neighbors than the layout.
    #[error("the neighbors that the colors go by are those of settings that the layout was not computed with")]
    Near,
    /// A shell takes no argument of this length.
    #[error("the command would have an argument of {0} bytes, and shells take 131,071")]
    TooLong(usize),
    /// The view holds something that cannot be written.
    #[error(
        "the view has a number that is none, a pattern that is no regular expression, or a range from a number to a \
         smaller one"
    )]
    NoNumber,
}

/// The most bytes of an argument: Linux takes 128 KiB, with the zero at the end.
const MOST_BYTES: usize = 131_071;

/// The sides that a picture can have.
const SIDES: [u32; 2] = [2, 8192];

/// Returns the words of the command that draws what is on screen, without the panels.
///
/// # Errors
/// Returns an error if no command makes the same picture.
pub fn render_command(shown: &OnScreen<'_>) -> Result<Vec<String>, CommandError> {
    let mut view = shown.view.pictured();
    locate(&mut view.origin)?;
    view.compared.as_mut().map_or(Ok(()), |compared| locate(&mut compared.origin))?;
    let [width, height] = shown.size.map(|side| side.clamp(SIDES[0], SIDES[1]));
    let mut words: Vec<String> = vec!["parallax".to_owned(), "render".to_owned()];
    let base = match (shown.bookmark, &view.origin) {
        (Some((file, number, of)), _) => {
            let base = View { stereo: Stereo::default(), ..of.pictured() };
            // Its data are found from its file.
            (view.origin, view.run, view.embedding) = (base.origin.clone(), base.run.clone(), base.embedding.clone());
            words.push(as_argument(&full(file)?));
            words.extend(option("--bookmark", &number.to_string()));
            words.extend(option("--out", "picture.png"));
            words.extend(option("--size", &format!("{width}x{height}")));
            let (said, stereo) = stereo_options(&view.stereo);
            words.extend(said);
            View { stereo, ..base }
        }
        (None, Origin::Memory | Origin::Kept) => return Err(CommandError::NoFile),
        (None, Origin::Path { path, .. }) if path.extension().is_some_and(|ending| ending == "parallax") => {
            return Err(CommandError::Packed);
        }
        (None, _) => {
            let projection = shown.layout.settings(&view.projection)?;
            if view.color_by.is_of_layout() && projection.near() != view.projection.near() {
                return Err(CommandError::Near);
            }
            view.projection = projection;
            let mut options = Options { words: Vec::new(), base: View::default() };
            options.open(&view);
            options.project(&view.projection);
            options.look(&view);
            leave_unused(&mut view.projection, &options.base.projection);
            // The path comes first, as people write it.
            let path = matches!(options.base.origin, Origin::Path { .. }).then(|| options.words.remove(0));
            words.extend(path);
            words.extend(option("--out", "picture.png"));
            words.extend(option("--size", &format!("{width}x{height}")));
            words.append(&mut options.words);
            options.base
        }
    };
    let patch = ViewPatch::between(&base, &view);
    if patch.apply(&base).ok().as_ref() != Some(&view) {
        return Err(CommandError::NoNumber);
    }
    if !patch.is_empty() {
        words.extend(option("--view", &patch.to_string()));
    }
    match words.iter().map(String::len).max() {
        Some(longest) if longest > MOST_BYTES => Err(CommandError::TooLong(longest)),
        _ => Ok(words),
    }
}

impl View {
    /// Returns what a picture without panels shows of this view: without panels, table, tool, and what
    /// is kept for later, which are as usual, and with the method and the dimensions as if chosen.
    #[must_use]
    pub fn pictured(&self) -> Self {
        let projection = Projection { is_automatic: false, are_dims_automatic: false, ..self.projection.clone() };
        Self {
            projection,
            tool: Tool::default(),
            follow: false,
            visible_only: false,
            trail: Vec::new(),
            saved_selections: Vec::new(),
            // Only which column a column of changed labels is a copy of shows.
            doctor: Doctor { column: None, checks: self.doctor.checks.iter().map(LabelCheck::without_rows).collect() },
            apart: None,
            turning: false,
            training: Training::default(),
            // What is no regular expression finds nothing.
            search: if self.search.fault().is_some() { Search::default() } else { self.search.clone() },
            panels: Panels::default(),
            table: Table::default(),
            ..self.clone()
        }
    }
}

/// Makes the paths of `origin` absolute: a command is used in another folder.
fn locate(origin: &mut Origin) -> Result<(), CommandError> {
    let Origin::Path { path, options } = origin else { return Ok(()) };
    for path in [Some(path), options.metadata.as_mut(), options.sprite.as_mut()].into_iter().flatten() {
        *path = full(path)?;
    }
    Ok(())
}

fn full(path: &Path) -> Result<std::path::PathBuf, CommandError> {
    let full = lexical(&absolute(path).unwrap_or_else(|_| path.to_owned()));
    if full.to_str().is_some() { Ok(full) } else { Err(CommandError::NoText(full.display().to_string())) }
}

impl LaidOut<'_> {
    /// Returns the settings that make this layout again, while the view has those of `shown`. A stopped
    /// run of t-SNE is one of fewer steps.
    ///
    /// # Errors
    /// Returns why no settings make it.
    pub fn settings(&self, shown: &Projection) -> Result<Projection, CommandError> {
        if self.past != Past::Settings {
            return Err(CommandError::Layout(self.past));
        }
        let about = self.by.method.about();
        // Settings of other methods, and those that wait for the next start, are not in the picture. The
        // neighbors that figures and colors go by are those of the view.
        let by = Projection { components: shown.components, ..self.by.clone() };
        let mut projection = if about.has_steps || by.method != shown.method { by } else { shown.clone() };
        (projection.is_automatic, projection.are_dims_automatic) = (false, false);
        let Some(steps) = self.steps else { return Ok(projection) };
        if steps.running {
            return Err(CommandError::Running);
        }
        let (taken, all) = (steps.iteration, steps.iterations);
        let setting = about.setting("iterations");
        let asked = setting.and_then(|setting| (setting.get)(&projection.settings(), 0));
        let is_whole = taken == all && asked.is_none_or(|asked| asked as usize == all);
        if !is_whole {
            // A step of t-SNE depends on the number of all steps only if the last of them are evened.
            if projection.method != Method::Tsne || projection.tsne.final_evenness > 0.0 || taken == 0 {
                return Err(CommandError::Stopped(taken));
            }
            projection.tsne.iterations = taken;
        }
        Ok(projection)
    }
}

/// Takes the settings that the method of `projection` does not use from `base`: they are not in the
/// picture.
fn leave_unused(projection: &mut Projection, base: &Projection) {
    let about = projection.method.about();
    if projection.method != Method::Tsne {
        projection.tsne.clone_from(&base.tsne);
    }
    if projection.method != Method::Umap {
        projection.umap.clone_from(&base.umap);
    }
    if about.switch("whiten").is_none() {
        projection.whiten = base.whiten;
    }
    if about.coordinates != Coordinates::Axes {
        projection.axes.clone_from(&base.axes);
    }
    if !about.is_supervised {
        projection.supervisor.clone_from(&base.supervisor);
        projection.supervision = base.supervision;
        projection.ignored_label.clone_from(&base.ignored_label);
    }
}

fn past_said(past: Past) -> &'static str {
    match past {
        Past::Settings => "the layout is made by its settings",
        Past::Bookmark => "the layout is from a bookmark, and no setting makes it again",
        Past::Training => "the layout was computed together with those of other steps",
        Past::MoreRows => "the layout was computed with more rows than the isolated ones",
        Past::Layout => "the layout was started from another one",
        Past::Perturbed => "the layout was perturbed",
        Past::Steered => "a setting was changed while the layout was computed",
        Past::Relabeled => "the labels that the layout was supervised by have changed since",
    }
}

/// Options, and the view that they make.
struct Options {
    words: Vec<String>,
    base: View,
}

impl Options {
    fn say(&mut self, name: &str, value: &str) {
        self.words.extend(option(name, value));
    }

    /// What is open. The first word is the path, if there is one.
    fn open(&mut self, view: &View) {
        let Origin::Path { path, .. } = &view.origin else { return };
        let said = opening_options(&view.origin, view.run.as_deref(), view.embedding.as_deref());
        let path = as_argument(path);
        if !said.iter().chain([&path]).all(|word| is_sayable(word)) {
            return;
        }
        self.words.push(path);
        self.words.extend(said);
        self.base.origin = view.origin.clone();
        (self.base.run, self.base.embedding) = (view.run.clone(), view.embedding.clone());
    }

    fn project(&mut self, projection: &Projection) {
        let about = projection.method.about();
        self.say("--method", about.name);
        self.say("--dims", &projection.dims.count().to_string());
        let mut base = Projection {
            method: projection.method,
            is_automatic: false,
            dims: projection.dims,
            are_dims_automatic: false,
            ..Projection::default()
        };
        if projection.seed != base.seed {
            self.say("--seed", &projection.seed.to_string());
            base.seed = projection.seed;
        }
        if projection.metric != Metric::Euclidean {
            self.say("--metric", projection.metric.name());
            base.metric = projection.metric;
        }
        if projection.sphereize {
            self.words.push("--sphereize".to_owned());
            base.sphereize = true;
        }
        let settings = projection.settings();
        // An option is one of all methods that have a setting of its name.
        let all = Method::ALL.map(Method::about);
        for switch in about.switches.iter().filter(|switch| (switch.get)(&settings)) {
            self.words.push(format!("--{}", switch.name));
            all.iter().filter_map(|about| about.switch(switch.name)).for_each(|switch| base.turn(switch, true));
        }
        for setting in about.settings {
            if let Some(text) = number(setting, projection, &base) {
                self.say(&format!("--{}", setting.name), &text);
                let named = all.iter().filter_map(|about| about.setting(setting.name));
                named.for_each(|setting| base.set(setting, text.parse().ok()));
            }
        }
        if let Some(column) = projection.supervisor.as_ref().filter(|name| about.is_supervised && is_sayable(name)) {
            self.say("--supervise-by", column);
            self.say("--supervision", &projection.supervision.to_string());
            (base.supervisor, base.supervision) = (Some(column.clone()), projection.supervision);
        }
        if about.coordinates == Coordinates::Axes {
            self.axes(projection, &mut base);
        }
        self.base.projection = base;
    }

    /// The first axes, as far as they are between patterns.
    fn axes(&mut self, projection: &Projection, base: &mut Projection) {
        for (axis, base) in projection.axes[..projection.dims.count()].iter().zip(&mut base.axes) {
            let CustomAxis::Between { left: Side::Search(left), right: Side::Search(right) } = axis else { return };
            let pattern = |search: &Search| {
                let plain = Search { text: search.text.clone(), regex: true, ..Search::default() };
                *search == plain && is_sayable(&search.text) && !search.text.starts_with('-')
            };
            if !pattern(left) || !pattern(right) {
                return;
            }
            self.words.extend(["--between".to_owned(), left.text.clone(), right.text.clone()]);
            *base = axis.clone();
        }
    }

    fn look(&mut self, view: &View) {
        if let Pick::Column(name) = &view.color_by
            && is_sayable(name)
        {
            self.say("--color-by", name);
            self.base.color_by = view.color_by.clone();
        }
        if let Pick::Column(name) = &view.label_by
            && is_sayable(name)
        {
            self.say("--label-by", name);
            (self.base.label_by, self.base.labels) = (view.label_by.clone(), true);
        }
        if view.naming.shown {
            let by = match &view.naming.by {
                Pick::Column(name) if !name.is_empty() && is_sayable(name) => Some(name),
                _ => None,
            };
            self.words.push(by.map_or_else(|| "--names".to_owned(), |name| format!("--names={name}")));
            let by = by.map_or(Pick::Auto, |name| Pick::Column(name.clone()));
            self.base.naming = Naming { shown: true, by, ..Naming::default() };
        }
        if view.theme == Theme::Light {
            self.say("--theme", "light");
            self.base.theme = view.theme;
        }
        let points = match view.points {
            PointStyle::Spheres => None,
            PointStyle::Sprites => Some("sprites"),
            PointStyle::Labels => Some("labels"),
            PointStyle::Density => Some("density"),
        };
        if let Some(points) = points {
            self.say("--points", points);
            self.base.points = view.points;
        }
        let edl = match view.look.edl {
            Switch::Auto => None,
            Switch::On => Some("on"),
            Switch::Off => Some("off"),
        };
        if let Some(edl) = edl {
            self.say("--edl", edl);
            self.base.look.edl = view.look.edl;
        }
        let (said, stereo) = stereo_options(&view.stereo);
        self.words.extend(said);
        self.base.stereo = stereo;
    }
}

/// Returns the options of stereo, and what they make.
fn stereo_options(stereo: &Stereo) -> (Vec<String>, Stereo) {
    let [apart, at] = [stereo.eye_distance, stereo.convergence];
    let is_sayable =
        (stereo.apart(), stereo.converges_at()) == (apart, at) && apart.zip(at).is_none_or(|(apart, at)| apart <= at);
    if !stereo.on || !is_sayable {
        return (Vec::new(), Stereo::default());
    }
    let mut words = option("--stereo", stereo.mode.name());
    words.extend(apart.into_iter().flat_map(|apart| option("--eye-distance", &apart.to_string())));
    words.extend(at.into_iter().flat_map(|at| option("--convergence", &at.to_string())));
    (words, *stereo)
}

/// Returns the value of a setting on the command line, if it can be set there and is not that of
/// `base`.
fn number(setting: &Setting, projection: &Projection, base: &Projection) -> Option<String> {
    let flag = setting.flag.as_ref()?;
    // What adapts to the number of points is told from a number by numbers of points.
    let is_same = |points: usize| {
        let [own, usual] = [projection, base].map(|of| (setting.get)(&of.settings(), points));
        own == usual
    };
    if [2, 50, 100_000].into_iter().all(is_same) {
        return None;
    }
    let value = (setting.get)(&projection.settings(), 100_000)?;
    if flag.is_whole {
        return (value >= 1.0).then(|| (value as u64).to_string());
    }
    // What is kept as `f32` is shortest as such.
    let short = value as f32;
    Some(if f64::from(short) == value { short.to_string() } else { value.to_string() })
}

/// Whether a terminal takes the text as it is: control characters are written in JSON instead.
fn is_sayable(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use parallax_embedding::{Metadata, Progress, Vectors};
    use parallax_projection::{Space, Steering};

    use super::*;
    use crate::Demo;

    fn words(view: &View, steps: Option<&Steps>, past: Past) -> Result<String, CommandError> {
        let layout = LaidOut { by: &view.projection, steps, past };
        let words = render_command(&OnScreen { view, layout, bookmark: None, size: [640, 480] })?;
        Ok(command_line(words.iter().map(String::as_str)))
    }

    fn of(origin: Origin) -> View {
        View { origin, ..View::default() }
    }

    const START: &str = "parallax render --out picture.png --size 640x480 --method ";

    #[test]
    fn options_say_what_they_can_and_the_patch_the_rest() {
        let mut view = of(Origin::Demo(Demo::Digits));
        assert_eq!(words(&view, None, Past::Settings).unwrap(), format!("{START}pca --dims 3"));
        view.projection.method = Method::Tsne;
        view.projection.tsne.perplexity = Some(12.5);
        view.color_by = Pick::Column("my label".into());
        view.selection = (3..9).collect();
        let expected =
            format!("{START}tsne --dims 3 --perplexity 12.5 --color-by 'my label' --view '{{\"selection\":\"3-8\"}}'");
        assert_eq!(words(&view, None, Past::Settings).unwrap(), expected);
    }

    #[test]
    fn what_no_command_makes_is_refused() {
        let digits = of(Origin::Demo(Demo::Digits));
        for origin in [Origin::Memory, Origin::Kept] {
            assert_eq!(words(&of(origin), None, Past::Settings), Err(CommandError::NoFile));
        }
        for past in [
            Past::Bookmark,
            Past::Training,
            Past::MoreRows,
            Past::Layout,
            Past::Perturbed,
            Past::Steered,
            Past::Relabeled,
        ] {
            assert_eq!(words(&digits, None, past), Err(CommandError::Layout(past)));
        }
        let mut view = digits.clone();
        view.look.size = f32::NAN;
        assert_eq!(words(&view, None, Past::Settings), Err(CommandError::NoNumber));
        view = View { selection: (0..200_000).map(|row| row * 97).collect(), ..digits };
        assert!(matches!(words(&view, None, Past::Settings), Err(CommandError::TooLong(_))));
    }

    fn tsne(iterations: usize) -> View {
        let mut view = of(Origin::Demo(Demo::Digits));
        view.projection.method = Method::Tsne;
        view.projection.tsne.iterations = iterations;
        view
    }

    #[test]
    fn stopped_run_is_one_of_fewer_steps_if_its_steps_do_not_depend_on_them() {
        let said = |view: &View, iteration, iterations, running| {
            let steps = Steps { iteration, iterations, running, ..Steps::default() };
            words(view, Some(&steps), Past::Settings)
        };
        let mut view = tsne(1000);
        assert_eq!(said(&view, 1000, 1000, false).unwrap(), format!("{START}tsne --dims 3"));
        assert_eq!(said(&view, 320, 1000, false).unwrap(), format!("{START}tsne --dims 3 --iterations 320"));
        assert_eq!(said(&view, 2000, 2000, false).unwrap(), format!("{START}tsne --dims 3 --iterations 2000"));
        assert_eq!(said(&view, 320, 1000, true), Err(CommandError::Running));
        view.projection.tsne.final_evenness = 1.0;
        assert_eq!(said(&view, 320, 1000, false), Err(CommandError::Stopped(320)));
        view.projection.method = Method::Umap;
        assert_eq!(said(&view, 20, 500, false), Err(CommandError::Stopped(20)));
        assert_eq!(said(&view, 500, 500, false).unwrap(), format!("{START}umap --dims 3"));
    }

    /// What is measured goes by the neighbors of the view, and a layout may be of others.
    #[test]
    fn colors_by_other_neighbors_than_those_of_the_layout_are_refused() {
        let by = tsne(1000).projection;
        for (color_by, is_refused) in [(Pick::Reliability, true), (Pick::FalseAndMissing, true), (Pick::Auto, false)] {
            let mut view = View { color_by, ..tsne(1000) };
            view.projection.metric = Metric::Cosine;
            let layout = LaidOut { by: &by, steps: None, past: Past::Settings };
            let found = render_command(&OnScreen { view: &view, layout, bookmark: None, size: [640, 480] });
            assert_eq!(found == Err(CommandError::Near), is_refused, "{found:?}");
        }
    }

    /// The bits are the same: a stopped run, one of as many steps, and a shorter one to which as many steps
    /// again were added.
    #[test]
    fn steps_of_tsne_do_not_depend_on_their_number() {
        let values = (0..120 * 5).map(|i| ((i * 7919) % 1013) as f32).collect();
        let space = Space::new(Vectors::from_f32(120, 5, values).unwrap(), parallax_embedding::RowSet::EMPTY);
        let after = |steps: usize, iterations: usize| {
            let recipe = tsne(iterations).projection.recipe(&Metadata::default(), None).unwrap();
            let mut run = recipe.begin(&space, None, &Progress::default()).unwrap().unwrap();
            (0..steps).for_each(|_| run.step().unwrap());
            run.layout().values().iter().map(|x| x.to_bits()).collect::<Vec<u32>>()
        };
        assert_eq!(after(300, 900), after(300, 300));
        let recipe = tsne(150).projection.recipe(&Metadata::default(), None).unwrap();
        let mut run = recipe.begin(&space, None, &Progress::default()).unwrap().unwrap();
        (0..150).for_each(|_| run.step().unwrap());
        run.steer(&Steering { extend: true, ..Steering::default() }).unwrap();
        (0..150).for_each(|_| run.step().unwrap());
        assert_eq!(run.layout().values().iter().map(|x| x.to_bits()).collect::<Vec<u32>>(), after(300, 300));
        assert_ne!(after(299, 900), after(300, 300));
    }
}
