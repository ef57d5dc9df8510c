//! The sprite sheet as one or more layers of a texture.
//!
//! A sheet that the GPU accepts as it is becomes one layer. A larger one is cut into thumbnails
//! that fill as many layers as needed. Thumbnails for which there are too few layers are left out, and
//! [`Drawn`](crate::Drawn) says so. Where thumbnails would overlap, some are dots of their mean color
//! (`thinning`).

use bevy::{
    prelude::*,
    render::{
        render_resource::{
            AddressMode, BindGroup, BindGroupEntries, BindGroupLayoutDescriptor, BindGroupLayoutEntries,
            BufferInitDescriptor, BufferUsages, Extent3d, FilterMode, Origin3d, PipelineCache, SamplerBindingType,
            SamplerDescriptor, ShaderStages, TexelCopyBufferLayout, TexelCopyTextureInfo, TextureAspect,
            TextureDescriptor, TextureDimension, TextureFormat, TextureSampleType, TextureUsages,
            TextureViewDescriptor, TextureViewDimension,
            binding_types::{sampler, storage_buffer_read_only_sized, texture_2d_array},
        },
        renderer::{RenderDevice, RenderQueue},
    },
};
use parallax_embedding::SpriteSheet;
use rayon::prelude::*;

/// The sheet on the GPU.
pub(crate) struct SheetTexture {
    pub(crate) bind_group: BindGroup,
    pub(crate) packing: Packing,
}

/// How thumbnails are arranged in the layers, in reading order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packing {
    /// Width and height of a layer in pixels.
    pub(crate) size: [u32; 2],
    /// The number of thumbnails in a line.
    pub(crate) columns: u32,
    /// The number of thumbnails in a layer.
    pub(crate) per_layer: u32,
    pub(crate) layers: u32,
    /// The total number of thumbnails.
    pub(crate) count: u32,
    /// Whether the only layer is the unchanged sheet.
    verbatim: bool,
}

impl Packing {
    /// Creates the packing of `rows` thumbnails, or as many as fit, for a GPU whose textures have at most
    /// `most` pixels per side and `most_layers` layers. Returns `None` if not one fits.
    pub(crate) fn of(sheet: &SpriteSheet, rows: usize, most: u32, most_layers: u32) -> Option<Self> {
        let [width, height] = sheet.thumbnail();
        let count = u32::try_from(sheet.len().min(rows)).ok().filter(|&count| count > 0)?;
        if sheet.size().iter().all(|&side| side <= most) {
            let columns = sheet.grid()[0];
            let per_layer = u32::try_from(sheet.len()).ok()?;
            return Some(Self { size: sheet.size(), columns, per_layer, layers: 1, count, verbatim: true });
        }
        let (columns, lines) = (most / width, most / height);
        let per_layer = columns.checked_mul(lines).filter(|&thumbnails| thumbnails > 0)?;
        let count = count.min(per_layer.saturating_mul(most_layers));
        let lines = lines.min(count.div_ceil(columns));
        let size = [columns * width, lines * height];
        Some(Self { size, columns, per_layer, layers: count.div_ceil(per_layer), count, verbatim: false })
    }

    /// Returns the pixels of a layer.
    fn pixels(&self, sheet: &SpriteSheet, layer: u32) -> Vec<u8> {
        let mut pixels = vec![0; self.size[0] as usize * self.size[1] as usize * 4];
        let line = sheet.thumbnail()[0] as usize * 4;
        let stride = self.size[0] as usize * 4;
        for cell in 0..self.per_layer.min(self.count - layer * self.per_layer) {
            let row = layer * self.per_layer + cell;
            let Some(image) = sheet.image(row as usize) else { continue };
            let top = (cell / self.columns * sheet.thumbnail()[1]) as usize;
            let left = (cell % self.columns) as usize * line;
            for (y, source) in image.chunks_exact(line).enumerate() {
                let start = (top + y) * stride + left;
                pixels[start..start + line].copy_from_slice(source);
            }
        }
        pixels
    }
}

/// Returns the mean color of a thumbnail in linear light, as sRGB: what is seen of it from far away.
/// Pixels count by their opacity. Returns `None` if none is opaque.
fn mean_color(pixels: &[u8], linear: &[f32; 256]) -> Option<[u8; 3]> {
    let mut sum = [0.0; 3];
    let mut opacity = 0.0;
    for [color @ .., alpha] in pixels.as_chunks::<4>().0 {
        let alpha = f32::from(*alpha);
        opacity += alpha;
        sum.iter_mut().zip(color).for_each(|(sum, &value)| *sum += alpha * linear[usize::from(value)]);
    }
    let [red, green, blue] = (opacity > 0.0).then(|| sum.map(|sum| sum / opacity))?;
    let mean = Srgba::from(LinearRgba::rgb(red, green, blue));
    Some([mean.red, mean.green, mean.blue].map(|value| (value * 255.0).round() as u8))
}

/// Returns the mean color of each thumbnail as the bytes of a style, whose highest says that there is one.
fn mean_colors(sheet: &SpriteSheet, count: u32) -> Vec<u32> {
    let linear = std::array::from_fn(|value| Srgba::gamma_function(value as f32 / 255.0));
    let color = |row: u32| {
        let color = sheet.image(row as usize).and_then(|pixels| mean_color(&pixels, &linear));
        color.map_or(0, |[red, green, blue]| u32::from_le_bytes([red, green, blue, u8::MAX]))
    };
    (0..count).into_par_iter().map(color).collect()
}

pub(crate) fn layout() -> BindGroupLayoutDescriptor {
    let texture = texture_2d_array(TextureSampleType::Float { filterable: true });
    let of_thumbnails = (
        texture.visibility(ShaderStages::FRAGMENT),
        sampler(SamplerBindingType::Filtering).visibility(ShaderStages::FRAGMENT),
        storage_buffer_read_only_sized(false, None).visibility(ShaderStages::VERTEX),
    );
    let entries = BindGroupLayoutEntries::sequential(ShaderStages::NONE, of_thumbnails);
    BindGroupLayoutDescriptor::new("sprite sheet", &entries)
}

impl SheetTexture {
    /// Uploads the thumbnails of `rows` rows, or as many as fit on the GPU. Returns `None` if not one does.
    pub(crate) fn upload(
        sheet: &SpriteSheet,
        rows: usize,
        device: &RenderDevice,
        queue: &RenderQueue,
        cache: &PipelineCache,
    ) -> Option<Self> {
        let limits = device.limits();
        let packing = Packing::of(sheet, rows, limits.max_texture_dimension_2d, limits.max_texture_array_layers)?;
        let [width, height] = packing.size;
        let texture = device.create_texture(&TextureDescriptor {
            label: Some("sprite sheet"),
            size: Extent3d { width, height, depth_or_array_layers: packing.layers },
            mip_level_count: 1,
            sample_count: 1,
            dimension: TextureDimension::D2,
            format: TextureFormat::Rgba8Unorm,
            usage: TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_DST,
            view_formats: &[],
        });
        for layer in 0..packing.layers {
            let repacked = if packing.verbatim { Vec::new() } else { packing.pixels(sheet, layer) };
            queue.write_texture(
                TexelCopyTextureInfo {
                    texture: &texture,
                    mip_level: 0,
                    origin: Origin3d { x: 0, y: 0, z: layer },
                    aspect: TextureAspect::All,
                },
                if packing.verbatim { sheet.pixels() } else { &repacked },
                TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(width * 4), rows_per_image: Some(height) },
                Extent3d { width, height, depth_or_array_layers: 1 },
            );
        }
        let view = texture.create_view(&TextureViewDescriptor {
            dimension: Some(TextureViewDimension::D2Array),
            ..TextureViewDescriptor::default()
        });
        let sampler = device.create_sampler(&SamplerDescriptor {
            label: Some("sprite sheet"),
            address_mode_u: AddressMode::ClampToEdge,
            address_mode_v: AddressMode::ClampToEdge,
            mag_filter: FilterMode::Linear,
            min_filter: FilterMode::Linear,
            ..SamplerDescriptor::default()
        });
        let colors = device.create_buffer_with_data(&BufferInitDescriptor {
            label: Some("mean colors of thumbnails"),
            contents: bytemuck::cast_slice(&mean_colors(sheet, packing.count)),
            usage: BufferUsages::STORAGE,
        });
        let layout = cache.get_bind_group_layout(&layout());
        let entries = BindGroupEntries::sequential((&view, &sampler, colors.as_entire_binding()));
        let bind_group = device.create_bind_group("sprite sheet", &layout, &entries);
        Some(Self { bind_group, packing })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sheet of `columns` x `lines` thumbnails of 2 x 3 pixels, each of its own color.
    fn sheet(columns: u32, lines: u32) -> SpriteSheet {
        let number = |x: u32, y: u32| y / 3 * columns + x / 2;
        let pixels: Vec<u8> =
            (0..lines * 3).flat_map(|y| (0..columns * 2).flat_map(move |x| number(x, y).to_le_bytes())).collect();
        SpriteSheet::new([columns * 2, lines * 3], [2, 3], pixels).unwrap()
    }

    #[test]
    fn packing_keeps_a_sheet_that_fits() {
        let packing = Packing::of(&sheet(4, 5), 18, 16, 1).unwrap();
        assert_eq!((packing.size, packing.columns, packing.layers, packing.count), ([8, 15], 4, 1, 18));
    }

    /// For textures of 7 pixels per side, every thumbnail is where the shader looks for it.
    #[test]
    fn packing_splits_a_large_sheet_and_keeps_every_thumbnail() {
        let sheet = sheet(5, 4);
        let packing = Packing::of(&sheet, 20, 7, 9).unwrap();
        assert_eq!((packing.size, packing.columns, packing.per_layer, packing.layers), ([6, 6], 3, 6, 4));
        for row in 0..20_u32 {
            let (layer, cell) = (row / packing.per_layer, row % packing.per_layer);
            let (x, y) = (cell % packing.columns * 2, cell / packing.columns * 3);
            let start = ((y * packing.size[0] + x) * 4) as usize;
            assert_eq!(packing.pixels(&sheet, layer)[start..start + 4], row.to_le_bytes(), "thumbnail {row}");
        }
        assert_eq!(Packing::of(&sheet, 20, 2, 9), None, "not one fits");
        let packing = Packing::of(&sheet, 20, 7, 3).unwrap();
        assert_eq!((packing.layers, packing.count), (3, 18), "as many as fit");
    }

    /// Half of the light of black and white is 188 of 255 in sRGB.
    #[test]
    fn mean_color_is_that_of_the_light() {
        let of = |pixels: &[u8]| {
            let sheet = SpriteSheet::new([2, 1], [2, 1], pixels.to_vec()).unwrap();
            mean_colors(&sheet, 1)[0].to_le_bytes()
        };
        assert_eq!(of(&[0, 0, 0, 255, 255, 255, 255, 255]), [188, 188, 188, 255]);
        assert_eq!(of(&[9, 90, 200, 255, 9, 90, 200, 255]), [9, 90, 200, 255]);
        assert_eq!(of(&[9, 90, 200, 255, 77, 0, 0, 0]), [9, 90, 200, 255], "transparent pixels do not count");
        assert_eq!(of(&[9, 90, 200, 0, 77, 0, 0, 0])[3], 0);
    }
}
