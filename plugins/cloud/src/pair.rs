//! Puts the pictures of two eyes on the screen.
//!
//! The camera in the middle draws them in place of the cloud: pixel by pixel in their halves of the
//! window, or on each other for red and cyan glasses. The red of an anaglyph is the brightness of
//! what the left eye sees, its green and blue are those of the right eye ("half color"): categories
//! stay farther apart than with Dubois' matrices, and the two eyes disagree less about the
//! lightness of a color than with its own red. A test of the palette measures both.

use bevy::{
    asset::{embedded_asset, load_embedded_asset},
    core_pipeline::core_3d::{CORE_3D_DEPTH_FORMAT, Transparent3d, TransparentSortingInfo3d},
    ecs::{
        query::ROQueryItem,
        system::{SystemParamItem, lifetimeless::SRes},
    },
    prelude::*,
    render::{
        GpuResourceAppExt, Render, RenderApp, RenderSystems,
        extract_component::ExtractComponentPlugin,
        render_asset::RenderAssets,
        render_phase::{
            AddRenderCommand, DrawFunctions, PhaseItem, PhaseItemExtraIndex, RenderCommand, RenderCommandResult,
            SetItemPipeline, TrackedRenderPass, ViewSortedRenderPhases,
        },
        render_resource::{
            BindGroup, BindGroupEntries, BindGroupLayoutDescriptor, BindGroupLayoutEntries, ColorTargetState,
            ColorWrites, CompareFunction, DepthStencilState, FragmentState, MultisampleState, PipelineCache,
            PrimitiveState, PrimitiveTopology, RenderPipelineDescriptor, ShaderStages, ShaderType,
            SpecializedRenderPipeline, SpecializedRenderPipelines, TextureFormat, TextureSampleType, UniformBuffer,
            VertexState,
            binding_types::{texture_2d, uniform_buffer},
        },
        renderer::{RenderDevice, RenderQueue},
        sync_world::MainEntity,
        texture::GpuImage,
        view::ExtractedView,
    },
};

use crate::{Eyes, StagePalette, render::linear};

pub(super) fn plugin(app: &mut App) {
    let Some(_) = app.get_sub_app(RenderApp) else { return };
    embedded_asset!(app, "pair.wgsl");
    app.add_plugins(ExtractComponentPlugin::<Eyes>::default());
    let Some(render_app) = app.get_sub_app_mut(RenderApp) else { return };
    render_app
        .init_gpu_resource::<PairPipeline>()
        .init_gpu_resource::<PairBuffers>()
        .init_gpu_resource::<SpecializedRenderPipelines<PairPipeline>>()
        .add_render_command::<Transparent3d, DrawPair>()
        .add_systems(bevy::render::ExtractSchedule, extract_background)
        .add_systems(Render, queue.in_set(RenderSystems::Queue))
        .add_systems(Render, bind.in_set(RenderSystems::PrepareBindGroups));
}

/// The uniform of the shader. See `pair.wgsl` for each field.
#[derive(ShaderType, Clone, Copy, Default)]
struct PairUniform {
    background: Vec4,
    left: Vec4,
    right: Vec4,
}

#[derive(Resource, Default)]
struct PairBuffers {
    background: Vec3,
    uniform: UniformBuffer<PairUniform>,
    bind_group: Option<BindGroup>,
}

#[derive(Resource)]
struct PairPipeline {
    shader: Handle<Shader>,
    layout: BindGroupLayoutDescriptor,
}

impl FromWorld for PairPipeline {
    fn from_world(world: &mut World) -> Self {
        let shader = load_embedded_asset!(world.resource::<AssetServer>(), "pair.wgsl");
        let picture = || texture_2d(TextureSampleType::Float { filterable: false });
        let entries = BindGroupLayoutEntries::sequential(
            ShaderStages::FRAGMENT,
            (uniform_buffer::<PairUniform>(false), picture(), picture()),
        );
        Self { shader, layout: BindGroupLayoutDescriptor::new("pair", &entries) }
    }
}

impl SpecializedRenderPipeline for PairPipeline {
    type Key = (TextureFormat, u32);

    fn specialize(&self, (format, samples): Self::Key) -> RenderPipelineDescriptor {
        RenderPipelineDescriptor {
            label: Some("pair".into()),
            layout: vec![self.layout.clone()],
            vertex: VertexState { shader: self.shader.clone(), entry_point: Some("vertex".into()), ..default() },
            fragment: Some(FragmentState {
                shader: self.shader.clone(),
                entry_point: Some("fragment".into()),
                targets: vec![Some(ColorTargetState { format, blend: None, write_mask: ColorWrites::ALL })],
                ..default()
            }),
            primitive: PrimitiveState { topology: PrimitiveTopology::TriangleStrip, ..default() },
            depth_stencil: Some(DepthStencilState {
                format: CORE_3D_DEPTH_FORMAT,
                depth_write_enabled: Some(false),
                depth_compare: Some(CompareFunction::Always),
                stencil: default(),
                bias: default(),
            }),
            multisample: MultisampleState { count: samples, ..default() },
            ..default()
        }
    }
}

/// Copies the color around the pictures.
fn extract_background(mut buffers: ResMut<PairBuffers>, palette: bevy::render::Extract<Res<StagePalette>>) {
    buffers.background = linear(palette.stage[1]);
}

/// Queues the pictures in the phase of the camera with eyes.
fn queue(
    (pipeline, cache): (Res<PairPipeline>, Res<PipelineCache>),
    mut pipelines: ResMut<SpecializedRenderPipelines<PairPipeline>>,
    draws: Res<DrawFunctions<Transparent3d>>,
    mut phases: ResMut<ViewSortedRenderPhases<Transparent3d>>,
    views: Query<(Entity, &ExtractedView, &Msaa), With<Eyes>>,
) {
    for (entity, view, msaa) in &views {
        let Some(phase) = phases.get_mut(&view.retained_view_entity) else { continue };
        phase.add_transient(Transparent3d {
            sorting_info: TransparentSortingInfo3d::Sorted { mesh_center: Vec3::ZERO, depth_bias: 0.0 },
            distance: 0.0,
            pipeline: pipelines.specialize(&cache, &pipeline, (view.target_format, msaa.samples())),
            entity: (entity, MainEntity::from(Entity::PLACEHOLDER)),
            draw_function: draws.read().id::<DrawPair>(),
            batch_range: 0..1,
            extra_index: PhaseItemExtraIndex::None,
            indexed: false,
        });
    }
}

fn bind(
    mut buffers: ResMut<PairBuffers>,
    pipeline: Res<PairPipeline>,
    images: Res<RenderAssets<GpuImage>>,
    (device, render_queue, cache): (Res<RenderDevice>, Res<RenderQueue>, Res<PipelineCache>),
    views: Query<&Eyes>,
) {
    let buffers = &mut *buffers;
    buffers.bind_group = None;
    let Some(eyes) = views.iter().next() else { return };
    let [Some(left), Some(right)] = eyes.images.each_ref().map(|image| images.get(image)) else { return };
    // Both pictures are as large as their images.
    let scale = left.texture_descriptor.size.width as f32 / eyes.size.x.max(1.0);
    let area = |picture: Rect, of: &GpuImage| {
        let size = of.texture_descriptor.size;
        let corner = (picture.min * scale).round();
        Vec4::new(corner.x, corner.y, size.width as f32, size.height as f32)
    };
    let on_each_other = if eyes.pictures[0] == eyes.pictures[1] { 1.0 } else { 0.0 };
    buffers.uniform.set(PairUniform {
        background: buffers.background.extend(on_each_other),
        left: area(eyes.pictures[0], left),
        right: area(eyes.pictures[1], right),
    });
    buffers.uniform.write_buffer(&device, &render_queue);
    let Some(uniform) = buffers.uniform.binding() else { return };
    let layout = cache.get_bind_group_layout(&pipeline.layout);
    let entries = BindGroupEntries::sequential((uniform, &left.texture_view, &right.texture_view));
    buffers.bind_group = Some(device.create_bind_group("pair", &layout, &entries));
}

type DrawPair = (SetItemPipeline, DrawPairTriangle);

struct DrawPairTriangle;

impl<P: PhaseItem> RenderCommand<P> for DrawPairTriangle {
    type Param = SRes<PairBuffers>;
    type ViewQuery = ();
    type ItemQuery = ();

    fn render<'w>(
        _: &P,
        (): ROQueryItem<'w, '_, Self::ViewQuery>,
        _: Option<()>,
        buffers: SystemParamItem<'w, '_, Self::Param>,
        pass: &mut TrackedRenderPass<'w>,
    ) -> RenderCommandResult {
        let Some(group) = &buffers.into_inner().bind_group else { return RenderCommandResult::Skip };
        pass.set_bind_group(0, group, &[]);
        pass.draw(0..3, 0..1);
        RenderCommandResult::Success
    }
}
