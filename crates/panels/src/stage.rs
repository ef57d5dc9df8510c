//! What is painted over the cloud and under the cards: axes, labels, and the region of a selection
//! tool.
//!
//! With stereo, each eye has its own picture. Where something has room is decided in the middle
//! between them, so that both eyes see it on the same side of its point or not at all; then it is
//! shifted by its parallax.

use std::sync::Arc;

use egui::{
    Area, Color32, Context, FontId, Galley, Id, LayerId, Order, Painter, Pos2, Rect, Stroke, StrokeKind, Vec2, pos2,
    vec2,
};
use parallax_look::{
    Tokens,
    theme::{self, BODY, CAPTION, CONTROL, CORNER, GAP, SECONDARY, contrast},
    widgets::line,
};
use parallax_session::{
    Action, Combine, Edit, Eye, Half, LabelRank, LabelSide, PlacedLabel, PlacedName, Pose, RegionShape, SeenAxis,
    Subject,
};

use crate::{
    cards::{figure, name_field},
    format::{plural, row_name},
    memory::{NameDraft, PanelMemory},
    model::{Marked, ViewModel},
    theme::tokens,
};

/// The maximum width of a label in the cloud, in pixels.
const LABEL_WIDTH: f32 = 220.0;

/// The maximum width of what is said of the name of a cluster.
const NAME_WIDTH: f32 = 320.0;
/// The most characters of a name that are shown while the pointer is on it.
const LONGEST_NAME: usize = 1000;

/// The longer side of the thumbnail under the hovered point's name.
const THUMBNAIL: f32 = 72.0;
/// From the center of the mark of a sum to its corners.
const DIAMOND: f32 = 8.0;
const HOVER_PADDING: Vec2 = vec2(8.0, 5.0);

/// The distance from the center of the compass to its ends, and the radius of the ends.
const COMPASS: f32 = 26.0;
const BALL: f32 = 9.0;

/// Paints everything on the stage.
pub(crate) fn paint_stage(ctx: &Context, model: &ViewModel<'_>, free: Rect, memory: &mut PanelMemory) {
    axes(ctx, model, free);
    names(ctx, model);
    labels(ctx, model, memory);
    spot(ctx, model, free);
    region(ctx, model);
    title(ctx, model, free);
}

/// The height of the name of an embedding above its picture.
pub const PICTURE_TITLE: f32 = 30.0;

/// The height of what is said below it while its places are found.
const WAITING: f32 = 20.0;

/// Paints the name of the embedding above its picture, if pictures are of two.
fn title(ctx: &Context, model: &ViewModel<'_>, free: Rect) {
    let Some(name) = model.picture else { return };
    let painter = behind_panels(ctx, "name of the picture");
    let tokens = tokens(model.view.theme);
    let galley = line(&painter, name, theme::header(), Color32::PLACEHOLDER, free.width() - 32.0);
    let middle = pos2(free.center().x, free.min.y - PICTURE_TITLE / 2.0);
    let plate = Rect::from_center_size(middle, galley.size() + vec2(20.0, 8.0));
    let is_second = model.eye == Some(Eye::Right);
    // Of two cameras, this is the one that keys move.
    let is_moved = model.second_stand.is_some() && is_second == (model.half == Half::Second);
    let border = if is_moved { Stroke::new(1.5, tokens.accent) } else { tokens.border() };
    painter.rect(plate, CORNER, tokens.card.gamma_multiply(0.9), border, StrokeKind::Inside);
    painter.galley_with_override_text_color(middle - galley.size() / 2.0, galley, tokens.text);
    // What is there meanwhile may be of other rows, or of another layout.
    let waits = "Waits for the layout of the first";
    let said = match model.comparing {
        Some(job) => Some(&*job.status.name),
        None => model.steps.filter(|steps| steps.running).map(|_| waits),
    };
    if let Some(said) = said.filter(|_| is_second && !model.presentation.on) {
        let said = format!("{said}…");
        let galley = line(&painter, &said, SECONDARY, Color32::PLACEHOLDER, free.width() - 32.0);
        let corner = plate.center_bottom() + vec2(-galley.size().x / 2.0, 4.0);
        halo(&painter, corner, &galley, tokens.stage[0], 1.0);
        painter.galley_with_override_text_color(corner, galley, tokens.secondary);
    }
}

/// Returns a painter over the cloud and under the cards.
pub(crate) fn behind_panels(ctx: &Context, name: &str) -> Painter {
    ctx.layer_painter(LayerId::new(Order::Background, Id::new(name)))
}

/// Paints the labels of points, and the card of the point under the pointer until it is clicked.
fn labels(ctx: &Context, model: &ViewModel<'_>, memory: &mut PanelMemory) {
    let painter = behind_panels(ctx, "cloud labels");
    let under = model.hovered.map(|hovered| hovered.row);
    let is_clicked = ctx.input(|input| input.pointer.primary_clicked());
    memory.clicked = if is_clicked { under } else { memory.clicked.filter(|&row| under == Some(row)) };
    let marked = model.hovered.filter(|marked| memory.clicked != Some(marked.row));
    let hovered = marked.map(|marked| marked.row);
    // The first labels matter most, so they are painted last.
    for label in model.labels.iter().rev().filter(|label| hovered != Some(label.row)) {
        placed_label(&painter, model, label);
    }
    if let Some(marked) = marked {
        hover_label(&painter, model, marked, memory);
    }
}

fn placed_label(painter: &Painter, model: &ViewModel<'_>, label: &PlacedLabel) {
    let [min, max] = label.area.map(Pos2::from);
    let area = Rect { min, max }.translate(model.beside(label.parallax));
    if !area.is_finite() {
        return;
    }
    let tokens = tokens(model.view.theme);
    let name = model.name_or_number(label.row);
    let strength = if label.strength.is_finite() { label.strength.clamp(0.0, 1.0) } else { 1.0 };
    // A word is in the place of its point, not beside it.
    let is_word = label.side == LabelSide::Middle;
    let font = if !is_word && label.rank == LabelRank::Selected {
        theme::header()
    } else {
        FontId::proportional(label.size.clamp(6.0, 64.0))
    };
    let galley = line(painter, &name, font, Color32::PLACEHOLDER, LABEL_WIDTH);
    let room = area.width() - galley.size().x;
    let left = area.min.x
        + match label.side {
            LabelSide::Right => 0.0,
            LabelSide::Left => room,
            LabelSide::Above | LabelSide::Below | LabelSide::Middle => room / 2.0,
        };
    // Where it has room was estimated: it may be wider.
    let window = painter.clip_rect();
    let left = left.min(window.max.x - galley.size().x).max(window.min.x);
    let corner = pos2(left, area.center().y - galley.size().y / 2.0);
    let color = if is_word {
        word_color(model, label.row, strength, tokens)
    } else {
        halo(painter, corner, &galley, tokens.stage[0], 1.0);
        fading(tokens.text, strength, tokens)
    };
    painter.galley_with_override_text_color(corner, galley, color);
}

/// Paints the names of clusters.
fn names(ctx: &Context, model: &ViewModel<'_>) {
    let Some(Ok(names)) = model.names else { return };
    let painter = behind_panels(ctx, "cluster names");
    // The first names matter most, so they are painted last.
    for placed in model.placed_names.iter().rev() {
        if let Some(name) = names.names.get(placed.part as usize) {
            placed_name(&painter, model, placed, name);
        }
    }
    let under = ctx.pointer_latest_pos().filter(|at| is_over_stage(ctx, *at)).and_then(|at| name_at(model, at));
    let Some(under) = under.filter(|_| !ctx.input(|input| input.pointer.any_down())) else { return };
    ctx.set_cursor_icon(egui::CursorIcon::PointingHand);
    more_of_name(&painter, model, under, names.names.get(under.part as usize).map_or("", String::as_str));
}

/// Paints what there is to know about the name under the pointer, below it, or above it if there is no
/// room: all of it if it is cut, and the stability of its cluster.
fn more_of_name(painter: &Painter, model: &ViewModel<'_>, under: &PlacedName, name: &str) {
    let tokens = tokens(model.view.theme);
    let stability = model.stability.and_then(|stability| figure(stability, under.part as usize, tokens));
    let is_cut = name_line(painter, under, name).elided;
    let whole = is_cut.then(|| {
        let text = name.chars().take(LONGEST_NAME).collect();
        painter.layout(text, SECONDARY, tokens.text, NAME_WIDTH)
    });
    let said =
        stability.map(|(text, color)| line(painter, &format!("{text} stay together"), SECONDARY, color, NAME_WIDTH));
    let lines: Vec<Arc<Galley>> = whole.into_iter().chain(said).collect();
    let size = lines.iter().fold(Vec2::ZERO, |size, line| vec2(size.x.max(line.size().x), size.y + line.size().y));
    if lines.is_empty() {
        return;
    }
    let (area, window) = (name_area(model, under), painter.clip_rect().shrink(GAP));
    let is_below = area.max.y + 7.0 + size.y <= window.max.y;
    let top = if is_below { area.max.y + 4.0 } else { area.min.y - 4.0 - size.y };
    let left = (area.center().x - size.x / 2.0).min(window.max.x - size.x).max(window.min.x);
    let plate = Rect::from_min_size(pos2(left, top), size);
    painter.rect_filled(plate.expand2(vec2(6.0, 3.0)), CORNER / 2.0, tokens.card);
    let mut corner = plate.min;
    for line in lines {
        corner.x = plate.center().x - line.size().x / 2.0;
        let height = line.size().y;
        painter.galley(corner, line, tokens.text);
        corner.y += height;
    }
}

fn name_line(painter: &Painter, placed: &PlacedName, name: &str) -> Arc<Galley> {
    let size = placed.size.clamp(6.0, 64.0);
    line(painter, name, theme::heavy(size), Color32::PLACEHOLDER, PlacedName::LONGEST * size)
}

/// Returns the area of a name in the picture.
fn name_area(model: &ViewModel<'_>, placed: &PlacedName) -> Rect {
    let [min, max] = placed.area.map(Pos2::from);
    Rect { min, max }.translate(model.beside(placed.parallax))
}

fn name_at<'a>(model: &ViewModel<'a>, at: Pos2) -> Option<&'a PlacedName> {
    model.placed_names.iter().find(|placed| !placed.leaves && name_area(model, placed).contains(at))
}

fn is_over_stage(ctx: &Context, at: Pos2) -> bool {
    ctx.layer_id_at(at).is_none_or(|layer| layer.order == Order::Background)
}

fn placed_name(painter: &Painter, model: &ViewModel<'_>, placed: &PlacedName, name: &str) {
    let area = name_area(model, placed);
    if !area.is_finite() || !placed.strength.is_finite() {
        return;
    }
    let tokens = tokens(model.view.theme);
    let strength = placed.strength.clamp(0.0, 1.0);
    let galley = name_line(painter, placed, name);
    let corner = area.center() - galley.size() / 2.0;
    if tokens.stage[0].intensity() > 0.5 {
        // A transparent plate would be gray on a light stage.
        if strength >= 0.4 {
            let plate = Rect::from_min_size(corner, galley.size()).expand2(vec2(5.0, 1.0));
            painter.rect_filled(plate, CORNER / 2.0, tokens.stage[0]);
        }
        painter.galley_with_override_text_color(corner, galley, fading(tokens.text, 0.4 + 0.6 * strength, tokens));
        return;
    }
    // What is about to go is nearly transparent, and so is its halo. Over points, what is half as
    // strong is hard to read long before it is half gone.
    let strength = strength.sqrt();
    halo(painter, corner, &galley, tokens.stage[0].gamma_multiply(0.85 * strength), 1.5);
    painter.galley_with_override_text_color(corner, galley, tokens.text.gamma_multiply(strength));
}

/// Lets the user edit a name in the cloud, by a double-click on it.
pub(crate) fn edit_name(ctx: &Context, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    let (Some(Ok(names)), Some(Eye::Middle)) = (model.names, model.eye) else { return };
    if ctx.input(|input| input.pointer.button_double_clicked(egui::PointerButton::Primary))
        && let Some(at) = ctx.pointer_interact_pos().filter(|at| is_over_stage(ctx, *at))
        && let Some(placed) = name_at(model, at)
        && let Some(name) = names.names.get(placed.part as usize)
    {
        memory.names.draft = Some(NameDraft::new(placed.part as usize, name, true));
    }
    let Some(part) = memory.names.draft.as_ref().filter(|draft| draft.on_stage).map(|draft| draft.part) else { return };
    let placed = model.placed_names.iter().find(|placed| placed.part as usize == part);
    let Some(area) = placed.map(|placed| name_area(model, placed)).filter(Rect::is_finite) else {
        memory.names.draft = None;
        return;
    };
    let rect = Rect::from_center_size(area.center(), vec2(area.width().max(160.0), CONTROL));
    Area::new(Id::new("name in the cloud")).order(Order::Middle).fixed_pos(rect.min).fade_in(false).show(ctx, |ui| {
        ui.allocate_exact_size(rect.size(), egui::Sense::hover());
        name_field(ui, model, names, rect, memory, actions);
    });
}

/// Words have at least this contrast to the stage, the least of WCAG 2 for large text.
const LEAST_CONTRAST: f32 = 3.0;

/// Returns the color of a word in the place of a point: the point's color, mixed with enough of the
/// text color to be readable, fading into the stage.
fn word_color(model: &ViewModel<'_>, row: u32, strength: f32, tokens: &Tokens) -> Color32 {
    let color = (model.color_of)(row).map_or(tokens.text, |[r, g, b]| Color32::from_rgb(r, g, b));
    readable(color, strength, tokens)
}

fn readable(color: Color32, strength: f32, tokens: &Tokens) -> Color32 {
    let mixed = |step: u8| fading(color.lerp_to_gamma(tokens.text, f32::from(step) / 8.0), strength, tokens);
    let stands_out = |color: &Color32| contrast(*color, tokens.stage[0]) >= LEAST_CONTRAST;
    (2..8).map(mixed).find(stands_out).unwrap_or_else(|| mixed(8))
}

/// Returns a color between the stage and `color`. Transparency would leave dark fringes on a light
/// stage.
fn fading(color: Color32, strength: f32, tokens: &Tokens) -> Color32 {
    tokens.stage[0].lerp_to_gamma(color, strength)
}

/// Paints the ticks of the axes and the names of their ends where they overlap nothing. The lines
/// are drawn with the cloud.
fn axes(ctx: &Context, model: &ViewModel<'_>, free: Rect) {
    let painter = behind_panels(ctx, "axes");
    let tokens = tokens(model.view.theme);
    let compass = model.pose.map(|_| compass_place(free));
    let is_clear = |place: Rect| free.contains_rect(place) && !compass.is_some_and(|compass| compass.intersects(place));
    let axes = || model.axes.iter().filter(|axis| axis.ends.iter().flatten().all(|end| end.is_finite()));
    let mut taken: Vec<Rect> = Vec::new();
    for (axis, end) in axes().flat_map(|axis| [(axis, 0), (axis, 1)]).filter(|(axis, end)| !axis.names[*end].is_empty())
    {
        let galley = line(&painter, &axis.names[end], SECONDARY, Color32::PLACEHOLDER, LABEL_WIDTH);
        let is_clear = |place: Rect| is_clear(place) && !taken.iter().any(|taken| taken.intersects(place));
        if let Some((place, share)) = name_place(axis, end, galley.size(), is_clear) {
            let shift = model.beside(egui::lerp(axis.parallax[end]..=axis.parallax[1 - end], share));
            painter.galley_with_override_text_color(place.min + shift, galley, tokens.text);
            taken.push(place);
        }
    }
    for axis in axes() {
        let outward = Vec2::from(axis.outward);
        for (tick, at) in axis.ticks.iter().map(|tick| (tick, Pos2::from(tick.at))).filter(|(_, at)| at.is_finite()) {
            let galley = line(&painter, &tick.text, CAPTION, Color32::PLACEHOLDER, LABEL_WIDTH);
            let middle = at + outward * (10.0 + reach(galley.size(), outward));
            let place = Rect::from_center_size(middle, galley.size());
            if is_clear(place) && !taken.iter().any(|taken| taken.intersects(place)) {
                let shift = model.beside(tick.parallax);
                let mark = [2.0, 6.0].map(|away| at + shift + outward * away);
                painter.line_segment(mark, Stroke::new(1.0, tokens.faint));
                painter.galley_with_override_text_color(place.min + shift, galley, tokens.secondary);
                taken.push(place);
            }
        }
    }
}

/// Returns the place for the name of an end of an axis: beyond the end if that is clear, else
/// beside the axis, as near to the end as possible. Also returns how far that is from the end, as a
/// share of the axis.
fn name_place(axis: &SeenAxis, end: usize, size: Vec2, is_clear: impl Fn(Rect) -> bool) -> Option<(Rect, f32)> {
    let (at, other) = (Pos2::from(axis.ends[end]), Pos2::from(axis.ends[1 - end]));
    let outward = Vec2::from(axis.outward);
    let way = (at - other).normalized();
    let beyond = Rect::from_center_size(at + way * (8.0 + reach(size, way)), size);
    let beside = |step: u8, side: Vec2| {
        let share = f32::from(step) / 32.0;
        (Rect::from_center_size(at + (other - at) * share + side * (8.0 + reach(size, side)), size), share)
    };
    let places = (0..=32).flat_map(|step| [beside(step, outward), beside(step, -outward)]);
    std::iter::once((beyond, 0.0)).chain(places).find(|(place, _)| is_clear(*place))
}

/// Returns how far a text of this size reaches from its center in the direction `way`.
fn reach(size: Vec2, way: Vec2) -> f32 {
    (size.x / 2.0 * way.x.abs()).max(size.y / 2.0 * way.y.abs())
}

/// Shows the compass, or that of each camera in its half.
pub(crate) fn compasses(ctx: &Context, model: &ViewModel<'_>, free: Rect, actions: &mut Vec<Action>) {
    let Some(pose) = model.pose else { return };
    // In a low window there is no room for it below the names of two pictures.
    let above = if model.is_of_two() { PICTURE_TITLE + WAITING } else { 0.0 };
    if compass_place(free).min.y < free.min.y + above {
        return;
    }
    let Some(second) = model.second_stand else {
        compass(ctx, model, (free, Half::First, pose, ""), actions);
        return;
    };
    let left = free.with_max_x(free.min.x + (free.width() / 2.0).floor());
    compass(ctx, model, (left, Half::First, pose, " on the left"), actions);
    compass(ctx, model, (free, Half::Second, second, " on the right"), actions);
}

/// Shows a compass: the axes as a camera sees them. Each end is a button that looks from there.
fn compass(
    ctx: &Context,
    model: &ViewModel<'_>,
    (free, half, pose, side): (Rect, Half, Pose, &str),
    actions: &mut Vec<Action>,
) {
    let place = compass_place(free);
    let size = place.width();
    let area = Area::new(Id::new(("compass", half)))
        .order(Order::Background)
        .fixed_pos(place.min)
        .constrain(false)
        .fade_in(false);
    area.show(ctx, |ui| {
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(size), egui::Sense::hover());
        let tokens = tokens(model.view.theme);
        let mut ends = compass_ends(&pose);
        // Ends in front are painted over ends behind, and take the click.
        ends.sort_by(|a, b| a.depth.total_cmp(&b.depth));
        for end in &ends {
            let middle = rect.center() + end.at * COMPASS;
            let ball = Rect::from_center_size(middle, Vec2::splat(2.0 * BALL));
            let response = ui.interact(ball, ui.id().with(end.name), egui::Sense::click());
            let name = format!("View from {}{side}", end.name);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, &name));
            let strength = 0.55 + 0.45 * (end.depth + 1.0) / 2.0;
            let color = if response.hovered() || response.has_focus() { tokens.text } else { tokens.secondary };
            let color = color.gamma_multiply(strength);
            if end.name.starts_with('−') {
                ui.painter().circle(middle, BALL * 0.5, tokens.stage[0], Stroke::new(1.0, color));
            } else {
                ui.painter().line_segment([rect.center(), middle], Stroke::new(1.5, color));
                ui.painter().circle_filled(middle, BALL, tokens.stage[0]);
                let galley = line(ui.painter(), end.name, theme::header(), Color32::PLACEHOLDER, size);
                ui.painter().galley_with_override_text_color(middle - galley.size() / 2.0, galley, color);
            }
            if response.on_hover_text(name).clicked() {
                let moved = seen_from(model.view.pose_of(half).is_some(), &pose, end.angles);
                actions.push(Edit::move_camera(half, moved).into());
            }
        }
    });
}

/// Returns the place of the compass, at the lower right of the free area.
pub(crate) fn compass_place(free: Rect) -> Rect {
    let size = Vec2::splat(2.0 * (COMPASS + BALL));
    Rect::from_min_size(free.max - size - vec2(4.0, 8.0), size)
}

/// An end of the compass.
struct CompassEnd {
    name: &'static str,
    /// The position on the screen, from -1 to 1.
    at: Vec2,
    /// The depth, from -1 (far) to 1 (near).
    depth: f32,
    /// The yaw and pitch that look from this end.
    angles: [f32; 2],
}

fn compass_ends(pose: &Pose) -> [CompassEnd; 6] {
    let quarter = std::f32::consts::FRAC_PI_2;
    let end = |name, [x, y, z]: [f32; 3], angles| {
        let [x, y, depth] = into_view([x, y, z], pose.yaw, pose.pitch);
        CompassEnd { name, at: vec2(x, -y), depth, angles }
    };
    [
        end("x", [1.0, 0.0, 0.0], [quarter, 0.0]),
        end("−x", [-1.0, 0.0, 0.0], [-quarter, 0.0]),
        end("y", [0.0, 1.0, 0.0], [0.0, quarter]),
        end("−y", [0.0, -1.0, 0.0], [0.0, -quarter]),
        end("z", [0.0, 0.0, 1.0], [0.0, 0.0]),
        end("−z", [0.0, 0.0, -1.0], [2.0 * quarter, 0.0]),
    ]
}

/// Transforms a direction of the world into the view of a camera: right, up, toward the camera.
fn into_view([x, y, z]: [f32; 3], yaw: f32, pitch: f32) -> [f32; 3] {
    let (right, back) = (x * yaw.cos() - z * yaw.sin(), x * yaw.sin() + z * yaw.cos());
    [right, y * pitch.cos() - back * pitch.sin(), y * pitch.sin() + back * pitch.cos()]
}

/// Transforms a direction of the view back into the world.
fn out_of_view([right, up, toward]: [f32; 3], yaw: f32, pitch: f32) -> [f32; 3] {
    let (y, back) = (up * pitch.cos() + toward * pitch.sin(), toward * pitch.cos() - up * pitch.sin());
    [right * yaw.cos() + back * yaw.sin(), y, back * yaw.cos() - right * yaw.sin()]
}

/// Returns the pose that looks from other angles. If the user has moved the camera, its focus
/// stays; otherwise the cloud stays at its place in the picture.
fn seen_from(moved: bool, pose: &Pose, [yaw, pitch]: [f32; 2]) -> Pose {
    let focus = if moved { pose.focus } else { out_of_view(into_view(pose.focus, pose.yaw, pose.pitch), yaw, pitch) };
    Pose { focus, yaw, pitch, ..*pose }
}

/// Paints a small card with the label, row number, and thumbnail of the point under the pointer, to
/// its right, or to its left if there is no room.
fn hover_label(painter: &Painter, model: &ViewModel<'_>, marked: Marked, memory: &mut PanelMemory) {
    if !marked.at.is_finite() {
        return;
    }
    let tokens = tokens(model.view.theme);
    let number = row_name(marked.row);
    let (font, color) = (theme::header(), Color32::PLACEHOLDER);
    let name = model.name_of(marked.row).map(|name| line(painter, name, font.clone(), color, LABEL_WIDTH));
    let number_font = if name.is_some() { BODY } else { font };
    let texts: Vec<_> = name.into_iter().chain([line(painter, &number, number_font, color, LABEL_WIDTH)]).collect();
    let width = texts.iter().map(|text| text.size().x + 6.0).sum::<f32>() - 6.0;
    let height = texts.iter().map(|text| text.size().y).fold(0.0, f32::max);
    let thumbnail = model.embedding.and_then(|of| memory.thumbnails.image(painter.ctx(), of, marked.row));
    let picture = thumbnail.map_or(Vec2::ZERO, |(_, size)| size * (THUMBNAIL / size.max_elem()) + vec2(0.0, 6.0));

    let size = vec2(width.max(picture.x), height + picture.y) + 2.0 * HOVER_PADDING;
    let clear = marked.radius.clamp(0.0, 64.0) + 9.0;
    let window = painter.clip_rect().shrink(GAP);
    let fits = marked.at.x + clear + size.x <= window.max.x;
    let left = if fits { marked.at.x + clear } else { (marked.at.x - clear - size.x).max(window.min.x) };
    let top = (marked.at.y - HOVER_PADDING.y - height / 2.0).min(window.max.y - size.y).max(window.min.y);
    let card = Rect::from_min_size(pos2(left, top) + model.beside(marked.parallax), size);
    painter.rect(card, CORNER, tokens.card.gamma_multiply(0.94), tokens.border(), StrokeKind::Inside);
    let mut corner = card.min + HOVER_PADDING;
    if let Some((texture, _)) = thumbnail {
        let place = Rect::from_min_size(corner + vec2(0.0, height + 6.0), picture - vec2(0.0, 6.0));
        painter.image(texture, place, Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0)), Color32::WHITE);
    }
    for text in texts {
        let width = text.size().x;
        let lowered = corner + vec2(0.0, (height - text.size().y) / 2.0);
        painter.galley_with_override_text_color(lowered, text, tokens.text);
        corner.x += width + 6.0;
    }
}

/// Paints a halo for `galley`, so that the text stands out from any background.
///
/// On a light stage it is a plate, because text is blended in linear light, where a white halo has
/// gray edges.
fn halo(painter: &Painter, corner: Pos2, galley: &Arc<Galley>, color: Color32, width: f32) {
    if color.intensity() > 0.5 {
        let plate = Rect::from_min_size(corner, galley.size()).expand2(vec2(2.0, -1.0));
        painter.rect_filled(plate, 0.0, color);
        return;
    }
    for eighth in 0..8_u8 {
        let shift = Vec2::angled(std::f32::consts::TAU * f32::from(eighth) / 8.0) * width;
        painter.galley_with_override_text_color(corner + shift, galley.clone(), color);
    }
}

/// Paints a diamond at the place of a sum or a mean, and above it a card with its name.
fn spot(ctx: &Context, model: &ViewModel<'_>, free: Rect) {
    let Some(spotted) = model.spot.filter(|spotted| spotted.at.is_finite()) else { return };
    let tokens = tokens(model.view.theme);
    let painter = behind_panels(ctx, "spot");
    let at = spotted.at + model.beside(spotted.parallax);
    let corners = [vec2(0.0, -1.0), vec2(1.0, 0.0), vec2(0.0, 1.0), vec2(-1.0, 0.0)];
    let diamond = |stroke| {
        painter.add(egui::Shape::convex_polygon(
            corners.map(|corner| at + corner * DIAMOND).into(),
            Color32::TRANSPARENT,
            stroke,
        ))
    };
    diamond(Stroke::new(5.0, tokens.stage[0]));
    diamond(Stroke::new(2.0, tokens.selection));
    let name = match model.view.subject() {
        Some(Subject::Sum(text)) => text.trim().to_owned(),
        _ => "mean".into(),
    };
    let galley = line(&painter, &name, theme::header(), Color32::PLACEHOLDER, LABEL_WIDTH);
    let size = galley.size() + 2.0 * HOVER_PADDING;
    let above = at.y - DIAMOND - 4.0 - size.y;
    let top = if above < free.min.y { at.y + DIAMOND + 4.0 } else { above };
    // The panels must not hide it.
    let left = (at.x - size.x / 2.0).min(free.max.x - size.x).max(free.min.x);
    let card = Rect::from_min_size(pos2(left, top), size);
    painter.rect(
        card,
        CORNER,
        tokens.card.gamma_multiply(0.94),
        Stroke::new(1.0, tokens.selection),
        StrokeKind::Inside,
    );
    painter.galley_with_override_text_color(card.min + HOVER_PADDING, galley, tokens.text);
}

/// Paints the outline of the region of a selection tool, and the number of points in it.
fn region(ctx: &Context, model: &ViewModel<'_>) {
    let is_here = |only: Option<Eye>| only.is_none_or(|eye| model.eye == Some(eye));
    let Some(region) = model.region.filter(|region| is_here(region.only)) else { return };
    let painter = behind_panels(ctx, "region");
    let tokens = tokens(model.view.theme);
    let color = tokens.selection;
    // The dark line behind makes the outline visible on points of its own color.
    let beside = model.beside(region.parallax);
    let (behind, stroke) = (Stroke::new(4.0, tokens.stage[0].gamma_multiply(0.8)), Stroke::new(1.5, color));
    let top = match &region.shape {
        Some(RegionShape::Circle { center, radius }) if Pos2::from(*center).is_finite() && radius.is_finite() => {
            let center = Pos2::from(*center) + beside;
            painter.circle_stroke(center, *radius, behind);
            painter.circle(center, *radius, color.gamma_multiply(0.06), stroke);
            center - vec2(0.0, *radius)
        }
        Some(RegionShape::Outline(corners)) if corners.iter().flatten().all(|place| place.is_finite()) => {
            let corners: Vec<Pos2> = corners.iter().map(|&corner| Pos2::from(corner) + beside).collect();
            let closing = corners.first().into_iter().chain(corners.last()).copied().collect();
            painter.line(corners.clone(), behind);
            painter.line(corners.clone(), stroke);
            painter.line(closing, Stroke::new(1.0, color.gamma_multiply(0.6)));
            corners.iter().copied().min_by(|a, b| a.y.total_cmp(&b.y)).unwrap_or_default()
        }
        _ => return,
    };
    let text = format!("{}{}", sign(region.combine), plural(region.count, "point"));
    let galley = line(&painter, &text, theme::header(), Color32::PLACEHOLDER, LABEL_WIDTH);
    let size = galley.size();
    let corner = pos2(top.x - size.x / 2.0, (top.y - size.y - 6.0).max(painter.clip_rect().min.y + 6.0));
    halo(&painter, corner, &galley, tokens.stage[0], 1.5);
    painter.galley_with_override_text_color(corner, galley, tokens.text);
}

/// Returns what happens to the points of a region, as a sign before their number. Empty if they
/// become the selection.
fn sign(combine: Combine) -> &'static str {
    match combine {
        Combine::Replace => "",
        Combine::Add => "+ ",
        Combine::Subtract => "− ",
        Combine::Intersect => "∩ ",
    }
}

#[cfg(test)]
mod tests {
    use parallax_session::Theme;

    use super::*;

    /// Whatever colors a palette has.
    #[test]
    fn words_of_every_color_can_be_read() {
        for theme in [Theme::Dark, Theme::Light, Theme::Contrast] {
            let tokens = tokens(theme);
            let steps = || (0..=255).step_by(17);
            let colors = steps().flat_map(|r| steps().flat_map(move |g| steps().map(move |b| [r, g, b])));
            for ([r, g, b], strength) in colors.flat_map(|color| [0.6, 0.8, 1.0].map(|strength| (color, strength))) {
                let found = contrast(readable(Color32::from_rgb(r, g, b), strength, tokens), tokens.stage[0]);
                assert!(found >= LEAST_CONTRAST, "{theme:?} {r} {g} {b} {strength}: {found}");
            }
        }
    }

    const POSE: Pose = Pose { focus: [0.3, -0.2, 0.1], yaw: 0.7, pitch: 0.4, radius: 3.0 };

    #[test]
    fn compass_end_looks_from_that_end() {
        for name in compass_ends(&POSE).map(|end| end.name) {
            let angles = compass_ends(&POSE).into_iter().find(|end| end.name == name).unwrap().angles;
            let turned = compass_ends(&seen_from(true, &POSE, angles));
            let end = turned.iter().find(|end| end.name == name).unwrap();
            assert!(end.depth > 0.999 && end.at.length() < 1e-3, "{name}: {} {}", end.at, end.depth);
        }
    }

    #[test]
    fn seen_from_keeps_the_cloud_in_place() {
        let turned = seen_from(false, &POSE, [0.0, 0.0]);
        let (before, after) =
            (into_view(POSE.focus, POSE.yaw, POSE.pitch), into_view(turned.focus, turned.yaw, turned.pitch));
        assert!(before.iter().zip(after).all(|(a, b)| (a - b).abs() < 1e-5), "{before:?} {after:?}");
        assert_eq!(seen_from(true, &POSE, [0.0, 0.0]).focus, POSE.focus);
    }
}
