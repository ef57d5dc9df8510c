//! Which devices can draw, and what the one that the program takes can do.

use bevy::{
    render::renderer::{RenderInstance, initialize_renderer},
    render::settings::{Backends, RenderResources},
    tasks::block_on,
};
use serde::Serialize;
use wgpu::{AdapterInfo, DeviceType};

use super::{AppError, error::guarded, recovery::settings};

/// The devices of the machine.
#[derive(Debug, Clone, Serialize)]
pub struct Graphics {
    /// The device that the program draws with.
    pub used: Adapter,
    /// The largest width and height of a picture in pixels.
    pub most_pixels: u32,
    /// The largest buffer in bytes.
    pub buffer_bytes: u64,
    /// The largest part of a buffer in bytes that a shader can read.
    pub binding_bytes: u64,
    /// All devices, the one that is used among them.
    pub all: Vec<Adapter>,
}

/// A device, as one of the system's interfaces offers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Adapter {
    /// The name that its driver gives it.
    pub name: String,
    /// The interface: Vulkan, Metal, or Direct3D 12.
    pub interface: &'static str,
    /// What it is.
    pub kind: &'static str,
    /// The name and version of its driver; empty where the interface does not tell.
    pub driver: String,
}

/// Finds the devices, and starts the one that the program draws with, as a window does.
///
/// # Errors
/// [`AppError::NoAdapter`] if there is none.
pub fn graphics() -> Result<Graphics, AppError> {
    guarded(|| {
        let resources = block_on(initialize_renderer(Backends::PRIMARY, None, &settings()));
        let RenderResources(device, _, info, _, instance) = resources;
        let limits = device.limits();
        Ok(Graphics {
            used: Adapter::of(&info),
            most_pixels: limits.max_texture_dimension_2d,
            buffer_bytes: limits.max_buffer_size,
            binding_bytes: limits.max_storage_buffer_binding_size,
            all: all(&instance),
        })
    })
}

fn all(instance: &RenderInstance) -> Vec<Adapter> {
    block_on(instance.enumerate_adapters(Backends::PRIMARY))
        .iter()
        .map(|adapter| Adapter::of(&adapter.get_info()))
        .collect()
}

impl Adapter {
    fn of(info: &AdapterInfo) -> Self {
        let interface = match info.backend {
            wgpu::Backend::Vulkan => "Vulkan",
            wgpu::Backend::Metal => "Metal",
            wgpu::Backend::Dx12 => "Direct3D 12",
            wgpu::Backend::Gl => "OpenGL",
            wgpu::Backend::BrowserWebGpu => "WebGPU",
            wgpu::Backend::Noop => "none",
        };
        let kind = match info.device_type {
            DeviceType::DiscreteGpu => "a graphics card",
            DeviceType::IntegratedGpu => "graphics of the processor",
            DeviceType::VirtualGpu => "a virtual graphics card",
            DeviceType::Cpu => "the processor itself, which is slow with many points",
            DeviceType::Other => "of an unknown kind",
        };
        let driver = format!("{} {}", info.driver, info.driver_info).trim().to_owned();
        Self { name: info.name.clone(), interface, kind, driver }
    }
}
