//! The part of Vulkan that a runtime needs: it creates the instance, the device, and the images
//! that the program draws into, and reads pixels back.
#![allow(unsafe_code, reason = "Vulkan is called through raw function pointers")]

use ash::vk::{self, Handle};
use openxr_sys as sys;
use openxr_sys::platform;
use std::ffi::c_void;
use std::mem::transmute;

/// Formats of swapchains; the best first.
pub(crate) const FORMATS: [vk::Format; 4] =
    [vk::Format::R8G8B8A8_SRGB, vk::Format::B8G8R8A8_SRGB, vk::Format::R8G8B8A8_UNORM, vk::Format::B8G8R8A8_UNORM];

/// The Vulkan instance that has been created for the program, and its devices.
pub(crate) struct Graphics {
    instance: ash::Instance,
    physical: vk::PhysicalDevice,
    device: Option<vk::Device>,
}

impl Graphics {
    /// Creates an instance as the program describes it.
    ///
    /// # Safety
    ///
    /// `proc_addr` is that of a Vulkan loader, and `info` points to a `VkInstanceCreateInfo`.
    pub(crate) unsafe fn new(
        proc_addr: platform::VkGetInstanceProcAddr,
        info: *const c_void,
    ) -> Result<Self, vk::Result> {
        // SAFETY: both are `vkGetInstanceProcAddr`; OpenXR's headers have no types of Vulkan.
        let get_instance_proc_addr =
            unsafe { transmute::<platform::VkGetInstanceProcAddr, vk::PFN_vkGetInstanceProcAddr>(proc_addr) };
        // SAFETY: the caller says so.
        let (entry, info) = unsafe {
            let entry = ash::Entry::from_static_fn(ash::StaticFn { get_instance_proc_addr });
            (entry, &*info.cast::<vk::InstanceCreateInfo>())
        };
        // SAFETY: as above; the program destroys the instance.
        let instance = unsafe { entry.create_instance(info, None) }?;
        // SAFETY: the instance has just been created.
        let physical = unsafe { instance.enumerate_physical_devices() }?;
        let &physical = physical.first().ok_or(vk::Result::ERROR_INITIALIZATION_FAILED)?;
        Ok(Self { instance, physical, device: None })
    }

    pub(crate) fn instance(&self) -> platform::VkInstance {
        self.instance.handle().as_raw() as *const c_void
    }

    pub(crate) fn physical(&self) -> platform::VkPhysicalDevice {
        self.physical.as_raw() as *const c_void
    }

    /// Creates a device as the program describes it.
    ///
    /// # Safety
    ///
    /// `info` points to a `VkDeviceCreateInfo`, and the program has not destroyed the instance.
    pub(crate) unsafe fn create_device(&mut self, info: *const c_void) -> Result<platform::VkDevice, vk::Result> {
        // SAFETY: the caller says so; the program destroys the device.
        let device = unsafe {
            let info = &*info.cast::<vk::DeviceCreateInfo>();
            self.instance.create_device(self.physical, info, None)?
        };
        self.device = Some(device.handle());
        Ok(device.handle().as_raw() as *const c_void)
    }

    /// Returns the device of a session, or `None` if it is not the one that has been created here.
    pub(crate) fn bind(&self, binding: &sys::GraphicsBindingVulkanKHR) -> Option<Gpu> {
        let same = binding.instance == self.instance()
            && binding.physical_device == self.physical()
            && self.device.is_some_and(|device| binding.device == device.as_raw() as *const c_void);
        let device = self.device.filter(|_| same)?;
        // SAFETY: device and instance have been created here, and the program keeps them as long as
        // it has sessions.
        unsafe {
            let device = ash::Device::load(self.instance.fp_v1_0(), device);
            let queue = device.get_device_queue(binding.queue_family_index, binding.queue_index);
            let memory = self.instance.get_physical_device_memory_properties(self.physical);
            Some(Gpu { device, queue, family: binding.queue_family_index, memory })
        }
    }
}

/// The device that a session draws with.
pub(crate) struct Gpu {
    device: ash::Device,
    queue: vk::Queue,
    family: u32,
    memory: vk::PhysicalDeviceMemoryProperties,
}

impl Gpu {
    /// Creates an image that can be drawn into. It stays until the program destroys the device:
    /// nothing tells when the last of its commands that use the image has run.
    pub(crate) fn image(&self, format: vk::Format, size: [u32; 2], layers: u32) -> Result<vk::Image, vk::Result> {
        let info = vk::ImageCreateInfo::default()
            .image_type(vk::ImageType::TYPE_2D)
            .format(format)
            .extent(vk::Extent3D { width: size[0], height: size[1], depth: 1 })
            .mip_levels(1)
            .array_layers(layers)
            .samples(vk::SampleCountFlags::TYPE_1)
            .usage(
                vk::ImageUsageFlags::COLOR_ATTACHMENT
                    | vk::ImageUsageFlags::SAMPLED
                    | vk::ImageUsageFlags::TRANSFER_SRC
                    | vk::ImageUsageFlags::TRANSFER_DST,
            );
        // SAFETY: the device exists, and every object is used with the device that created it.
        unsafe {
            let image = self.device.create_image(&info, None)?;
            let needs = self.device.get_image_memory_requirements(image);
            let memory = self.allocate(needs, vk::MemoryPropertyFlags::DEVICE_LOCAL)?;
            self.device.bind_image_memory(image, memory, 0)?;
            Ok(image)
        }
    }

    /// Returns the pixels of a part of an image, four bytes each, row by row. The image is one that
    /// the program has drawn into and released, in the layout of a color attachment.
    pub(crate) fn pixels(&self, image: vk::Image, layer: u32, rect: sys::Rect2Di) -> Result<Vec<u8>, vk::Result> {
        let extent = vk::Extent3D { width: rect.extent.width as u32, height: rect.extent.height as u32, depth: 1 };
        let bytes = u64::from(extent.width) * u64::from(extent.height) * 4;
        let range = vk::ImageSubresourceRange {
            aspect_mask: vk::ImageAspectFlags::COLOR,
            base_mip_level: 0,
            level_count: 1,
            base_array_layer: layer,
            layer_count: 1,
        };
        let copy = vk::BufferImageCopy {
            image_subresource: vk::ImageSubresourceLayers {
                aspect_mask: vk::ImageAspectFlags::COLOR,
                mip_level: 0,
                base_array_layer: layer,
                layer_count: 1,
            },
            image_offset: vk::Offset3D { x: rect.offset.x, y: rect.offset.y, z: 0 },
            image_extent: extent,
            ..Default::default()
        };
        let barrier = |from, to, before, after| {
            vk::ImageMemoryBarrier::default()
                .src_access_mask(before)
                .dst_access_mask(after)
                .old_layout(from)
                .new_layout(to)
                .src_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
                .dst_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
                .image(image)
                .subresource_range(range)
        };
        let (drawn, read) = (vk::ImageLayout::COLOR_ATTACHMENT_OPTIMAL, vk::ImageLayout::TRANSFER_SRC_OPTIMAL);
        let (write, fetch) = (vk::AccessFlags::MEMORY_WRITE, vk::AccessFlags::TRANSFER_READ);
        let all = vk::PipelineStageFlags::ALL_COMMANDS;
        let device = &self.device;
        // SAFETY: as above. Nobody else uses the queue while the program is in a call in which a
        // runtime may use it, and the fence is waited for before anything is destroyed.
        unsafe {
            let info = vk::BufferCreateInfo::default().size(bytes).usage(vk::BufferUsageFlags::TRANSFER_DST);
            let buffer = device.create_buffer(&info, None)?;
            let visible = vk::MemoryPropertyFlags::HOST_VISIBLE | vk::MemoryPropertyFlags::HOST_COHERENT;
            let memory = self.allocate(device.get_buffer_memory_requirements(buffer), visible)?;
            device.bind_buffer_memory(buffer, memory, 0)?;
            let info = vk::CommandPoolCreateInfo::default().queue_family_index(self.family);
            let pool = device.create_command_pool(&info, None)?;
            let info = vk::CommandBufferAllocateInfo::default().command_pool(pool).command_buffer_count(1);
            let commands = device.allocate_command_buffers(&info)?;
            device.begin_command_buffer(commands[0], &vk::CommandBufferBeginInfo::default())?;
            let no_dependency = vk::DependencyFlags::empty();
            let before = [barrier(drawn, read, write, fetch)];
            device.cmd_pipeline_barrier(commands[0], all, all, no_dependency, &[], &[], &before);
            device.cmd_copy_image_to_buffer(commands[0], image, read, buffer, &[copy]);
            let after = [barrier(read, drawn, fetch, write)];
            let to_host = [vk::MemoryBarrier::default()
                .src_access_mask(vk::AccessFlags::TRANSFER_WRITE)
                .dst_access_mask(vk::AccessFlags::HOST_READ)];
            let host = all | vk::PipelineStageFlags::HOST;
            device.cmd_pipeline_barrier(commands[0], all, host, no_dependency, &to_host, &[], &after);
            device.end_command_buffer(commands[0])?;
            let fence = device.create_fence(&vk::FenceCreateInfo::default(), None)?;
            device.queue_submit(self.queue, &[vk::SubmitInfo::default().command_buffers(&commands)], fence)?;
            device.wait_for_fences(&[fence], true, u64::MAX)?;
            let mapped = device.map_memory(memory, 0, bytes, vk::MemoryMapFlags::empty())?;
            let pixels = std::slice::from_raw_parts(mapped.cast::<u8>(), bytes as usize).to_vec();
            device.destroy_fence(fence, None);
            device.destroy_command_pool(pool, None);
            device.destroy_buffer(buffer, None);
            device.free_memory(memory, None);
            Ok(pixels)
        }
    }

    /// # Safety
    ///
    /// `needs` are those of an object of this device.
    unsafe fn allocate(
        &self,
        needs: vk::MemoryRequirements,
        properties: vk::MemoryPropertyFlags,
    ) -> Result<vk::DeviceMemory, vk::Result> {
        let kinds = self.memory.memory_types_as_slice().iter().enumerate();
        let fits = |&(index, kind): &(usize, &vk::MemoryType)| {
            needs.memory_type_bits & (1 << index) != 0 && kind.property_flags.contains(properties)
        };
        let (index, _) = { kinds }.find(fits).ok_or(vk::Result::ERROR_OUT_OF_DEVICE_MEMORY)?;
        let info = vk::MemoryAllocateInfo::default().allocation_size(needs.size).memory_type_index(index as u32);
        // SAFETY: the device exists.
        unsafe { self.device.allocate_memory(&info, None) }
    }
}
