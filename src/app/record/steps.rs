//! A walk through the steps of a training.
//!
//! Layouts of the steps belong together, as in the window. Points move from a step to the next one in a
//! straight line; where steps between the two have no picture, they jump, because nobody knows the way.

use parallax_camera::frame;
use parallax_cloud::{Cloud, LabelsAnew};
use parallax_formats::{Problem, SeriesStep, usual_shape};
use parallax_projector::{OnlySteps, laid_out};
use parallax_session::{Edit, Half, Pose, Present, StepKind, StepRow, View};
use parallax_state::{CurrentSteps, CurrentView, MORPH, Motion, Opened, Presenting, ScreenArea, StepLayouts, Tempo};

use super::{AppError, FADE, RecordedSteps, StepsReport, Walk};

/// How long a step is shown, unless it is said otherwise.
const SECONDS: f32 = 0.8;

impl RecordedSteps {
    /// The steps that can be read first, the newest one first: where one cannot be read, the next is.
    fn candidates(&self) -> impl Iterator<Item = &SeriesStep> {
        let shape = usual_shape(&self.steps);
        let is_usual = move |step: &&SeriesStep| (step.rows, step.dims) == shape && Some(step.number) != self.itself;
        self.steps.iter().rev().filter(is_usual)
    }

    /// Returns the view of the step that is read first.
    pub(super) fn first_view(&self) -> View {
        let embedding = self.candidates().next().map(|step| step.name.clone());
        View { embedding: embedding.or_else(|| self.view.embedding.clone()), ..self.view.clone() }
    }
}

impl Walk<'_> {
    pub(super) fn walk_steps(&mut self, of: &RecordedSteps) -> Result<StepsReport, AppError> {
        if !of.are_all {
            let numbers = of.steps.iter().map(|step| step.number).collect();
            self.headless.world_mut().insert_resource(OnlySteps(numbers));
        }
        self.progress.begin("Laying out the steps");
        self.settle()?;
        for step in of.candidates().skip(1) {
            if self.headless.world().resource::<Opened>().embedding.is_some() {
                break;
            }
            self.headless.act(Edit::GoToStep(step.name.clone()));
            self.settle()?;
        }
        let said = self.headless.said_of_data(of.is_named)?;
        let mut report = StepsReport { said, ..StepsReport::default() };
        for (step, outcome) in laid_out(self.headless.world()) {
            match outcome {
                Ok(()) if Some(step.number) == of.itself => {
                    let why = format!("{} is the second embedding itself", step.name);
                    report.left_out.push((step.number, why));
                }
                Ok(()) => report.shown.push(step),
                Err(why) => report.left_out.push((step.number, why)),
            }
        }
        self.check(&report)?;
        self.progress.begin("Recording");
        self.begin(&report.shown[0])?;
        self.show(&mut report)?;
        Ok(report)
    }

    /// Refuses a movie of fewer than two steps.
    fn check(&self, report: &StepsReport) -> Result<(), AppError> {
        let path = self.headless.world().resource::<Opened>().source.as_ref().map(|source| source.path.clone());
        let problem = |what: String| Problem::error(path.unwrap_or_default(), what);
        let why = report.left_out.first().map(|(number, why)| format!("step {number}: {}", why.trim_end_matches('.')));
        let what = match (report.shown.as_slice(), why) {
            ([], Some(why)) => format!("no step has a layout; {why}"),
            ([], None) => "no step has a layout".to_owned(),
            ([only], Some(why)) => format!("only step {} has a layout, and a movie is of several; {why}", only.number),
            ([only], None) => format!("only step {} has a layout, and a movie is of several", only.number),
            _ => return Ok(()),
        };
        Err(parallax_formats::FormatError::from(problem(what)).into())
    }

    /// Goes to the first step, which is there at once, and lets the camera see all of them.
    fn begin(&mut self, first: &SeriesStep) -> Result<(), AppError> {
        self.headless.act(Edit::GoToStep(first.name.clone()));
        self.headless.world_mut().resource_mut::<Presenting>().0.apply(Present::On(true));
        self.settle()?;
        if let Some(pose) = self.wider() {
            let view = self.headless.world().resource::<CurrentView>();
            let moved = Half::BOTH.into_iter().filter(|half| view.pose_of(*half).is_none());
            let edits: Vec<Edit> = moved.map(|half| Edit::move_camera(half, pose)).collect();
            edits.into_iter().for_each(|edit| self.headless.act(edit));
            self.settle()?;
        }
        self.headless.world_mut().resource_mut::<LabelsAnew>().0 += 1;
        self.headless.world_mut().insert_resource(Tempo(MORPH));
        self.headless.world_mut().insert_resource(Motion::Full);
        self.pass(FADE);
        Ok(())
    }

    /// Returns the pose that shows all steps, if none is given and the usual one does not: the steps
    /// have one scale, which is that of most of them.
    fn wider(&self) -> Option<Pose> {
        let world = self.headless.world();
        let (view, cloud) = (world.resource::<CurrentView>(), world.resource::<Cloud>());
        if view.pose.is_some() || view.training.fills {
            return None;
        }
        let layouts = &world.resource::<StepLayouts>().layouts;
        let reach = layouts.iter().map(|layout| cloud.reach_of(layout)).fold(1.0, f32::max);
        let angles = (Pose::DIRECTION[0], Pose::DIRECTION[1]);
        let dims = view.projection.dims;
        let angles = if dims == parallax_session::Dims::Two { (0.0, 0.0) } else { angles };
        let area = world.resource::<ScreenArea>();
        (reach > 1.0).then(|| frame(dims, area, (bevy::math::Vec3::ZERO, reach), angles))
    }

    /// Shows one step after the other.
    fn show(&mut self, report: &mut StepsReport) -> Result<(), AppError> {
        let row = self.headless.world().resource::<CurrentSteps>().0.clone().unwrap_or_default();
        let count = report.shown.len();
        for (place, step) in report.shown.iter().enumerate() {
            self.progress.advance(place, count).map_err(|_canceled| AppError::Cancelled)?;
            if let Some(before) = place.checked_sub(1).map(|before| &report.shown[before]) {
                let ends = [before.number, step.number];
                let is_between = |number: u64| ends[0] < number && number < ends[1];
                let leaves_out = report.left_out.iter().any(|(number, _)| is_between(*number));
                let jumps = leaves_out || is_gap(&row, ends);
                self.headless.world_mut().insert_resource(if jumps { Motion::Reduced } else { Motion::Full });
                self.headless.act(Edit::GoToStep(step.name.clone()));
                self.settle()?;
                if jumps {
                    report.jumps.push(ends);
                } else {
                    self.go()?;
                }
            }
            self.stay(self.options.seconds.unwrap_or(SECONDS))?;
        }
        Ok(())
    }
}

/// Returns whether a step between two numbers has no picture.
fn is_gap(row: &StepRow, [from, to]: [u64; 2]) -> bool {
    let mut between = row.marks.iter().filter(|mark| mark.number > from && mark.number < to);
    between.any(|mark| !matches!(mark.kind, StepKind::There { is_laid_out: true, .. }))
}
