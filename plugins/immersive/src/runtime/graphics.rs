//! The graphics device of the headset.
//!
//! The runtime knows to which device the headset is connected, and creates it itself with the
//! extensions that it needs (`XR_KHR_vulkan_enable2`). The engine then draws everything on it.
#![expect(unsafe_code, reason = "the runtime, the driver and the engine exchange handles of Vulkan")]

use std::{
    ffi::{CStr, c_char},
    mem::transmute,
    ptr,
};

use ash::vk::{self, Handle as _};
use openxr as xr;
use wgpu::{
    DeviceDescriptor, ExperimentalFeatures, Features, InstanceFlags, MemoryBudgetThresholds, MemoryHints, Trace,
    hal::{self, api::Vulkan},
};

use crate::Unavailable;

/// The version of Vulkan that the engine needs.
const VERSION: u32 = vk::API_VERSION_1_2;

/// The queue that draws: the first one, which every driver has.
const FAMILY: u32 = 0;

/// A device, and what it takes to connect it to the runtime.
pub(super) struct Graphics {
    pub(super) instance: wgpu::Instance,
    pub(super) adapter: wgpu::Adapter,
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) handles: Handles,
}

/// The handles of Vulkan that a session needs, as numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Handles {
    instance: u64,
    physical_device: u64,
    device: u64,
}

impl Handles {
    pub(super) fn of_session(self) -> xr::vulkan::SessionCreateInfo {
        xr::vulkan::SessionCreateInfo {
            instance: self.instance as _,
            physical_device: self.physical_device as _,
            device: self.device as _,
            queue_family_index: FAMILY,
            queue_index: 0,
        }
    }
}

/// Creates the device of the headset.
pub(super) fn create(runtime: &xr::Instance, system: xr::SystemId) -> Result<Graphics, Unavailable> {
    let needs = runtime.graphics_requirements::<xr::Vulkan>(system).map_err(Unavailable::of)?;
    let version = xr::Version::new(1, 2, 0);
    if version < needs.min_api_version_supported || version.major() > needs.max_api_version_supported.major() {
        return Err(Unavailable::NoVulkan);
    }
    // SAFETY: the library of this name is the loader of Vulkan.
    let entry = unsafe { ash::Entry::load() }.map_err(|error| failed("Vulkan cannot be loaded", error))?;
    let flags = InstanceFlags::empty();
    let extensions = hal::vulkan::Instance::desired_extensions(&entry, VERSION, flags)
        .map_err(|error| failed("Vulkan has no extensions", error))?;
    let instance = create_instance(runtime, system, &entry, &extensions)?;
    // SAFETY: the instance is valid.
    let physical = unsafe { runtime.vulkan_graphics_device(system, instance.handle().as_raw() as _) };
    let physical = vk::PhysicalDevice::from_raw(physical.map_err(Unavailable::of)? as u64);
    // SAFETY: the instance was created with these extensions, and nothing else destroys it.
    let known = unsafe {
        let (entry, instance) = (entry.clone(), instance.clone());
        let budget = MemoryBudgetThresholds::default();
        hal::vulkan::Instance::from_raw(entry, instance, VERSION, 0, None, extensions, flags, budget, false, None)
    }
    .map_err(|error| failed("the instance of Vulkan cannot be used", error))?;
    let adapter = known.expose_adapter(physical);
    let adapter =
        adapter.ok_or_else(|| Unavailable::Failed("the graphics card of the headset cannot be used".into()))?;
    // As the engine asks for on its own, but for what is experimental.
    let features = adapter.features - Features::all_experimental_mask() - Features::MAPPABLE_PRIMARY_BUFFERS;
    let limits = adapter.capabilities.limits.clone();
    let device_extensions = adapter.adapter.required_device_extensions(features);
    let mut device_features = adapter.adapter.physical_device_features(&device_extensions, features);
    let families = [vk::DeviceQueueCreateInfo::default().queue_family_index(FAMILY).queue_priorities(&[1.0])];
    let names = pointers(&device_extensions);
    let info = vk::DeviceCreateInfo::default().queue_create_infos(&families);
    let info = device_features.add_to_device_create(info).enabled_extension_names(&names);
    let device = create_device(runtime, system, &entry, (&instance, physical), &info)?;
    let handles = Handles {
        instance: instance.handle().as_raw(),
        physical_device: physical.as_raw(),
        device: device.handle().as_raw(),
    };
    let hints = MemoryHints::Performance;
    // SAFETY: the device was created with these extensions, features and queue, and nothing else
    // destroys it.
    let open = unsafe {
        adapter.adapter.device_from_raw(device, None, &device_extensions, features, &limits, &hints, FAMILY, 0)
    }
    .map_err(|error| failed("the device of the headset cannot be used", error))?;
    // SAFETY: the parts belong together, and the device has what the descriptor asks for.
    unsafe {
        let instance = wgpu::Instance::from_hal::<Vulkan>(known);
        let adapter = instance.create_adapter_from_hal(adapter);
        let descriptor = DeviceDescriptor {
            label: None,
            required_features: features,
            required_limits: limits,
            experimental_features: ExperimentalFeatures::disabled(),
            memory_hints: hints,
            trace: Trace::Off,
        };
        let (device, queue) = adapter
            .create_device_from_hal(open, &descriptor)
            .map_err(|error| failed("the device of the headset cannot be used", error))?;
        Ok(Graphics { instance, adapter, device, queue, handles })
    }
}

/// Lets the runtime create the instance of Vulkan.
fn create_instance(
    runtime: &xr::Instance,
    system: xr::SystemId,
    entry: &ash::Entry,
    extensions: &[&'static CStr],
) -> Result<ash::Instance, Unavailable> {
    let names = pointers(extensions);
    let program = vk::ApplicationInfo::default().application_name(c"Parallax").api_version(VERSION);
    let info = vk::InstanceCreateInfo::default().application_info(&program).enabled_extension_names(&names);
    // SAFETY: the function and the structure are those of Vulkan that the runtime expects.
    unsafe {
        let find = transmute::<vk::PFN_vkGetInstanceProcAddr, xr::sys::platform::VkGetInstanceProcAddr>(
            entry.static_fn().get_instance_proc_addr,
        );
        let created = runtime.create_vulkan_instance(system, find, ptr::from_ref(&info).cast());
        let created = created.map_err(Unavailable::of)?.map_err(refused)?;
        Ok(ash::Instance::load(entry.static_fn(), vk::Instance::from_raw(created as u64)))
    }
}

/// Lets the runtime create the device.
fn create_device(
    runtime: &xr::Instance,
    system: xr::SystemId,
    entry: &ash::Entry,
    (instance, physical): (&ash::Instance, vk::PhysicalDevice),
    info: &vk::DeviceCreateInfo<'_>,
) -> Result<ash::Device, Unavailable> {
    // SAFETY: as above; the device is one of the instance.
    unsafe {
        let find = transmute::<vk::PFN_vkGetInstanceProcAddr, xr::sys::platform::VkGetInstanceProcAddr>(
            entry.static_fn().get_instance_proc_addr,
        );
        let created = runtime.create_vulkan_device(system, find, physical.as_raw() as _, ptr::from_ref(info).cast());
        let created = created.map_err(Unavailable::of)?.map_err(refused)?;
        Ok(ash::Device::load(instance.fp_v1_0(), vk::Device::from_raw(created as u64)))
    }
}

fn pointers(names: &[&'static CStr]) -> Vec<*const c_char> {
    names.iter().map(|name| name.as_ptr()).collect()
}

fn refused(code: i32) -> Unavailable {
    Unavailable::Failed(format!("the driver reports {}", vk::Result::from_raw(code)))
}

fn failed(what: &str, error: impl std::fmt::Display) -> Unavailable {
    Unavailable::Failed(format!("{what} ({error})"))
}
