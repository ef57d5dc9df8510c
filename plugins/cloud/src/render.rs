//! Drawing: points lie in persistent buffers, column by column (`columns`), and each view is drawn
//! with one instanced draw, or shows the canvas that its points are drawn into (`canvas`).
//!
//! Recoloring a million points uploads 4 MB, a still frame nothing. The items are queued for every view, so that split screens need no
//! code of their own; views in the room have a uniform and lines of their own (`room`), and so has the
//! picture of an embedding that is compared with, whose points have second positions. Edges are
//! softened into the stage's color and depth is written, which needs no sorting. Points in front of
//! others therefore have a thin outline.

use std::sync::Arc;

use bevy::{
    asset::{embedded_asset, load_embedded_asset},
    core_pipeline::core_3d::{CORE_3D_DEPTH_FORMAT, Transparent3d, TransparentSortingInfo3d},
    ecs::{
        query::ROQueryItem,
        system::{
            SystemChangeTick, SystemParamItem,
            lifetimeless::{Read, SRes},
        },
    },
    mesh::VertexBufferLayout,
    prelude::*,
    render::{
        Extract, ExtractSchedule, GpuResourceAppExt, Render, RenderApp, RenderSystems,
        extract_component::ExtractComponentPlugin,
        render_phase::{
            AddRenderCommand, DrawFunctions, PhaseItem, PhaseItemExtraIndex, RenderCommand, RenderCommandResult,
            SetItemPipeline, TrackedRenderPass, ViewSortedRenderPhases,
        },
        render_resource::{
            BindGroup, BindGroupEntries, BindGroupLayoutDescriptor, BindGroupLayoutEntries, BlendComponent,
            BlendFactor, BlendOperation, BlendState, Buffer, BufferDescriptor, BufferUsages, ColorTargetState,
            ColorWrites, CompareFunction, DepthStencilState, FragmentState, MultisampleState, PipelineCache,
            PrimitiveState, PrimitiveTopology, RenderPipelineDescriptor, ShaderStages, ShaderType,
            SpecializedRenderPipeline, SpecializedRenderPipelines, TextureFormat, UniformBuffer, VertexAttribute,
            VertexFormat, VertexState, VertexStepMode, binding_types::uniform_buffer,
        },
        renderer::{RenderDevice, RenderQueue},
        sync_world::MainEntity,
        view::{ExtractedView, ViewUniform, ViewUniformOffset, ViewUniforms},
    },
};
use parallax_embedding::SpriteSheet;
use parallax_session::{Dims, Eye, Legend, PointStyle, Rgb, Theme};
use parallax_state::{CurrentView, Hovered, Opened};

use crate::{
    Cloud, CloudAxes, CurrentLegend, Side, StagePalette,
    canvas::{self, Canvases},
    columns::{Columns, PointBuffers, extract_columns, extract_marked},
    density,
    lines::{Line, LineRanges},
    links::Links,
    optics::{GREATEST_SHARE, LEAST_RADIUS, Rings, THUMBNAIL_RADII, thumbnail_shape},
    points::Course,
    room::{InRoom, RoomLook, in_room},
    sheet::{self, SheetTexture},
    sight::{EyeCamera, Eyes, PictureOf},
    style::Related,
    trails::Trails,
};

pub(super) fn plugin(app: &mut App) {
    let Some(_) = app.get_sub_app(RenderApp) else { return };
    embedded_asset!(app, "cloud.wgsl");
    app.add_plugins((ExtractComponentPlugin::<EyeCamera>::default(), ExtractComponentPlugin::<PictureOf>::default()));
    let Some(render_app) = app.get_sub_app_mut(RenderApp) else { return };
    render_app
        .init_gpu_resource::<MadeFor>()
        .init_gpu_resource::<CloudPipeline>()
        .init_gpu_resource::<CloudBuffers>()
        .init_gpu_resource::<PointBuffers>()
        .init_gpu_resource::<SpecializedRenderPipelines<CloudPipeline>>()
        .add_render_command::<Transparent3d, DrawStage>()
        .add_render_command::<Transparent3d, DrawPoints>()
        .add_render_command::<Transparent3d, DrawOver>()
        .add_render_command::<Transparent3d, DrawMarked>()
        .add_render_command::<Transparent3d, DrawHovered>()
        .add_render_command::<Transparent3d, DrawCanvas>()
        .add_render_command::<Transparent3d, DrawMassOutline>()
        .add_render_command::<Transparent3d, DrawLines>()
        .add_render_command::<Transparent3d, DrawRoomLines>()
        .add_systems(
            ExtractSchedule,
            (extract_columns, extract_marked, extract_lines, extract_room_lines, extract_look)
                .chain()
                .run_if(device_is_known),
        )
        .add_systems(Render, queue.in_set(RenderSystems::Queue))
        .add_systems(Render, bind.in_set(RenderSystems::PrepareBindGroups));
}

/// When all resources of the device were made.
///
/// When a device is lost, extraction goes on for a frame in which there is another device and the
/// resources are still those of the old one.
#[derive(Resource, Default)]
pub(crate) struct MadeFor;

/// Whether resources are those of the device that is there: made after it.
pub(crate) fn device_is_known(
    made_for: Option<Res<MadeFor>>,
    device: Option<Res<RenderDevice>>,
    ticks: SystemChangeTick,
) -> bool {
    made_for.zip(device).is_some_and(|(made_for, device)| {
        !device.last_changed().is_newer_than(made_for.last_changed(), ticks.this_run())
    })
}

/// With labels in place of points, points are dots of this share of their size, faded by this much.
const DOT: f32 = 0.4;
const DOT_FADE: f32 = 0.8;

/// The strength of the eye-dome lighting.
const DOME: f32 = 3.0;

/// The uniform of the shader. See `cloud.wgsl` for each field.
#[derive(ShaderType, Clone, Copy, PartialEq, Default)]
pub(crate) struct CloudUniform {
    pub(crate) background: Vec4,
    pub(crate) edge: Vec4,
    pub(crate) selection: Vec4,
    pub(crate) point: Vec4,
    pub(crate) pixel: Vec4,
    pub(crate) light: Vec4,
    pub(crate) sheet: Vec4,
    pub(crate) grid: UVec4,
    pub(crate) aspect: Vec4,
    pub(crate) room: Vec4,
    pub(crate) canvas: Vec4,
}

/// How views are drawn.
#[derive(Default)]
pub(crate) struct Looks {
    /// The window, views in the room, and the picture of second places.
    views: [CloudUniform; 3],
    /// Canvases of the first places and of the second.
    canvases: [CloudUniform; 2],
}

impl Looks {
    /// Returns how a view is drawn.
    pub(crate) fn of(&self, is_in_room: bool, side: Side) -> &CloudUniform {
        &self.views[which(is_in_room, side)]
    }

    /// Returns how points are drawn into a canvas.
    pub(crate) fn canvas(&self, side: Side) -> &CloudUniform {
        &self.canvases[usize::from(side == Side::Second)]
    }
}

/// Returns the place of the look of a view.
fn which(is_in_room: bool, side: Side) -> usize {
    match side {
        _ if is_in_room => 1,
        Side::Second => 2,
        Side::First | Side::Between => 0,
    }
}

/// All data on the GPU except those of points.
#[derive(Resource, Default)]
pub(crate) struct CloudBuffers {
    sides: Sides,
    /// Lines between both places, links, trails, axes and grid, and those of second places alone, with the
    /// revisions of axes and of the rest.
    lines: Option<(Buffer, LineRanges, [u64; 2])>,
    /// The lines that only views in the room show, and their number.
    room_lines: Option<(Buffer, u32)>,
    pub(crate) looks: Looks,
    /// Those of views and of canvases.
    uniforms: [UniformBuffer<CloudUniform>; 5],
    bind_groups: [Option<BindGroup>; 5],
    sheet: Option<SheetTexture>,
    /// The embedding whose sheet was uploaded or found to be too large.
    sheet_of: Option<(Arc<SpriteSheet>, usize)>,
    pub(crate) sprites: bool,
    /// How many thumbnails the device has, and of how many, if it has too little room for all.
    pub(crate) lacking_thumbnails: Option<[usize; 2]>,
    /// Whether a point is selected, related, or hovered.
    marks: bool,
    /// Whether a point is selected or related.
    related: bool,
    /// The hovered point: its place in the order of drawing.
    hovered: Option<u32>,
    /// Whether one outline surrounds all selected points, and if so, whether the stage is light.
    pub(crate) outline: Option<bool>,
}

/// Which places pictures show.
#[derive(Default)]
struct Sides {
    /// Those of the left eye, the middle, and the right eye.
    eyes: [Side; 3],
    /// Whether they show the second places too.
    over: bool,
}

/// Copies the lines of axes, grid, links, and trails if they have changed.
fn extract_lines(
    mut buffers: ResMut<CloudBuffers>,
    (device, queue): (Res<RenderDevice>, Res<RenderQueue>),
    (axes, links, trails): (Extract<Res<CloudAxes>>, Extract<Res<Links>>, Extract<Res<Trails>>),
) {
    // Each only increases.
    let revisions = [axes.revision, links.revision + trails.revision];
    if buffers.lines.as_ref().map_or([0; 2], |(.., revisions)| *revisions) == revisions {
        return;
    }
    let own = links.over.iter().chain(&links.lines).chain(&trails.lines);
    let of_second = || axes.second_lines.iter().chain(&links.second);
    let lines: Vec<Line> = own.chain(&axes.lines).chain(of_second()).copied().collect();
    let known = buffers.lines.take().map(|(buffer, ..)| buffer);
    let own = links.lines.len() + trails.lines.len();
    let ranges = LineRanges::of([links.over.len(), own, axes.lines.len(), of_second().count()], axes.of_both);
    buffers.lines = Some((upload(&lines, known, &device, &queue), ranges, revisions));
}

/// Copies the lines that only views in the room show. They move with the head and the hands.
fn extract_room_lines(
    mut buffers: ResMut<CloudBuffers>,
    (device, queue): (Res<RenderDevice>, Res<RenderQueue>),
    room: Extract<Res<RoomLook>>,
) {
    if room.is_changed() {
        let lines = room.packed();
        let known = buffers.room_lines.take().map(|(buffer, _)| buffer);
        buffers.room_lines = Some((upload(&lines, known, &device, &queue), lines.len() as u32));
    }
}

/// Copies lines to the buffer that is known, or to a larger one.
fn upload(lines: &[Line], known: Option<Buffer>, device: &RenderDevice, queue: &RenderQueue) -> Buffer {
    let bytes: &[u8] = bytemuck::cast_slice(lines);
    let buffer = known
        .filter(|buffer| buffer.size() >= bytes.len() as u64)
        .unwrap_or_else(|| instances(device, "lines", (bytes.len().max(size_of::<Line>()) * 2) as u64));
    queue.write_buffer(&buffer, 0, bytes);
    buffer
}

fn instances(device: &RenderDevice, label: &str, size: u64) -> Buffer {
    let usage = BufferUsages::VERTEX | BufferUsages::COPY_DST;
    device.create_buffer(&BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false })
}

/// Copies colors, sizes and the sheet.
fn extract_look(
    mut buffers: ResMut<CloudBuffers>,
    (device, queue, cache): (Res<RenderDevice>, Res<RenderQueue>, Res<PipelineCache>),
    (cloud, points): (Extract<Res<Cloud>>, Res<PointBuffers>),
    (view, opened): (Extract<Res<CurrentView>>, Extract<Res<Opened>>),
    (palette, legend, hovered): (Extract<Res<StagePalette>>, Extract<Res<CurrentLegend>>, Extract<Res<Hovered>>),
    (related, rings, room): (Extract<Res<Related>>, Extract<Res<Rings>>, Extract<Res<RoomLook>>),
    cameras: Extract<Query<&Camera>>,
) {
    let buffers = &mut *buffers;
    let scale = cameras.iter().filter_map(Camera::target_scaling_factor).fold(1.0, f32::max);
    let solid = view.projection.dims == Dims::Three;
    let fog = if view.look.fog.is_finite() { view.look.fog.clamp(0.0, 1.0) } else { 1.0 };
    let fade = if solid { palette.depth_fade * fog } else { 0.0 };
    let words = view.points == PointStyle::Labels;
    let radius = cloud.radius * if words { DOT } else { 1.0 };
    let eyes = [Eye::Left, Eye::Middle, Eye::Right].map(|eye| cloud.side(eye));
    buffers.sides = Sides { eyes, over: cloud.is_over() };
    buffers.related = !related.is_empty();
    buffers.marks = hovered.0.is_some() || buffers.related;
    buffers.hovered = hovered.0.filter(|&row| (row as usize) < cloud.len()).map(|row| cloud.slot(row) as u32);
    buffers.outline = (related.has_selected() && !rings.selected).then_some(view.theme == Theme::Light);
    let ringed = |ringed: bool| if ringed { 1.0 } else { 0.0 };
    let mut look = CloudUniform {
        background: linear(palette.stage[0]).extend(fade),
        edge: linear(palette.stage[1]).extend(0.5),
        selection: linear(palette.selection).extend(palette.step_back),
        point: Vec4::new(radius, LEAST_RADIUS, GREATEST_SHARE, cloud.first.morph()),
        pixel: Vec4::new(scale, if words { DOT_FADE } else { 0.0 }, ringed(rings.selected), ringed(rings.related)),
        light: light(if solid { 1.0 } else { 0.35 }),
        sheet: Vec4::ZERO,
        grid: UVec4::new(1, 1, 0, hovered.0.unwrap_or(u32::MAX)),
        aspect: Vec4::new(1.0, 1.0, 0.0, f32::MAX),
        room: Vec4::ZERO,
        canvas: Vec4::new(0.0, if view.is_dome_lit(cloud.len()) { DOME } else { 0.0 }, 0.0, ringed(buffers.related)),
    };
    (buffers.sprites, buffers.lacking_thumbnails) = (false, None);
    if view.points == PointStyle::Sprites
        && let Some(embedding) = &opened.embedding
        && let Some(sheet) = &embedding.sprite
    {
        let is_uploaded = |(of, rows): &(Arc<SpriteSheet>, usize)| Arc::ptr_eq(of, sheet) && *rows == embedding.rows();
        if !buffers.sheet_of.as_ref().is_some_and(is_uploaded) {
            buffers.sheet = SheetTexture::upload(sheet, embedding.rows(), &device, &queue, &cache);
            buffers.sheet_of = Some((sheet.clone(), embedding.rows()));
        }
        let [there, all] =
            [buffers.sheet.as_ref().map_or(0, |sheet| sheet.packing.count as usize), sheet.len().min(embedding.rows())];
        buffers.lacking_thumbnails = (there < all).then_some([there, all]);
        if let Some(texture) = &buffers.sheet {
            let packing = texture.packing;
            let [width, height] = packing.size.map(|side| side as f32);
            let [w, h] = sheet.thumbnail().map(|side| side as f32);
            look.sheet = Vec4::new(w / width, h / height, 0.5 / width, 0.5 / height);
            look.grid = UVec4::new(packing.columns, packing.per_layer, packing.count, look.grid.w);
            look.aspect = Vec4::from((thumbnail_shape(sheet.thumbnail()), THUMBNAIL_RADII * scale));
            // What nothing colors has the colors of its picture.
            look.light.w = if matches!(legend.0, Legend::Plain(_)) { 1.0 } else { 0.0 };
            buffers.sprites = true;
        }
    }
    let morphing = |morph: f32| CloudUniform { point: look.point.truncate().extend(morph), ..look };
    let second = cloud.second.as_ref().map_or(1.0, Course::morph);
    let window = match cloud.share() {
        // The first places are where the points come from, the second where they go.
        Some(share) if share > 0.0 => morphing(share),
        _ => look,
    };
    let views = [window, in_room(look, cloud.radius, room.fade), morphing(second)];
    // The hovered point and the marked ones, if they are not too many, are drawn over a canvas.
    let left_out = if points.marked.is_some() { 1.0 } else { 0.0 };
    let canvas = |look: CloudUniform| CloudUniform {
        grid: look.grid.truncate().extend(u32::MAX),
        canvas: Vec4::new(left_out, 0.0, 0.0, look.canvas.w),
        ..look
    };
    buffers.looks = Looks { views, canvases: [views[0], views[2]].map(canvas) };
    let looks = buffers.looks.views.iter().chain(&buffers.looks.canvases);
    for (uniform, look) in buffers.uniforms.iter_mut().zip(looks) {
        uniform.set(*look);
        uniform.write_buffer(&device, &queue);
    }
}

/// Returns ambient light, diffuse light and shine for this amount of lighting. At 0 a sphere is a
/// disc of one color.
fn light(lit: f32) -> Vec4 {
    Vec4::new(1.0 - 0.70 * lit, 0.82 * lit, 0.22 * lit, 0.0)
}

pub(crate) fn linear(color: Rgb) -> Vec3 {
    let [r, g, b] = color;
    let color = Color::srgb_u8(r, g, b).to_linear();
    Vec3::new(color.red, color.green, color.blue)
}

/// The pipelines of the stage, the lines, the points as spheres or sprites, and the outline around
/// selected points.
#[derive(Resource)]
pub(crate) struct CloudPipeline {
    shader: Handle<Shader>,
    layout: BindGroupLayoutDescriptor,
    /// Entities that make the outline's items unique: a phase has one item for each pair of
    /// entities.
    outline_items: [Entity; 2],
    /// The same for the lines in the room.
    room_item: Entity,
    /// The same for the second places over the first: points, and the two items of the outline.
    over_items: [Entity; 3],
    /// And for the marked points and the hovered one over a canvas.
    marked_items: [Entity; 2],
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PipelineKey {
    pub(crate) format: TextureFormat,
    pub(crate) samples: u32,
    pub(crate) what: What,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum What {
    Stage,
    Lines,
    /// A canvas, where its points would be.
    Canvas,
    /// How many points each pixel of a canvas has.
    Counts,
    /// A canvas that has counts.
    Density,
    /// `over`: of second places in the picture of the first, as rings.
    Points {
        sprites: bool,
        marks: bool,
        over: bool,
    },
    /// The depth of the area that the outline surrounds, without color.
    OutlineGap {
        sprites: bool,
    },
    /// The outline itself.
    Outline {
        sprites: bool,
        light: bool,
    },
    /// How far the nearest selected point of the same line of a canvas is.
    Along {
        density: bool,
    },
    /// The outline around the selected points of a canvas that has all points.
    MassOutline {
        light: bool,
    },
}

impl What {
    /// Returns what shows a canvas that has counts or a picture.
    pub(crate) fn shows(is_density: bool) -> Self {
        if is_density { Self::Density } else { Self::Canvas }
    }

    /// Returns the label and the entry points of the shader.
    fn names(self) -> [&'static str; 3] {
        match self {
            Self::Stage => ["stage", "stage_vertex", "stage_fragment"],
            Self::Lines => ["lines", "line_vertex", "line_fragment"],
            Self::Canvas => ["canvas", "stage_vertex", "canvas_fragment"],
            Self::Counts => ["counts", "count_vertex", "count_fragment"],
            Self::Density => ["density", "stage_vertex", "density_fragment"],
            Self::Points { .. } => ["points", "vertex", "fragment"],
            Self::OutlineGap { .. } | Self::Outline { .. } => ["outline", "outline_vertex", "outline_fragment"],
            Self::Along { .. } => ["along lines", "stage_vertex", "along_fragment"],
            Self::MassOutline { .. } => ["outline of a mass", "stage_vertex", "mass_outline_fragment"],
        }
    }

    fn shader_defs(self) -> Vec<&'static str> {
        let (sprites, marks, over) = match self {
            Self::Points { sprites, marks, over } => (sprites, marks, over),
            Self::OutlineGap { sprites } | Self::Outline { sprites, .. } => (sprites, false, false),
            _ => (false, false, false),
        };
        let is = |what| self == what;
        let defs = [
            (sprites, "SPRITES"),
            (marks, "MARKS"),
            (over, "OVER"),
            (matches!(self, Self::OutlineGap { .. }), "GAP"),
            (is(Self::Canvas) || is(Self::Along { density: false }), "CANVAS"),
            (is(Self::Counts), "COUNTS"),
            (is(Self::Density) || is(Self::Along { density: true }), "DENSITY"),
            (matches!(self, Self::Along { .. }), "ALONG"),
            (matches!(self, Self::MassOutline { .. }), "MASS"),
        ];
        defs.into_iter().filter(|def| def.0).map(|def| def.1).collect()
    }

    /// Soft edges of the outline overlap. The color that contrasts most with the stage wins, in any
    /// order of drawing.
    fn blend(self) -> Option<BlendState> {
        let (Self::Outline { light, .. } | Self::MassOutline { light, .. }) = self else { return None };
        let operation = if light { BlendOperation::Min } else { BlendOperation::Max };
        let component = BlendComponent { src_factor: BlendFactor::One, dst_factor: BlendFactor::One, operation };
        Some(BlendState { color: component, alpha: component })
    }

    /// Whether it is drawn where there is a depth.
    fn has_depth(self) -> bool {
        !matches!(self, Self::Counts | Self::Along { .. })
    }

    fn writes_depth(self) -> bool {
        !matches!(self, Self::Stage | Self::Outline { .. } | Self::MassOutline { .. })
    }

    fn colors(self) -> ColorWrites {
        if matches!(self, Self::OutlineGap { .. } | Self::Counts) { ColorWrites::empty() } else { ColorWrites::ALL }
    }

    /// Returns the bind group beside that of the cloud.
    fn own_layout(self) -> Option<BindGroupLayoutDescriptor> {
        match self {
            Self::Points { sprites: true, .. }
            | Self::OutlineGap { sprites: true }
            | Self::Outline { sprites: true, .. } => Some(sheet::layout()),
            Self::Canvas | Self::Along { density: false } => Some(canvas::layout()),
            Self::Counts => Some(density::counting_layout()),
            Self::Density | Self::Along { density: true } => Some(density::layout()),
            Self::MassOutline { .. } => Some(canvas::outline_layout()),
            _ => None,
        }
    }
}

impl FromWorld for CloudPipeline {
    fn from_world(world: &mut World) -> Self {
        let shader = load_embedded_asset!(world.resource::<AssetServer>(), "cloud.wgsl");
        let entries = BindGroupLayoutEntries::sequential(
            ShaderStages::VERTEX_FRAGMENT,
            (uniform_buffer::<ViewUniform>(true), uniform_buffer::<CloudUniform>(false)),
        );
        let outline_items = [(); 2].map(|()| world.spawn_empty().id());
        let room_item = world.spawn_empty().id();
        let over_items = [(); 3].map(|()| world.spawn_empty().id());
        let marked_items = [(); 2].map(|()| world.spawn_empty().id());
        let layout = BindGroupLayoutDescriptor::new("cloud", &entries);
        Self { shader, layout, outline_items, room_item, over_items, marked_items }
    }
}

impl SpecializedRenderPipeline for CloudPipeline {
    type Key = PipelineKey;

    fn specialize(&self, key: PipelineKey) -> RenderPipelineDescriptor {
        let [label, vertex, fragment] = key.what.names();
        let defs = key.what.shader_defs();
        let counts = key.what == What::Counts;
        let defs: Vec<_> = defs.into_iter().map(Into::into).collect();
        RenderPipelineDescriptor {
            label: Some(label.into()),
            layout: std::iter::once(self.layout.clone()).chain(key.what.own_layout()).collect(),
            vertex: VertexState {
                shader: self.shader.clone(),
                shader_defs: defs.clone(),
                entry_point: Some(vertex.into()),
                buffers: instance_layout(key.what),
            },
            fragment: Some(FragmentState {
                shader: self.shader.clone(),
                shader_defs: defs,
                entry_point: Some(fragment.into()),
                targets: vec![Some(ColorTargetState {
                    format: key.format,
                    blend: key.what.blend(),
                    write_mask: key.what.colors(),
                })],
            }),
            primitive: PrimitiveState {
                topology: if counts { PrimitiveTopology::PointList } else { PrimitiveTopology::TriangleStrip },
                ..default()
            },
            // A point counts, whatever is in front of it.
            depth_stencil: key.what.has_depth().then(|| DepthStencilState {
                format: CORE_3D_DEPTH_FORMAT,
                depth_write_enabled: Some(key.what.writes_depth()),
                depth_compare: Some(CompareFunction::GreaterEqual),
                stencil: default(),
                bias: default(),
            }),
            multisample: MultisampleState { count: key.samples, ..default() },
            ..default()
        }
    }
}

/// Returns the instance attributes: four columns for points; both ends and the color, interleaved,
/// for lines.
fn instance_layout(what: What) -> Vec<VertexBufferLayout> {
    let attribute = |(location, format, offset)| VertexAttribute { format, offset, shader_location: location };
    let layout = |array_stride, attributes: &[(u32, VertexFormat, u64)]| VertexBufferLayout {
        array_stride,
        step_mode: if what == What::Counts { VertexStepMode::Vertex } else { VertexStepMode::Instance },
        attributes: attributes.iter().copied().map(attribute).collect(),
    };
    let (place, color) = (VertexFormat::Float32x3, VertexFormat::Uint32);
    match what {
        What::Stage | What::Canvas | What::Density | What::Along { .. } | What::MassOutline { .. } => Vec::new(),
        What::Lines => {
            vec![layout(
                size_of::<Line>() as u64,
                &[(0, place, 0), (1, place, place.size()), (2, color, 2 * place.size())],
            )]
        }
        What::Points { .. } | What::OutlineGap { .. } | What::Outline { .. } | What::Counts => {
            [(0, place), (1, place), (2, color), (3, VertexFormat::Uint32)]
                .into_iter()
                .map(|(location, format)| layout(format.size(), &[(location, format, 0)]))
                .collect()
        }
    }
}

/// Queues the stage, the lines, the points and the outline in each view's phase.
pub(crate) fn queue(
    pipeline: Res<CloudPipeline>,
    (mut pipelines, cache): (ResMut<SpecializedRenderPipelines<CloudPipeline>>, Res<PipelineCache>),
    (buffers, columns, canvases): (Res<CloudBuffers>, Res<PointBuffers>, Res<Canvases>),
    draws: Res<DrawFunctions<Transparent3d>>,
    mut phases: ResMut<ViewSortedRenderPhases<Transparent3d>>,
    // A camera with eyes shows their pictures.
    views: Query<(Entity, &ExtractedView, &Msaa, Has<InRoom>), Without<Eyes>>,
) {
    let draws = draws.read();
    let sprites = buffers.sprites;
    let points = |marks, over| What::Points { sprites, marks, over };
    let [all, marked] = [draws.id::<DrawPoints>(), draws.id::<DrawMarked>()];
    let draw_over = draws.id::<DrawOver>();
    for (entity, view, msaa, is_in_room) in &views {
        let Some(phase) = phases.get_mut(&view.retained_view_entity) else { continue };
        let key = |what| PipelineKey { format: view.target_format, samples: msaa.samples(), what };
        if !columns.all.is_there() {
            // While there are no points, the device gets the pipelines that will draw them.
            for what in [points(false, false), What::Canvas] {
                pipelines.specialize(&cache, &pipeline, key(what));
            }
        }
        let mut add = |what, draw_function, entity, depth_bias| {
            let key = key(what);
            phase.add_transient(Transparent3d {
                sorting_info: TransparentSortingInfo3d::Sorted { mesh_center: Vec3::ZERO, depth_bias },
                distance: 0.0,
                pipeline: pipelines.specialize(&cache, &pipeline, key),
                entity,
                draw_function,
                batch_range: 0..1,
                extra_index: PhaseItemExtraIndex::None,
                indexed: false,
            });
        };
        let no_entity = MainEntity::from(Entity::PLACEHOLDER);
        // Items are drawn from the farthest to the nearest, and the bias puts the stage last. Its
        // depth is the farthest possible, so it is drawn only where no point is.
        add(What::Stage, draws.id::<DrawStage>(), (entity, no_entity), 1e9);
        if buffers.lines.as_ref().is_some_and(|(_, ranges, _)| !ranges.is_empty()) {
            // A phase has one item for each pair of entities.
            add(What::Lines, draws.id::<DrawLines>(), (Entity::PLACEHOLDER, MainEntity::from(entity)), 1e8);
        }
        if is_in_room && buffers.room_lines.as_ref().is_some_and(|(_, count)| *count > 0) {
            add(What::Lines, draws.id::<DrawRoomLines>(), (pipeline.room_item, MainEntity::from(entity)), 1e8);
        }
        if !columns.all.is_there() {
            continue;
        }
        let canvas = canvases.of(view);
        let has_canvas = canvas.is_some();
        let item = (Entity::PLACEHOLDER, no_entity);
        if let Some(canvas) = canvas {
            let [first, second] = pipeline.marked_items.map(|item| (item, no_entity));
            add(What::shows(canvas.is_density), draws.id::<DrawCanvas>(), item, 0.0);
            if columns.marked.is_some() {
                add(points(true, false), marked, first, 1e3);
            }
            if buffers.hovered.is_some() {
                add(points(true, false), draws.id::<DrawHovered>(), second, 2e3);
            }
        } else {
            add(points(buffers.marks, false), all, item, 0.0);
        }
        let is_over = buffers.is_over(is_in_room);
        let [over, over_gap, over_line] = pipeline.over_items.map(|item| (item, no_entity));
        if is_over {
            // Over points at the same depth.
            add(points(buffers.marks, true), draw_over, over, 1.0);
        }
        if let Some(light) = buffers.outline {
            // After the stage, which is drawn only where no depth was written.
            let [gap, line] = pipeline.outline_items.map(|item| (item, no_entity));
            if has_canvas && columns.marked.is_none() {
                add(What::MassOutline { light }, draws.id::<DrawMassOutline>(), line, 3e9);
            } else {
                let selected = if has_canvas { marked } else { all };
                add(What::OutlineGap { sprites }, selected, gap, 2e9);
                add(What::Outline { sprites, light }, selected, line, 3e9);
            }
            if is_over {
                add(What::OutlineGap { sprites }, draw_over, over_gap, 2e9);
                add(What::Outline { sprites, light }, draw_over, over_line, 3e9);
            }
        }
    }
}

fn bind(
    mut buffers: ResMut<CloudBuffers>,
    pipeline: Res<CloudPipeline>,
    views: Res<ViewUniforms>,
    (device, cache): (Res<RenderDevice>, Res<PipelineCache>),
) {
    let Some(view) = views.uniforms.binding() else { return };
    let layout = cache.get_bind_group_layout(&pipeline.layout);
    let group = |cloud: &UniformBuffer<CloudUniform>| {
        let entries = BindGroupEntries::sequential((view.clone(), cloud.binding()?));
        Some(device.create_bind_group("cloud", &layout, &entries))
    };
    let groups = buffers.uniforms.each_ref().map(group);
    buffers.bind_groups = groups;
}

/// The view's own data, whether it is in the room, and the eye whose picture it is.
type OfView = (Read<ViewUniformOffset>, Has<InRoom>, (Option<Read<EyeCamera>>, Option<Read<PictureOf>>));

/// Returns the eye whose picture a view is, or the middle one.
pub(crate) fn eye_of((camera, picture): (Option<&EyeCamera>, Option<&PictureOf>)) -> Eye {
    camera.map(|camera| camera.0).or(picture.map(|picture| picture.0)).unwrap_or(Eye::Middle)
}

impl CloudBuffers {
    /// Returns which places a view shows. One in the room shows those in the layout.
    pub(crate) fn side(&self, is_in_room: bool, eye: Eye) -> Side {
        let [left, middle, right] = self.sides.eyes;
        match eye {
            _ if is_in_room => Side::First,
            Eye::Middle => middle,
            Eye::Left => left,
            Eye::Right => right,
        }
    }

    /// Returns the uniforms for a view.
    fn bind_group(&self, is_in_room: bool, side: Side) -> Option<&BindGroup> {
        self.bind_groups[which(is_in_room, side)].as_ref()
    }

    /// Returns the uniforms for a canvas.
    pub(crate) fn canvas_group(&self, side: Side) -> Option<&BindGroup> {
        self.bind_groups[self.looks.views.len() + usize::from(side == Side::Second)].as_ref()
    }

    /// Returns whether a view shows the second places over the first. It has no canvas.
    pub(crate) fn is_over(&self, is_in_room: bool) -> bool {
        self.sides.over && !is_in_room
    }

    /// Returns the number of pixels of a logical pixel.
    pub(crate) fn pixel(&self) -> f32 {
        self.looks.views[0].pixel.x
    }

    /// Returns what draws points into a canvas, from which marked ones are left out or not.
    pub(crate) fn points(&self, are_left_out: bool) -> What {
        What::Points { sprites: self.sprites, marks: self.related && !are_left_out, over: false }
    }

    /// Sets the sheet, if points are thumbnails.
    pub(crate) fn set_sheet<'w>(&'w self, pass: &mut TrackedRenderPass<'w>) {
        if let Some(sheet) = self.sheet.as_ref().filter(|_| self.sprites) {
            pass.set_bind_group(1, &sheet.bind_group, &[]);
        }
    }
}

type DrawStage = (SetItemPipeline, DrawStageTriangle);
type DrawCanvas = (SetItemPipeline, DrawCanvasTriangle<false>);
type DrawMassOutline = (SetItemPipeline, DrawCanvasTriangle<true>);
type DrawPoints = (SetItemPipeline, DrawInstances<ALL>);
type DrawMarked = (SetItemPipeline, DrawInstances<MARKED>);
type DrawHovered = (SetItemPipeline, DrawInstances<HOVERED>);
type DrawOver = (SetItemPipeline, DrawInstances<OVER>);
type DrawLines = (SetItemPipeline, DrawLineInstances<false>);
type DrawRoomLines = (SetItemPipeline, DrawLineInstances<true>);

struct DrawStageTriangle;

impl<P: PhaseItem> RenderCommand<P> for DrawStageTriangle {
    type Param = SRes<CloudBuffers>;
    type ViewQuery = OfView;
    type ItemQuery = ();

    fn render<'w>(
        _: &P,
        (view, is_in_room, _): ROQueryItem<'w, '_, Self::ViewQuery>,
        _: Option<()>,
        buffers: SystemParamItem<'w, '_, Self::Param>,
        pass: &mut TrackedRenderPass<'w>,
    ) -> RenderCommandResult {
        let group = buffers.into_inner().bind_group(is_in_room, Side::First);
        let Some(group) = group else { return RenderCommandResult::Skip };
        pass.set_bind_group(0, group, &[view.offset]);
        pass.draw(0..3, 0..1);
        RenderCommandResult::Success
    }
}

/// Shows the view's canvas, or the outline around what is selected in it.
struct DrawCanvasTriangle<const OUTLINE: bool>;

impl<const OUTLINE: bool, P: PhaseItem> RenderCommand<P> for DrawCanvasTriangle<OUTLINE> {
    type Param = (SRes<CloudBuffers>, SRes<Canvases>);
    type ViewQuery = (OfView, Read<ExtractedView>);
    type ItemQuery = ();

    fn render<'w>(
        _: &P,
        ((offset, is_in_room, eye), view): ROQueryItem<'w, '_, Self::ViewQuery>,
        _: Option<()>,
        (buffers, canvases): SystemParamItem<'w, '_, Self::Param>,
        pass: &mut TrackedRenderPass<'w>,
    ) -> RenderCommandResult {
        let (buffers, canvas) = (buffers.into_inner(), canvases.into_inner().of(view));
        let side = buffers.side(is_in_room, eye_of(eye));
        let (Some(group), Some(picture)) =
            (buffers.bind_group(is_in_room, side), canvas.and_then(|canvas| canvas.group(OUTLINE)))
        else {
            return RenderCommandResult::Skip;
        };
        pass.set_bind_group(0, group, &[offset.offset]);
        pass.set_bind_group(1, picture, &[]);
        pass.draw(0..3, 0..1);
        RenderCommandResult::Success
    }
}

/// Which points are drawn: all, the marked ones, the hovered one, or all at their second places over the
/// first.
const ALL: u8 = 0;
const MARKED: u8 = 1;
const HOVERED: u8 = 2;
const OVER: u8 = 3;

struct DrawInstances<const WHICH: u8>;

impl<const WHICH: u8, P: PhaseItem> RenderCommand<P> for DrawInstances<WHICH> {
    type Param = (SRes<CloudBuffers>, SRes<PointBuffers>);
    type ViewQuery = OfView;
    type ItemQuery = ();

    fn render<'w>(
        _: &P,
        (offset, is_in_room, eye): ROQueryItem<'w, '_, Self::ViewQuery>,
        _: Option<()>,
        (buffers, points): SystemParamItem<'w, '_, Self::Param>,
        pass: &mut TrackedRenderPass<'w>,
    ) -> RenderCommandResult {
        let (buffers, points) = (buffers.into_inner(), points.into_inner());
        let whole = |columns: &'w Columns| (columns, 0..columns.count as u32);
        let found = match WHICH {
            ALL | OVER => Some(whole(&points.all)),
            MARKED => points.marked.as_ref().map(whole),
            _ => buffers.hovered.map(|slot| (&points.all, slot..slot + 1)),
        };
        let side = if WHICH == OVER { Side::Second } else { buffers.side(is_in_room, eye_of(eye)) };
        let (Some(group), Some((columns, range))) = (buffers.bind_group(is_in_room, side), found) else {
            return RenderCommandResult::Skip;
        };
        if range.end as usize > columns.count || !columns.set(pass, side) {
            return RenderCommandResult::Skip;
        }
        pass.set_bind_group(0, group, &[offset.offset]);
        buffers.set_sheet(pass);
        pass.draw(0..4, range);
        RenderCommandResult::Success
    }
}

/// Draws the lines of all views, or those of views in the room.
struct DrawLineInstances<const ROOM: bool>;

impl<const ROOM: bool, P: PhaseItem> RenderCommand<P> for DrawLineInstances<ROOM> {
    type Param = SRes<CloudBuffers>;
    type ViewQuery = OfView;
    type ItemQuery = ();

    fn render<'w>(
        _: &P,
        (view, is_in_room, eye): ROQueryItem<'w, '_, Self::ViewQuery>,
        _: Option<()>,
        buffers: SystemParamItem<'w, '_, Self::Param>,
        pass: &mut TrackedRenderPass<'w>,
    ) -> RenderCommandResult {
        let buffers = buffers.into_inner();
        let side = buffers.side(is_in_room, eye_of(eye));
        let everywhere = buffers.lines.as_ref().map(|(lines, ranges, _)| (lines, ranges.shown(side, is_in_room)));
        let in_room = buffers.room_lines.as_ref().map(|(lines, count)| (lines, 0..*count));
        let (Some(group), Some((lines, range))) =
            (buffers.bind_group(is_in_room, side), if ROOM { in_room } else { everywhere })
        else {
            return RenderCommandResult::Skip;
        };
        pass.set_bind_group(0, group, &[view.offset]);
        pass.set_vertex_buffer(0, lines.slice(..));
        pass.draw(0..4, range);
        RenderCommandResult::Success
    }
}
