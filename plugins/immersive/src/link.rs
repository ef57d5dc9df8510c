//! The connection to the runtime, frame by frame.
//!
//! At the beginning of a frame the runtime says when it is shown, where the eyes and the hands will
//! be then, and into which image to draw. When the engine has drawn, the image goes back. Between
//! frames a person may take the headset off or the runtime may end; the program goes on without it.

use std::{
    io::{self, Write as _},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bevy::{
    camera::{CameraUpdateSystems, RenderTarget},
    prelude::*,
    render::{
        Render, RenderApp, RenderSystems,
        texture::{ManualTextureView, ManualTextureViews},
    },
    window::{PresentMode, PrimaryWindow, RequestRedraw},
};
use parallax_overlay::{HandPanel, hand_panel};
use parallax_session::{HeadsetLink, ShellAction, ToastAction};
use parallax_state::{CurrentHeadset, EnterHeadset, FrameSystems, Routed, Toasts, Watching};

use crate::{
    End, Eye, EyeCamera, Hands, Immersion, Person, eye_camera,
    eyes::target,
    panel, put_eye,
    runtime::{Quad, Runtime, Session},
};

/// The place of the panel among the targets, after the eyes.
const PANEL: usize = 2;

/// The session, shared by the frame and the renderer. `None` once it has ended.
#[derive(Resource, Clone)]
struct Link(Arc<Mutex<Option<Session>>>);

/// Where the eyes are in this frame.
#[derive(Resource, Debug, Default)]
struct Eyes(Option<[Eye; 2]>);

/// Why the session ended while the engine drew.
#[derive(Resource, Clone, Default)]
struct Ended(Arc<Mutex<Option<End>>>);

/// The runtime, which begins another session if one is lost.
#[derive(Resource)]
struct Connection(Runtime);

pub(super) fn plugin(app: &mut App, runtime: Runtime, session: Session) {
    let (link, ended) = (Link(Arc::new(Mutex::new(Some(session)))), Ended::default());
    app.init_resource::<Eyes>()
        .insert_resource(link.clone())
        .insert_resource(ended.clone())
        .insert_resource(Connection(runtime))
        .insert_resource(CurrentHeadset(HeadsetLink::Connected))
        .add_systems(First, begin_frame)
        .add_systems(Update, connect_again.after(FrameSystems::Follow))
        .add_systems(PostUpdate, place_eyes.before(TransformSystems::Propagate).before(CameraUpdateSystems));
    app.add_systems(Last, place_panel);
    if let Some(render) = app.get_sub_app_mut(RenderApp) {
        render
            .insert_resource(link)
            .insert_resource(ended)
            .add_systems(Render, end_frame.after(RenderSystems::Render).before(RenderSystems::Cleanup));
    }
}

/// The cameras that draw for the headset.
type Cameras<'w, 's> = Query<'w, 's, (Entity, &'static mut Camera), Or<(With<EyeCamera>, With<HandPanel>)>>;

/// Hears the runtime, and begins a frame.
fn begin_frame(
    (link, ended): (Res<Link>, Res<Ended>),
    (mut hands, mut seen, mut immersion): (ResMut<Hands>, ResMut<Eyes>, ResMut<Immersion>),
    (mut cameras, mut targets): (Cameras, ResMut<ManualTextureViews>),
    mut windows: Query<&mut Window, With<PrimaryWindow>>,
    (mut toasts, mut watching, mut headset): (ResMut<Toasts>, ResMut<Watching>, ResMut<CurrentHeadset>),
    mut commands: Commands,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let mut link = lock(&link.0);
    let Some(session) = link.as_mut() else { return };
    let failed = lock(&ended.0).take();
    let frame = |session: &mut Session| if session.hear()? { session.begin().map(Some) } else { Ok(None) };
    let next = failed.map_or_else(|| frame(session), Err);
    watching.set_if_neq(Watching(next.is_ok()));
    show_in_time(&mut windows, matches!(next, Ok(Some(_))));
    match next {
        Ok(Some(frame)) => {
            immersion.set_if_neq(Immersion { is_shown: frame.targets.is_some(), knows_floor: session.knows_floor() });
            (*hands, seen.0) = (Hands { head: frame.head, hands: frame.hands }, frame.eyes);
            draw_to(frame.targets, session, (&mut cameras, &mut *targets), &mut commands);
            redraw.write(RequestRedraw);
        }
        Ok(None) => rest((&mut hands, &mut seen, &mut immersion), &mut cameras),
        Err(end) => {
            rest((&mut hands, &mut seen, &mut immersion), &mut cameras);
            cameras.iter().for_each(|(camera, _)| commands.entity(camera).despawn());
            (0..=PANEL).for_each(|place| drop(targets.remove(&target(place))));
            *link = None;
            headset.0 = if end == End::Gone { HeadsetLink::Absent } else { HeadsetLink::Lost };
            say(&end, &mut toasts);
        }
    }
}

/// Nothing is drawn while the headset is not worn.
fn rest(
    (hands, seen, immersion): (&mut ResMut<Hands>, &mut ResMut<Eyes>, &mut ResMut<Immersion>),
    cameras: &mut Cameras,
) {
    hands.set_if_neq(Hands::default());
    immersion.set_if_neq(Immersion::default());
    seen.0 = None;
    activate(cameras, false);
}

/// Lets the cameras draw, or not.
fn activate(cameras: &mut Cameras, is_drawn: bool) {
    let other = cameras.iter_mut().filter(|(_, camera)| camera.is_active != is_drawn);
    other.for_each(|(_, mut camera)| camera.is_active = is_drawn);
}

/// Lets the cameras draw to the images of this frame, if it has some.
fn draw_to(
    into: Option<[wgpu::TextureView; 3]>,
    session: &Session,
    (cameras, targets): (&mut Cameras, &mut ManualTextureViews),
    commands: &mut Commands,
) {
    let is_drawn = into.is_some();
    for (place, (view, (size, view_format))) in into.into_iter().flatten().zip(session.pictures()).enumerate() {
        targets.insert(target(place), ManualTextureView { texture_view: view.into(), size, view_format });
    }
    if is_drawn && cameras.is_empty() {
        for eye in 0..PANEL {
            commands.spawn(eye_camera(eye, RenderTarget::TextureView(target(eye))));
        }
        commands.spawn(hand_panel(RenderTarget::TextureView(target(PANEL))));
    }
    activate(cameras, is_drawn);
}

/// Says in the window why the headset shows nothing any more, and on standard error if something has
/// gone wrong.
fn say(end: &End, toasts: &mut Toasts) {
    if *end != End::Left {
        writeln!(io::stderr(), "warning: {} The window goes on.", end.what()).ok();
    }
    match end {
        End::Left => toasts.offer(end.to_string(), Some(again())),
        End::Gone => toasts.warning(end.to_string(), None),
        End::Lost | End::Failed(_) => toasts.warning(end.to_string(), Some(again())),
    };
}

/// Returns the button that connects again.
fn again() -> ToastAction {
    ToastAction { caption: "Connect again".into(), action: ShellAction::EnterHeadset.into() }
}

/// Begins another session after one was lost.
fn connect_again(
    mut asked: MessageReader<Routed<EnterHeadset>>,
    (link, connection): (Res<Link>, Res<Connection>),
    (mut headset, mut toasts): (ResMut<CurrentHeadset>, ResMut<Toasts>),
    mut redraw: MessageWriter<RequestRedraw>,
) {
    if asked.read().count() == 0 || headset.0 != HeadsetLink::Lost {
        return;
    }
    match connection.0.open() {
        Ok(session) => {
            *lock(&link.0) = Some(session);
            headset.0 = HeadsetLink::Connected;
            redraw.write(RequestRedraw);
        }
        Err(why) => {
            toasts.warning(why.to_string(), Some(again()));
        }
    }
}

/// While the headset is worn, the window does not wait for its own display, which may be slower.
fn show_in_time(windows: &mut Query<&mut Window, With<PrimaryWindow>>, is_shown: bool) {
    let mode = if is_shown { PresentMode::AutoNoVsync } else { PresentMode::default() };
    for mut window in windows {
        if window.present_mode != mode {
            window.present_mode = mode;
        }
    }
}

/// Puts the cameras where the eyes are.
fn place_eyes(
    (eyes, person): (Res<Eyes>, Res<Person>),
    mut cameras: Query<(&EyeCamera, &mut Transform, &mut Projection)>,
) {
    let (Some(eyes), Some(room)) = (&eyes.0, person.room()) else { return };
    for (EyeCamera(eye), mut transform, mut projection) in &mut cameras {
        put_eye(room, &eyes[*eye], &mut transform, &mut projection);
    }
}

/// Says where the panel is.
fn place_panel(link: Res<Link>, person: Res<Person>) {
    if let Some(session) = lock(&link.0).as_mut() {
        session.put_panel(person.panel().map(|at| Quad { at, size: panel::SIZE }));
    }
}

/// Gives the images back.
fn end_frame((link, ended): (Res<Link>, Res<Ended>)) {
    if let Some(session) = lock(&link.0).as_mut()
        && let Err(end) = session.end()
    {
        *lock(&ended.0) = Some(end);
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
