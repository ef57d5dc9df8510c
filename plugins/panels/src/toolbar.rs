//! The toolbar at the top and the line of status at the bottom.

use egui::{Align, Area, Context, Id, Order, Rect, Ui, Vec2, pos2, vec2};
use parallax_session::{Action, Dims, PointStyle, Theme};

use crate::{
    icons::Icon,
    model::ViewModel,
    theme::{SECONDARY, Tokens},
    widgets::{icon_button, line},
};

/// A button, what it is called, and whether it is pressed and can be.
struct Tool {
    icon: Icon,
    name: &'static str,
    hint: &'static str,
    active: bool,
    enabled: bool,
    action: Action,
}

/// Shows the toolbar in the middle of the top of `free`.
pub(crate) fn show(ctx: &Context, model: &ViewModel<'_>, free: Rect, actions: &mut Vec<Action>) {
    let groups = [camera_tools(model), look_tools(model)];
    let tools: usize = groups.iter().map(Vec::len).sum();
    let width = |size: f32, gap: f32, group: f32| tools as f32 * size + (tools as f32 - 2.0) * gap + group;
    // Where the window is narrow the buttons close ranks.
    let (size, gap, group) = if width(36.0, 6.0, 22.0) <= free.width() { (36.0, 6.0, 22.0) } else { (29.0, 2.0, 10.0) };
    let left_top = pos2((free.center().x - width(size, gap, group) / 2.0).round(), free.min.y);
    Area::new(Id::new("toolbar")).order(Order::Middle).fixed_pos(left_top).constrain(false).fade_in(false).show(
        ctx,
        |ui| {
            ui.spacing_mut().item_spacing = Vec2::ZERO;
            ui.horizontal(|ui| {
                for (place, tool) in groups.iter().flatten().enumerate() {
                    if place > 0 {
                        ui.add_space(if place == groups[0].len() { group } else { gap });
                    }
                    button(ui, size, tool, actions);
                }
            });
        },
    );
}

/// Shows the way back where the panels are hidden.
pub(crate) fn show_way_back(ctx: &Context, window: Rect, actions: &mut Vec<Action>) {
    let left_top = pos2(window.max.x - 12.0 - 36.0, window.min.y + 12.0);
    Area::new(Id::new("way back")).order(Order::Middle).fixed_pos(left_top).constrain(false).fade_in(false).show(
        ctx,
        |ui| {
            let shown = icon_button(ui, 36.0, Icon::Panels, "Show panels", false, true)
                .on_hover_text("Show panels (Tab or F4)");
            if shown.clicked() {
                actions.push(Action::ShowPanels(true));
            }
        },
    );
}

fn button(ui: &mut Ui, size: f32, tool: &Tool, actions: &mut Vec<Action>) {
    let response = ui
        .add_enabled_ui(tool.enabled, |ui| icon_button(ui, size, tool.icon, tool.name, tool.active, true))
        .inner
        .on_hover_text(tool.hint)
        .on_disabled_hover_text(tool.hint);
    if response.clicked() {
        actions.push(tool.action.clone());
    }
}

fn camera_tools(model: &ViewModel<'_>) -> Vec<Tool> {
    let view = model.view;
    let has_data = model.embedding.is_some();
    let three = view.projection.dims == Dims::Three;
    vec![
        Tool {
            icon: Icon::Letters(if three { "3D" } else { "2D" }),
            name: if three { "Show in 2D" } else { "Show in 3D" },
            hint: if three { "Show in two dimensions (2)" } else { "Show in three dimensions (3)" },
            active: false,
            enabled: has_data,
            action: Action::SetDims(if three { Dims::Two } else { Dims::Three }),
        },
        Tool {
            icon: Icon::Fit,
            name: "Fit to view",
            hint: "Fit to view (F)",
            active: false,
            enabled: has_data,
            action: Action::FitView,
        },
        Tool {
            icon: Icon::Turn,
            name: "Turn",
            hint: if three { "Turn the camera around (R)" } else { "A plane does not turn; switch to 3D" },
            active: view.turning,
            enabled: three && has_data,
            action: Action::Turn(!view.turning),
        },
    ]
}

fn look_tools(model: &ViewModel<'_>) -> Vec<Tool> {
    let view = model.view;
    let sprites = view.points == PointStyle::Sprites;
    let has_sheet = model.embedding.is_some_and(|embedding| embedding.sprite.is_some());
    vec![
        Tool {
            icon: Icon::Letters("Aa"),
            name: "Labels",
            hint: "Labels beside the points (L)",
            active: view.labels,
            enabled: model.embedding.is_some(),
            action: Action::ShowLabels(!view.labels),
        },
        Tool {
            icon: Icon::Image,
            name: "Images",
            hint: if has_sheet { "Images for points (I)" } else { "There is no sprite sheet to take images from" },
            active: sprites && has_sheet,
            enabled: has_sheet,
            action: images(model),
        },
        Tool {
            icon: match view.theme {
                Theme::Dark => Icon::Sun,
                Theme::Light | Theme::Contrast => Icon::Moon,
            },
            name: match view.theme {
                Theme::Dark => "Light theme",
                Theme::Light => "High contrast",
                Theme::Contrast => "Dark theme",
            },
            hint: match view.theme {
                Theme::Dark => "Light theme (T)",
                Theme::Light => "High contrast (T)",
                Theme::Contrast => "Dark theme (T)",
            },
            active: false,
            enabled: true,
            action: Action::SetTheme(view.theme.next()),
        },
        Tool {
            icon: Icon::Panels,
            name: "Hide panels",
            hint: "Hide panels (Tab or F4)",
            active: false,
            enabled: true,
            action: Action::ShowPanels(false),
        },
    ]
}

/// Images for points, or spheres again.
pub(crate) fn images(model: &ViewModel<'_>) -> Action {
    let sprites = model.view.points == PointStyle::Sprites;
    Action::ShowPointsAs(if sprites { PointStyle::Spheres } else { PointStyle::Sprites })
}

/// Paints the status on the left of the bottom of `free` and the help on the right, as far as there is room.
pub(crate) fn status(ctx: &Context, model: &ViewModel<'_>, free: Rect) {
    let painter = crate::stage::behind_panels(ctx, "status");
    let color = Tokens::of(model.view.theme).secondary;
    let status = line(&painter, model.status, SECONDARY, color, free.width());
    let height = status.size().y;
    let room = free.width() - status.size().x - 24.0;
    let corner = |x: f32| pos2(x, free.max.y - height);
    painter.galley(corner(free.min.x), status, color);
    let help = line(&painter, model.help, SECONDARY, color, f32::INFINITY);
    if help.size().x <= room {
        let left = egui::Align2([Align::Max, Align::Max]).anchor_size(free.max, vec2(help.size().x, height)).min.x;
        painter.galley(corner(left), help, color);
    }
}
