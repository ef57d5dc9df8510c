//! What is drawn for a headset: the panel beside a hand, and labels.
//!
//! Whoever owns the headset gives it a target to draw to ([`hand_panel`]) and sends it the events
//! of a pointer, and says which labels are needed ([`RoomLabels`]). Nothing here knows where they
//! are in the room.

use bevy::{camera::RenderTarget, ecs::schedule::ScheduleLabel, prelude::*};
use bevy_egui::{EguiContext, EguiContextSettings, EguiInput, EguiPreUpdateSet, EguiSchedule, PrimaryEguiContext};
use parallax_panels::{
    HAND_PANEL, HandMemory, ROOM_LABEL, ROOM_SHEET, room_label_corner, show_hand_panel, show_room_labels,
};
pub use parallax_panels::{RoomText, RoomTextLook};
use parallax_session::Action;
use parallax_state::{CurrentView, Do, Running};

use crate::{Data, Lookup, Memory, OfRows, keyboard, look_for_fonts};

/// The pixels of a point, so that text is sharp at arm's length.
const SCALE: u32 = 2;

/// The size of the panel in pixels.
pub const HAND_PANEL_PIXELS: [u32; 2] = [HAND_PANEL[0] * SCALE, HAND_PANEL[1] * SCALE];

/// The size of the sheet of labels in pixels.
pub const ROOM_SHEET_PIXELS: [u32; 2] = [ROOM_SHEET[0] * ROOM_LABEL[0] * SCALE, ROOM_SHEET[1] * ROOM_LABEL[1] * SCALE];

/// The labels in the room, at most [`RoomLabels::MOST`].
#[derive(Resource, Debug, Default)]
pub struct RoomLabels {
    /// What they say.
    pub texts: Vec<RoomText>,
    /// Where each is on the sheet, in pixels. Empty if the fonts are not there yet.
    pub parts: Vec<URect>,
}

impl RoomLabels {
    /// The greatest number of labels.
    pub const MOST: usize = (ROOM_SHEET[0] * ROOM_SHEET[1]) as usize;
}

/// The camera and the context of the sheet of labels.
#[derive(Component, Debug, Default, Clone, Copy)]
pub struct RoomSheet;

/// The sheet of labels is drawn.
#[derive(ScheduleLabel, Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct RoomSheetPass;

/// The camera and the context of the panel.
#[derive(Component, Debug, Default, Clone, Copy)]
pub struct HandPanel;

/// The panel is drawn.
#[derive(ScheduleLabel, Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct HandPanelPass;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<RoomLabels>()
        .add_systems(HandPanelPass, draw)
        .add_systems(RoomSheetPass, draw_labels)
        .add_systems(
            PreUpdate,
            lend_keyboard
                .after(keyboard::chords)
                .after(EguiPreUpdateSet::ProcessInput)
                .before(EguiPreUpdateSet::BeginPass),
        );
}

/// Returns the panel, which is drawn to `target`.
pub fn hand_panel(target: RenderTarget) -> impl Bundle {
    (HandPanel, context(target, AFTER), EguiSchedule::new(HandPanelPass))
}

/// Returns the sheet of labels, which is drawn to `target`.
pub fn room_labels(target: RenderTarget) -> impl Bundle {
    (RoomSheet, context(target, BEFORE), EguiSchedule::new(RoomSheetPass))
}

/// The orders of the cameras: the labels are drawn before the eyes, which show them, and the panel
/// after everything else.
const BEFORE: isize = -9;
const AFTER: isize = 2;

/// Returns a camera for a context.
fn context(target: RenderTarget, order: isize) -> impl Bundle {
    // Its pointer is a hand, and the window keeps its own.
    let settings = EguiContextSettings {
        capture_pointer_input: false,
        enable_cursor_icon_updates: false,
        enable_ime: false,
        ..default()
    };
    (Camera2d, Camera { order, ..default() }, target, Msaa::Off, settings)
}

fn draw_labels(
    mut contexts: Query<&mut EguiContext, With<RoomSheet>>,
    view: Res<CurrentView>,
    mut labels: ResMut<RoomLabels>,
    (mut running, mut fonts): (ResMut<Running>, Local<Lookup>),
) {
    for mut context in &mut contexts {
        let context = context.get_mut();
        context.set_zoom_factor(SCALE as f32);
        let widths = show_room_labels(context, view.theme, &labels.texts);
        let part = |(place, width): (usize, f32)| {
            let corner = UVec2::from(room_label_corner(place)) * SCALE;
            URect::from_corners(corner, corner + UVec2::new((width * SCALE as f32) as u32, ROOM_LABEL[1] * SCALE))
        };
        labels.parts = widths.into_iter().enumerate().map(part).collect();
        look_for_fonts(context, &mut fonts, &mut running);
    }
}

/// Lets the keyboard type into a field of the panel that is focused, instead of into the window.
fn lend_keyboard(
    mut panels: Query<(&mut EguiContext, &mut EguiInput), (With<HandPanel>, Without<PrimaryEguiContext>)>,
    mut windows: Query<&mut EguiInput, With<PrimaryEguiContext>>,
) {
    let Ok((mut context, mut panel)) = panels.single_mut() else { return };
    if !context.get_mut().text_edit_focused() {
        return;
    }
    for mut window in &mut windows {
        let events = std::mem::take(&mut window.events);
        let (keys, others) = events.into_iter().partition(is_of_keyboard);
        window.events = others;
        panel.events.extend::<Vec<_>>(keys);
    }
}

fn is_of_keyboard(event: &egui::Event) -> bool {
    use egui::Event::{Copy, Cut, Ime, Key, ModifiersChanged, Paste, Text};
    matches!(event, Copy | Cut | Paste(_) | Text(_) | Key { .. } | Ime(_) | ModifiersChanged(_))
}

fn draw(
    mut contexts: Query<(Entity, &mut EguiContext), With<HandPanel>>,
    mut data: Data,
    mut window: ResMut<Memory>,
    mut memory: Local<Option<(Entity, HandMemory, Lookup)>>,
    mut requests: MessageWriter<Do>,
) {
    let Memory { panels, jobs, .. } = &mut *window;
    for (camera, mut context) in &mut contexts {
        let context = context.get_mut();
        context.set_zoom_factor(SCALE as f32);
        // Textures belong to a context, which is dropped with its camera.
        let (_, memory, fonts) = match &mut *memory {
            Some(known) if known.0 == camera => known,
            memory => memory.insert((camera, HandMemory::default(), Lookup::default())),
        };
        let color_of = |row: u32| data.cloud.style(row).map(parallax_cloud::Style::color);
        let mut actions: Vec<Action> = Vec::new();
        let of_rows = OfRows { color_of: &color_of, is_in_sight: &|_| true };
        data.with_model((None, None), None, jobs, of_rows, |model| {
            show_hand_panel(context, model, (&mut *memory, &mut *panels), &mut actions);
        });
        requests.write_batch(actions.into_iter().map(Do::person));
        look_for_fonts(context, fonts, &mut data.running);
    }
}
