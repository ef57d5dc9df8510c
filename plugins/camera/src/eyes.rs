//! The eyes of the cloud's camera: open while the view asks for stereo, and always beside it. The right
//! one of two embeddings stands at a camera of its own, if it has one.

use bevy::{
    asset::AssetEventSystems,
    camera::{CameraProjection as _, CameraUpdateSystems, ImageRenderTarget, RenderTarget},
    core_pipeline::tonemapping::{DebandDither, Tonemapping},
    prelude::*,
    window::RequestRedraw,
};
use bevy_panorbit_camera::{PanOrbitCamera, PanOrbitCameraSystemSet};
use parallax_cloud::{EyeCamera, Eyes};
use parallax_session::{Dims, Eye, Half};
use parallax_state::{CurrentView, ScreenArea};

use crate::{
    CloudCamera, Control, picture_target,
    rig::{Ahead, EyeLens, Rig},
};

/// After this many frames the pictures of new eyes are drawn, with their labels.
const OPENING: u8 = 3;

/// The orders of the cameras of the eyes: before the one that shows their pictures.
const ORDERS: [isize; 2] = [-3, -2];

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        PostUpdate,
        (close, open)
            .chain()
            .after(PanOrbitCameraSystemSet)
            .before(TransformSystems::Propagate)
            .before(CameraUpdateSystems)
            .before(AssetEventSystems),
    );
}

/// Closes the eyes when the view no longer asks for them.
fn close(
    area: Res<ScreenArea>,
    cameras: Query<Entity, (With<CloudCamera>, With<Eyes>)>,
    eyes: Query<Entity, With<EyeCamera>>,
    mut commands: Commands,
) {
    if area.pictures.is_none() {
        cameras.iter().for_each(|camera| _ = commands.entity(camera).remove::<Eyes>());
        eyes.iter().for_each(|eye| commands.entity(eye).despawn());
    }
}

/// Opens the eyes, and keeps them beside the camera.
fn open(
    (view, area): (Res<CurrentView>, Res<ScreenArea>),
    mut cameras: Query<
        (Entity, &Camera, &Transform, &Projection, &PanOrbitCamera, Option<&mut Eyes>),
        With<CloudCamera>,
    >,
    controls: Query<(&Control, &Transform, &Projection, &PanOrbitCamera), Without<CloudCamera>>,
    mut lenses: Query<
        (&EyeCamera, &mut Transform, &mut Projection, &mut RenderTarget),
        (Without<Control>, Without<CloudCamera>),
    >,
    mut images: ResMut<Assets<Image>>,
    mut opened: Local<u8>,
    (mut commands, mut redraw): (Commands, MessageWriter<RequestRedraw>),
) {
    let Some(pictures) = area.pictures else { return };
    for (entity, camera, transform, middle, control, eyes) in &mut cameras {
        let scale = camera.target_scaling_factor().unwrap_or(1.0);
        let physical = (pictures[0].size() * scale).round().as_uvec2().max(UVec2::ONE);
        let size = physical.as_vec2() / scale;
        let plane = view.projection.dims == Dims::Two;
        let rig = Rig::of(&view.stereo, ahead(transform, control, middle));
        // A plane has no depth: both eyes see it at the screen. Two embeddings are seen by one.
        let rig = if plane || area.compares { Rig { apart: 0.0, ..rig } } else { rig };
        let own = controls.iter().find(|(control, ..)| area.compares && control.half == Half::Second);
        let own = own.map(|(_, transform, projection, control)| (transform, projection, control));
        let stand = |eye: Eye| own.filter(|_| eye == Eye::Right).unwrap_or((transform, middle, control));
        let lens = |eye: Eye| {
            let (transform, projection, control) = stand(eye);
            let away = transform.translation.distance(control.focus);
            EyeLens::new(eye, projection, rig, ahead(transform, control, projection), away).within(size)
        };
        let is_new = eyes.is_none();
        *opened = if is_new { 0 } else { opened.saturating_add(1) };
        if *opened <= OPENING {
            redraw.write(RequestRedraw);
        }
        let handles = eyes
            .as_ref()
            .map_or_else(|| [(); 2].map(|()| images.add(picture_target(physical.into()))), |eyes| eyes.images.clone());
        for image in &handles {
            if images.get(image).is_some_and(|known| known.size() != physical) {
                // The handle always belongs to this asset, so nothing is lost.
                images.insert(image.id(), picture_target(physical.into())).ok();
            }
        }
        let new = Eyes {
            size,
            lenses: [Eye::Left, Eye::Middle, Eye::Right].map(|eye| lens(eye).get_clip_from_view()),
            pictures,
            images: handles,
            apart: rig.apart,
            convergence: rig.convergence,
            own: own.map(|(transform, ..)| GlobalTransform::from(*transform)),
            are_open: *opened >= OPENING,
        };
        if is_new {
            for ((eye, image), order) in Eye::BOTH.into_iter().zip(&new.images).zip(ORDERS) {
                let target = ImageRenderTarget { handle: image.clone(), scale_factor: scale };
                commands.spawn((eye_camera(eye, target, order), Projection::custom(lens(eye)), *stand(eye).0));
            }
            commands.entity(entity).insert(new);
            continue;
        }
        for (eye, mut place, ..) in &mut lenses {
            place.set_if_neq(*stand(eye.0).0);
        }
        if let Some(mut eyes) = eyes
            && *eyes != new
        {
            for (eye, _, mut projection, mut target) in &mut lenses {
                *projection = Projection::custom(lens(eye.0));
                if let RenderTarget::Image(target) = &mut *target {
                    target.scale_factor = scale;
                }
            }
            *eyes = new;
        }
    }
}

/// Returns how the cloud, whose middle is the origin, lies before the camera.
fn ahead(transform: &Transform, control: &PanOrbitCamera, lens: &Projection) -> Ahead {
    let focus = control.radius.unwrap_or(control.target_radius).max(1e-3);
    let farther = transform.translation.distance(control.focus) - focus;
    let middle = -transform.translation.dot(*transform.forward()) - farther;
    Ahead { focus, middle, is_parallel: !lens.is_perspective() }
}

fn eye_camera(eye: Eye, target: ImageRenderTarget, order: isize) -> impl Bundle {
    (
        EyeCamera(eye),
        Camera3d::default(),
        Camera { clear_color: ClearColorConfig::Custom(Color::BLACK), order, ..default() },
        RenderTarget::Image(target),
        Msaa::Off,
        Tonemapping::None,
        DebandDither::Disabled,
    )
}
