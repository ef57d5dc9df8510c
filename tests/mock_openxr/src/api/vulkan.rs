//! The functions of `XR_KHR_vulkan_enable2`.
#![allow(unsafe_code, reason = "the structures of Vulkan are pointers without a type")]

use super::enter;
use super::memory::{answer, input, put};
use crate::instance::{Outcome, misuse};
use crate::vulkan::Graphics;
use ash::vk;
use openxr_sys::{self as sys, platform};
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};

pub(super) extern "system" fn requirements(
    instance: sys::Instance,
    system: sys::SystemId,
    out: Option<&mut MaybeUninit<sys::GraphicsRequirementsVulkanKHR>>,
) -> sys::Result {
    enter("xrGetVulkanGraphicsRequirements2KHR", |mock| {
        let (_, instance) = mock.system(instance, system)?;
        instance.asked = true;
        let requirements = sys::GraphicsRequirementsVulkanKHR {
            ty: sys::GraphicsRequirementsVulkanKHR::TYPE,
            next: null_mut(),
            min_api_version_supported: sys::Version::new(1, 0, 0),
            max_api_version_supported: sys::Version::new(1, 4, 0),
        };
        answer(out, requirements)
    })
}

pub(super) extern "system" fn create_instance(
    instance: sys::Instance,
    info: Option<&sys::VulkanInstanceCreateInfoKHR>,
    out: Option<&mut MaybeUninit<platform::VkInstance>>,
    result: Option<&mut MaybeUninit<platform::VkResult>>,
) -> sys::Result {
    enter("xrCreateVulkanInstanceKHR", |mock| {
        let info = input(info)?;
        let (_, instance) = mock.system(instance, info.system_id)?;
        let (Some(proc_addr), false) = (info.pfn_get_instance_proc_addr, info.vulkan_create_info.is_null()) else {
            return missing();
        };
        // SAFETY: the program passes what the extension asks for.
        let graphics = unsafe { Graphics::new(proc_addr, info.vulkan_create_info) };
        let created = graphics.map(|graphics| instance.graphics.insert(graphics).instance());
        answer_handle(created, out, result)
    })
}

pub(super) extern "system" fn physical_device(
    instance: sys::Instance,
    info: Option<&sys::VulkanGraphicsDeviceGetInfoKHR>,
    out: Option<&mut MaybeUninit<platform::VkPhysicalDevice>>,
) -> sys::Result {
    enter("xrGetVulkanGraphicsDevice2KHR", |mock| {
        let info = input(info)?;
        let (_, instance) = mock.system(instance, info.system_id)?;
        match &instance.graphics {
            Some(graphics) if graphics.instance() == info.vulkan_instance => put(out, graphics.physical()),
            _ => foreign("instance"),
        }
    })
}

pub(super) extern "system" fn create_device(
    instance: sys::Instance,
    info: Option<&sys::VulkanDeviceCreateInfoKHR>,
    out: Option<&mut MaybeUninit<platform::VkDevice>>,
    result: Option<&mut MaybeUninit<platform::VkResult>>,
) -> sys::Result {
    enter("xrCreateVulkanDeviceKHR", |mock| {
        let info = input(info)?;
        let (_, instance) = mock.system(instance, info.system_id)?;
        if info.vulkan_create_info.is_null() {
            return missing();
        }
        match &mut instance.graphics {
            Some(graphics) if graphics.physical() == info.vulkan_physical_device => {
                // SAFETY: the program passes what the extension asks for, and it has the instance.
                let device = unsafe { graphics.create_device(info.vulkan_create_info) };
                answer_handle(device, out, result)
            }
            _ => foreign("physical device"),
        }
    })
}

/// An error of Vulkan is not one of OpenXR.
fn answer_handle<T>(
    created: Result<*const T, vk::Result>,
    out: Option<&mut MaybeUninit<*const T>>,
    result: Option<&mut MaybeUninit<platform::VkResult>>,
) -> Outcome<()> {
    put(result, created.err().unwrap_or_default().as_raw())?;
    put(out, created.unwrap_or(null()))
}

fn missing<T>() -> Outcome<T> {
    misuse(sys::Result::ERROR_VALIDATION_FAILURE, "a pointer is null")
}

fn foreign<T>(what: &str) -> Outcome<T> {
    misuse(sys::Result::ERROR_VALIDATION_FAILURE, format!("the {what} is not one that the runtime has given"))
}
