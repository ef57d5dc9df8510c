//! The table of commands.

use std::sync::LazyLock;

use egui::{Key, Modifiers};
use parallax_embedding::{Embedding, RowSet};
use parallax_look::icons::Icon;
use parallax_session::{
    Action, Against, Dims, Edit, Exported, ExportedRows, Filter, HeadsetLink, HistoryAction, JobAction, LabelVerdict,
    Lens, Look, Method, Naming, OpenOptions, Origin, Panel, Pick, PointStyle, Present, ShellAction, Steer, Step,
    Stereo, StereoMode, Switch, Table, Theme, Tool, TourAction, Training,
};

use super::command::{Act, Command, Group, Keys, Why};
use crate::{
    ask::{Ask, save_bookmarks},
    cards::{
        SEEDS, ask_second, can_measure, check_labels, judge_label, label_before, patient, proposed_label, set_cameras,
    },
    model::ViewModel,
    shell::go_to_step,
};

/// All commands, by group. Those of the projection begin with the methods.
pub(crate) static COMMANDS: LazyLock<Vec<Command>> = LazyLock::new(|| {
    let (before, after) = TABLE.split_at(TABLE.partition_point(|command| command.group < Group::Projection));
    [before, &methods(), after].concat()
});

/// Returns a command for each method that has one.
fn methods() -> Vec<Command> {
    let command = |method: Method| Some(Command::of_method(method, method.about().command?).can(has_data));
    Method::ALL.into_iter().filter_map(command).collect()
}

/// All commands but those of the methods, by group.
const TABLE: &[Command] = &[
    Command::new("open", Group::File, "Open…", |_| Act::Ask(Ask::open())).keys(&[ctrl(Key::O)]),
    Command::new("again", Group::File, "Reload", |_| Act::Do(JobAction::Reload.into()))
        .keys(&[ctrl(Key::R)])
        .can(|model| if matches!(model.view.origin, Origin::Path { .. }) { Ok(()) } else { Err("No file is open") }),
    Command::new("follow", Group::File, "Follow the newest step", |model| {
        Act::Do(Edit::Follow(!model.view.follow).into())
    })
    .can(|model| match model.source {
        Some(source) if source.can_follow => Ok(()),
        _ => Err("Neither a log directory nor numbered files are open"),
    })
    .on(|model| model.view.follow),
    Command::new("metadata", Group::File, "Add metadata…", |model| {
        beside(model, "Metadata for these vectors", |options, path| options.metadata = Some(path))
    })
    .can(has_file),
    Command::new("sprite", Group::File, "Add images (a sprite sheet)…", |model| {
        beside(model, "A sprite sheet for these vectors", |options, path| options.sprite = Some(path))
    })
    .can(has_file),
    Command::new("save", Group::File, "Save the metadata…", |_| {
        Act::Ask(Ask::export(Exported::Metadata, ExportedRows::All, "metadata.tsv"))
    })
    .can(has_columns),
    Command::new("compare", Group::File, "Compare with another file…", |_| Act::Ask(ask_second())).can(has_data),
    Command::new("end comparison", Group::File, "End the comparison", |_| Act::Do(Edit::CompareWith(None).into()))
        .can(is_compared),
    Command::new("copy command", Group::File, "Copy as command", |_| Act::CopyCommand).can(has_layout),
    Command::new("undo", Group::Edit, "Undo", |_| Act::Do(HistoryAction::Undo.into()))
        .said(|model| model.undoes.map_or("Undo".into(), |what| format!("Undo {what}").into()))
        .keys(&[ctrl(Key::Z)])
        .can(|model| model.undoes.map(drop).ok_or("There is nothing to undo")),
    Command::new("redo", Group::Edit, "Redo", |_| Act::Do(HistoryAction::Redo.into()))
        .said(|model| model.redoes.map_or("Redo".into(), |what| format!("Redo {what}").into()))
        .keys(&[ctrl_shift(Key::Z), ctrl(Key::Y)])
        .can(|model| model.redoes.map(drop).ok_or("There is nothing to redo")),
    Command::new("cancel", Group::Edit, "Cancel what is running", |_| Act::Do(JobAction::Cancel(None).into()))
        .can(|model| if model.is_busy() { Ok(()) } else { Err("Nothing is running") }),
    Command::new("select all", Group::Select, "Select all shown points", |model| {
        Act::Do(Edit::Select(shown(model)).into())
    })
    .keys(&[ctrl(Key::A)])
    .can(has_rows),
    Command::new("invert", Group::Select, "Invert the selection", |model| {
        Act::Do(Edit::Select(shown(model).difference(&model.view.selection)).into())
    })
    .keys(&[ctrl(Key::I)])
    .can(has_rows),
    Command::new("clear", Group::Select, "Clear the selection", |_| Act::Do(Edit::Select(RowSet::EMPTY).into()))
        .keys(&[ctrl(Key::D)])
        .can(has_selection),
    Command::new("back", Group::Select, "Previous point", |_| Act::Do(Edit::Back.into()))
        .keys(&[alt(Key::ArrowLeft)])
        .can(|model| if model.view.trail.is_empty() { Err("There is no previous point") } else { Ok(()) }),
    Command::new("apart", Group::Select, "Why is the selection apart from the rest?", |_| {
        Act::Do(Edit::TellApart(Some(Against::Rest)).into())
    })
    .can(|model| if model.view.selection.len() > 1 { Ok(()) } else { Err("Select several points first") }),
    Command::new("isolate", Group::Rows, "Isolate the selection", |model| {
        Act::Do(Edit::Isolate(model.view.selection.clone()).into())
    })
    .keys(&[key(Key::Enter)])
    .can(|model| has_selection(model).and(hides_points(model, &model.view.selection))),
    Command::new("level", Group::Rows, "Back one level of isolation", |model| {
        Act::Do(Edit::ShowLevel(model.view.isolation.len().saturating_sub(1)).into())
    })
    .keys(&[key(Key::Backspace)])
    .can(is_isolated),
    Command::new("show all", Group::Rows, "Show all", |_| Act::Do(Edit::ShowLevel(0).into()))
        .keys(&[shift(Key::Backspace)])
        .can(is_isolated),
    Command::new("unfilter", Group::Rows, "Remove the filter", |_| Act::Do(Edit::Filter(Filter::default()).into()))
        .can(|model| if model.view.filter.is_empty() { Err("Nothing is filtered") } else { Ok(()) }),
    Command::new("doctor", Group::Labels, "Check labels", check_labels)
        .keys(&[ctrl(Key::L)])
        .can(|model| has_data(model).and(has_columns(model)))
        .on(|model| model.view.panels.doctor),
    Command::new("keep label", Group::Labels, "Keep the label", |model| {
        Act::All(judge_label(model, LabelVerdict::Keep))
    })
    .keys(&[key(Key::K)])
    .can(checks_labels),
    Command::new("change label", Group::Labels, "Change the label as proposed", |model| {
        Act::All(proposed_label(model).map(|verdict| judge_label(model, verdict)).unwrap_or_default())
    })
    .keys(&[key(Key::C)])
    .can(checks_labels),
    Command::new("other label", Group::Labels, "Another label…", |_| Act::OtherLabel)
        .keys(&[key(Key::E)])
        .can(checks_labels),
    Command::new("skip label", Group::Labels, "Skip this label", |model| {
        Act::All(judge_label(model, LabelVerdict::Skip))
    })
    .keys(&[key(Key::J)])
    .can(checks_labels),
    Command::new("label before", Group::Labels, "Back to the label before", |model| Act::All(label_before(model)))
        .keys(&[key(Key::H)])
        .can(|model| match patient(model) {
            Some(patient) if patient.place == 0 => Err("This is the first of the labels to check"),
            _ => checks_labels(model),
        }),
    Command::new("keep", Group::Bookmarks, "Save this view", |_| tour(TourAction::Add(String::new())))
        .keys(&[ctrl(Key::B)])
        .can(has_layout),
    Command::new("draft", Group::Bookmarks, "Draft a tour", |_| Act::Do(JobAction::DraftTour.into())).can(can_draft),
    Command::new("remove drafts", Group::Bookmarks, "Remove the drafted bookmarks", |_| tour(TourAction::RemoveDrafts))
        .can(|model| if model.tour.has_drafts() { Ok(()) } else { Err("No drafted bookmarks are there") }),
    Command::new("update", Group::Bookmarks, "Update to current view", |model| {
        tour(TourAction::Update(model.tour.at().unwrap_or(usize::MAX)))
    })
    .keys(&[ctrl_shift(Key::B)])
    .can(|model| has_layout(model).and(model.tour.at().map(drop).ok_or("No bookmark is shown"))),
    Command::new("previous", Group::Bookmarks, "Previous bookmark", |_| tour(TourAction::Step(Step::Previous)))
        .keys(&[ctrl(Key::ArrowLeft)])
        .can(|model| model.tour.place_of(Step::Previous).map(drop).ok_or("There is no previous bookmark")),
    Command::new("next", Group::Bookmarks, "Next bookmark", |_| tour(TourAction::Step(Step::Next)))
        .keys(&[ctrl(Key::ArrowRight)])
        .can(|model| model.tour.place_of(Step::Next).map(drop).ok_or("There is no next bookmark")),
    Command::new("open bookmarks", Group::Bookmarks, "Open bookmarks…", |_| Act::Ask(Ask::open_bookmarks()))
        .keys(&[ctrl_shift(Key::O)]),
    Command::new("save bookmarks", Group::Bookmarks, "Save bookmarks", |model| {
        save_bookmarks(model.tour).map_or_else(Act::Ask, Act::Do)
    })
    .keys(&[ctrl(Key::S)])
    .can(has_bookmarks),
    Command::new("save as", Group::Bookmarks, "Save bookmarks as…", |model| {
        Act::Ask(Ask::save_bookmarks(model.tour, None))
    })
    .keys(&[ctrl_shift(Key::S)])
    .can(has_bookmarks),
    Command::new("save tensorboard", Group::Bookmarks, "Save for TensorBoard…", |model| {
        Act::Ask(Ask::save_tensorboard(model.tour))
    })
    .can(has_bookmarks),
    Command::new("choose bookmarks", Group::Bookmarks, "Save some bookmarks…", |_| Act::ChooseBookmarks)
        .can(has_bookmarks),
    Command::new("present", Group::Bookmarks, "Present", |model| {
        Act::Do(ShellAction::Present(Present::On(!model.presentation.on)).into())
    })
    .keys(&[key(Key::F5)])
    .can(has_bookmarks)
    .on(|model| model.presentation.on),
    Command::new("presenter", Group::Bookmarks, "Presenter's view", |model| {
        Act::Do(ShellAction::Present(Present::Presenter(!model.presentation.presenter)).into())
    })
    .can(has_bookmarks)
    .on(|model| model.presentation.presenter),
    Command::new("loop", Group::Bookmarks, "Loop", |model| tour(TourAction::Loop(!model.tour.tour().looping)))
        .can(has_bookmarks)
        .on(|model| model.tour.tour().looping),
    Command::new("data at hand", Group::Bookmarks, "Apply to the open data", |model| {
        tour(TourAction::UseDataAtHand(!model.on_data_at_hand))
    })
    .can(has_bookmarks)
    .on(|model| model.on_data_at_hand),
    Command::new("close tour", Group::Bookmarks, "Close bookmarks", |model| {
        if model.tour.is_saved() { tour(TourAction::Close) } else { Act::CloseTour }
    })
    .can(has_bookmarks),
    Command::new("pointer", Group::Tools, "Pointer", |_| Act::Do(Edit::Take(Tool::Pointer).into()))
        .keys(&[key(Key::P)])
        .icon(|_| Icon::Pointer)
        .on(|model| model.view.tool == Tool::Pointer),
    Command::new("sphere", Group::Tools, "Select with a sphere", |_| Act::Do(Edit::Take(Tool::Sphere).into()))
        .keys(&[key(Key::S)])
        .icon(|_| Icon::Sphere)
        .on(|model| model.view.tool == Tool::Sphere),
    Command::new("box", Group::Tools, "Select with a box", |_| Act::Do(Edit::Take(Tool::Box).into()))
        .keys(&[key(Key::B)])
        .icon(|_| Icon::Box)
        .on(|model| model.view.tool == Tool::Box),
    Command::new("lasso", Group::Tools, "Select with a lasso", |_| Act::Do(Edit::Take(Tool::Lasso).into()))
        .keys(&[key(Key::O)])
        .icon(|_| Icon::Lasso)
        .on(|model| model.view.tool == Tool::Lasso),
    Command::new("visible", Group::Tools, "Select only visible points", |model| {
        Act::Do(Edit::SelectVisible(!model.view.visible_only).into())
    })
    .keys(&[key(Key::X)])
    .on(|model| model.view.visible_only),
    Command::new("dims", Group::Camera, "Two or three dimensions", |model| {
        Act::Do(Edit::SetDims(if three(model) { Dims::Two } else { Dims::Three }).into())
    })
    .said(|model| if three(model) { "Show in 2D".into() } else { "Show in 3D".into() })
    .icon(|model| Icon::Letters(if three(model) { "3D" } else { "2D" }))
    .can(has_data),
    Command::new("two", Group::Camera, "Two dimensions", |_| Act::Do(Edit::SetDims(Dims::Two).into()))
        .keys(&[key(Key::Num2)])
        .can(|model| if three(model) { Ok(()) } else { Err("It is shown in 2D already") })
        .on(|model| !three(model)),
    Command::new("three", Group::Camera, "Three dimensions", |_| Act::Do(Edit::SetDims(Dims::Three).into()))
        .keys(&[key(Key::Num3)])
        .can(|model| if three(model) { Err("It is shown in 3D already") } else { Ok(()) })
        .on(three),
    Command::new("fit", Group::Camera, "Fit to view", |model| Act::Do(Edit::fit(model.half).into()))
        .keys(&[key(Key::F), key(Key::Home)])
        .icon(|_| Icon::Fit)
        .can(has_data),
    Command::new("fly", Group::Camera, "Fly to the selection", |model| {
        Act::Do(ShellAction::fly(model.half, model.view.selection.clone()).into())
    })
    .keys(&[shift(Key::F)])
    .can(has_selection),
    Command::new("turn", Group::Camera, "Auto-rotate", |model| Act::Do(Edit::Turn(!model.view.turning).into()))
        .keys(&[key(Key::R)])
        .icon(|_| Icon::Turn)
        .can(|model| has_data(model).and(if three(model) { Ok(()) } else { Err("A plane does not rotate") }))
        .on(|model| model.view.turning),
    Command::new("lens", Group::Camera, "Orthographic", |model| {
        let lens = if model.view.look.lens == Lens::Perspective { Lens::Orthographic } else { Lens::Perspective };
        Act::Do(Edit::SetLook(Look { lens, ..model.view.look }).into())
    })
    .keys(&[key(Key::Num5)])
    .can(|model| if three(model) { Ok(()) } else { Err("A plane has no perspective") })
    .on(|model| model.view.look.lens == Lens::Orthographic),
    Command::new("two cameras", Group::Camera, "Two cameras, side by side", |model| {
        Act::All(set_cameras(model, !model.view.has_two_cameras()))
    })
    .can(|model| if model.view.is_side_by_side() { Ok(()) } else { Err("No two embeddings are side by side") })
    .on(|model| model.view.has_two_cameras()),
    Command::new("stereo", Group::Camera, "Stereo", |model| {
        Act::Do(Edit::SetStereo(Stereo { on: !model.view.stereo.on, ..model.view.stereo }).into())
    })
    .keys(&[key(Key::D)])
    .can(has_data)
    .on(|model| model.view.stereo.on),
    Command::new("side by side", Group::Camera, "Stereo: side by side", |model| see(model, StereoMode::SideBySide))
        .can(has_data)
        .on(|model| sees(model, StereoMode::SideBySide)),
    Command::new("top and bottom", Group::Camera, "Stereo: top and bottom", |model| see(model, StereoMode::TopBottom))
        .can(has_data)
        .on(|model| sees(model, StereoMode::TopBottom)),
    Command::new("cross-eyed", Group::Camera, "Stereo: cross-eyed", |model| see(model, StereoMode::CrossEyed))
        .can(has_data)
        .on(|model| sees(model, StereoMode::CrossEyed)),
    Command::new("anaglyph", Group::Camera, "Stereo: anaglyph, for red and cyan glasses", |model| {
        see(model, StereoMode::Anaglyph)
    })
    .can(has_data)
    .on(|model| sees(model, StereoMode::Anaglyph)),
    Command::new("farther apart", Group::Camera, "Stereo: eyes farther apart", |model| set_eyes(model, [1.25, 1.0]))
        .keys(&[key(Key::Period)])
        .can(has_depth),
    Command::new("closer together", Group::Camera, "Stereo: eyes closer together", |model| set_eyes(model, [0.8, 1.0]))
        .keys(&[key(Key::Comma)])
        .can(has_depth),
    Command::new("converge farther", Group::Camera, "Stereo: bring the cloud nearer", |model| {
        set_eyes(model, [1.0, 1.1])
    })
    .keys(&[key(Key::Equals), key(Key::Plus)])
    .can(has_depth),
    Command::new("converge nearer", Group::Camera, "Stereo: move the cloud away", |model| {
        set_eyes(model, [1.0, 1.0 / 1.1])
    })
    .keys(&[key(Key::Minus)])
    .can(has_depth),
    Command::new("automatic eyes", Group::Camera, "Stereo: automatic depth", |model| {
        let automatic = Stereo { eye_distance: None, convergence: None, ..model.view.stereo };
        Act::Do(Edit::SetStereo(automatic).into())
    })
    .can(|model| match model.view.stereo {
        Stereo { eye_distance: None, convergence: None, .. } => Err("It is automatic already"),
        _ => Ok(()),
    }),
    Command::new("labels", Group::Look, "Labels", |model| Act::Do(Edit::ShowLabels(!model.view.labels).into()))
        .keys(&[key(Key::L)])
        .icon(|_| Icon::Letters("Aa"))
        .can(has_data)
        .on(|model| model.view.labels),
    Command::new("names", Group::Look, "Names of clusters", |model| {
        let naming = &model.view.naming;
        Act::Do(Edit::SetNaming(Naming { shown: !naming.shown, ..naming.clone() }).into())
    })
    .keys(&[key(Key::N)])
    .can(has_data)
    .on(|model| model.view.naming.shown),
    Command::new("stability", Group::Look, "Stability of the clusters over 5 seeds", |_| {
        Act::Do(JobAction::MeasureStability(SEEDS).into())
    })
    .can(can_measure),
    Command::new("images", Group::Look, "Images", |model| show_as(model, PointStyle::Sprites))
        .keys(&[key(Key::I)])
        .icon(|_| Icon::Image)
        .can(|model| if has_sheet(model) { Ok(()) } else { Err("There is no sprite sheet to take images from") })
        .on(|model| model.view.points == PointStyle::Sprites && has_sheet(model)),
    Command::new("words", Group::Look, "Labels for points", |model| show_as(model, PointStyle::Labels))
        .keys(&[key(Key::W)])
        .can(has_data)
        .on(|model| model.view.points == PointStyle::Labels),
    Command::new("density", Group::Look, "Density as brightness", |model| show_as(model, PointStyle::Density))
        .keys(&[key(Key::M)])
        .can(has_data)
        .on(|model| model.view.points == PointStyle::Density),
    Command::new("larger", Group::Look, "Larger points", |model| resize(model, true))
        .keys(&[key(Key::CloseBracket)])
        .can(|model| if model.view.look.size < SIZES[1] { Ok(()) } else { Err("Points have the largest size") }),
    Command::new("smaller", Group::Look, "Smaller points", |model| resize(model, false))
        .keys(&[key(Key::OpenBracket)])
        .can(
            |model| if model.view.look.size > smallest(model) { Ok(()) } else { Err("Points have the smallest size") },
        ),
    Command::new("grid", Group::Look, "Grid", |model| {
        Act::Do(Edit::SetLook(Look { grid: !model.view.look.grid, ..model.view.look }).into())
    })
    .keys(&[key(Key::G)])
    .on(|model| model.view.look.grid),
    Command::new("edl", Group::Look, "Eye-dome lighting", |model| {
        let edl = if is_dome_lit(model) { Switch::Off } else { Switch::On };
        Act::Do(Edit::SetLook(Look { edl, ..model.view.look }).into())
    })
    .can(|model| match model.view.points {
        PointStyle::Density => Err("A density has no depth"),
        _ if three(model) => Ok(()),
        _ => Err("A plane has no depth"),
    })
    .on(is_dome_lit),
    Command::new("axes", Group::Look, "Axes", |model| {
        Act::Do(Edit::SetLook(Look { axes: !model.view.look.axes, ..model.view.look }).into())
    })
    .keys(&[key(Key::A)])
    .on(|model| model.view.look.axes),
    Command::new("theme", Group::Look, "Switch theme", |model| Act::Do(Edit::SetTheme(model.view.theme.next()).into()))
        .said(|model| theme_name(model.view.theme.next()).into())
        .keys(&[key(Key::T)])
        .icon(|model| match model.view.theme.next() {
            Theme::Light => Icon::Sun,
            Theme::Contrast => Icon::Contrast,
            Theme::Dark => Icon::Moon,
        }),
    Command::new("kept", Group::Look, "Color by neighbors kept", |_| Act::Do(Edit::ColorBy(Pick::Reliability).into()))
        .can(|model| model.quality.map(drop).ok_or("The layout has not been measured"))
        .on(|model| model.view.color_by == Pick::Reliability),
    Command::new("false_and_missing", Group::Look, "Color by false and missing neighbors", |_| {
        Act::Do(Edit::ColorBy(Pick::FalseAndMissing).into())
    })
    .can(|model| model.quality.map(drop).ok_or("The layout has not been measured"))
    .on(|model| model.view.color_by == Pick::FalseAndMissing),
    Command::new("shared", Group::Look, "Color by neighbors shared", |_| Act::Do(Edit::ColorBy(Pick::Shared).into()))
        .can(is_compared)
        .on(|model| model.view.color_by == Pick::Shared),
    Command::new("moved", Group::Look, "Color by distance moved", |_| Act::Do(Edit::ColorBy(Pick::FromPartner).into()))
        .can(is_compared)
        .on(|model| model.view.color_by == Pick::FromPartner),
    Command::new("motion", Group::Look, "Reduce motion", |model| Act::Motion(!model.reduced_motion))
        .on(|model| model.reduced_motion),
    Command::new("pause", Group::Projection, "Pause or continue", |model| {
        let running = model.steps.is_some_and(|steps| steps.running);
        Act::Do(JobAction::Steer(if running { Steer::Pause } else { Steer::Resume }).into())
    })
    .said(|model| if model.steps.is_some_and(|steps| steps.running) { "Pause".into() } else { "Continue".into() })
    .keys(&[key(Key::Space)])
    .can(has_steps),
    Command::new("restart", Group::Projection, "Restart the projection", |_| {
        Act::Do(JobAction::Steer(Steer::Restart).into())
    })
    .can(has_steps),
    Command::new("perturb", Group::Projection, "Perturb the points", |_| {
        Act::Do(JobAction::Steer(Steer::Perturb).into())
    })
    .can(has_steps),
    Command::new("previous step", Group::Steps, "Previous step", |model| step(model, false))
        .keys(&[key(Key::PageUp)])
        .can(|model| can_step(model, false)),
    Command::new("next step", Group::Steps, "Next step", |model| step(model, true))
        .keys(&[key(Key::PageDown)])
        .can(|model| can_step(model, true)),
    Command::new("play steps", Group::Steps, "Play the steps", |model| {
        let training = model.view.training;
        Act::Do(Edit::SetTraining(Training { playing: !training.playing, ..training }).into())
    })
    .said(|model| if model.view.training.playing { "Pause the steps".into() } else { "Play the steps".into() })
    .keys(&[shift(Key::Space)])
    .icon(|model| if model.view.training.playing { Icon::Pause } else { Icon::Play })
    .can(has_step_row)
    .on(|model| model.view.training.playing),
    Command::new("loop steps", Group::Steps, "Loop the steps", |model| {
        let training = model.view.training;
        Act::Do(Edit::SetTraining(Training { looping: !training.looping, ..training }).into())
    })
    .can(has_step_row)
    .on(|model| model.view.training.looping),
    Command::new("together", Group::Steps, "Lay all steps out together", |model| {
        let together = model.view.training.together != Some(true);
        Act::Do(Edit::SetTraining(Training { together: Some(together), ..model.view.training }).into())
    })
    .can(has_step_row)
    .on(|model| model.view.training.together == Some(true)),
    Command::new("palette", Group::Window, "Commands…", |_| Act::Palette).keys(&[ctrl(Key::K), ctrl_shift(Key::P)]),
    Command::new("help", Group::Window, "Shortcuts", |_| Act::Help).keys(&[key(Key::F1), key(Key::Questionmark)]),
    Command::new("messages", Group::Window, "Messages", |_| Act::Messages).keys(&[ctrl(Key::M)]),
    Command::new("headset", Group::Window, "Headset: connect again", |_| Act::Do(ShellAction::EnterHeadset.into()))
        .can(|model| match model.headset {
            HeadsetLink::Lost => Ok(()),
            HeadsetLink::Connected => Err("It is connected"),
            HeadsetLink::Absent => Err("Start the program with --xr to use a headset"),
        }),
    Command::new("search", Group::Window, "Search", |_| Act::Search)
        .keys(&[key(Key::Slash), ctrl(Key::F)])
        .can(has_data),
    Command::new("sum", Group::Window, "Add and subtract rows (search)", |_| Act::Sum)
        .can(has_data)
        .on(|model| model.view.search.sum),
    Command::new("controls", Group::Window, "Focus the controls", |_| Act::Controls).keys(&[key(Key::F6)]),
    Command::new("panels", Group::Window, "Panels", |model| Act::Do(Edit::ShowPanels(!model.view.panels.shown).into()))
        .said(|model| if model.view.panels.shown { "Hide panels".into() } else { "Show panels".into() })
        .keys(&[key(Key::F4), key(Key::Tab)])
        .icon(|_| Icon::Panels),
    Command::new("data", Group::Window, "Data card", |model| fold(model, Panel::Data))
        .keys(&[ctrl(Key::Num1)])
        .on(|model| model.is_seen(Panel::Data)),
    Command::new("projection", Group::Window, "Projection card", |model| fold(model, Panel::Projection))
        .keys(&[ctrl(Key::Num2)])
        .on(|model| model.is_seen(Panel::Projection)),
    Command::new("inspector", Group::Window, "Inspector card", |model| fold(model, Panel::Inspector))
        .keys(&[ctrl(Key::Num3)])
        .on(|model| model.is_seen(Panel::Inspector)),
    Command::new("bookmarks", Group::Window, "Bookmarks card", |model| fold(model, Panel::Bookmarks))
        .keys(&[ctrl(Key::Num4)])
        .on(|model| model.is_seen(Panel::Bookmarks)),
    Command::new("table", Group::Window, "Table", |model| {
        Act::Do(Edit::SetTable(Table { shown: !model.view.table.shown, ..model.view.table.clone() }).into())
    })
    .keys(&[ctrl(Key::T)])
    .can(has_data)
    .on(|model| model.view.table.shown),
    Command::new("charts", Group::Window, "Charts", |model| {
        Act::Do(Edit::ShowCharts(!model.view.panels.charts).into())
    })
    .keys(&[ctrl(Key::Num5)])
    .icon(|_| Icon::Charts)
    .can(|model| has_data(model).and_then(|()| if model.view.panels.charts { Ok(()) } else { has_columns(model) }))
    .on(|model| model.view.panels.charts),
];

/// Returns the command with this identifier.
pub(crate) fn command(id: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.id == id)
}

/// The least and the greatest size of points.
const SIZES: [f32; 2] = [0.1, 10.0];

fn has_data(model: &ViewModel<'_>) -> Why {
    model.embedding.map(drop).ok_or("Nothing is open")
}

fn can_draft(model: &ViewModel<'_>) -> Why {
    let runs = model.steps.is_some_and(|steps| steps.running);
    has_layout(model)?;
    if model.drafting.is_some() {
        return Err("A tour is being drafted");
    }
    if runs { Err("The layout is still being computed") } else { Ok(()) }
}

fn has_layout(model: &ViewModel<'_>) -> Why {
    model.method.map(drop).ok_or("There is nothing to see yet")
}

fn has_bookmarks(model: &ViewModel<'_>) -> Why {
    if model.tour.tour().bookmarks.is_empty() { Err("There are no bookmarks") } else { Ok(()) }
}

fn has_rows(model: &ViewModel<'_>) -> Why {
    if model.embedding.is_some_and(|embedding| embedding.rows() > 0) { Ok(()) } else { Err("There are no points") }
}

fn has_columns(model: &ViewModel<'_>) -> Why {
    if model.columns().is_empty() { Err("There is no metadata") } else { Ok(()) }
}

fn checks_labels(model: &ViewModel<'_>) -> Why {
    if !model.view.panels.doctor || !model.view.panels.shown {
        return Err("Labels are not being checked: Ctrl+L begins");
    }
    patient(model).map(drop).ok_or("There is no label to check")
}

fn has_file(model: &ViewModel<'_>) -> Why {
    match model.view.origin {
        Origin::Path { .. } if model.embedding.is_some() => Ok(()),
        _ => Err("No file is open"),
    }
}

fn has_selection(model: &ViewModel<'_>) -> Why {
    if model.view.selection.is_empty() { Err("Nothing is selected") } else { Ok(()) }
}

/// Whether points would be hidden if only `rows` were shown.
pub(crate) fn hides_points(model: &ViewModel<'_>, rows: &RowSet) -> Why {
    let hides = match model.view.isolated() {
        Some(level) => rows.len() < level.len() || !level.difference(rows).is_empty(),
        None => rows.len() < model.embedding.map_or(0, Embedding::rows),
    };
    if hides { Ok(()) } else { Err("These are all points, so isolating them would hide none") }
}

fn is_isolated(model: &ViewModel<'_>) -> Why {
    if model.view.isolation.is_empty() { Err("Nothing is isolated") } else { Ok(()) }
}

fn has_steps(model: &ViewModel<'_>) -> Why {
    model.steps.map(drop).ok_or("The projection has no steps")
}

fn has_step_row(model: &ViewModel<'_>) -> Why {
    model.step_row.map(drop).ok_or("There are no steps of a training")
}

fn can_step(model: &ViewModel<'_>, is_next: bool) -> Why {
    has_step_row(model)?;
    let why = if is_next { "This is the last step" } else { "This is the first step" };
    model.step_row.and_then(|row| row.beside(is_next)).map(drop).ok_or(why)
}

/// Goes to the next or the previous step.
fn step(model: &ViewModel<'_>, is_next: bool) -> Act {
    let action = model.step_row.and_then(|row| go_to_step(row, row.beside(is_next)?, Edit::PassStep, model));
    Act::All(action.into_iter().collect())
}

fn has_sheet(model: &ViewModel<'_>) -> bool {
    model.embedding.is_some_and(|embedding| embedding.sprite.is_some())
}

fn is_dome_lit(model: &ViewModel<'_>) -> bool {
    model.view.is_dome_lit(model.embedding.map_or(0, Embedding::rows))
}

fn three(model: &ViewModel<'_>) -> bool {
    model.view.projection.dims == Dims::Three
}

/// The rows that are shown.
fn shown(model: &ViewModel<'_>) -> RowSet {
    model.shown.cloned().unwrap_or_else(|| RowSet::all(model.embedding.map_or(0, Embedding::rows)))
}

/// Shows a picture to each eye in this way.
fn see(model: &ViewModel<'_>, mode: StereoMode) -> Act {
    Act::Do(Edit::SetStereo(Stereo { on: !sees(model, mode), mode, ..model.view.stereo }).into())
}

fn sees(model: &ViewModel<'_>, mode: StereoMode) -> bool {
    model.view.stereo.on && model.view.stereo.mode == mode
}

fn has_depth(model: &ViewModel<'_>) -> Why {
    if !three(model) {
        return Err("A plane has no depth");
    }
    model.eyes.map(drop).ok_or("Stereo is off")
}

/// Multiplies the distance between the eyes and that of what appears at the screen. A factor of 1
/// leaves what is automatic automatic.
fn set_eyes(model: &ViewModel<'_>, [apart, at]: [f32; 2]) -> Act {
    let before = model.view.stereo;
    let [eyes, screen] = model.eyes.unwrap_or([0.1, 3.0]);
    let ([least, most], most_apart) = (Stereo::CONVERGENCE, Stereo::MOST_APART);
    let stereo = Stereo {
        eye_distance: if apart == 1.0 { before.eye_distance } else { Some((eyes * apart).clamp(0.001, most_apart)) },
        convergence: if at == 1.0 { before.convergence } else { Some((screen * at).clamp(least, most)) },
        ..before
    };
    Act::Do(Edit::SetStereo(stereo).into())
}

/// Shows points in this style, or as spheres if they have it already.
fn show_as(model: &ViewModel<'_>, style: PointStyle) -> Act {
    Act::Do(Edit::ShowPointsAs(if model.view.points == style { PointStyle::Spheres } else { style }).into())
}

/// Returns the smallest size of points. Those of a density cover whole pixels.
fn smallest(model: &ViewModel<'_>) -> f32 {
    if model.view.points == PointStyle::Density { 1.0 } else { SIZES[0] }
}

fn resize(model: &ViewModel<'_>, is_larger: bool) -> Act {
    let size = model.view.look.size;
    let size = match (model.view.points, is_larger) {
        (PointStyle::Density, true) => size.round() + 1.0,
        (PointStyle::Density, false) => size.round() - 1.0,
        (_, true) => size * 1.25,
        (_, false) => size * 0.8,
    };
    let size = size.clamp(smallest(model), SIZES[1]);
    Act::Do(Edit::SetLook(Look { size, ..model.view.look }).into())
}

fn tour(action: TourAction) -> Act {
    Act::Do(action.into())
}

fn fold(model: &ViewModel<'_>, panel: Panel) -> Act {
    Act::Do(Edit::Fold(panel, model.is_seen(panel)).into())
}

fn theme_name(theme: Theme) -> &'static str {
    match theme {
        Theme::Dark => "Dark theme",
        Theme::Light => "Light theme",
        Theme::Contrast => "High contrast",
    }
}

fn is_compared(model: &ViewModel<'_>) -> Why {
    model.view.compared.as_ref().map(drop).ok_or("No embedding is compared with")
}

/// Asks for a file that belongs to the one that is open.
fn beside(model: &ViewModel<'_>, title: &str, set: fn(&mut OpenOptions, std::path::PathBuf)) -> Act {
    let origin = model.view.origin.clone();
    Act::Ask(Ask::to_read(title, move |path| {
        let mut origin = origin.clone();
        if let Origin::Path { options, .. } = &mut origin {
            set(options, path);
        }
        Action::Edit(Edit::Open(origin))
    }))
}

const fn key(key: Key) -> Keys {
    Keys { modifiers: Modifiers::NONE, key }
}

const fn ctrl(key: Key) -> Keys {
    Keys { modifiers: Modifiers::COMMAND, key }
}

const fn ctrl_shift(key: Key) -> Keys {
    Keys { modifiers: Modifiers { shift: true, ..Modifiers::COMMAND }, key }
}

const fn shift(key: Key) -> Keys {
    Keys { modifiers: Modifiers::SHIFT, key }
}

const fn alt(key: Key) -> Keys {
    Keys { modifiers: Modifiers::ALT, key }
}
