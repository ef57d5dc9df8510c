//! A thumbnail of the current bookmark if it has none.
//!
//! A separate camera draws the same points for one frame, or two cameras draw those of two embeddings
//! side by side, and are removed with their image once the pixels have been read back. Panels and labels
//! are not in the picture: they are painted over another camera. The window is redrawn until the picture
//! is there.

use bevy::{
    camera::{RenderTarget, Viewport},
    prelude::*,
    render::{
        RenderApp,
        view::screenshot::{Screenshot, ScreenshotCaptured},
    },
    tasks::{AsyncComputeTaskPool, Task, futures::check_ready},
    window::RequestRedraw,
};
use parallax_camera::{fit_half, framed, picture_target, still_camera};
use parallax_cloud::{Cloud, PictureOf};
use parallax_formats::encode_picture;
use parallax_session::{Eye, Half, JobKind, Pose, View};
use parallax_state::{CurrentLayout, CurrentTour, FrameSystems, Hovered, Opened, Running, ScreenArea};

/// Width and height of a picture, in pixels.
const SIZE: [u32; 2] = [320, 180];

/// After this many frames without a picture, none will come.
const PATIENCE: u8 = 120;

/// The picture under way.
#[derive(Resource, Debug, Default)]
struct Taking {
    /// The place and name of its bookmark, if any.
    of: Option<(usize, String)>,
    cameras: Vec<Entity>,
    frames: u8,
    packing: Option<Task<Option<Vec<u8>>>>,
    /// The bookmark of which no picture came.
    failed: Option<(usize, String)>,
}

pub(super) fn plugin(app: &mut App) {
    if app.get_sub_app(RenderApp).is_some() {
        app.init_resource::<Taking>().add_systems(Update, (take, put).chain().after(FrameSystems::Follow));
    }
}

/// Draws the current bookmark once it is in place.
fn take(
    mut taking: ResMut<Taking>,
    (tour, opened, layout): (Res<CurrentTour>, Res<Opened>, Res<CurrentLayout>),
    (cloud, area, running): (Res<Cloud>, Res<ScreenArea>, Res<Running>),
    mut hovered: ResMut<Hovered>,
    mut images: ResMut<Assets<Image>>,
    mut commands: Commands,
) {
    let Some(place) = tour.at().filter(|_| taking.of.is_none() && tour.wanted.is_none()) else { return };
    let Some(bookmark) = tour.tour().bookmarks.get(place).filter(|bookmark| bookmark.thumbnail.is_none()) else {
        return;
    };
    let of = (place, bookmark.name.clone());
    let is_seen = layout.of(&opened).is_some() && layout.method == Some(bookmark.view.projection.method);
    if !is_seen || cloud.placed == 0 || is_moving(&cloud, &running) || taking.failed.as_ref() == Some(&of) {
        return;
    }
    // For this frame only: the ring belongs to the pointer, not to the bookmark.
    hovered.set_if_neq(Hovered(None));
    let image = images.add(picture_target(SIZE));
    let view = &bookmark.view;
    let halves = if cloud.is_pair() && view.is_side_by_side() { &Half::BOTH[..] } else { &[Half::First] };
    let width = SIZE[0] / halves.len() as u32;
    let cameras = halves.iter().zip(0..).map(|(&half, place)| {
        let target = RenderTarget::Image(image.clone().into());
        let pose = pose(half, UVec2::new(width, SIZE[1]), view, &area, &cloud);
        let still = still_camera(target, (view.projection.dims, view.look.lens), &pose);
        // Before the window's camera, which remains the last. The first clears all of it.
        let camera = Camera {
            viewport: Some(Viewport {
                physical_position: UVec2::new(place * width, 0),
                physical_size: UVec2::new(width, SIZE[1]),
                ..default()
            }),
            clear_color: if place == 0 { ClearColorConfig::Custom(Color::BLACK) } else { ClearColorConfig::None },
            order: place as isize - 10,
            ..default()
        };
        let eye = if halves.len() == 1 { Eye::Middle } else { Eye::BOTH[half as usize] };
        commands.spawn(still).insert((camera, PictureOf(eye))).id()
    });
    let cameras = cameras.collect();
    commands.spawn(Screenshot::image(image)).observe(|capture: On<ScreenshotCaptured>, mut taking: ResMut<Taking>| {
        if let Some(pixels) = capture.image.data.clone().filter(|_| taking.of.is_some()) {
            let task = AsyncComputeTaskPool::get().spawn(async move { encode_picture(SIZE, &pixels).ok() });
            taking.packing = Some(task);
        }
    });
    *taking = Taking { of: Some(of), cameras, ..Taking::default() };
}

/// Whether points are moving. Those of a running projection always are.
fn is_moving(cloud: &Cloud, running: &Running) -> bool {
    let runs = |kind| running.0.iter().any(|job| job.kind == kind);
    runs(JobKind::Load) || runs(JobKind::Compare) || (!cloud.is_at_rest() && !runs(JobKind::Project))
}

/// Gives the bookmark its picture when it has been read back.
fn put(
    mut taking: ResMut<Taking>,
    mut tour: ResMut<CurrentTour>,
    mut commands: Commands,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let Some(of) = taking.of.clone() else { return };
    redraw.write(RequestRedraw);
    let packed = taking.packing.as_mut().and_then(check_ready);
    if taking.packing.is_some() {
        taking.cameras.drain(..).for_each(|camera| commands.entity(camera).despawn());
    }
    taking.frames = taking.frames.saturating_add(1);
    if let Some(png) = packed {
        *taking = Taking { failed: png.is_none().then(|| of.clone()), ..Taking::default() };
        if let Some(png) = png {
            tour.files_mut().set_thumbnail(of.0, &of.1, png.into());
        }
    } else if taking.packing.is_none() && taking.frames > PATIENCE {
        taking.cameras.drain(..).for_each(|camera| commands.entity(camera).despawn());
        *taking = Taking { failed: Some(of), ..Taking::default() };
    }
}

/// Returns the pose of the camera for a thumbnail of this size, or for a half of one, which shows what was
/// between the panels.
fn pose(half: Half, size: UVec2, view: &View, area: &ScreenArea, cloud: &Cloud) -> Pose {
    let size = size.as_vec2();
    let dims = view.projection.dims;
    // With one camera, both halves are seen by it.
    let half = if view.has_two_cameras() { half } else { Half::First };
    if let Some(pose) = view.pose_of(half) {
        return framed(&pose, dims, area, size.x / size.y);
    }
    let free = Rect::from_corners(Vec2::ZERO, size);
    fit_half(half, dims, &ScreenArea { window: size, free, pictures: None, compares: false }, cloud)
}
