//! A program of virtual reality: it clears the images of the eyes.
#![allow(unsafe_code, reason = "Vulkan, and what OpenXR gives of it")]

use ash::vk::{self, Handle};
use openxr as xr;
use openxr::SessionState as State;
use std::ffi::c_void;
use std::mem::transmute;
use std::path::Path;

/// What the eyes see, in the bytes of an image: left, right.
pub(crate) const COLORS: [[u8; 4]; 2] = [[255, 0, 0, 255], [0, 0, 255, 255]];

pub(crate) fn load() -> xr::Entry {
    // SAFETY: it is the OpenXR loader.
    let entry = unsafe { xr::Entry::load_from(Path::new("libopenxr_loader.so.1")) };
    entry.expect("the OpenXR loader (package libopenxr-loader1)")
}

pub(crate) fn instance() -> xr::Result<xr::Instance> {
    let entry = load();
    let offered = entry.enumerate_extensions()?;
    assert!(offered.khr_vulkan_enable2 && !offered.ext_hand_tracking);
    let mut extensions = xr::ExtensionSet::default();
    extensions.khr_vulkan_enable2 = true;
    let about = xr::ApplicationInfo {
        application_name: "program",
        api_version: xr::Version::new(1, 0, 34),
        ..Default::default()
    };
    entry.create_instance(&about, &extensions, &[])
}

pub(crate) struct Program {
    pub(crate) xr: xr::Instance,
    pub(crate) session: xr::Session<xr::Vulkan>,
    pub(crate) space: xr::Space,
    pub(crate) waiter: xr::FrameWaiter,
    pub(crate) frames: xr::FrameStream<xr::Vulkan>,
    pub(crate) swapchain: xr::Swapchain<xr::Vulkan>,
    pub(crate) size: [i32; 2],
    images: Vec<u64>,
    device: ash::Device,
    queue: vk::Queue,
    pool: vk::CommandPool,
    /// Keeps the Vulkan loader open.
    _vulkan: ash::Entry,
}

/// What the program gets in a frame.
pub(crate) struct Frame {
    pub(crate) state: xr::FrameState,
    pub(crate) flags: xr::ViewStateFlags,
    pub(crate) views: Vec<xr::View>,
}

impl Program {
    pub(crate) fn start() -> xr::Result<Self> {
        Self::start_in(0)
    }

    /// Starts with one of the formats that the runtime offers.
    pub(crate) fn start_in(format: usize) -> xr::Result<Self> {
        let xr = instance()?;
        let system = xr.system(xr::FormFactor::HEAD_MOUNTED_DISPLAY)?;
        assert_eq!(xr.system_properties(system)?.system_name, "Mock headset");
        let views = xr.enumerate_view_configuration_views(system, xr::ViewConfigurationType::PRIMARY_STEREO)?;
        let size = [views[0].recommended_image_rect_width, views[0].recommended_image_rect_height];
        xr.graphics_requirements::<xr::Vulkan>(system)?;
        // SAFETY: every handle is used with what created it, and Vulkan stays loaded.
        let (vulkan, info, device, queue, pool) = unsafe {
            let vulkan = ash::Entry::load().expect("the Vulkan loader");
            #[allow(clippy::missing_transmute_annotations, reason = "both are vkGetInstanceProcAddr")]
            let proc_addr = transmute(vulkan.static_fn().get_instance_proc_addr);
            let about = vk::ApplicationInfo::default().api_version(vk::API_VERSION_1_1);
            let info = vk::InstanceCreateInfo::default().application_info(&about);
            let raw = xr.create_vulkan_instance(system, proc_addr, (&raw const info).cast())?.expect("Vulkan");
            let instance = ash::Instance::load(vulkan.static_fn(), vk::Instance::from_raw(raw as u64));
            let physical = xr.vulkan_graphics_device(system, raw)?;
            let queues = [vk::DeviceQueueCreateInfo::default().queue_priorities(&[1.0])];
            let info = vk::DeviceCreateInfo::default().queue_create_infos(&queues);
            let info = (&raw const info).cast::<c_void>();
            let device = xr.create_vulkan_device(system, proc_addr, physical, info)?.expect("a device");
            let session = xr::vulkan::SessionCreateInfo {
                instance: raw,
                physical_device: physical,
                device,
                queue_family_index: 0,
                queue_index: 0,
            };
            let device = ash::Device::load(instance.fp_v1_0(), vk::Device::from_raw(device as u64));
            let queue = device.get_device_queue(0, 0);
            let info = vk::CommandPoolCreateInfo::default();
            let pool = device.create_command_pool(&info, None).expect("a command pool");
            (vulkan, session, device, queue, pool)
        };
        // SAFETY: the handles are those of the device.
        let (session, waiter, frames) = unsafe { xr.create_session::<xr::Vulkan>(system, &info)? };
        let swapchain = session.create_swapchain(&xr::SwapchainCreateInfo {
            create_flags: xr::SwapchainCreateFlags::EMPTY,
            usage_flags: xr::SwapchainUsageFlags::COLOR_ATTACHMENT | xr::SwapchainUsageFlags::SAMPLED,
            format: session.enumerate_swapchain_formats()?[format],
            sample_count: 1,
            width: size[0],
            height: size[1],
            face_count: 1,
            array_size: 2,
            mip_count: 1,
        })?;
        let images = swapchain.enumerate_images()?;
        let space = session.create_reference_space(xr::ReferenceSpaceType::STAGE, xr::Posef::IDENTITY)?;
        let size = size.map(|side| side as i32);
        Ok(Self { xr, session, space, waiter, frames, swapchain, size, images, device, queue, pool, _vulkan: vulkan })
    }

    /// Returns the states that the session has entered since the last call.
    pub(crate) fn states(&self) -> xr::Result<Vec<xr::SessionState>> {
        let mut states = Vec::new();
        let mut buffer = xr::EventDataBuffer::new();
        while let Some(event) = self.xr.poll_event(&mut buffer)? {
            if let xr::Event::SessionStateChanged(event) = event {
                states.push(event.state());
            }
        }
        Ok(states)
    }

    /// Begins the session, and goes on until it is focused.
    pub(crate) fn focus(&mut self) -> xr::Result<()> {
        assert_eq!(self.states()?, [State::IDLE, State::READY]);
        self.session.begin(xr::ViewConfigurationType::PRIMARY_STEREO)?;
        for (render, state) in [(false, State::SYNCHRONIZED), (true, State::VISIBLE), (true, State::FOCUSED)] {
            assert_eq!(self.frame()?.state.should_render, render);
            assert_eq!(self.states()?, [state]);
        }
        Ok(())
    }

    /// Draws a frame as every program does.
    pub(crate) fn frame(&mut self) -> xr::Result<Frame> {
        let state = self.waiter.wait()?;
        self.frames.begin()?;
        let stereo = xr::ViewConfigurationType::PRIMARY_STEREO;
        let (flags, views) = self.session.locate_views(stereo, state.predicted_display_time, &self.space)?;
        let valid = xr::ViewStateFlags::ORIENTATION_VALID | xr::ViewStateFlags::POSITION_VALID;
        if !state.should_render || !flags.contains(valid) {
            self.frames.end(state.predicted_display_time, xr::EnvironmentBlendMode::OPAQUE, &[])?;
            return Ok(Frame { state, flags, views });
        }
        let index = self.swapchain.acquire_image()?;
        self.swapchain.wait_image(xr::Duration::INFINITE)?;
        self.clear(vk::Image::from_raw(self.images[index as usize]));
        self.swapchain.release_image()?;
        let extent = xr::Extent2Di { width: self.size[0], height: self.size[1] };
        let eyes: Vec<_> =
            views.iter().enumerate().map(|(eye, view)| eye_of(&self.swapchain, eye, view, extent)).collect();
        let layer = xr::CompositionLayerProjection::new().space(&self.space).views(&eyes);
        self.frames.end(state.predicted_display_time, xr::EnvironmentBlendMode::OPAQUE, &[&layer])?;
        Ok(Frame { state, flags, views })
    }

    /// Submits what was drawn last as if it had been seen from `pose`, with a part of this size.
    pub(crate) fn submit(&mut self, pose: xr::Posef, size: [i32; 2]) -> xr::sys::Result {
        let time = self.waiter.wait().unwrap().predicted_display_time;
        self.frames.begin().unwrap();
        let view = xr::View { pose, fov: xr::Fovf::default() };
        let extent = xr::Extent2Di { width: size[0], height: size[1] };
        let eyes = [0, 1].map(|eye| eye_of(&self.swapchain, eye, &view, extent));
        let layer = xr::CompositionLayerProjection::new().space(&self.space).views(&eyes);
        self.frames.end(time, xr::EnvironmentBlendMode::OPAQUE, &[&layer]).unwrap_err()
    }

    /// Releases and waits for an image without an image.
    pub(crate) fn misuse_swapchain(&mut self) {
        // SAFETY: the swapchain exists, and the information about a release may be left out.
        let released = unsafe { (self.xr.fp().release_swapchain_image)(self.swapchain.as_raw(), std::ptr::null()) };
        assert_eq!(released, xr::sys::Result::ERROR_CALL_ORDER_INVALID);
        let waited = self.swapchain.wait_image(xr::Duration::INFINITE);
        assert_eq!(waited.unwrap_err(), xr::sys::Result::ERROR_CALL_ORDER_INVALID);
    }

    /// Fills each layer with the color of its eye.
    fn clear(&self, image: vk::Image) {
        let device = &self.device;
        let range = |layer, count| vk::ImageSubresourceRange {
            aspect_mask: vk::ImageAspectFlags::COLOR,
            base_mip_level: 0,
            level_count: 1,
            base_array_layer: layer,
            layer_count: count,
        };
        let barrier = |from, to| {
            [vk::ImageMemoryBarrier::default()
                .src_access_mask(vk::AccessFlags::MEMORY_WRITE)
                .dst_access_mask(vk::AccessFlags::MEMORY_WRITE)
                .old_layout(from)
                .new_layout(to)
                .image(image)
                .subresource_range(range(0, 2))]
        };
        let (target, drawn) = (vk::ImageLayout::TRANSFER_DST_OPTIMAL, vk::ImageLayout::COLOR_ATTACHMENT_OPTIMAL);
        let (all, none) = (vk::PipelineStageFlags::ALL_COMMANDS, vk::DependencyFlags::empty());
        // SAFETY: all objects are of this device, and it is idle before the commands are freed.
        unsafe {
            let info = vk::CommandBufferAllocateInfo::default().command_pool(self.pool).command_buffer_count(1);
            let commands = device.allocate_command_buffers(&info).unwrap();
            device.begin_command_buffer(commands[0], &vk::CommandBufferBeginInfo::default()).unwrap();
            let before = barrier(vk::ImageLayout::UNDEFINED, target);
            device.cmd_pipeline_barrier(commands[0], all, all, none, &[], &[], &before);
            for (layer, color) in COLORS.into_iter().enumerate() {
                let color = vk::ClearColorValue { float32: color.map(|byte| f32::from(byte) / 255.0) };
                device.cmd_clear_color_image(commands[0], image, target, &color, &[range(layer as u32, 1)]);
            }
            device.cmd_pipeline_barrier(commands[0], all, all, none, &[], &[], &barrier(target, drawn));
            device.end_command_buffer(commands[0]).unwrap();
            let submit = [vk::SubmitInfo::default().command_buffers(&commands)];
            device.queue_submit(self.queue, &submit, vk::Fence::null()).unwrap();
            device.queue_wait_idle(self.queue).unwrap();
            device.free_command_buffers(self.pool, &commands);
        }
    }
}

fn eye_of<'a>(
    swapchain: &'a xr::Swapchain<xr::Vulkan>,
    eye: usize,
    view: &xr::View,
    extent: xr::Extent2Di,
) -> xr::CompositionLayerProjectionView<'a, xr::Vulkan> {
    let rect = xr::Rect2Di { offset: xr::Offset2Di { x: 0, y: 0 }, extent };
    let image = xr::SwapchainSubImage::new().swapchain(swapchain).image_array_index(eye as u32).image_rect(rect);
    xr::CompositionLayerProjectionView::new().pose(view.pose).fov(view.fov).sub_image(image)
}
