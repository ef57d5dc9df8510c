//! The camera that the picture of the second embedding has for itself, side by side.
//!
//! It draws nothing: the camera of the right eye stands where it is ([`Eyes::own`](parallax_cloud::Eyes)).
//! It opens where the cloud's camera is. When it closes, the cloud's camera takes its place if the view
//! says that this is where to look from: the picture that goes on does not move.

use bevy::prelude::*;
use bevy_panorbit_camera::PanOrbitCamera;
use parallax_session::Half;
use parallax_state::CurrentView;

use crate::{
    Control,
    pose::{are_near, goal},
};

/// Opens and closes the camera as the view says.
pub(crate) fn open_or_close(
    view: Res<CurrentView>,
    mut cameras: Query<(Entity, &mut PanOrbitCamera, &mut Control, &Transform, &Projection)>,
    mut commands: Commands,
) {
    let [first, second] = Half::BOTH.map(|half| cameras.iter().find(|camera| camera.2.half == half));
    match (first, second, view.has_two_cameras()) {
        (Some((_, camera, _, transform, lens)), None, true) => {
            let camera = PanOrbitCamera { force_update: true, ..*camera };
            let control = Control { half: Half::Second, ..Control::default() };
            let inactive = Camera { is_active: false, ..default() };
            commands.spawn((control, camera, inactive, *transform, lens.clone()));
        }
        (Some((first, ..)), Some((second, camera, control, ..)), false) => {
            let goes_on = view.pose.is_some_and(|pose| are_near(&goal(camera, &control.flight), &pose));
            if goes_on && let Ok([mut first, mut second]) = cameras.get_many_mut([first, second]) {
                *first.1 = PanOrbitCamera { force_update: true, ..*second.1 };
                first.2.flight = std::mem::take(&mut second.2.flight);
            }
            commands.entity(second).despawn();
        }
        _ => {}
    }
}
