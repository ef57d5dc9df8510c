//! How the loader gets at the functions.
#![allow(unsafe_code, reason = "the one exported symbol, and pointers to functions of any type")]

use super::memory::{put, text};
use super::{actions, enter, frame, instance, lock, session, vulkan};
use crate::instance::{Fault, misuse};
use crate::script::Refuse;
use openxr_sys::{self as sys, Handle, pfn};
use std::ffi::c_char;
use std::mem::{MaybeUninit, transmute};

/// The version of OpenXR that the runtime has.
pub(super) const VERSION: sys::Version = sys::Version::new(1, 0, 34);

/// Gives the loader [`get_instance_proc_addr`], if they agree on how they talk.
#[unsafe(export_name = "xrNegotiateLoaderRuntimeInterface")]
extern "system" fn negotiate(
    loader: Option<&sys::loader::XrNegotiateLoaderInfo>,
    request: Option<&mut sys::loader::XrNegotiateRuntimeRequest>,
) -> sys::Result {
    let (Some(loader), Some(request)) = (loader, request) else {
        return sys::Result::ERROR_INITIALIZATION_FAILED;
    };
    let interface = sys::loader::CURRENT_LOADER_RUNTIME_VERSION;
    let agrees = loader.ty == sys::loader::XrNegotiateLoaderInfo::TYPE
        && request.ty == sys::loader::XrNegotiateRuntimeRequest::TYPE
        && (loader.min_interface_version..=loader.max_interface_version).contains(&interface);
    if !agrees || lock().stage.refuses(Refuse::Loader) {
        return sys::Result::ERROR_INITIALIZATION_FAILED;
    }
    request.runtime_interface_version = interface;
    request.runtime_api_version = VERSION;
    // SAFETY: only the way in which pointers are written differs.
    request.get_instance_proc_addr =
        Some(unsafe { transmute::<*const (), pfn::GetInstanceProcAddr>(get_instance_proc_addr as *const ()) });
    sys::Result::SUCCESS
}

extern "system" fn get_instance_proc_addr(
    instance: sys::Instance,
    name: *const c_char,
    function: Option<&mut MaybeUninit<Option<pfn::VoidFunction>>>,
) -> sys::Result {
    enter("xrGetInstanceProcAddr", |mock| {
        let name = text(name)?;
        let found = find(name);
        let found = match GLOBAL.contains(&name) {
            true => found,
            false if instance == sys::Instance::NULL => {
                put(function, None)?;
                return misuse(sys::Result::ERROR_HANDLE_INVALID, format!("{name} without an instance"));
            }
            false => {
                // The loader also asks when it destroys an instance that is lost.
                let with_vulkan = mock.any_instance()?.1.with_vulkan;
                found.filter(|_| with_vulkan || !VULKAN.contains(&name))
            }
        };
        put(function, found)?;
        // That a function is not there is not misuse: the loader asks for all that it knows.
        found.map(|_| ()).ok_or(Fault::Missing)
    })
}

/// What there is without an instance.
const GLOBAL: [&str; 2] = ["xrEnumerateInstanceExtensionProperties", "xrCreateInstance"];

/// What there is with `XR_KHR_vulkan_enable2`.
const VULKAN: [&str; 4] = [
    "xrGetVulkanGraphicsRequirements2KHR",
    "xrCreateVulkanInstanceKHR",
    "xrGetVulkanGraphicsDevice2KHR",
    "xrCreateVulkanDeviceKHR",
];

fn find(name: &str) -> Option<pfn::VoidFunction> {
    let function = match name {
        "xrGetInstanceProcAddr" => get_instance_proc_addr as *const (),
        "xrEnumerateInstanceExtensionProperties" => instance::enumerate_extensions as *const (),
        "xrCreateInstance" => instance::create as *const (),
        "xrDestroyInstance" => instance::destroy as *const (),
        "xrResultToString" => instance::result_to_string as *const (),
        "xrStructureTypeToString" => instance::structure_type_to_string as *const (),
        "xrGetInstanceProperties" => instance::properties as *const (),
        "xrPollEvent" => instance::poll_event as *const (),
        "xrStringToPath" => instance::string_to_path as *const (),
        "xrPathToString" => instance::path_to_string as *const (),
        "xrGetSystem" => instance::get_system as *const (),
        "xrGetSystemProperties" => instance::system_properties as *const (),
        "xrEnumerateViewConfigurations" => instance::enumerate_view_configurations as *const (),
        "xrGetViewConfigurationProperties" => instance::view_configuration_properties as *const (),
        "xrEnumerateViewConfigurationViews" => instance::enumerate_views as *const (),
        "xrEnumerateEnvironmentBlendModes" => instance::enumerate_blend_modes as *const (),
        "xrGetVulkanGraphicsRequirements2KHR" => vulkan::requirements as *const (),
        "xrCreateVulkanInstanceKHR" => vulkan::create_instance as *const (),
        "xrGetVulkanGraphicsDevice2KHR" => vulkan::physical_device as *const (),
        "xrCreateVulkanDeviceKHR" => vulkan::create_device as *const (),
        "xrCreateSession" => session::create as *const (),
        "xrDestroySession" => session::destroy as *const (),
        "xrBeginSession" => session::begin as *const (),
        "xrEndSession" => session::end as *const (),
        "xrRequestExitSession" => session::request_exit as *const (),
        "xrEnumerateReferenceSpaces" => session::enumerate_reference_spaces as *const (),
        "xrCreateReferenceSpace" => session::create_reference_space as *const (),
        "xrCreateActionSpace" => session::create_action_space as *const (),
        "xrDestroySpace" => session::destroy_space as *const (),
        "xrLocateSpace" => session::locate_space as *const (),
        "xrGetReferenceSpaceBoundsRect" => session::bounds as *const (),
        "xrLocateViews" => session::locate_views as *const (),
        "xrEnumerateSwapchainFormats" => frame::enumerate_formats as *const (),
        "xrCreateSwapchain" => frame::create_swapchain as *const (),
        "xrDestroySwapchain" => frame::destroy_swapchain as *const (),
        "xrEnumerateSwapchainImages" => frame::enumerate_images as *const (),
        "xrAcquireSwapchainImage" => frame::acquire_image as *const (),
        "xrWaitSwapchainImage" => frame::wait_image as *const (),
        "xrReleaseSwapchainImage" => frame::release_image as *const (),
        "xrWaitFrame" => frame::wait as *const (),
        "xrBeginFrame" => frame::begin as *const (),
        "xrEndFrame" => frame::end as *const (),
        "xrCreateActionSet" => actions::create_set as *const (),
        "xrDestroyActionSet" => actions::destroy_set as *const (),
        "xrCreateAction" => actions::create as *const (),
        "xrDestroyAction" => actions::destroy as *const (),
        "xrSuggestInteractionProfileBindings" => actions::suggest as *const (),
        "xrAttachSessionActionSets" => actions::attach as *const (),
        "xrGetCurrentInteractionProfile" => actions::current_profile as *const (),
        "xrSyncActions" => actions::sync as *const (),
        "xrGetActionStateBoolean" => actions::state_boolean as *const (),
        "xrGetActionStateFloat" => actions::state_float as *const (),
        "xrGetActionStateVector2f" => actions::state_vector as *const (),
        "xrGetActionStatePose" => actions::state_pose as *const (),
        "xrEnumerateBoundSourcesForAction" => actions::bound_sources as *const (),
        "xrGetInputSourceLocalizedName" => actions::localized_name as *const (),
        "xrApplyHapticFeedback" => actions::apply_haptic as *const (),
        "xrStopHapticFeedback" => actions::stop_haptic as *const (),
        _ => return None,
    };
    // SAFETY: whoever calls it converts it back to the type of the function of this name.
    Some(unsafe { transmute::<*const (), pfn::VoidFunction>(function) })
}
