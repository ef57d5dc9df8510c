//! Density as brightness: the points of each cell of the picture are counted, and a cell has their mean
//! color and is the brighter the more there are.
//!
//! A cell is a pixel, unless the device has no buffers for so many. Counts and colors are added up as
//! integers in buffers ([`Counts`]), so that the order of drawing makes no difference and the same points
//! make the same bits. A sample counts as if it were all points: each of its points stands for as many as
//! the cloud has for one of the sample.
//!
//! What is fully bright is estimated in the picture, by a fixed sample of the points ([`Meter`]): it
//! changes with the camera only, not with how many points are drawn. The legend says it.

use bevy::{
    prelude::*,
    render::{
        Extract,
        render_resource::{
            BindGroup, BindGroupEntries, BindGroupLayoutDescriptor, BindGroupLayoutEntries, Buffer, BufferDescriptor,
            BufferUsages, CommandEncoder, Extent3d, PipelineCache, ShaderStages, ShaderType, TextureDescriptor,
            TextureDimension, TextureFormat, TextureUsages, TextureView, TextureViewDescriptor, UniformBuffer,
            binding_types::{storage_buffer_read_only_sized, storage_buffer_sized, uniform_buffer},
        },
        renderer::{RenderDevice, RenderQueue},
        view::ExtractedView,
    },
};
use parallax_embedding::RowSet;
use parallax_session::{FullBrightness, PointStyle};
use parallax_state::{CurrentView, Shown};

use crate::{Cloud, SeenPlaces, Side, shuffle::DRAWN_WHOLE};

/// The format of the picture that a pass needs to have, of which nothing is written.
pub(crate) const TARGET: TextureFormat = TextureFormat::R8Unorm;

/// The buffers of a picture have so many numbers of each cell: points, red, and green; and blue and what
/// the sums have beyond 32 bits.
const NUMBERS: u64 = 3;

/// The number of points whose density is looked at.
const SAMPLE: usize = 1 << 14;
/// The side in pixels of the squares in which they are counted.
const SQUARE: f32 = 16.0;
/// A cell is fully bright that has so many times the points of the cell that the typical point is in.
const FULL: f32 = 8.0;

/// How the shader counts, and how it shows the counts. See `cloud.wgsl`.
#[derive(ShaderType, Clone, Copy, Default)]
struct DensityUniform {
    /// The cells of a line, the lines of cells, the side of a cell in pixels, and the side in cells of the
    /// square that a point covers.
    cells: UVec4,
    /// How many points each that is drawn stands for, and the number of points from which on a cell is
    /// fully bright.
    scale: Vec4,
}

/// How many points each cell of a picture has, and the sums of their colors.
pub(crate) struct Counts {
    numbers: [Buffer; 2],
    uniform: UniformBuffer<DensityUniform>,
    pub(crate) target: TextureView,
    cell: u32,
}

impl Counts {
    /// Makes buffers for a picture of this size in pixels.
    pub(crate) fn new(device: &RenderDevice, size: UVec2) -> Self {
        let size = size.max(UVec2::ONE);
        let limits = device.limits();
        let most = limits.max_buffer_size.min(limits.max_storage_buffer_binding_size) / (4 * NUMBERS);
        let cell = cell_side(size, most);
        let cells = size.map(|side| side.div_ceil(cell));
        let buffer = |label| {
            let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
            let size = u64::from(cells.x) * u64::from(cells.y) * 4 * NUMBERS;
            device.create_buffer(&BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false })
        };
        let target = device.create_texture(&TextureDescriptor {
            label: Some("counting"),
            size: Extent3d { width: size.x, height: size.y, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: TextureDimension::D2,
            format: TARGET,
            usage: TextureUsages::RENDER_ATTACHMENT,
            view_formats: &[],
        });
        let uniform = DensityUniform { cells: UVec4::new(cells.x, cells.y, cell, 1), scale: Vec4::ONE };
        Self {
            numbers: ["counts and colors", "more of counts and colors"].map(buffer),
            uniform: uniform.into(),
            target: target.create_view(&TextureViewDescriptor::default()),
            cell,
        }
    }

    /// Returns the side of a cell in pixels.
    pub(crate) fn cell(&self) -> u32 {
        self.cell
    }

    /// Tells how many points each stands for that is drawn, the side in pixels of the square that each
    /// covers, and what is fully bright.
    pub(crate) fn tell(
        &mut self,
        (stands_for, side): (f32, u32),
        full: FullBrightness,
        (device, queue): (&RenderDevice, &RenderQueue),
    ) {
        let uniform = self.uniform.get_mut();
        uniform.cells.w = side.div_ceil(self.cell);
        uniform.scale = Vec4::new(stands_for, full.points as f32, 0.0, 0.0);
        self.uniform.write_buffer(device, queue);
    }

    /// Forgets all points.
    pub(crate) fn clear(&self, encoder: &mut CommandEncoder) {
        self.numbers.iter().for_each(|buffer| encoder.clear_buffer(buffer, 0, None));
    }

    /// Returns the bind group for what counts points, or for what shows how many there are.
    pub(crate) fn bind_group(&self, counts: bool, device: &RenderDevice, cache: &PipelineCache) -> Option<BindGroup> {
        let [first, more] = &self.numbers;
        let entries = (first.as_entire_binding(), more.as_entire_binding(), self.uniform.binding()?);
        let layout = cache.get_bind_group_layout(&if counts { counting_layout() } else { layout() });
        Some(device.create_bind_group("density", &layout, &BindGroupEntries::sequential(entries)))
    }
}

/// Returns the bind group of the shader's `COUNTS`.
pub(crate) fn counting_layout() -> BindGroupLayoutDescriptor {
    let numbers = || storage_buffer_sized(false, None);
    let entries = (numbers(), numbers(), uniform_buffer::<DensityUniform>(false));
    BindGroupLayoutDescriptor::new(
        "counting points",
        &BindGroupLayoutEntries::sequential(ShaderStages::FRAGMENT, entries),
    )
}

/// Returns the bind group of the shader's `DENSITY`.
pub(crate) fn layout() -> BindGroupLayoutDescriptor {
    let numbers = || storage_buffer_read_only_sized(false, None);
    let entries = (numbers(), numbers(), uniform_buffer::<DensityUniform>(false));
    BindGroupLayoutDescriptor::new("density", &BindGroupLayoutEntries::sequential(ShaderStages::FRAGMENT, entries))
}

/// Returns the least side in pixels of the cells of a picture, of which there may be so many.
fn cell_side(size: UVec2, most: u64) -> u32 {
    let fits = |side: &u32| u64::from(size.x.div_ceil(*side)) * u64::from(size.y.div_ceil(*side)) <= most;
    (1..size.max_element()).find(fits).unwrap_or(size.max_element())
}

/// Finds how dense points are in a picture.
#[derive(Resource, Default)]
pub(crate) struct Meter {
    /// The side in logical pixels of the square that a point covers. `None` if points are not shown as
    /// their density.
    side: Option<f32>,
    /// The places that pictures show, and the rows that are not hidden.
    seen: Option<[SeenPlaces; 3]>,
    shown: Option<RowSet>,
    /// That of the rows that are not hidden.
    pub(crate) revision: u64,
    /// The rows that are looked at, of how many.
    rows: Vec<u32>,
    of: usize,
}

/// Copies what the meter looks at, if points are shown as their density.
pub(crate) fn extract_meter(
    mut meter: ResMut<Meter>,
    (view, cloud, shown): (Extract<Res<CurrentView>>, Extract<Res<Cloud>>, Extract<Res<Shown>>),
) {
    if view.points != PointStyle::Density {
        *meter = Meter::default();
        return;
    }
    meter.side = Some(view.look.size.clamp(1.0, 64.0));
    meter.seen = Some([Side::First, Side::Second, Side::Between].map(|side| cloud.seen(side)));
    meter.shown.clone_from(&shown.rows);
    meter.revision = shown.revision;
    if meter.of != cloud.len() {
        meter.of = cloud.len();
        // The rows of a small cloud are in the order of the file, which is no fair sample.
        let slots = if meter.of <= DRAWN_WHOLE { meter.of } else { SAMPLE };
        meter.rows = (0..slots).map(|slot| cloud.row(slot)).collect();
    }
}

impl Meter {
    /// Returns whether points are shown as their density.
    pub(crate) fn is_used(&self) -> bool {
        self.side.is_some()
    }

    /// Returns the side of the square that a point covers, for so many pixels a logical pixel.
    pub(crate) fn side(&self, scale: f32) -> u32 {
        (self.side.unwrap_or(1.0) * scale).round().max(1.0) as u32
    }

    /// Returns how many points a cell of one pixel has in a picture if it is fully bright and points cover
    /// one pixel.
    pub(crate) fn full(&self, view: &ExtractedView, side: Side) -> f32 {
        let Some([first, second, between]) = &self.seen else { return 1.0 };
        let places = match side {
            Side::First => first,
            Side::Second => second,
            Side::Between => between,
        };
        let is_shown = |row: u32| self.shown.as_ref().is_none_or(|shown| shown.contains(row));
        let rows = self.rows.iter().filter(|row| is_shown(**row));
        let clip_from_world = view.clip_from_view * view.world_from_view.to_matrix().inverse();
        let size = view.viewport.zw().as_vec2();
        let each = self.of as f32 / self.rows.len().max(1) as f32;
        FULL * each * density(rows.filter_map(|&row| places.at(row as usize)), clip_from_world, size)
    }
}

/// Returns what is fully bright if a cell of one pixel has so many points: a number that is easily read.
pub(crate) fn brightest(points: f32, side: u32, cell: u32) -> FullBrightness {
    let covered = side.div_ceil(cell) * cell;
    let points = points * (covered as f32).powi(2);
    let unit = 10_f32.powi(points.max(1.0).log10() as i32 - 1).max(1.0);
    FullBrightness { points: ((points / unit).round() * unit).max(1.0) as u32, side: cell }
}

/// Returns how many other points are around the typical point in a picture of `size` pixels, for each
/// pixel.
fn density(places: impl Iterator<Item = Vec3>, clip_from_world: Mat4, size: Vec2) -> f32 {
    let squares = (size / SQUARE).ceil().max(Vec2::ONE).as_uvec2();
    let mut counts = vec![0_u32; (squares.x * squares.y) as usize];
    for place in places {
        let clip = clip_from_world * place.extend(1.0);
        let at = (clip.xy() / clip.w * Vec2::new(0.5, -0.5) + 0.5) * size / SQUARE;
        if clip.w > 0.0 && at.cmpge(Vec2::ZERO).all() && at.cmplt(squares.as_vec2()).all() {
            counts[(at.y as u32 * squares.x + at.x as u32) as usize] += 1;
        }
    }
    let [mut points, mut others] = [0.0; 2];
    for count in counts.into_iter().filter(|count| *count > 0).map(f64::from) {
        points += count;
        others += count * (count - 1.0);
    }
    (others / points.max(1.0)) as f32 / (SQUARE * SQUARE)
}

#[cfg(test)]
mod tests {
    use parallax_embedding::random;

    use super::*;

    /// Points spread evenly over a part of the picture have there the density that they have.
    #[test]
    fn density_is_that_around_the_typical_point() {
        let size = Vec2::new(640.0, 480.0);
        let number = |row: u64, axis: u64| random::unit(row * 2 + axis) as f32;
        for (share, count) in [(1.0, 10_000), (0.5, 10_000), (0.25, 16_000)] {
            let place = |row| Vec3::new(number(row, 0) * 2.0 * share - 1.0, number(row, 1) * 2.0 - 1.0, 0.5);
            let found = density((0..count).map(place), Mat4::IDENTITY, size);
            let expected = count as f32 / (size.x * share * size.y);
            assert!((found / expected - 1.0).abs() < 0.03, "{found}, not {expected}");
        }
        let behind = Mat4::from_cols(Vec4::X, Vec4::Y, Vec4::Z, -Vec4::W);
        assert_eq!(density([Vec3::ZERO; 9].into_iter(), behind, size), 0.0);
        assert_eq!(density([Vec3::splat(1e30); 9].into_iter(), Mat4::IDENTITY, size), 0.0);
        assert_eq!(density([Vec3::ZERO; 9].into_iter(), Mat4::IDENTITY, size), 8.0 / (SQUARE * SQUARE));
    }

    #[test]
    fn what_is_fully_bright_is_easily_read() {
        let check = |points, side, cell, expected| assert_eq!(brightest(points, side, cell).points, expected);
        for (points, expected) in [(0.0, 1), (1.4, 1), (9.6, 10), (47.3, 47), (123.0, 120), (98_765.0, 99_000)] {
            check(points, 1, 1, expected);
        }
        check(10.0, 3, 1, 90);
        check(10.0, 1, 2, 40);
    }

    #[test]
    fn cells_are_pixels_if_the_device_has_room_for_them() {
        let check = |size: [u32; 2], most, expected| assert_eq!(cell_side(UVec2::from(size), most), expected);
        check([3840, 2160], 11_000_000, 1);
        check([7680, 4320], 11_000_000, 2);
        check([1, 1], 0, 1);
        check([5, 3], 2, 3);
    }
}
