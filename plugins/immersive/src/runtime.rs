//! The OpenXR runtime: found at the start of the program, since the graphics device comes from it.
//!
//! `manifest` says why the file of a runtime leads to none. `graphics` creates the device, `session`
//! exchanges poses and pictures with the runtime, which are drawn to a `screen`, and `input` asks it
//! what the hands do. Every call may fail at any time, because a headset is unplugged or its runtime
//! ends; nothing here panics for that.

mod graphics;
mod input;
mod manifest;
mod screen;
mod session;

use std::{
    env,
    path::{Path, PathBuf},
    sync::Arc,
};

use bevy::render::{
    renderer::{RenderAdapter, RenderAdapterInfo, RenderInstance, RenderQueue, WgpuWrapper},
    settings::RenderCreation,
};
use openxr as xr;

use self::graphics::Handles;
pub(crate) use self::session::{Quad, Session};
use crate::Unavailable;

/// The names of the loader: the one that is installed, and the one for development.
#[cfg(target_os = "windows")]
const LOADERS: [&str; 1] = ["openxr_loader.dll"];
#[cfg(target_os = "macos")]
const LOADERS: [&str; 1] = ["libopenxr_loader.dylib"];
#[cfg(not(any(target_os = "windows", target_os = "macos")))]
const LOADERS: [&str; 2] = ["libopenxr_loader.so.1", "libopenxr_loader.so"];

/// How a person is in the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Posture {
    /// Standing, and walking about: the floor is where the runtime says.
    #[default]
    Standing,
    /// Seated: the floor is at a chair's distance below the head.
    Seated,
}

/// A runtime with a headset, ready to draw.
pub struct Headset {
    render: RenderCreation,
    runtime: Runtime,
    session: Session,
}

/// A runtime, and the device that it has created. Sessions come and go.
pub(crate) struct Runtime {
    instance: xr::Instance,
    handles: Handles,
    device: wgpu::Device,
    vulkan: wgpu::Instance,
    posture: Posture,
}

impl Runtime {
    /// Begins a session. There must be no other one.
    ///
    /// # Errors
    /// Returns why there is no headset.
    pub(crate) fn open(&self) -> Result<Session, Unavailable> {
        let system = self.instance.system(xr::FormFactor::HEAD_MOUNTED_DISPLAY).map_err(Unavailable::of)?;
        let views = self.instance.enumerate_view_configurations(system).map_err(Unavailable::of)?;
        if !views.contains(&xr::ViewConfigurationType::PRIMARY_STEREO) {
            return Err(Unavailable::OneEye);
        }
        // A runtime wants to be asked again before each session.
        self.instance.graphics_requirements::<xr::Vulkan>(system).map_err(Unavailable::of)?;
        Session::create(self, system)
    }
}

impl std::fmt::Debug for Headset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Headset").field("session", &self.session).finish_non_exhaustive()
    }
}

impl Headset {
    /// Looks for a runtime and a headset.
    ///
    /// # Errors
    /// Returns why there is none.
    pub fn find(posture: Posture) -> Result<Self, Unavailable> {
        let entry = loader()?;
        let available = entry.enumerate_extensions().map_err(why_not)?;
        if !available.khr_vulkan_enable2 {
            return Err(Unavailable::NoVulkan);
        }
        let mut extensions = xr::ExtensionSet::default();
        extensions.khr_vulkan_enable2 = true;
        let program = xr::ApplicationInfo {
            application_name: "Parallax",
            application_version: 1,
            engine_name: "Parallax",
            engine_version: 1,
            api_version: xr::Version::new(1, 0, 0),
        };
        let instance = entry.create_instance(&program, &extensions, &[]).map_err(why_not)?;
        let system = instance.system(xr::FormFactor::HEAD_MOUNTED_DISPLAY).map_err(Unavailable::of)?;
        let graphics = graphics::create(&instance, system)?;
        let (device, vulkan) = (graphics.device.clone(), graphics.instance.clone());
        let runtime = Runtime { instance, handles: graphics.handles, device, vulkan, posture };
        let session = runtime.open()?;
        let render = RenderCreation::manual(
            graphics.device.into(),
            RenderQueue(Arc::new(WgpuWrapper::new(graphics.queue))),
            RenderAdapterInfo(WgpuWrapper::new(graphics.adapter.get_info())),
            RenderAdapter(Arc::new(WgpuWrapper::new(graphics.adapter))),
            RenderInstance(Arc::new(WgpuWrapper::new(graphics.instance))),
        );
        Ok(Self { render, runtime, session })
    }

    /// Returns how the engine draws, which must be on the device of the headset, and the connection.
    pub(crate) fn into_parts(self) -> (RenderCreation, (Runtime, Session)) {
        (self.render, (self.runtime, self.session))
    }
}

/// Returns why the loader has found no runtime.
fn why_not(result: xr::sys::Result) -> Unavailable {
    let named = env::var_os("XR_RUNTIME_JSON").filter(|file| !file.is_empty()).map(PathBuf::from);
    match (Unavailable::of(result), named) {
        (Unavailable::NoRuntime, Some(file)) => Unavailable::BadRuntime { why: manifest::trouble(&file), file },
        (why, _) => why,
    }
}

/// Loads the library that finds the runtime.
#[expect(unsafe_code, reason = "the loader is a library of the system, with an option in the environment")]
fn loader() -> Result<xr::Entry, Unavailable> {
    const MESSAGES: &str = "XR_LOADER_DEBUG";
    if env::var_os(MESSAGES).is_none() {
        // The loader would print its errors as well, which say less than ours.
        // SAFETY: the window is not yet open, and no other thread reads or changes the environment.
        unsafe { env::set_var(MESSAGES, "none") };
    }
    // SAFETY: a library of this name is the loader of OpenXR, whose entry points the crate knows.
    let load = |name: &str| unsafe { xr::Entry::load_from(Path::new(name)) };
    let [first, others @ ..] = &LOADERS;
    load(first).or_else(|why| {
        let found = others.iter().find_map(|name| load(name).ok());
        found.ok_or_else(|| Unavailable::NoLoader(why.to_string()))
    })
}
