//! With stereo, what is over the cloud is painted in the picture of each eye, by a context of its
//! own: labels and captions are then part of the pictures, wherever and in whatever colors these
//! come on the screen. The panels stay in the window's context, once. So it is with the pictures of two
//! embeddings.

use bevy::{ecs::schedule::ScheduleLabel, prelude::*, window::RequestRedraw};
use bevy_egui::{EguiContext, EguiManagedTextures, EguiPreUpdateSet, EguiSchedule};
use parallax_cloud::EyeCamera;
use parallax_panels::{Marked, PICTURE_TITLE, PanelMemory, ViewModel, free_of_caption, show_eye};
use parallax_session::{ComparedState, Eye, PlacedLabel, SeenAxis, StereoMode};
use parallax_state::ScreenArea;

use crate::{Lookup, Memory, Scene, look_for_fonts, rect};

/// What is over the cloud is painted for an eye.
#[derive(ScheduleLabel, Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct EyePass(Eye);

pub(super) fn plugin(app: &mut App) {
    app.add_systems(PreUpdate, (give_contexts, drop_textures).before(EguiPreUpdateSet::InitContexts))
        .add_systems(EyePass(Eye::Left), (|| Eye::Left).pipe(draw))
        .add_systems(EyePass(Eye::Right), (|| Eye::Right).pipe(draw));
}

/// Why there are two pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pair {
    /// For two eyes.
    Eyes(StereoMode),
    /// Of two embeddings.
    Embeddings,
}

/// Where the cloud is in a window of this size. `free` is the part of the window that no panel
/// covers; `bare` is whether there are no panels at all.
pub(super) fn screen_area(pair: Option<Pair>, window: Vec2, free: Rect, bare: bool, caption: bool) -> ScreenArea {
    let whole = Rect::from_corners(Vec2::ZERO, window);
    let mono = ScreenArea { window, free, pictures: None, compares: false };
    let Some(pair) = pair else { return mono };
    let mode = match pair {
        Pair::Eyes(mode) => mode,
        Pair::Embeddings => StereoMode::SideBySide,
    };
    if mode == StereoMode::Anaglyph {
        return ScreenArea { pictures: Some([whole; 2]), ..mono };
    }
    // The panels are there once, so the pictures share what they leave.
    let pictures = ScreenArea::pictures_within(if bare { whole } else { free }, mode);
    let size = pictures[0].size();
    if size.min_element() < 1.0 {
        return mono;
    }
    let picture = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(size.x, size.y));
    let mut free = rect(if caption { free_of_caption(picture) } else { picture });
    let compares = pair == Pair::Embeddings;
    if compares {
        // The name of the embedding is there.
        free.min.y += PICTURE_TITLE;
    }
    ScreenArea { window: size, free, pictures: Some(pictures), compares }
}

/// Gives the camera of each eye a context.
fn give_contexts(eyes: Query<(Entity, &EyeCamera), Added<EyeCamera>>, mut commands: Commands) {
    for (camera, eye) in &eyes {
        commands.entity(camera).insert(EguiSchedule::new(EyePass(eye.0)));
    }
}

/// Drops the textures of contexts whose eyes have closed.
fn drop_textures(mut closed: RemovedComponents<EyeCamera>, mut textures: ResMut<EguiManagedTextures>) {
    for eye in closed.read() {
        textures.retain(|(context, _), _| *context != eye);
    }
}

/// Textures and fonts belong to a context, which is dropped with its camera.
struct Own {
    camera: Entity,
    panels: PanelMemory,
    fonts: Lookup,
}

/// Paints what is over the cloud in the picture of an eye.
fn draw(
    In(eye): In<Eye>,
    mut contexts: Query<(Entity, &EyeCamera, &mut EguiContext)>,
    mut scene: Scene,
    (memory, area): (Res<Memory>, Res<ScreenArea>),
    mut own: Local<Option<Own>>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let Some((camera, _, mut context)) = contexts.iter_mut().find(|(_, camera, _)| camera.0 == eye) else { return };
    let ctx = context.get_mut();
    let own = match &mut *own {
        Some(own) if own.camera == camera => own,
        own => own.insert(Own { camera, panels: PanelMemory::default(), fonts: Lookup::default() }),
    };
    let free = area.free;
    let free = egui::Rect::from_min_max(egui::pos2(free.min.x, free.min.y), egui::pos2(free.max.x, free.max.y));
    let (pointer, fades) = (scene.pointer(), scene.data.overlay.panels);
    let hovered = scene.hovered(eye);
    let second = (&*scene.data.second_labels.0, scene.data.axes.second.as_deref());
    scene.with_model(&memory.jobs, area.free, |model| {
        // Whose camera keys move is of no interest in a picture, and to an audience.
        let second_stand = model.second_stand.filter(|_| fades && !model.presentation.on);
        let model = ViewModel { eye: Some(eye), pointer, second_stand, ..*model };
        let model = if area.compares { of_embedding(&model, eye, hovered, second) } else { model };
        show_eye(ctx, &model, free, &mut own.panels, fades);
    });
    if look_for_fonts(ctx, &mut own.fonts, &mut scene.data.running) {
        redraw.write(RequestRedraw);
    }
}

/// What the picture of one of two embeddings shows. Clusters and sums are those of the layout, and so are
/// axes if the second has none of them.
fn of_embedding<'a>(
    model: &ViewModel<'a>,
    eye: Eye,
    hovered: Option<Marked>,
    (labels, own_axes): (&'a [PlacedLabel], Option<&'a [SeenAxis]>),
) -> ViewModel<'a> {
    let names = model.compared.map(|compared| &compared.names);
    match eye {
        Eye::Left | Eye::Middle => ViewModel { hovered, picture: names.map(|names| &*names[0]), ..*model },
        Eye::Right => {
            let picture = names.map(|names| &*names[1]);
            let has_axes = model.compared.is_some_and(ComparedState::has_same_axes);
            let axes = if has_axes { own_axes.unwrap_or(model.axes) } else { &[] };
            ViewModel { hovered, picture, labels, placed_names: &[], axes, spot: None, ..*model }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Vec2 = Vec2::new(1440.0, 900.0);
    const FREE: Rect = Rect { min: Vec2::new(332.0, 60.0), max: Vec2::new(1108.0, 860.0) };

    fn area(mode: StereoMode, bare: bool, caption: bool) -> ScreenArea {
        screen_area(Some(Pair::Eyes(mode)), WINDOW, FREE, bare, caption)
    }

    #[test]
    fn pictures_share_what_the_panels_leave() {
        let found = area(StereoMode::SideBySide, false, false);
        let [left, right] = found.pictures.unwrap();
        assert_eq!((left.min, right.max, left.max.x), (FREE.min, FREE.max, right.min.x));
        assert_eq!((found.window, found.free.size()), (left.size(), left.size()));
        let [first, second] = area(StereoMode::TopBottom, true, false).pictures.unwrap();
        assert_eq!((first.min, second.max, first.max.y), (Vec2::ZERO, WINDOW, second.min.y));
    }

    #[test]
    fn anaglyph_leaves_the_cloud_where_it_is() {
        let mono = screen_area(None, WINDOW, FREE, false, false);
        let found = area(StereoMode::Anaglyph, false, false);
        assert_eq!((found.window, found.free), (mono.window, mono.free));
        assert_eq!((mono.pictures, found.pictures.map(|pictures| pictures[0].size())), (None, Some(WINDOW)));
    }

    #[test]
    fn caption_keeps_clear_of_the_cloud_in_each_picture() {
        let found = area(StereoMode::CrossEyed, true, true);
        assert!(found.free.max.y < found.window.y && found.free.width() == 720.0, "{found:?}");
    }

    #[test]
    fn embeddings_are_side_by_side_below_their_names() {
        let found = screen_area(Some(Pair::Embeddings), WINDOW, FREE, false, false);
        let eyes = area(StereoMode::SideBySide, false, false);
        assert_eq!((found.pictures, found.compares, eyes.compares), (eyes.pictures, true, false));
        assert_eq!(found.free.min.y, PICTURE_TITLE);
    }

    #[test]
    fn pictures_without_a_pixel_are_not_made() {
        let found = screen_area(Some(Pair::Embeddings), Vec2::ONE, Rect::new(0.0, 0.0, 1.0, 1.0), true, false);
        assert_eq!(found.pictures, None);
    }
}
