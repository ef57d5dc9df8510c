//! What is drawn for a headset: the panel beside a hand, and labels.
//!
//! Whoever owns the headset gives it a target to draw to ([`hand_panel`]) and sends it the events
//! of a pointer, and says which labels are needed ([`RoomLabels`]). Nothing here knows where they
//! are in the room.

use bevy::{camera::RenderTarget, ecs::schedule::ScheduleLabel, prelude::*};
use bevy_egui::{EguiContext, EguiContextSettings, EguiSchedule};
use parallax_cloud::PointColor;
use parallax_panels::{HAND_PANEL, HandMemory, ROOM_LABEL, ROOM_LABELS, show_hand_panel, show_room_labels};
use parallax_session::Action;
use parallax_state::{CurrentView, Do};

use crate::{Data, Memory};

/// The pixels of a point, so that text is sharp at arm's length.
const SCALE: u32 = 2;

/// The size of the panel in pixels.
pub const HAND_PANEL_PIXELS: [u32; 2] = [HAND_PANEL[0] * SCALE, HAND_PANEL[1] * SCALE];

/// The size of a label in pixels.
pub const ROOM_LABEL_PIXELS: [u32; 2] = [ROOM_LABEL[0] * SCALE, ROOM_LABEL[1] * SCALE];

/// The labels in the room, at most [`RoomLabels::MOST`], one below the other on their sheet.
#[derive(Resource, Debug, Default)]
pub struct RoomLabels {
    /// The rows and the texts.
    pub texts: Vec<(u32, String)>,
    /// The rows that have been drawn, in their places on the sheet, and how wide in pixels.
    pub drawn: Vec<(u32, u32)>,
}

impl RoomLabels {
    /// The greatest number of labels.
    pub const MOST: usize = ROOM_LABELS;
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
    app.init_resource::<RoomLabels>().add_systems(HandPanelPass, draw).add_systems(RoomSheetPass, draw_labels);
}

/// Returns the panel, which is drawn to `target`.
pub fn hand_panel(target: RenderTarget) -> impl Bundle {
    (HandPanel, context(target, 2), EguiSchedule::new(HandPanelPass))
}

/// Returns the sheet of labels, which is drawn to `target`.
pub fn room_labels(target: RenderTarget) -> impl Bundle {
    (RoomSheet, context(target, 3), EguiSchedule::new(RoomSheetPass))
}

/// Returns a camera for a context. The `order` is after the others: the first camera of a query is
/// the cloud's.
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
) {
    for mut context in &mut contexts {
        let context = context.get_mut();
        context.set_zoom_factor(SCALE as f32);
        let (rows, texts): (Vec<u32>, Vec<String>) = labels.texts.iter().cloned().unzip();
        let widths = show_room_labels(context, view.theme, &texts);
        let pixels = widths.into_iter().map(|width| (width * SCALE as f32) as u32);
        labels.drawn = rows.into_iter().zip(pixels).filter(|(_, width)| *width > 0).collect();
    }
}

fn draw(
    mut contexts: Query<(Entity, &mut EguiContext), With<HandPanel>>,
    data: Data,
    mut window: ResMut<Memory>,
    points: Query<&PointColor>,
    mut memory: Local<Option<(Entity, HandMemory)>>,
    mut requests: MessageWriter<Do>,
) {
    let Memory { panels, jobs, .. } = &mut *window;
    for (camera, mut context) in &mut contexts {
        let context = context.get_mut();
        context.set_zoom_factor(SCALE as f32);
        // Textures belong to a context, which is dropped with its camera.
        let (_, memory) = match &mut *memory {
            Some(known) if known.0 == camera => known,
            memory => memory.insert((camera, HandMemory::default())),
        };
        let color_of = |row: u32| {
            let [r, g, b, _] = points.get(data.cloud.entity(row)?).ok()?.0.to_le_bytes();
            Some([r, g, b])
        };
        let mut actions: Vec<Action> = Vec::new();
        data.with_model(None, None, jobs, &color_of, |model| {
            show_hand_panel(context, model, (&mut *memory, &mut *panels), &mut actions);
        });
        requests.write_batch(actions.into_iter().map(Do::person));
    }
}
