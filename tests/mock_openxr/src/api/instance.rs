//! Functions of the instance and of the system.

use super::memory::{answer, array, event, fixed, input, list, put, slice, string, structures, text};
use super::table::VERSION;
use super::{enter, enter_for};
use crate::instance::{Event, Fault, misuse, the_system};
use crate::script::Refuse;
use crate::session::{MAX_SIZE, configuration};
use openxr_sys as sys;
use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};

const VULKAN: &str = "XR_KHR_vulkan_enable2";

pub(super) extern "system" fn enumerate_extensions(
    layer: *const c_char,
    capacity: u32,
    count: Option<&mut MaybeUninit<u32>>,
    places: *mut sys::ExtensionProperties,
) -> sys::Result {
    enter("xrEnumerateInstanceExtensionProperties", |_| {
        if !layer.is_null() {
            return misuse(sys::Result::ERROR_API_LAYER_NOT_PRESENT, "the runtime has no API layers");
        }
        let extension = sys::ExtensionProperties {
            ty: sys::ExtensionProperties::TYPE,
            next: null_mut(),
            extension_name: array(VULKAN),
            extension_version: sys::KHR_vulkan_enable2_SPEC_VERSION,
        };
        structures(capacity, count, places, &[extension])
    })
}

pub(super) extern "system" fn create(
    info: Option<&sys::InstanceCreateInfo>,
    out: Option<&mut MaybeUninit<sys::Instance>>,
) -> sys::Result {
    enter("xrCreateInstance", |mock| {
        let info = input(info)?;
        if !mock.stage.sound {
            return Err(Fault::Scripted(sys::Result::ERROR_RUNTIME_FAILURE));
        }
        if mock.stage.refuses(Refuse::Version) {
            return Err(Fault::Scripted(sys::Result::ERROR_API_VERSION_UNSUPPORTED));
        }
        let version = info.application_info.api_version;
        if (version.major(), version.minor()) != (VERSION.major(), VERSION.minor()) {
            return misuse(sys::Result::ERROR_API_VERSION_UNSUPPORTED, format!("{version}; there is {VERSION}"));
        }
        if info.enabled_api_layer_count > 0 {
            return misuse(sys::Result::ERROR_API_LAYER_NOT_PRESENT, "the runtime has no API layers");
        }
        let names = slice(info.enabled_extension_names, info.enabled_extension_count)?;
        for &name in names {
            let name = text(name)?;
            if name != VULKAN {
                return misuse(sys::Result::ERROR_EXTENSION_NOT_PRESENT, name);
            }
        }
        let application = fixed(&info.application_info.application_name)?;
        put(out, mock.create(&application, !names.is_empty())?)
    })
}

pub(super) extern "system" fn destroy(instance: sys::Instance) -> sys::Result {
    enter("xrDestroyInstance", |mock| mock.destroy(instance))
}

pub(super) extern "system" fn result_to_string(
    instance: sys::Instance,
    value: sys::Result,
    out: Option<&mut MaybeUninit<[c_char; sys::MAX_RESULT_STRING_SIZE]>>,
) -> sys::Result {
    enter("xrResultToString", |mock| {
        mock.instance(instance)?;
        put(out, array(&format!("XR_{value:?}")))
    })
}

pub(super) extern "system" fn structure_type_to_string(
    instance: sys::Instance,
    value: sys::StructureType,
    out: Option<&mut MaybeUninit<[c_char; sys::MAX_STRUCTURE_NAME_SIZE]>>,
) -> sys::Result {
    enter("xrStructureTypeToString", |mock| {
        mock.instance(instance)?;
        put(out, array(&format!("XR_TYPE_{value:?}")))
    })
}

pub(super) extern "system" fn properties(
    instance: sys::Instance,
    out: Option<&mut MaybeUninit<sys::InstanceProperties>>,
) -> sys::Result {
    enter("xrGetInstanceProperties", |mock| {
        mock.instance(instance)?;
        let properties = sys::InstanceProperties {
            ty: sys::InstanceProperties::TYPE,
            next: null_mut(),
            runtime_version: sys::Version::new(1, 0, 0),
            runtime_name: array("Mock OpenXR"),
        };
        answer(out, properties)
    })
}

pub(super) extern "system" fn poll_event(
    instance: sys::Instance,
    out: Option<&mut MaybeUninit<sys::EventDataBuffer>>,
) -> sys::Result {
    enter_for("xrPollEvent", |mock| {
        match mock.poll(instance)? {
            None => return Ok(sys::Result::EVENT_UNAVAILABLE),
            Some(Event::State(session, state, time)) => {
                let ty = sys::EventDataSessionStateChanged::TYPE;
                event(out, sys::EventDataSessionStateChanged { ty, next: null(), session, state, time })?;
            }
            Some(Event::Profile(session)) => {
                let ty = sys::EventDataInteractionProfileChanged::TYPE;
                event(out, sys::EventDataInteractionProfileChanged { ty, next: null(), session })?;
            }
            Some(Event::InstanceLoss(loss_time)) => {
                let ty = sys::EventDataInstanceLossPending::TYPE;
                event(out, sys::EventDataInstanceLossPending { ty, next: null(), loss_time })?;
            }
        }
        Ok(sys::Result::SUCCESS)
    })
}

pub(super) extern "system" fn string_to_path(
    instance: sys::Instance,
    path: *const c_char,
    out: Option<&mut MaybeUninit<sys::Path>>,
) -> sys::Result {
    enter("xrStringToPath", |mock| {
        let (_, instance) = mock.instance(instance)?;
        put(out, instance.paths.path(text(path)?)?)
    })
}

pub(super) extern "system" fn path_to_string(
    instance: sys::Instance,
    path: sys::Path,
    capacity: u32,
    count: Option<&mut MaybeUninit<u32>>,
    places: *mut c_char,
) -> sys::Result {
    enter("xrPathToString", |mock| {
        let (_, instance) = mock.instance(instance)?;
        string(capacity, count, places, instance.paths.text(path)?)
    })
}

pub(super) extern "system" fn get_system(
    instance: sys::Instance,
    info: Option<&sys::SystemGetInfo>,
    out: Option<&mut MaybeUninit<sys::SystemId>>,
) -> sys::Result {
    enter("xrGetSystem", |mock| {
        let (stage, _) = mock.instance(instance)?;
        if stage.refuses(Refuse::Headset) {
            return Err(Fault::Scripted(sys::Result::ERROR_FORM_FACTOR_UNAVAILABLE));
        }
        if input(info)?.form_factor != sys::FormFactor::HEAD_MOUNTED_DISPLAY {
            return misuse(sys::Result::ERROR_FORM_FACTOR_UNSUPPORTED, "there are only headsets");
        }
        put(out, the_system())
    })
}

pub(super) extern "system" fn system_properties(
    instance: sys::Instance,
    system: sys::SystemId,
    out: Option<&mut MaybeUninit<sys::SystemProperties>>,
) -> sys::Result {
    enter("xrGetSystemProperties", |mock| {
        mock.system(instance, system)?;
        let properties = sys::SystemProperties {
            ty: sys::SystemProperties::TYPE,
            next: null_mut(),
            system_id: system,
            vendor_id: 0,
            system_name: array("Mock headset"),
            graphics_properties: sys::SystemGraphicsProperties {
                max_swapchain_image_height: MAX_SIZE,
                max_swapchain_image_width: MAX_SIZE,
                max_layer_count: sys::MIN_COMPOSITION_LAYERS_SUPPORTED as u32,
            },
            tracking_properties: sys::SystemTrackingProperties {
                orientation_tracking: sys::TRUE,
                position_tracking: sys::TRUE,
            },
        };
        answer(out, properties)
    })
}

pub(super) extern "system" fn enumerate_view_configurations(
    instance: sys::Instance,
    system: sys::SystemId,
    capacity: u32,
    count: Option<&mut MaybeUninit<u32>>,
    places: *mut sys::ViewConfigurationType,
) -> sys::Result {
    enter("xrEnumerateViewConfigurations", |mock| {
        let (stage, _) = mock.system(instance, system)?;
        list(capacity, count, places, &[configuration(stage)])
    })
}

pub(super) extern "system" fn view_configuration_properties(
    instance: sys::Instance,
    system: sys::SystemId,
    kind: sys::ViewConfigurationType,
    out: Option<&mut MaybeUninit<sys::ViewConfigurationProperties>>,
) -> sys::Result {
    enter("xrGetViewConfigurationProperties", |mock| {
        mock.has_views(instance, system, kind)?;
        let properties = sys::ViewConfigurationProperties {
            ty: sys::ViewConfigurationProperties::TYPE,
            next: null_mut(),
            view_configuration_type: kind,
            fov_mutable: sys::FALSE,
        };
        answer(out, properties)
    })
}

pub(super) extern "system" fn enumerate_views(
    instance: sys::Instance,
    system: sys::SystemId,
    kind: sys::ViewConfigurationType,
    capacity: u32,
    count: Option<&mut MaybeUninit<u32>>,
    places: *mut sys::ViewConfigurationView,
) -> sys::Result {
    enter("xrEnumerateViewConfigurationViews", |mock| {
        let system = mock.has_views(instance, system, kind)?;
        let [width, height] = system.size;
        let view = sys::ViewConfigurationView {
            ty: sys::ViewConfigurationView::TYPE,
            next: null_mut(),
            recommended_image_rect_width: width,
            max_image_rect_width: MAX_SIZE,
            recommended_image_rect_height: height,
            max_image_rect_height: MAX_SIZE,
            recommended_swapchain_sample_count: 1,
            max_swapchain_sample_count: 1,
        };
        structures(capacity, count, places, &vec![view; system.views as usize])
    })
}

pub(super) extern "system" fn enumerate_blend_modes(
    instance: sys::Instance,
    system: sys::SystemId,
    kind: sys::ViewConfigurationType,
    capacity: u32,
    count: Option<&mut MaybeUninit<u32>>,
    places: *mut sys::EnvironmentBlendMode,
) -> sys::Result {
    enter("xrEnumerateEnvironmentBlendModes", |mock| {
        mock.has_views(instance, system, kind)?;
        list(capacity, count, places, &[sys::EnvironmentBlendMode::OPAQUE])
    })
}
