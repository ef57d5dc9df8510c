//! Panels that show bookmarks.

use std::sync::Arc;

use egui_kittest::Harness;
use parallax_desktop::folder::{Entry, Listing};
use parallax_embedding::{Column, ColumnBuilder, Embedding, Metadata, Progress, RowSet, Vectors};
use parallax_panels::{Decision, PanelMemory, ViewModel, show_eye, show_panels};
use parallax_session::{
    Action, Edit, Eye, JobAction, Legend, Method, OpenOptions, Origin, Presentation, ShellAction, StepRow, View,
};
use parallax_tour::{Bookmark, OpenTour, Subject, Tour};

/// What is drawn of one picture, or of those of two embeddings.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(crate) enum Drawn {
    #[default]
    Single,
    OverBoth,
    Half(Eye),
}

/// What the panels show, what they remember, and what was done.
pub(crate) struct World {
    pub(crate) drawn: Drawn,
    pub(crate) view: View,
    pub(crate) tour: OpenTour,
    pub(crate) presentation: Presentation,
    pub(crate) embedding: Embedding,
    pub(crate) legend: Legend,
    pub(crate) shown: Option<RowSet>,
    pub(crate) method: Option<Method>,
    /// The steps of a training, and how far the points are on their way to the open one.
    pub(crate) steps: Option<(StepRow, f32)>,
    /// The content of every folder; `None` until it is known.
    pub(crate) files: Option<Vec<&'static str>>,
    pub(crate) unsaved_tags: usize,
    /// Whether the window is to be closed.
    pub(crate) leaves: bool,
    pub(crate) decision: Option<Decision>,
    /// What opens a chosen file, which is data here, in the next frame.
    proposed: Option<Action>,
    pub(crate) memory: PanelMemory,
    pub(crate) actions: Vec<Action>,
}

/// A bookmark of 1,000 rows in t-SNE, 3D.
pub(crate) fn bookmark(name: &str) -> Bookmark {
    let mut view = View::default();
    view.projection.method = Method::Tsne;
    Bookmark {
        name: name.into(),
        note: String::new(),
        seconds: None,
        subject: Arc::new(Subject { rows: 1000, ..Subject::default() }),
        view,
        layouts: Vec::new(),
        thumbnail: None,
    }
}

/// The tour of a file with bookmarks of these names.
pub(crate) fn tour(names: &[&str]) -> OpenTour {
    let bookmarks = names.iter().map(|name| bookmark(name)).collect();
    let mut open = OpenTour::default();
    open.join("/talks/walk.ron".into(), Tour { bookmarks, seconds: 6.0, ..Tour::default() });
    open
}

fn digits(rows: usize) -> Column {
    let mut column = ColumnBuilder::new("digit");
    (0..rows).for_each(|row| column.push(Some(&(row % 10).to_string())));
    column.finish()
}

impl World {
    pub(crate) fn new(names: &[&str]) -> Self {
        let vectors = Vectors::from_u8(100, 4, vec![1; 400]).unwrap();
        let mut embedding = Embedding::new("digits", vectors, &Progress::default()).unwrap();
        embedding.metadata = Arc::new(Metadata::new(vec![digits(100)]).unwrap());
        Self {
            drawn: Drawn::default(),
            view: View::default(),
            tour: tour(names),
            presentation: Presentation::default(),
            embedding,
            legend: Legend::Empty,
            shown: None,
            method: Some(Method::Pca),
            steps: None,
            files: Some(Vec::new()),
            unsaved_tags: 0,
            leaves: false,
            decision: None,
            proposed: None,
            memory: PanelMemory::default(),
            actions: Vec::new(),
        }
    }

    fn frame(&mut self, ctx: &egui::Context) {
        let unsaved_tags = self.unsaved_tags;
        let model = ViewModel {
            embedding: Some(&self.embedding),
            legend: &self.legend,
            shown: self.shown.as_ref(),
            method: self.method,
            tour: &self.tour,
            presentation: self.presentation,
            step_row: self.steps.as_ref().map(|(row, _)| row),
            arrived: self.steps.as_ref().map_or(1.0, |(_, arrived)| *arrived),
            unsaved_tags: &|| unsaved_tags,
            reduced_motion: true,
            eye: match self.drawn {
                Drawn::Single => Some(Eye::Middle),
                Drawn::OverBoth => None,
                Drawn::Half(eye) => Some(eye),
            },
            picture: matches!(self.drawn, Drawn::Half(_)).then_some("a.npy"),
            ..ViewModel::empty(&self.view)
        };
        if let Drawn::Half(_) = self.drawn {
            show_eye(ctx, &model, ctx.content_rect(), &mut self.memory, false);
            return;
        }
        let decision = self.memory.ask_before_leaving(self.leaves);
        self.leaves &= decision.is_none();
        self.decision = decision.or(self.decision);
        let mut actions = Vec::from_iter(self.proposed.take());
        show_panels(ctx, &model, &mut self.memory, &mut actions);
        if let Some(path) = self.memory.take_chosen() {
            self.proposed = Some(Action::Edit(Edit::Open(Origin::Path { path, options: OpenOptions::default() })));
            ctx.request_repaint();
        }
        for action in &actions {
            match action {
                Action::Edit(edit) => self.view.apply(edit),
                Action::Tour(action) => _ = self.tour.apply(action, || Some(bookmark(""))),
                Action::Job(JobAction::SaveTour { path, places: None }) => self.tour.set_saved(path.clone()),
                Action::Shell(ShellAction::Present(action)) => self.presentation.apply(*action),
                Action::Job(JobAction::Export(_)) => self.unsaved_tags = 0,
                _ => {}
            }
        }
        self.actions.append(&mut actions);
        if let Some((folder, files)) = self.memory.wanted_folder().zip(self.files.as_ref()) {
            let entry = |name: &&str| Entry { name: name.into(), is_folder: false, bytes: 2000 };
            self.memory.put_folder(Listing { folder, entries: Ok(files.iter().map(entry).collect()) });
        }
    }

    pub(crate) fn open_at(self, size: [f32; 2]) -> Harness<'static, Self> {
        let mut harness = Harness::builder()
            .with_size(size)
            .with_step_dt(1.0 / 60.0)
            .build_ui_state(|ui, world: &mut Self| world.frame(&ui.ctx().clone()), self);
        harness.run();
        harness
    }

    pub(crate) fn open(self) -> Harness<'static, Self> {
        self.open_at([1440.0, 900.0])
    }
}

/// Returns the actions of keys that are pressed together.
pub(crate) fn press(harness: &mut Harness<'_, World>, modifiers: egui::Modifiers, key: egui::Key) -> Vec<Action> {
    harness.state_mut().actions.clear();
    harness.key_press_modifiers(modifiers, key);
    harness.run();
    harness.state().actions.clone()
}
