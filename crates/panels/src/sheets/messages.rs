//! The sheet of all messages.

use egui::{Align, Align2, Context, ScrollArea, Sense, Ui, vec2};
use parallax_formats::Severity;
use parallax_look::{
    Tokens,
    sheet::{self, Stay},
    theme::{SECONDARY, SPACE},
    widgets,
};
use parallax_session::Said;

use crate::{
    format::{count, duration},
    model::ViewModel,
};

pub(crate) fn messages_sheet(ctx: &Context, model: &ViewModel<'_>) -> Stay {
    sheet::sheet(ctx, "messages so far", 640.0, Align2::CENTER_CENTER, |ui| {
        if sheet::headline(ui, "Messages") == Stay::Close {
            return Stay::Close;
        }
        if model.log.is_empty() {
            widgets::hint(ui, "There are no messages yet.");
            return Stay::Open;
        }
        let height = (ui.ctx().content_rect().height() - 160.0).min(480.0);
        ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 6.0;
            // The newest first.
            model.log.iter().rev().for_each(|said| entry(ui, said));
            if model.log_dropped > 0 {
                widgets::hint(ui, &format!("{} older messages are not kept.", count(model.log_dropped)));
            }
        });
        ui.add_space(SPACE);
        if widgets::button(ui, vec2(104.0, 28.0), "Copy all").clicked() {
            let all: Vec<String> = model.log.iter().map(line).collect();
            ui.copy_text(all.join("\n"));
        }
        Stay::Open
    })
}

fn line(said: &Said) -> String {
    let kind = match said.severity {
        None | Some(Severity::Note) => "",
        Some(Severity::Warning) => "warning: ",
        Some(Severity::Error) => "error: ",
    };
    format!("{} ago: {kind}{}", duration(said.at.elapsed()), said.text)
}

fn entry(ui: &mut Ui, said: &Said) {
    let tokens = Tokens::within(ui);
    let color = match said.severity {
        None | Some(Severity::Note) => tokens.accent,
        Some(Severity::Warning) => tokens.warning,
        Some(Severity::Error) => tokens.error,
    };
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = SPACE;
        let (mark, _) = ui.allocate_exact_size(vec2(12.0, 18.0), Sense::hover());
        ui.painter().circle_filled(mark.center(), 3.0, color);
        let ago = format!("{} ago", duration(said.at.elapsed()));
        widgets::text(ui, vec2(92.0, 18.0), &ago, SECONDARY, tokens.secondary, Align::Min);
        ui.vertical(|ui| {
            ui.set_width(ui.available_width());
            let text = egui::RichText::new(&said.text).font(SECONDARY).color(tokens.text);
            ui.add(egui::Label::new(text).wrap().selectable(true));
        });
    });
}
