//! Cards: the panels' frames. They float over the cloud and fold to their header.

use egui::{
    Align, Area, Context, Id, Order, Rect, Sense, StrokeKind, Ui, UiBuilder, WidgetInfo, WidgetType, pos2, vec2,
};
use parallax_look::{
    Tokens, column,
    icons::chevron,
    theme::{self, BODY, CARD_CORNER, GAP},
    widgets::{focus_ring, paint_line},
};
use parallax_session::{Action, Edit, Panel, View};

use crate::memory::PanelMemory;

/// The height of a folded card.
pub(crate) const HEADER: f32 = 38.0;

/// How long folding takes, in seconds.
const FOLD_SECONDS: f32 = 0.18;

/// Where a card is and what its header says.
pub(crate) struct Card<'a> {
    /// The panel that it shows.
    pub(crate) panel: Panel,
    /// The header, on the left.
    pub(crate) title: &'a str,
    /// The header, on the right.
    pub(crate) note: &'a str,
    /// The region that it may fill.
    pub(crate) region: Rect,
    /// How it lies there.
    pub(crate) hold: Hold,
}

/// How a card lies in its region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// At the top, as high as its content.
    Top,
    /// At the bottom, as high as its content.
    Bottom,
    /// As high as the region.
    Fill,
}

impl Card<'_> {
    /// Draws the card. `body` fills a column of the card's content width; its `max_rect` is the
    /// room it has. Returns the card's rectangle.
    pub(crate) fn draw(
        &self,
        ctx: &Context,
        view: &View,
        memory: &mut PanelMemory,
        actions: &mut Vec<Action>,
        body: impl FnOnce(&mut Ui, &mut PanelMemory, &mut Vec<Action>),
    ) -> Rect {
        let id = Id::new("card").with(self.title);
        let open = view.panels.is_open(self.panel);
        let seconds = if memory.reduced_motion { 0.0 } else { FOLD_SECONDS };
        let openness = ctx.animate_bool_with_time_and_easing(id, open, seconds, egui::emath::easing::cubic_out);
        let room = (self.region.height() - HEADER).max(0.0);
        let content = match self.hold {
            Hold::Fill => room,
            Hold::Top | Hold::Bottom => memory.height(self.panel).min(room),
        };
        let rect = self.rect(HEADER + (content * openness).round());
        Area::new(id).order(Order::Middle).fixed_pos(rect.min).constrain(false).fade_in(false).show(ctx, |ui| {
            ui.set_clip_rect(rect);
            ui.expand_to_include_rect(rect);
            let tokens = Tokens::within(ui);
            ui.painter().rect(rect, CARD_CORNER, tokens.card, tokens.border(), StrokeKind::Inside);
            self.header(ui, rect, open, openness, actions);
            if openness == 0.0 {
                return;
            }
            let left_top = pos2(rect.min.x + GAP, rect.min.y + HEADER);
            let width = self.region.width() - 2.0 * GAP;
            let region = Rect::from_min_size(left_top, vec2(width, (room - GAP).max(0.0)));
            let builder = UiBuilder::new().id_salt("body").max_rect(region);
            let mut column = ui.new_child(column(builder, width));
            column.set_clip_rect(rect.shrink(1.0).with_min_y(left_top.y));
            body(&mut column, memory, actions);
            let height = (column.min_rect().height() + GAP).ceil();
            if self.hold != Hold::Fill && memory.set_height(self.panel, height) {
                ctx.request_discard("the height of a card");
                ctx.request_repaint();
            }
        });
        rect
    }

    fn rect(&self, height: f32) -> Rect {
        let size = vec2(self.region.width(), height);
        match self.hold {
            Hold::Top | Hold::Fill => Rect::from_min_size(self.region.min, size),
            Hold::Bottom => Rect::from_min_size(pos2(self.region.min.x, self.region.max.y - height), size),
        }
    }

    fn header(&self, ui: &Ui, card: Rect, open: bool, openness: f32, actions: &mut Vec<Action>) {
        let tokens = Tokens::within(ui);
        let rect = card.with_max_y(card.min.y + HEADER);
        let response = ui.interact(rect, ui.id().with("header"), Sense::click());
        response.widget_info(|| WidgetInfo::selected(WidgetType::CollapsingHeader, true, open, self.title));
        let inner = rect.shrink2(vec2(GAP, 0.0));
        paint_line(ui, inner, self.title, theme::header(), tokens.text, Align::Min);
        let room = Rect::from_min_max(pos2(inner.min.x + 100.0, inner.min.y), pos2(inner.max.x - 16.0, inner.max.y));
        paint_line(ui, room, self.note, BODY, tokens.secondary, Align::Max);
        let color = if response.hovered() { tokens.text } else { tokens.faint };
        chevron(ui.painter(), pos2(inner.max.x - 4.0, rect.center().y), openness, color);
        focus_ring(ui, rect.shrink(1.0), &response);
        if response.clicked() {
            actions.push(Edit::Fold(self.panel, open).into());
        }
        response.on_hover_cursor(egui::CursorIcon::PointingHand);
    }
}
