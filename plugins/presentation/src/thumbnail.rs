//! A thumbnail of the current bookmark if it has none.
//!
//! A separate camera draws the same points for one frame, and is removed with its image once the
//! pixels have been read back. Panels and labels are not in the picture: they are painted over
//! another camera. The window is redrawn until the picture is there.

use bevy::{
    camera::RenderTarget,
    prelude::*,
    render::{
        RenderApp,
        view::screenshot::{Screenshot, ScreenshotCaptured},
    },
    tasks::{AsyncComputeTaskPool, Task, futures::check_ready},
    window::RequestRedraw,
};
use parallax_camera::{fit, framed, picture_target, still_camera};
use parallax_cloud::Cloud;
use parallax_formats::encode_picture;
use parallax_session::{JobKind, Pose};
use parallax_state::{CurrentLayout, CurrentTour, FrameSystems, Hovered, Opened, Running, ScreenArea};
use parallax_tour::Bookmark;

/// Width and height of a picture, in pixels.
const SIZE: [u32; 2] = [320, 180];

/// After this many frames without a picture, none will come.
const PATIENCE: u8 = 120;

/// The picture under way.
#[derive(Resource, Debug, Default)]
struct Taking {
    /// The place and name of its bookmark, if any.
    of: Option<(usize, String)>,
    camera: Option<Entity>,
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
    let target = RenderTarget::Image(image.clone().into());
    let view = &bookmark.view;
    let camera =
        commands.spawn(still_camera(target, (view.projection.dims, view.look.lens), &pose(bookmark, &area))).id();
    commands.spawn(Screenshot::image(image)).observe(|capture: On<ScreenshotCaptured>, mut taking: ResMut<Taking>| {
        if let Some(pixels) = capture.image.data.clone().filter(|_| taking.of.is_some()) {
            let task = AsyncComputeTaskPool::get().spawn(async move { encode_picture(SIZE, &pixels).ok() });
            taking.packing = Some(task);
        }
    });
    *taking = Taking { of: Some(of), camera: Some(camera), ..Taking::default() };
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
    if taking.packing.is_some()
        && let Some(camera) = taking.camera.take()
    {
        commands.entity(camera).despawn();
    }
    taking.frames = taking.frames.saturating_add(1);
    if let Some(png) = packed {
        *taking = Taking { failed: png.is_none().then(|| of.clone()), ..Taking::default() };
        if let Some(png) = png {
            tour.files_mut().set_thumbnail(of.0, &of.1, png.into());
        }
    } else if taking.packing.is_none() && taking.frames > PATIENCE {
        taking.camera.take().into_iter().for_each(|camera| commands.entity(camera).despawn());
        *taking = Taking { failed: Some(of), ..Taking::default() };
    }
}

/// Returns the camera for a thumbnail, which shows what was between the panels.
fn pose(bookmark: &Bookmark, area: &ScreenArea) -> Pose {
    let size = Vec2::from(SIZE.map(|side| side as f32));
    let dims = bookmark.view.projection.dims;
    match &bookmark.view.pose {
        Some(pose) => framed(pose, dims, area, size.x / size.y),
        None => fit(
            dims,
            &ScreenArea { window: size, free: Rect::from_corners(Vec2::ZERO, size), pictures: None, compares: false },
        ),
    }
}
