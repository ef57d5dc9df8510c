//! What lies over the cloud besides the cards: messages, progress, and what to do if nothing is
//! open.

use egui::{Align2, Area, Color32, Context, Frame, Id, Margin, Order, Rect, Sense, Ui, pos2, vec2};
use parallax_embedding::Embedding;
use parallax_formats::Severity;
use parallax_look::{
    Tokens,
    icons::{self, Icon},
    theme::{self, BODY, CARD_CORNER, CORNER, SECONDARY, SPACE},
    widgets::{self, link},
};
use parallax_session::{Action, Demo, Edit, JobAction, Origin, ShellAction, Theme, Toast, ToastAction, file_name};

use crate::{
    ask::Ask,
    format::{count, duration},
    memory::PanelMemory,
    model::{Job, ViewModel},
    shell::{has_step_row, places::between_bars},
    stage,
    theme::tokens,
};

/// The greatest number of messages on the screen, the newest ones.
const MESSAGES: usize = 4;
/// The number of recent files that are offered if nothing is open. The palette has all.
const RECENT: usize = 6;
/// The width of messages if there is room.
const WIDTH: f32 = 400.0;
/// The height of a message of one line, with the gap below it.
const MESSAGE: f32 = 48.0;
/// What the tooltip of a step takes of the room above the row of steps, if it has one line.
const STEP_TOOLTIP: f32 = 16.0;
/// What the toolbar and the status line take of the free area.
const BARS: f32 = 100.0;

/// Shows a card in the middle while there is nothing to see: what is being loaded, or what can be
/// opened.
pub(crate) fn center(
    ctx: &Context,
    model: &ViewModel<'_>,
    free: Rect,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    let rows = model.embedding.map(Embedding::rows);
    match (model.loading, rows) {
        (Some(job), None) => {
            center_card(ctx, free, |ui| loading(ui, job, actions));
        }
        (None, None) => {
            center_card(ctx, free, |ui| {
                said(ui, "Nothing is open", theme::header(), |tokens| tokens.text);
                said(ui, "Drop a file or a folder here, or run", SECONDARY, |tokens| tokens.secondary);
                said(ui, "parallax PATH", egui::FontId::monospace(12.0), |tokens| tokens.text);
                begin(ui, model, memory, actions);
            });
        }
        (None, Some(0)) => {
            center_card(ctx, free, |ui| {
                said(ui, "This tensor has no rows", theme::header(), |tokens| tokens.text);
                said(ui, "There is no point to show. Choose another tensor.", SECONDARY, |tokens| tokens.secondary);
            });
        }
        (_, Some(_)) => {}
    }
}

/// Ways to begin: a dialog, and the recent files.
fn begin(ui: &mut Ui, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    ui.add_space(4.0);
    if widgets::button(ui, vec2(84.0, 28.0), "Open…").on_hover_text("Open a file or a folder (Ctrl+O)").clicked() {
        memory.ask_path(Ask::open());
    }
    if model.recent.is_empty() {
        return;
    }
    ui.add_space(4.0);
    said(ui, "Recent files", SECONDARY, |tokens| tokens.secondary);
    for file in model.recent.iter().take(RECENT) {
        let size = vec2(ui.available_width(), 22.0);
        let name = file_name(&file.path);
        if link(ui, &name, BODY, size, egui::Align::Min).on_hover_text(file.to_string()).clicked() {
            actions.push(Edit::Open(file.origin()).into());
        }
    }
}

fn center_card(ctx: &Context, free: Rect, content: impl FnOnce(&mut Ui)) {
    let width = 300_f32.min(free.width());
    let area = Area::new(Id::new("center")).order(Order::Middle).pivot(Align2::CENTER_CENTER).fixed_pos(free.center());
    area.constrain(false).fade_in(false).show(ctx, |ui| {
        card_frame(ui).show(ui, |ui| {
            ui.set_width(width - 2.0 * 16.0);
            ui.spacing_mut().item_spacing.y = 6.0;
            content(ui);
        });
    });
}

fn said(ui: &mut Ui, text: &str, font: egui::FontId, color: impl Fn(&Tokens) -> Color32) {
    let color = color(Tokens::within(ui));
    widgets::paragraph(ui, text, font, color, 3);
}

fn card_frame(ui: &Ui) -> Frame {
    let tokens = Tokens::within(ui);
    Frame::new().fill(tokens.card).stroke(tokens.border()).corner_radius(CARD_CORNER).inner_margin(Margin::same(16))
}

fn loading(ui: &mut Ui, job: Job<'_>, actions: &mut Vec<Action>) {
    progress(ui, job, ui.available_width());
    ui.add_space(4.0);
    if widgets::button(ui, vec2(84.0, 28.0), "Cancel").on_hover_text("Cancel this").clicked() {
        actions.push(JobAction::Cancel(Some(job.status.kind)).into());
    }
}

/// The name of a job, its progress, and how long it will take.
fn progress(ui: &mut Ui, job: Job<'_>, width: f32) {
    let tokens = Tokens::within(ui);
    widgets::text(ui, vec2(width, 20.0), &job.status.name, theme::header(), tokens.text, egui::Align::Min);
    ui.horizontal(|ui| {
        let size = vec2(width - SPACE - 130.0, 18.0);
        widgets::text(ui, size, &job.status.message, SECONDARY, tokens.secondary, egui::Align::Min);
        let left = job.left.map(|left| format!("{} left · ", duration(left))).unwrap_or_default();
        let figure = format!("{left}{:.0} %", f64::from(job.status.fraction) * 100.0);
        widgets::text(ui, vec2(130.0, 18.0), &figure, SECONDARY, tokens.secondary, egui::Align::Max);
    });
    widgets::progress(ui, width, &job.status.name, job.status.fraction);
}

/// Shows messages at the bottom of `free`, the newest lowest, and below them the jobs that are shown
/// nowhere else. There may be more than one place for them.
pub(crate) fn messages(ctx: &Context, model: &ViewModel<'_>, (free, place): (Rect, usize), actions: &mut Vec<Action>) {
    if model.toasts.is_empty() && model.jobs.is_empty() {
        return;
    }
    // If they would cover the compass, they are to the left of it.
    let beside = stage::compass_place(between_bars(free, &model.view.panels)).min.x - SPACE;
    let room =
        if model.pose.is_some() && free.center().x + WIDTH / 2.0 > beside { free.with_max_x(beside) } else { free };
    let width = WIDTH.min(room.width());
    // They do not reach up to the toolbar.
    let most = (((free.height() - BARS) / MESSAGE) as usize).clamp(1, MESSAGES);
    // Between them and a row of steps is room for the number of the one under the pointer.
    let below = if has_step_row(model.step_row, model.view.panels.shown) { STEP_TOOLTIP } else { 0.0 };
    let bottom = pos2(room.center().x, room.max.y - 28.0 - below);
    let area =
        Area::new(Id::new(("messages", place))).order(Order::Foreground).pivot(Align2::CENTER_BOTTOM).fixed_pos(bottom);
    area.constrain(false).fade_in(false).show(ctx, |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = SPACE;
        let earlier = model.toasts.len().saturating_sub(most);
        if earlier > 0 {
            let text = format!("{} earlier messages", count(earlier));
            let color = Tokens::within(ui).secondary;
            widgets::text(ui, vec2(width, 18.0), &text, SECONDARY, color, egui::Align::Center);
        }
        for toast in model.toasts.iter().skip(earlier) {
            message(ui, toast, model.view.theme, actions);
        }
        if !model.jobs.is_empty() {
            jobs(ui, width, model.jobs, actions);
        }
    });
}

/// Shows on the first screen that it is a demo, and how to open other data. The message is below
/// `toolbar`, and not wider.
pub(crate) fn demo(ctx: &Context, model: &ViewModel<'_>, toolbar: Rect, memory: &mut PanelMemory) {
    let (Origin::Demo(which), Some(rows)) = (&model.view.origin, model.embedding.map(Embedding::rows)) else { return };
    if memory.knows_demo || !model.view.panels.shown {
        return;
    }
    let what = match which {
        Demo::Digits => "handwritten digits",
        Demo::Words => "English words",
    };
    let text = format!("This is a demo: {} {what}. Open your own:", count(rows));
    let top = pos2(toolbar.center().x, toolbar.max.y + SPACE);
    let area = Area::new(Id::new("demo")).order(Order::Middle).pivot(Align2::CENTER_TOP).fixed_pos(top);
    area.constrain(false).fade_in(false).show(ctx, |ui| {
        let inner = Margin { left: 12, right: 6, top: 4, bottom: 4 };
        card_frame(ui).inner_margin(inner).corner_radius(CORNER).show(ui, |ui| {
            demo_lines(ui, &text, toolbar.width() - f32::from(inner.left + inner.right), memory);
        });
    });
}

/// One line, or more if `room` is too narrow for it.
fn demo_lines(ui: &mut Ui, text: &str, room: f32, memory: &mut PanelMemory) {
    const LINE: f32 = 20.0;
    const LINK: f32 = 40.0;
    let color = Tokens::within(ui).secondary;
    let drop = "or drop a file here";
    let [width, drop_width] = [text, drop]
        .map(|text| widgets::line(ui.painter(), text, SECONDARY, color, f32::INFINITY).size().x.ceil() + 1.0);
    ui.spacing_mut().item_spacing = vec2(6.0, 0.0);
    let gap = ui.spacing().item_spacing.x;
    let open = |ui: &mut Ui, memory: &mut PanelMemory| {
        if link(ui, "Open…", SECONDARY, vec2(LINK, LINE), egui::Align::Min).clicked() {
            memory.ask_path(Ask::open());
        }
        widgets::text(ui, vec2(drop_width, LINE), drop, SECONDARY, color, egui::Align::Min);
    };
    ui.horizontal_top(|ui| {
        if width + gap + LINK + gap + drop_width + gap + LINE <= room {
            widgets::text(ui, vec2(width, LINE), text, SECONDARY, color, egui::Align::Min);
            open(ui, memory);
        } else {
            ui.vertical(|ui| {
                ui.set_width((room - gap - LINE).min(width));
                ui.add_space(2.0);
                widgets::paragraph(ui, text, SECONDARY, color, 3);
                ui.horizontal(|ui| open(ui, memory));
            });
        }
        let close = widgets::icon_button(ui, LINE, Icon::Close, "Close the hint", false, false);
        memory.knows_demo |= close.on_hover_text("Close").clicked();
    });
}

/// The running jobs, and the buttons that cancel them.
fn jobs(ui: &mut Ui, width: f32, jobs: &[Job<'_>], actions: &mut Vec<Action>) {
    card_frame(ui).show(ui, |ui| {
        ui.set_width(width - 2.0 * 16.0);
        ui.spacing_mut().item_spacing.y = 6.0;
        jobs.iter().for_each(|job| one_of(ui, *job, jobs.len() > 1, actions));
        let (caption, hint, width) = match jobs.len() {
            1 => ("Cancel", "Cancel this", 84.0),
            _ => ("Cancel all", "Cancel these", 104.0),
        };
        let kinds = jobs.iter().map(|job| job.status.kind).filter(|kind| kind.can_be_canceled());
        if widgets::button(ui, vec2(width, 28.0), caption).on_hover_text(hint).clicked() {
            // Work that is shown elsewhere has a button of its own.
            actions.extend(kinds.map(|kind| Action::from(JobAction::Cancel(Some(kind)))));
        }
    });
}

/// A job. If there are `others`, it has a button that cancels it alone.
fn one_of(ui: &mut Ui, job: Job<'_>, others: bool, actions: &mut Vec<Action>) {
    const BUTTON: f32 = 20.0;
    let Some(kind) = Some(job.status.kind).filter(|kind| others && kind.can_be_canceled()) else {
        return progress(ui, job, ui.available_width());
    };
    ui.horizontal(|ui| {
        let width = ui.available_width() - SPACE - BUTTON;
        ui.spacing_mut().item_spacing.x = SPACE;
        ui.vertical(|ui| {
            ui.set_width(width);
            progress(ui, job, width);
        });
        let name = format!("Cancel: {}", &job.status.name);
        if widgets::icon_button(ui, BUTTON, Icon::Close, &name, false, false).on_hover_text("Cancel this").clicked() {
            actions.push(JobAction::Cancel(Some(kind)).into());
        }
    });
}

/// The buttons of a message, each of which closes it.
fn buttons(ui: &mut Ui, toast: &Toast, actions: &mut Vec<Action>) {
    for ToastAction { caption, action } in &toast.actions {
        let galley = ui.painter().layout_no_wrap(caption.clone(), theme::header(), Color32::PLACEHOLDER);
        let width = galley.size().x.min(ui.available_width());
        if link(ui, caption, theme::header(), vec2(width, 22.0), egui::Align::Min).clicked() {
            actions.push(action.clone());
            actions.push(ShellAction::Dismiss(toast.id).into());
        }
    }
}

fn message(ui: &mut Ui, toast: &Toast, theme: Theme, actions: &mut Vec<Action>) {
    let tokens = tokens(theme);
    let color = match toast.severity {
        None | Some(Severity::Note) => tokens.accent,
        Some(Severity::Warning) => tokens.warning,
        Some(Severity::Error) => tokens.error,
    };
    let frame = card_frame(ui).inner_margin(Margin::symmetric(12, 10)).corner_radius(CORNER);
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing = vec2(SPACE, 4.0);
            let (mark, _) = ui.allocate_exact_size(vec2(16.0, 18.0), Sense::hover());
            icons::paint(ui.painter(), Icon::Alert, mark.center(), color);
            ui.vertical(|ui| {
                ui.set_width(ui.available_width() - 20.0 - SPACE);
                widgets::paragraph(ui, &toast.text, BODY, tokens.text, 5);
                if !toast.actions.is_empty() {
                    ui.spacing_mut().item_spacing.x = 2.0 * SPACE;
                    ui.horizontal_wrapped(|ui| buttons(ui, toast, actions));
                }
            });
            let close = widgets::icon_button(ui, 20.0, Icon::Close, "Dismiss", false, false);
            if close.on_hover_text("Dismiss").clicked() {
                actions.push(ShellAction::Dismiss(toast.id).into());
            }
        });
    });
}
