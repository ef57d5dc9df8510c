//! The row of the steps of a training, above the status line.

use egui::{
    Align, Align2, Area, Context, CursorIcon, Frame, Id, Key, Layout, Margin, Order, Popup, PopupCloseBehavior, Rect,
    RectAlign, Response, Sense, Tooltip, Ui, WidgetInfo, pos2, vec2,
};
use parallax_look::{
    Tokens,
    icons::Icon,
    theme::{CAPTION, CONTROL, CORNER, SECONDARY, SPACE},
    widgets::{self, Segment, icon_button},
};
use parallax_projection::Basis;
use parallax_session::{
    Action, Alignment, Edit, JobAction, JobKind, Method, StepBasis, StepKind, StepRow, StepSpeed, Training,
};

use crate::{
    commands::{command, hover_text, perform},
    format::{count, duration, plural},
    memory::PanelMemory,
    model::ViewModel,
    rail::Rail,
};

/// The height of the row with the gap above the status line.
pub const STEP_ROW: f32 = 56.0;

/// The greatest width of the row, and the least in which it also says how the layouts belong together.
const MOST_WIDTH: f32 = 620.0;
const SAYS: f32 = 300.0;

/// The width of the number of the step.
const NUMBER: f32 = 92.0;

/// The width of the menu.
const MENU: f32 = 264.0;

/// Returns whether the row is shown.
#[must_use]
pub fn has_step_row(row: Option<&StepRow>, panels: bool) -> bool {
    panels && row.is_some_and(|row| row.steps().nth(1).is_some())
}

/// Returns the part of `free` above the row.
pub(crate) fn above_steps(model: &ViewModel<'_>, free: Rect) -> Rect {
    let taken = if has_step_row(model.step_row, model.view.panels.shown) { STEP_ROW } else { 0.0 };
    free.with_max_y((free.max.y - taken).max(free.min.y))
}

/// Shows the row at the bottom of `free`.
pub(crate) fn step_row(
    ctx: &Context,
    model: &ViewModel<'_>,
    free: Rect,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    let Some(row) = model.step_row.filter(|row| has_step_row(Some(row), model.view.panels.shown)) else { return };
    let bottom = pos2(free.center().x, free.max.y - 24.0);
    let width = free.width().min(MOST_WIDTH);
    let area = Area::new(Id::new("steps")).order(Order::Middle).pivot(Align2::CENTER_BOTTOM).fixed_pos(bottom);
    area.constrain(false).fade_in(false).show(ctx, |ui| {
        let tokens = Tokens::within(ui);
        let frame = Frame::new().fill(tokens.card).stroke(tokens.border()).corner_radius(CORNER);
        frame.inner_margin(Margin { left: 6, right: 6, top: 2, bottom: 2 }).show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(SPACE, 0.0);
            ui.horizontal(|ui| {
                command_button(ui, "play steps", model, memory, actions);
                let bar = width - 12.0 - 2.0 * CONTROL - NUMBER - 3.0 * SPACE;
                ui.vertical(|ui| {
                    rail(ui, bar, row, model, actions);
                    says(ui, bar, row, model, actions);
                });
                number(ui, row);
                menu(ui, model, row, actions);
            });
        });
    });
}

fn command_button(ui: &mut Ui, id: &str, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    let Some(command) = command(id) else { return };
    let icon = command.picture(model).unwrap_or(Icon::Play);
    let response = icon_button(ui, CONTROL, icon, &command.name(model), command.is_on(model), false);
    if response.on_hover_text(hover_text(command, model)).clicked() {
        perform(ui.ctx(), command.act(model), model, memory, actions);
    }
}

/// The marks, of which one is chosen by a click, by dragging, or by arrow keys.
fn rail(ui: &mut Ui, width: f32, row: &StepRow, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let (rect, response) = ui.allocate_exact_size(vec2(width, 24.0), Sense::click_and_drag());
    let shown = row.marks.get(row.open).map_or(0, |mark| mark.number);
    response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), shown as f64, "Step"));
    let marks = Rail::of(rect, row.marks.len());
    let pointed = response.interact_pointer_pos().or(response.hover_pos()).map(|at| marks.place(at.x));
    let training = model.view.training;
    if response.drag_started() && training.playing {
        actions.push(Edit::SetTraining(Training { playing: false, ..training }).into());
    }
    let pressed = pointed.and_then(|place| row.nearest(place));
    let stepped = if response.has_focus() { by_keys(ui, row) } else { None };
    if let Some(place) = pressed.filter(|_| response.clicked()) {
        actions.extend(go_to(row, place, Edit::GoToStep, model));
    } else if let Some(place) = pressed.filter(|_| response.dragged()).or(stepped) {
        actions.extend(go_to(row, place, Edit::PassStep, model));
    }
    marks.paint(ui.painter(), row, row.open as f32, Tokens::within(ui));
    widgets::focus_ring(ui, rect, &response);
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    if let Some(place) = pointed {
        let at = marks.at(place as f32).x;
        let mark = Rect::from_min_max(pos2(at, rect.min.y - 4.0), pos2(at, rect.max.y));
        let mut tooltip = Tooltip::for_enabled(&response);
        // Beside the mark is the number of the step, and below it what the layouts are to each other.
        tooltip.popup = tooltip.popup.anchor(mark).align(RectAlign::TOP);
        let text = about(row, place, model);
        // Messages are just above: what says more than the number would cover them.
        let shown = if model.toasts.is_empty() { &*text } else { text.lines().next().unwrap_or_default() };
        tooltip.show(|ui| ui.label(shown));
    }
}

fn by_keys(ui: &Ui, row: &StepRow) -> Option<usize> {
    let pressed = |key| ui.input(|input| input.num_presses(key) > 0);
    match (pressed(Key::ArrowLeft), pressed(Key::ArrowRight)) {
        (true, false) => row.beside(false),
        (false, true) => row.beside(true),
        _ => None,
    }
}

/// Returns the action that goes to the step at `place` by the edit `go`, unless the view is there.
pub(crate) fn go_to(row: &StepRow, place: usize, go: fn(String) -> Edit, model: &ViewModel<'_>) -> Option<Action> {
    let (name, is_alike) = row.step(place)?;
    let asked = model.view.embedding.as_deref().or_else(|| row.step(row.open).map(|(open, _)| open));
    if asked == Some(name) || asked.is_none() {
        return None;
    }
    // Of other rows, selection and isolation say nothing.
    let name = name.to_owned();
    Some(if is_alike { go(name) } else { Edit::ChooseEmbedding(name) }.into())
}

/// Says what is at a place.
fn about(row: &StepRow, place: usize, model: &ViewModel<'_>) -> String {
    let Some(mark) = row.marks.get(place) else { return String::new() };
    let number = count(mark.number as usize);
    match &mark.kind {
        StepKind::There { name, is_alike, is_laid_out, is_gone, is_empty } => {
            let (at, all) = row.of(place);
            let mut text = format!("Step {number}, {at} of {all}");
            if !is_alike {
                text += "\nIt has other rows, and is shown as another embedding";
            } else if *is_empty {
                text += "\nNone of its vectors is finite: it has no picture, and is passed";
            } else if model.view.training.together == Some(true) && !is_laid_out {
                text += "\nNot laid out with the others yet";
            }
            if *is_gone {
                text += "\nIt is gone from disk, and stays while it is open";
            }
            format!("{text}\n{name}")
        }
        StepKind::Missing { count: 1, .. } => format!("Step {number} is missing"),
        StepKind::Missing { count: missing, last } => {
            let steps = plural(usize::try_from(*missing).unwrap_or(usize::MAX), "step");
            format!("{steps} are missing, {number} to {}", count(*last as usize))
        }
        StepKind::Unreadable(why) => format!("Step {number} cannot be read: {why}"),
    }
}

/// Says how far the layouts are, or how they belong together.
fn says(ui: &mut Ui, width: f32, row: &StepRow, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let tokens = Tokens::within(ui);
    let height = 16.0;
    if let Some(job) = &model.laying_out {
        // A horizontal layout would be as high as a control, and the row with it.
        ui.allocate_ui_with_layout(vec2(width, height), Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let left = job.left.map(|left| format!(", {} left", duration(left))).unwrap_or_default();
            let does = format!("{}: {}{left}", job.status.name, job.status.message);
            let shown = shown(row);
            let text = if shown.is_empty() { does } else { format!("{shown} · {does}") };
            let said = widgets::text(ui, vec2(width - 48.0, height), &text, CAPTION, tokens.secondary, Align::Min);
            said.on_hover_text(text);
            if widgets::link(ui, "Cancel", CAPTION, vec2(44.0, height), Align::Max).clicked() {
                actions.push(JobAction::Cancel(Some(JobKind::Training)).into());
            }
        });
        return;
    }
    let text = shown(row);
    let said = widgets::text(ui, vec2(width, height), &text, CAPTION, tokens.secondary, Align::Min);
    if width < SAYS {
        said.on_hover_text(text);
    }
}

/// Says what is on screen.
fn shown(row: &StepRow) -> String {
    match row.on_screen.and_then(|place| row.marks.get(place)) {
        Some(mark) => format!("the picture still shows step {}", count(mark.number as usize)),
        None => row.said.clone(),
    }
}

/// The number of the open step, and its place among them.
fn number(ui: &mut Ui, row: &StepRow) {
    let tokens = Tokens::within(ui);
    let Some(mark) = row.marks.get(row.open) else { return };
    let (at, all) = row.of(row.open);
    ui.vertical(|ui| {
        let text = format!("Step {}", count(mark.number as usize));
        widgets::text(ui, vec2(NUMBER, 24.0), &text, SECONDARY, tokens.text, Align::Max);
        widgets::text(ui, vec2(NUMBER, 16.0), &format!("{at} of {all}"), CAPTION, tokens.secondary, Align::Max);
    });
}

/// The menu of how steps are played, and how their layouts belong together.
fn menu(ui: &mut Ui, model: &ViewModel<'_>, row: &StepRow, actions: &mut Vec<Action>) {
    let opener = icon_button(ui, CONTROL, Icon::More, "How steps are shown", false, false);
    let opener: Response = opener.on_hover_text("Speed, and how the layouts of steps belong together");
    Popup::menu(&opener).width(MENU).gap(4.0).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        let before = model.view.training;
        let mut new = before;
        ui.spacing_mut().item_spacing.y = 4.0;
        let width = MENU - 16.0;
        widgets::captions(ui, width, &["Steps a second"]);
        choice(ui, width, StepSpeed::ALL.map(|speed| (speed, speed.text())), &mut new.speed);
        let turns = [(false, "Once"), (true, "Loop")];
        choice(ui, width, turns, &mut new.looping);
        ui.add_space(4.0);
        widgets::captions(ui, width, &["Ways of selected rows"]);
        choice(ui, width, [(true, "Trails"), (false, "None")], &mut new.trails);
        ui.add_space(4.0);
        widgets::captions(ui, width, &["Layouts"]);
        let mut together = before.together.unwrap_or(false);
        choice(ui, width, [(true, "Together"), (false, "Each its own")], &mut together);
        if together != before.together.unwrap_or(false) {
            new.together = Some(together);
        }
        if together {
            layouts(ui, width, model, row, &mut new);
        } else {
            widgets::hint(ui, "Axes are those of each step: how points move is the method, too");
        }
        if new != before {
            actions.push(Edit::SetTraining(new).into());
        }
    });
}

fn layouts(ui: &mut Ui, width: f32, model: &ViewModel<'_>, row: &StepRow, new: &mut Training) {
    choice(ui, width, [(false, "One scale"), (true, "Each fills the view")], &mut new.fills);
    let method = model.view.projection.method;
    if method == Method::Pca {
        widgets::captions(ui, width, &["Components of"]);
        let number = row.marks.get(row.open).map_or(0, |mark| mark.number);
        let this = match new.basis {
            Some(StepBasis::Step(step)) => step,
            _ => number,
        };
        let this_name = format!("Step {}", count(this as usize));
        let mut basis = new.basis.unwrap_or(StepBasis::All);
        let all = [(StepBasis::All, "All steps"), (StepBasis::Step(this), &*this_name), (StepBasis::Each, "Each step")];
        choice(ui, width, all, &mut basis);
        if basis != new.basis.unwrap_or(StepBasis::All) {
            new.basis = Some(basis);
        }
    }
    let numbers: Vec<u64> = row.alike().map(|place| row.marks[place].number).collect();
    let together = new.together(method, &numbers);
    if together.basis != Basis::Each {
        widgets::hint(ui, "Axes of all steps are the same: none is turned");
        return;
    }
    widgets::captions(ui, width, &["Brought onto the step before by"]);
    let mut align = together.align;
    let all = [(Alignment::Rotation, "Rotation"), (Alignment::Scale, "With scale"), (Alignment::Nothing, "Nothing")];
    choice(ui, width, all, &mut align);
    if align != together.align {
        new.align = Some(align);
    }
}

/// Shows a choice of segments, and sets what is chosen.
fn choice<T: PartialEq + Copy, const N: usize>(ui: &mut Ui, width: f32, all: [(T, &str); N], chosen: &mut T) {
    let segments = all.map(|(value, caption)| Segment { caption, hint: "", selected: value == *chosen, enabled: true });
    if let Some(place) = widgets::segmented(ui, vec2(width, CONTROL), &segments) {
        *chosen = all[place].0;
    }
}
