//! All shortcuts on one sheet.

use egui::{Align, Align2, Context, ScrollArea, Sense, Ui, WidgetInfo, WidgetType, vec2};
use parallax_look::{
    Tokens,
    sheet::{self, Stay},
    theme::{self, BODY, SPACE},
    widgets::{self, paint_line},
};

use crate::commands::{COMMANDS, Command, Group, Keys};

const ROW: f32 = 22.0;
/// The gap between columns.
const GUTTER: f32 = 28.0;

pub(crate) fn shortcuts_sheet(ctx: &Context) -> Stay {
    sheet::sheet(ctx, "shortcuts", 860.0, Align2::CENTER_CENTER, |ui| {
        if sheet::headline(ui, "Shortcuts") == Stay::Close {
            return Stay::Close;
        }
        let height = ui.ctx().content_rect().height() - 120.0;
        ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
            let columns = if ui.available_width() > 700.0 { 3 } else { 2 };
            let width = (ui.available_width() - SPACE - GUTTER * (columns - 1) as f32) / columns as f32;
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing = vec2(GUTTER, 0.0);
                for groups in columns_of(columns) {
                    ui.vertical(|ui| {
                        ui.set_width(width);
                        groups.iter().for_each(|group| section(ui, width, *group));
                    });
                }
            });
        });
        Stay::Open
    })
}

/// The commands of a group that have keys.
fn members(group: Group) -> impl Iterator<Item = &'static Command> {
    COMMANDS.iter().filter(move |command| command.group == group && !command.keys.is_empty())
}

/// Distributes the groups, in order, over columns of about the same height.
fn columns_of(columns: usize) -> Vec<Vec<Group>> {
    let height = |group: Group| members(group).count() + 2;
    let all: usize = Group::ALL.into_iter().map(height).sum();
    let mut filled = vec![Vec::new(); columns];
    let mut above = 0;
    for group in Group::ALL.into_iter().filter(|group| members(*group).next().is_some()) {
        let middle = above + height(group) / 2;
        filled[(middle * columns / all).min(columns - 1)].push(group);
        above += height(group);
    }
    filled
}

fn section(ui: &mut Ui, width: f32, group: Group) {
    let tokens = Tokens::within(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(width, ROW + SPACE), Sense::hover());
    paint_line(ui, rect, group.name(), theme::header(), tokens.text, Align::Min);
    for command in members(group) {
        let keys: Vec<String> = command.keys.iter().copied().map(Keys::text).collect();
        let keys = keys.join(" or ");
        let (rect, response) = ui.allocate_exact_size(vec2(width, ROW), Sense::hover());
        let name = command.plain_name();
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, format!("{name}: {keys}")));
        let galley = widgets::line(ui.painter(), &keys, BODY, tokens.secondary, width * 0.6);
        let left = rect.max.x - galley.size().x;
        paint_line(ui, rect.with_max_x(left - 6.0), name, BODY, tokens.text, Align::Min);
        let at = Align2::RIGHT_CENTER.align_size_within_rect(galley.size(), rect).min;
        ui.painter().galley(at, galley, tokens.secondary);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_lists_every_group() {
        for columns in [2, 3] {
            let shown: Vec<Group> = columns_of(columns).into_iter().flatten().collect();
            let with_keys: Vec<Group> =
                Group::ALL.into_iter().filter(|group| members(*group).next().is_some()).collect();
            assert_eq!(shown, with_keys);
        }
    }
}
