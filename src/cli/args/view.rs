//! What no other option says about a view.

use std::path::PathBuf;

use clap::Args;
use parallax_formats::Join;
use parallax_session::{Arrangement, Compared, OpenOptions, Origin, OwnCamera, View, ViewPatch};

use super::values::{arrangement, cameras, join, match_by};
use crate::cli::CliError;

/// A change of the view.
#[derive(Debug, Clone, Default, PartialEq, Args)]
pub(in crate::cli) struct ViewArgs {
    /// Change what is shown, as a JSON merge patch of the view that the other options make, such as
    /// {"theme":"contrast","selection":"0-99"}; "Copy as command" in the window writes it
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    view: Option<String>,
    /// Compare with another embedding of the same rows
    #[arg(long, value_name = "PATH")]
    compare: Option<PathBuf>,
    /// With --compare: the run of the other [default: the first]
    #[arg(long, value_name = "NAME", requires = "compare")]
    other_run: Option<String>,
    /// With --compare: the embedding of the other [default: with --other-run, the one that --embedding
    /// names; else the first in the configuration, or the largest]
    #[arg(long, value_name = "NAME", requires = "compare")]
    other_embedding: Option<String>,
    /// With --compare: a table with a row for each vector of the other, instead of the one that is found
    #[arg(long, value_name = "FILE", requires = "compare")]
    other_metadata: Option<PathBuf>,
    /// With --compare: match rows by equal values of this column; that of the other has the same name, or
    /// COLUMN [default: chosen: by order if that fits, else by labels]
    #[arg(long, value_name = "KEY[=COLUMN]", requires = "compare", value_parser = join, conflicts_with = "by_order")]
    key: Option<Join>,
    /// With --compare: match rows by their order
    #[arg(long, requires = "compare")]
    by_order: bool,
    /// With --compare: how the two are shown: side by side; over each other, the second as rings; or the
    /// points on the way from the first (0) to the second (1) [default: side-by-side]
    #[arg(long, value_name = "side-by-side|over|0..1", allow_negative_numbers = true, requires = "compare", value_parser = arrangement)]
    arrange: Option<Arrangement>,
    /// With --compare, side by side: whether the two have one camera, or each its own, which shows all of
    /// its points; --view '{"compared":{"camera":{"pose":…}}}' says where that of the second is [default: one]
    #[arg(long, value_name = "one|two", requires = "compare", value_parser = cameras)]
    cameras: Option<bool>,
}

impl ViewArgs {
    /// Returns the change, which is none if it is not given.
    pub(in crate::cli) fn patch(&self) -> Result<ViewPatch, CliError> {
        let patch = self.view.as_deref().map(str::parse).transpose().map_err(refused)?;
        Ok(patch.unwrap_or_default())
    }

    /// Returns `view` with the change.
    pub(in crate::cli) fn applied(&self, mut view: View) -> Result<View, CliError> {
        if let Some(path) = &self.compare {
            let options = OpenOptions { metadata: self.other_metadata.clone(), ..OpenOptions::default() };
            let origin = match &view.origin {
                // Another embedding of what is open is read as that is.
                Origin::Path { path: open, .. } if open == path && self.other_metadata.is_none() => view.origin.clone(),
                _ => Origin::Path { path: path.clone(), options },
            };
            let counterpart = self.other_run.as_ref().and(view.embedding.as_ref());
            let embedding = self.other_embedding.as_ref().or(counterpart).cloned();
            let run = self.other_run.clone();
            let arrangement = self.arrange.unwrap_or_default();
            let camera = self.cameras.unwrap_or_default().then(OwnCamera::default);
            if camera.is_some() && arrangement != Arrangement::SideBySide {
                let what = "--cameras two is for pictures side by side; leave it out, or give --arrange side-by-side";
                return Err(CliError::Usage(what.to_owned()));
            }
            let matched = match_by(self.key.as_ref(), self.by_order);
            view.compared = Some(Compared { matched, arrangement, camera, ..Compared::with(origin, run, embedding) });
        }
        if self.view.is_none() {
            return Ok(view);
        }
        self.patch()?.apply(&view).map_err(refused)
    }

    pub(in crate::cli) fn is_given(&self) -> bool {
        self.given().is_some()
    }

    /// Returns the name of an option that is given.
    pub(in crate::cli) fn given(&self) -> Option<&'static str> {
        self.view.is_some().then_some("--view").or(self.compare.is_some().then_some("--compare"))
    }
}

fn refused(error: parallax_session::PatchError) -> CliError {
    CliError::Usage(format!("--view: {error}"))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use parallax_embedding::RowSet;
    use parallax_formats::RawLayout;
    use parallax_neighbors::Metric;
    use parallax_projection::Method;
    use parallax_session::{
        Arrangement, Brush, ColorScale, CustomAxis, Demo, Dims, GivenName, LaidOut, MatchBy, Naming, OnScreen, Past,
        Pick, PointStyle, Pose, Projection, Search, Shows, Side, Stereo, StereoMode, Switch, Tag, Theme, command_line,
        render_command,
    };
    use proptest::prelude::*;

    use super::*;
    use crate::cli::args::{Cli, Command};

    /// Splits a line as a POSIX shell does that finds nothing to expand in it.
    fn split(line: &str) -> Vec<String> {
        let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
        let mut characters = line.chars();
        while let Some(character) = characters.next() {
            match character {
                '\'' => {
                    quoted = !quoted;
                    word.get_or_insert_default();
                }
                '\\' if !quoted => word.get_or_insert_default().extend(characters.next()),
                ' ' if !quoted => words.extend(word.take()),
                other => {
                    assert!(quoted || !"\n\"$`&|;<>(){}*?[]#~!^".contains(other), "{other:?} in {line}");
                    word.get_or_insert_default().push(other);
                }
            }
        }
        assert!(!quoted, "{line}");
        words.extend(word);
        words
    }

    fn name() -> impl Strategy<Value = String> {
        let odd =
            ["-x", "--out", "a b", "it's", "\"q\"", "$x", "a\nb", "", "=x", "~", "été", "\u{1b}[2J", "\0", "日本"];
        prop_oneof![prop::sample::select(odd.to_vec()).prop_map(str::to_owned), "[ -~]{0,8}"]
    }

    fn rows() -> impl Strategy<Value = RowSet> {
        prop_oneof![
            Just(RowSet::EMPTY),
            prop::collection::vec(0_u32..2000, 0..30).prop_map(RowSet::from),
            (1_u32..3000).prop_map(|every| (0..5000).map(|row| row * every).collect()),
        ]
    }

    fn pick() -> impl Strategy<Value = Pick> {
        prop_oneof![
            Just(Pick::Auto),
            Just(Pick::Nothing),
            Just(Pick::Reliability),
            Just(Pick::FalseAndMissing),
            Just(Pick::Shared),
            Just(Pick::FromPartner),
            name().prop_map(Pick::Column),
        ]
    }

    fn search() -> impl Strategy<Value = Search> {
        (name(), any::<[bool; 4]>(), prop::option::of(name())).prop_map(|(text, [regex, case, whole, sum], column)| {
            let search = Search { text, regex, case_sensitive: case, whole, sum, column };
            // A view with a pattern that is none cannot be written, except in an option.
            let regex = search.fault().is_none() && regex;
            Search { regex, ..search }
        })
    }

    fn pattern() -> impl Strategy<Value = Search> {
        name().prop_map(|text| {
            let search = Search { text, regex: true, ..Search::default() };
            if search.fault().is_none() { search } else { Search { text: "^[a|b]{2}$".to_owned(), ..search } }
        })
    }

    fn axis() -> impl Strategy<Value = CustomAxis> {
        let side = || {
            prop_oneof![pattern().prop_map(Side::Search), search().prop_map(Side::Search), rows().prop_map(Side::Rows)]
        };
        prop_oneof![
            (pattern(), pattern())
                .prop_map(|(left, right)| CustomAxis::Between { left: Side::Search(left), right: Side::Search(right) }),
            (side(), side()).prop_map(|(left, right)| CustomAxis::Between { left, right }),
            (0_usize..9).prop_map(CustomAxis::Component),
            Just(CustomAxis::Random),
            Just(CustomAxis::Off),
        ]
    }

    fn compared() -> impl Strategy<Value = Option<Compared>> {
        let names = (prop::option::of(name()), prop::option::of(name()), name());
        let camera = prop::option::of(prop::option::of((-2.0_f32..2.0, 0.001_f32..50.0)));
        prop::option::of((file("b"), names, any::<[bool; 2]>(), 0.0_f32..1.0, camera)).prop_map(|compared| {
            let (path, (run, embedding, key), [by_order, is_pair], share, camera) = compared?;
            let pose = |(yaw, radius)| Pose { focus: [yaw, radius, 0.1], yaw, pitch: yaw / 3.0, radius };
            let second = Compared::with(Origin::Path { path, options: OpenOptions::default() }, run, embedding);
            let by_columns = MatchBy::Columns { column: format!("{key}x"), key };
            Some(Compared {
                matched: if by_order { MatchBy::Order } else { by_columns },
                arrangement: match is_pair {
                    true => Arrangement::SideBySide,
                    false if share < 0.2 => Arrangement::Over,
                    false => Arrangement::Between(share),
                },
                camera: camera.map(|at| OwnCamera { pose: at.map(pose) }),
                ..second
            })
        })
    }

    fn file(folder: &'static str) -> impl Strategy<Value = std::path::PathBuf> {
        name().prop_map(move |name| format!("/{folder}/x{}", name.replace(['/', '\0'], "_")).into())
    }

    fn origin() -> impl Strategy<Value = (Origin, Option<String>, Option<String>)> {
        let words = (prop::option::of(name()), prop::option::of(name()), prop::option::of(name()));
        let beside = (prop::option::of(file("m m")), prop::option::of(file("s")), any::<[bool; 5]>());
        let path = (file("it's a dir"), words, beside).prop_map(|(path, (run, embedding, vectors), beside)| {
            let (metadata, sprite, [outside, joined, raw, bar, header]) = beside;
            let join =
                (joined && metadata.is_some()).then(|| Box::new(Join { key: "k".into(), column: Some("c d".into()) }));
            let options = OpenOptions {
                metadata,
                sprite,
                thumbnail: outside.then_some([8, 9]),
                raw: raw.then(|| RawLayout { dims: 3, dtype: "f16".into(), offset: 7 }),
                vectors,
                allow_outside: outside,
                join,
                delimiter: bar.then_some('|'),
                header: bar.then_some(header),
            };
            (Origin::Path { path, options }, run, embedding)
        });
        prop_oneof![
            1 => Just((Origin::Demo(Demo::Digits), None, None)),
            1 => Just((Origin::Demo(Demo::Words), None, None)),
            4 => path,
        ]
    }

    prop_compose! {
        fn projection()(
            method in prop::sample::select(Method::ALL.to_vec()),
            plane in any::<bool>(),
            components in any::<[u8; 3]>(),
            [sphereize, whiten, gather, usual] in any::<[bool; 4]>(),
            metric in prop::sample::select(Metric::ALL.to_vec()),
            numbers in any::<[u8; 8]>(),
            fine in (0.01_f32..90.0, 0.01_f64..0.9, 0.0_f32..1.0),
            supervisor in prop::option::of(name()),
            ignored_label in name(),
            axes in [axis(), axis(), axis()],
            seed in any::<u64>(),
        ) -> Projection {
            let mut projection = Projection { method, sphereize, metric, supervisor, ignored_label, seed, ..Projection::default() };
            if plane {
                projection.dims = Dims::Two;
            }
            if usual {
                return projection;
            }
            let [a, b, c, d, e, f, g, h] = numbers;
            projection.components = components.map(usize::from);
            projection.whiten = whiten;
            projection.tsne.perplexity = (a > 99).then_some(if a > 200 { 30.0 } else { fine.0 });
            projection.tsne.learning_rate = (b > 99).then_some(fine.0 * f32::from(b));
            projection.tsne.iterations = usize::from(c) * 10 + 1;
            projection.tsne.freedom = f32::from(d) / 2.0;
            projection.tsne.early_exaggeration = f32::from(e);
            projection.tsne.final_evenness = if gather { parallax_session::TsneConfig::GATHERED } else { fine.2 };
            projection.umap.neighbors = (f > 99).then_some(if f > 200 { 15 } else { usize::from(f) });
            projection.umap.epochs = (g > 99).then_some(usize::from(g));
            projection.umap.min_dist = fine.1;
            projection.umap.spread = f64::from(h) / 7.0;
            projection.supervision = fine.2;
            projection.axes = axes;
            projection
        }
    }

    prop_compose! {
        fn view()(
            (origin, run, embedding) in origin(),
            projection in projection(),
            [color_by, label_by, by] in [pick(), pick(), pick()],
            (points, theme, stereo_mode) in (0_usize..4, 0_usize..3, 0_usize..4),
            [labels, named, grid, of_mean, on] in any::<[bool; 5]>(),
            [selection, first, second, tagged, given] in [rows(), rows(), rows(), rows(), rows()],
            (column, value) in (name(), name()),
            cells in prop::collection::vec(prop::option::of(name()), 0..4),
            range in prop::option::of((any::<f64>(), -1e9..1e9_f64).prop_map(|(low, high)| [low, high])),
            search in search(),
            pose in prop::option::of((prop::array::uniform3(-2.0_f32..2.0), -9.0_f32..9.0, 0.001_f32..50.0)),
            look in (0.0_f32..4.0, 0.0_f32..1.0),
            edl in 0_usize..3,
            eyes in prop::option::of((0.0_f32..3.0, 0.01_f32..90.0)),
            trail in prop::collection::vec(any::<u32>(), 0..3),
            k in 1_usize..300,
            compared in compared(),
        ) -> View {
            let mut view = View {
                origin, run, embedding, compared, projection, color_by, label_by, labels, selection, search, trail,
                points: [PointStyle::Spheres, PointStyle::Sprites, PointStyle::Labels, PointStyle::Density][points],
                theme: [Theme::Dark, Theme::Light, Theme::Contrast][theme],
                naming: Naming { shown: named, by, min_size: Some(k), given: vec![GivenName { rows: given, name: value.clone() }], ..Naming::default() },
                isolation: [first, second].into_iter().filter(|level| !level.is_empty()).collect(),
                tags: vec![Tag { column: column.clone(), value, rows: tagged }],
                filter: Brush::only(&column, cells).into(),
                scale: ColorScale { range: range.filter(|[low, high]| low.is_finite() && low < high), ..ColorScale::default() },
                pose: pose.map(|(focus, yaw, radius)| Pose { focus, yaw, pitch: yaw / 7.0, radius }),
                stereo: Stereo { on, mode: StereoMode::ALL[stereo_mode], eye_distance: eyes.map(|eyes| eyes.0), convergence: eyes.map(|eyes| eyes.1) },
                ..View::default()
            };
            if let Some([from, to]) = view.scale.range {
                view.filter = view.filter.with(Brush { column, shows: Shows::Range { from, to, missing: on } });
            }
            (view.look.size, view.look.fog, view.look.grid) = (look.0, look.1, grid);
            view.look.edl = [Switch::Auto, Switch::On, Switch::Off][edl];
            (view.neighbors.k, view.neighbors.of_mean) = (k, of_mean);
            view
        }
    }

    /// Settings of other methods are not in the picture.
    fn leave_unused(projection: &mut Projection, made: &Projection) {
        let all = projection.clone();
        *projection = made.clone();
        let Projection { method, dims, components, sphereize, metric, seed, .. } = all;
        let shared = Projection { method, dims, components, sphereize, metric, seed, ..projection.clone() };
        let supervised = Projection {
            supervisor: all.supervisor.clone(),
            supervision: all.supervision,
            ignored_label: all.ignored_label.clone(),
            ..shared.clone()
        };
        *projection = match method {
            Method::Tsne => Projection { tsne: all.tsne, ..supervised },
            Method::Umap => Projection { umap: all.umap, ..supervised },
            Method::Pca => Projection { whiten: all.whiten, ..shared },
            Method::Custom => Projection { axes: all.axes, ..shared },
            Method::Identity => shared,
        };
    }

    proptest! {
        /// The command of a view is read back by a shell and the parser as the same view.
        #[test]
        fn command_of_a_view_makes_the_same_view(view in view(), size in [1_u32..9000, 1_u32..9000]) {
            let layout = LaidOut { by: &view.projection, steps: None, past: Past::Settings };
            let words = render_command(&OnScreen { view: &view, layout, bookmark: None, size }).unwrap();
            let line = command_line(words.iter().map(String::as_str));
            prop_assert_eq!(&split(&line), &words);
            let cli = Cli::try_parse_from(split(&line)).map_err(|error| TestCaseError::fail(format!("{line}\n{error}")))?;
            let Some(Command::Render(args)) = cli.command else { panic!("{line}") };
            args.data.check().unwrap();
            let input = args.data.input.clone().of_any(args.path.clone());
            let stereo = args.stereo.stereo(Some(args.size)).unwrap();
            let made = args.change.applied(View { stereo, ..args.data.view(input, cli.globals.seed) }).unwrap();
            let mut expected = view.pictured();
            leave_unused(&mut expected.projection, &made.projection);
            prop_assert_eq!(made, expected, "{}", line);
        }
    }

    #[test]
    fn arrangement_of_what_is_compared_is_parsed() {
        for (text, expected) in [
            ("", Arrangement::SideBySide),
            ("--arrange over", Arrangement::Over),
            ("--arrange side-by-side", Arrangement::SideBySide),
            ("--arrange 0.25", Arrangement::Between(0.25)),
        ] {
            let line = format!("parallax render p --out o.png --compare q {text}");
            let cli = Cli::try_parse_from(line.split_whitespace()).unwrap();
            let Some(Command::Render(args)) = cli.command else { panic!("{line}") };
            let view = args.change.applied(View::default()).unwrap();
            assert_eq!(view.compared.unwrap().arrangement, expected, "{line}");
        }
        let line = "parallax p --compare q --other-run r --other-embedding e --other-metadata m.tsv";
        let Ok(Cli { window, .. }) = Cli::try_parse_from(line.split_whitespace()) else { panic!("{line}") };
        let compared = window.shown.change.applied(View::default()).unwrap().compared.unwrap();
        let options = OpenOptions { metadata: Some("m.tsv".into()), ..OpenOptions::default() };
        assert_eq!(compared.origin, Origin::Path { path: "q".into(), options });
        assert_eq!((compared.run.as_deref(), compared.embedding.as_deref()), (Some("r"), Some("e")));
        // Of the same file, what says how it is read says so for both.
        let options = OpenOptions { vectors: Some("x".into()), ..OpenOptions::default() };
        let open = View { origin: Origin::Path { path: "q".into(), options }, ..View::default() };
        let change = ViewArgs { compare: Some("q".into()), other_embedding: Some("e".into()), ..ViewArgs::default() };
        assert_eq!(change.applied(open.clone()).unwrap().compared.unwrap().origin, open.origin);
        for wrong in [
            "--other-metadata m",
            "--other-run r",
            "--other-embedding e",
            "--compare q --arrange 1.5",
            "--compare q --arrange -1",
            "--compare q --arrange x",
            "--arrange over",
        ] {
            let line = format!("parallax render p --out o.png {wrong}");
            assert!(Cli::try_parse_from(line.split_whitespace()).is_err(), "{line}");
        }
    }

    /// As by `parallax compare`.
    #[test]
    fn way_rows_are_matched_is_parsed() {
        let columns = |key: &str, column: &str| MatchBy::Columns { key: key.into(), column: column.into() };
        for (text, expected) in [
            ("", MatchBy::Automatic),
            ("--key word", columns("word", "word")),
            ("--key word=token", columns("word", "token")),
            ("--by-order", MatchBy::Order),
        ] {
            let parse = |line: String| Cli::try_parse_from(line.split_whitespace()).unwrap();
            let compared = |change: ViewArgs| change.applied(View::default()).unwrap().compared.unwrap().matched;
            let Some(Command::Render(args)) =
                parse(format!("parallax render p --out o.png --compare q {text}")).command
            else {
                panic!("{text}")
            };
            assert_eq!(compared(args.change), expected, "{text}");
            let Some(Command::Record(args)) = parse(format!("parallax record p --out o --compare q {text}")).command
            else {
                panic!("{text}")
            };
            assert_eq!(compared(args.change), expected, "{text}");
            let window = parse(format!("parallax p --compare q {text}")).window;
            assert_eq!(compared(window.shown.change), expected, "{text}");
            let Some(Command::Compare(args)) = parse(format!("parallax compare p q {text}")).command else {
                panic!("{text}")
            };
            assert_eq!(args.matched(), expected, "{text}");
        }
        for wrong in ["--key word", "--by-order", "--compare q --by-order --key word"] {
            let line = format!("parallax render p --out o.png {wrong}");
            assert!(Cli::try_parse_from(line.split_whitespace()).is_err(), "{line}");
        }
    }

    #[test]
    fn cameras_of_what_is_compared_are_parsed() {
        let applied = |text: &str| {
            let line = format!("parallax render p --out o.png --compare q {text}");
            let cli = Cli::try_parse_from(line.split_whitespace()).unwrap();
            let Some(Command::Render(args)) = cli.command else { panic!("{line}") };
            args.change.applied(View::default()).map(|view| view.compared.unwrap().camera)
        };
        let own = Some(OwnCamera::default());
        for (text, expected) in [
            ("", None),
            ("--cameras one --arrange over", None),
            ("--cameras two", own),
            ("--cameras two --arrange side-by-side", own),
        ] {
            assert_eq!(applied(text).unwrap(), expected, "{text}");
        }
        let pose = Pose { focus: [0.0; 3], yaw: 1.0, pitch: 0.0, radius: 2.0 };
        let posed = r#"--view {"compared":{"camera":{"pose":{"focus":[0,0,0],"yaw":1,"pitch":0,"radius":2}}}}"#;
        for text in [posed.to_owned(), format!("--cameras two {posed}")] {
            assert_eq!(applied(&text).unwrap(), Some(OwnCamera { pose: Some(pose) }), "{text}");
        }
        let wrong = applied("--cameras two --arrange over").unwrap_err().to_string();
        assert!(wrong.contains("leave it out, or give --arrange side-by-side"), "{wrong}");
        for wrong in ["--compare q --cameras 2", "--cameras two"] {
            let line = format!("parallax render p --out o.png {wrong}");
            assert!(Cli::try_parse_from(line.split_whitespace()).is_err(), "{line}");
        }
    }

    #[test]
    fn change_that_is_refused_is_a_usage_error() {
        let args = |view: &str| ViewArgs { view: Some(view.to_owned()), ..ViewArgs::default() };
        let said = |view: &str| args(view).applied(View::default()).unwrap_err().to_string();
        assert!(said("{").starts_with("--view: it is not JSON: EOF"));
        assert!(said(r#"{"theme":3}"#).starts_with("--view: theme: "));
        assert!(
            said(r#"{"thme":3}"#)
                .starts_with("--view: there is no thme; did you mean theme? There are also apart, color_by, ")
        );
        assert_eq!(ViewArgs::default().applied(View::default()).unwrap(), View::default());
    }
}
