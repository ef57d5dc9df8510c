//! Images that the runtime shows, and that the engine draws to.
#![expect(unsafe_code, reason = "the images of the runtime are those of the driver")]

use ash::vk::{self, Handle as _};
use bevy::math::UVec2;
use openxr as xr;
use wgpu::{
    Extent3d, TextureDescriptor, TextureDimension, TextureFormat, TextureUsages, TextureUses, TextureView,
    TextureViewDescriptor, TextureViewDimension,
    hal::{self, api::Vulkan, vulkan::TextureMemory},
};

use crate::Unavailable;

/// The forms of pictures that are drawn, the best first.
const FORMATS: [(vk::Format, TextureFormat); 2] = [
    (vk::Format::R8G8B8A8_SRGB, TextureFormat::Rgba8UnormSrgb),
    (vk::Format::B8G8R8A8_SRGB, TextureFormat::Bgra8UnormSrgb),
];

/// Images of one size, drawn to in turn. The textures are dropped before the images in them.
pub(super) struct Screen {
    textures: Vec<wgpu::Texture>,
    pub(super) swapchain: xr::Swapchain<xr::Vulkan>,
    pub(super) size: UVec2,
    pub(super) format: TextureFormat,
    is_acquired: bool,
    /// Whether an image has been drawn to.
    is_drawn: bool,
}

impl Screen {
    /// Creates images with this number of layers.
    pub(super) fn create(
        session: &xr::Session<xr::Vulkan>,
        device: &wgpu::Device,
        size: UVec2,
        layers: u32,
    ) -> Result<Self, Unavailable> {
        let taken = session.enumerate_swapchain_formats().map_err(Unavailable::of)?;
        let is_taken = |(format, _): &&(vk::Format, TextureFormat)| taken.contains(&(format.as_raw() as u32));
        let &(raw, format) = FORMATS.iter().find(is_taken).ok_or(Unavailable::NoFormat)?;
        let info = xr::SwapchainCreateInfo {
            create_flags: xr::SwapchainCreateFlags::EMPTY,
            usage_flags: xr::SwapchainUsageFlags::COLOR_ATTACHMENT | xr::SwapchainUsageFlags::SAMPLED,
            format: raw.as_raw() as u32,
            sample_count: 1,
            width: size.x,
            height: size.y,
            face_count: 1,
            array_size: layers,
            mip_count: 1,
        };
        let swapchain = session.create_swapchain(&info).map_err(Unavailable::of)?;
        let images = swapchain.enumerate_images().map_err(Unavailable::of)?;
        let texture = |image| texture(device, image, (size, layers), format);
        let textures = images.into_iter().map(texture).collect::<Option<Vec<_>>>().ok_or_else(unusable)?;
        Ok(Self { textures, swapchain, size, format, is_acquired: false, is_drawn: false })
    }

    /// Gets the next image from the runtime, and returns its layers.
    pub(super) fn acquire<const LAYERS: usize>(&mut self) -> xr::Result<Option<[TextureView; LAYERS]>> {
        let image = self.swapchain.acquire_image()? as usize;
        // That time has passed would be no error here, though the runtime still reads the image.
        self.swapchain.wait_image(xr::Duration::INFINITE)?;
        self.is_acquired = true;
        let layers = std::array::from_fn(|layer| layer as u32);
        Ok(self.textures.get(image).map(|texture| layers.map(|layer| view(texture, layer))))
    }

    /// Gives the image back. Returns whether there is one to show.
    pub(super) fn release(&mut self) -> xr::Result<bool> {
        if std::mem::take(&mut self.is_acquired) {
            self.swapchain.release_image()?;
            self.is_drawn = true;
        }
        Ok(self.is_drawn)
    }

    /// Returns a layer of the picture.
    pub(super) fn whole(&self, layer: u32) -> xr::SwapchainSubImage<'_, xr::Vulkan> {
        let extent = xr::Extent2Di { width: self.size.x as i32, height: self.size.y as i32 };
        let rect = xr::Rect2Di { offset: xr::Offset2Di { x: 0, y: 0 }, extent };
        xr::SwapchainSubImage::new().swapchain(&self.swapchain).image_array_index(layer).image_rect(rect)
    }
}

/// Pictures are drawn by something else than the device of the headset.
fn unusable() -> Unavailable {
    Unavailable::Failed("the images of the OpenXR runtime cannot be drawn to with Vulkan".into())
}

/// Returns the texture that is an image of the runtime.
fn texture(
    device: &wgpu::Device,
    image: u64,
    (size, layers): (UVec2, u32),
    format: TextureFormat,
) -> Option<wgpu::Texture> {
    let size = Extent3d { width: size.x, height: size.y, depth_or_array_layers: layers };
    let (label, dimension) = (Some("headset"), TextureDimension::D2);
    let raw = hal::TextureDescriptor {
        label,
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension,
        format,
        usage: TextureUses::COLOR_TARGET,
        memory_flags: hal::MemoryFlags::empty(),
        view_formats: Vec::new(),
    };
    let descriptor = TextureDescriptor {
        label,
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension,
        format,
        usage: TextureUsages::RENDER_ATTACHMENT,
        view_formats: &[],
    };
    // SAFETY: the image was created as described, and the runtime destroys it, after the textures.
    unsafe {
        let kept: hal::DropCallback = Box::new(|| {});
        let inner = device.as_hal::<Vulkan>()?;
        let texture = inner.texture_from_raw(vk::Image::from_raw(image), &raw, Some(kept), TextureMemory::External);
        drop(inner);
        Some(device.create_texture_from_hal::<Vulkan>(texture, &descriptor))
    }
}

/// Returns the view of a layer of a texture.
fn view(texture: &wgpu::Texture, layer: u32) -> TextureView {
    texture.create_view(&TextureViewDescriptor {
        dimension: Some(TextureViewDimension::D2),
        base_array_layer: layer,
        array_layer_count: Some(1),
        ..TextureViewDescriptor::default()
    })
}
