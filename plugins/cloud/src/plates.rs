//! Draws the plates of [`RoomLook`]: flat parts of a picture that stand in the room, such as labels.
//!
//! They are part of what each eye sees, so that there can be many: a headset composes few pictures
//! on its own. They are drawn in their order, over everything else.

use bevy::{
    asset::{embedded_asset, load_embedded_asset},
    core_pipeline::core_3d::{CORE_3D_DEPTH_FORMAT, Transparent3d, TransparentSortingInfo3d},
    ecs::{
        query::ROQueryItem,
        system::{
            SystemParamItem,
            lifetimeless::{Read, SRes},
        },
    },
    mesh::VertexBufferLayout,
    prelude::*,
    render::{
        Extract, ExtractSchedule, GpuResourceAppExt, Render, RenderApp, RenderSystems,
        render_asset::RenderAssets,
        render_phase::{
            AddRenderCommand, DrawFunctions, PhaseItem, PhaseItemExtraIndex, RenderCommand, RenderCommandResult,
            SetItemPipeline, TrackedRenderPass, ViewSortedRenderPhases,
        },
        render_resource::{
            BindGroup, BindGroupEntries, BindGroupLayoutDescriptor, BindGroupLayoutEntries, BufferUsages,
            ColorTargetState, ColorWrites, CompareFunction, DepthStencilState, FragmentState, MultisampleState,
            PipelineCache, PrimitiveState, PrimitiveTopology, RawBufferVec, RenderPipelineDescriptor,
            SamplerBindingType, ShaderStages, SpecializedRenderPipeline, SpecializedRenderPipelines, TextureFormat,
            TextureSampleType, VertexAttribute, VertexFormat, VertexState, VertexStepMode,
            binding_types::{sampler, texture_2d, uniform_buffer},
        },
        renderer::{RenderDevice, RenderQueue},
        sync_world::MainEntity,
        texture::GpuImage,
        view::{ExtractedView, ViewUniform, ViewUniformOffset, ViewUniforms},
    },
};

use crate::{
    render::device_is_known,
    room::{InRoom, RoomLook},
};

/// Later than everything else in the view's phase.
const LAST: f32 = 9e9;

pub(super) fn plugin(app: &mut App) {
    let Some(_) = app.get_sub_app(RenderApp) else { return };
    embedded_asset!(app, "plates.wgsl");
    let Some(render_app) = app.get_sub_app_mut(RenderApp) else { return };
    render_app
        .init_gpu_resource::<PlatePipeline>()
        .init_gpu_resource::<PlateBuffers>()
        .init_gpu_resource::<SpecializedRenderPipelines<PlatePipeline>>()
        .add_render_command::<Transparent3d, DrawPlates>()
        .add_systems(ExtractSchedule, extract.run_if(device_is_known))
        .add_systems(Render, queue.in_set(RenderSystems::Queue))
        .add_systems(Render, bind.in_set(RenderSystems::PrepareBindGroups));
}

/// A plate as the shader has it.
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
struct Plate {
    middle: [f32; 3],
    right: [f32; 3],
    up: [f32; 3],
    part: [f32; 4],
}

#[derive(Resource)]
struct PlateBuffers {
    plates: RawBufferVec<Plate>,
    sheet: Option<AssetId<Image>>,
    bind_group: Option<BindGroup>,
}

impl Default for PlateBuffers {
    fn default() -> Self {
        Self { plates: RawBufferVec::new(BufferUsages::VERTEX), sheet: None, bind_group: None }
    }
}

#[derive(Resource)]
struct PlatePipeline {
    shader: Handle<Shader>,
    layout: BindGroupLayoutDescriptor,
    /// A phase has one item for each pair of entities.
    item: Entity,
}

impl FromWorld for PlatePipeline {
    fn from_world(world: &mut World) -> Self {
        let shader = load_embedded_asset!(world.resource::<AssetServer>(), "plates.wgsl");
        let entries = BindGroupLayoutEntries::sequential(
            ShaderStages::VERTEX_FRAGMENT,
            (
                uniform_buffer::<ViewUniform>(true),
                texture_2d(TextureSampleType::Float { filterable: true }),
                sampler(SamplerBindingType::Filtering),
            ),
        );
        let item = world.spawn_empty().id();
        Self { shader, layout: BindGroupLayoutDescriptor::new("plates", &entries), item }
    }
}

impl SpecializedRenderPipeline for PlatePipeline {
    type Key = (TextureFormat, u32);

    fn specialize(&self, (format, samples): Self::Key) -> RenderPipelineDescriptor {
        let place = VertexFormat::Float32x3;
        let formats = [place, place, place, VertexFormat::Float32x4];
        let attribute = |(location, format): (u32, VertexFormat)| VertexAttribute {
            format,
            offset: u64::from(location) * place.size(),
            shader_location: location,
        };
        let instances = VertexBufferLayout {
            array_stride: size_of::<Plate>() as u64,
            step_mode: VertexStepMode::Instance,
            attributes: (0..).zip(formats).map(attribute).collect(),
        };
        RenderPipelineDescriptor {
            label: Some("plates".into()),
            layout: vec![self.layout.clone()],
            vertex: VertexState {
                shader: self.shader.clone(),
                entry_point: Some("vertex".into()),
                buffers: vec![instances],
                ..default()
            },
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

/// Copies the plates, which move with the head.
fn extract(
    mut buffers: ResMut<PlateBuffers>,
    (device, queue): (Res<RenderDevice>, Res<RenderQueue>),
    room: Extract<Res<RoomLook>>,
) {
    if !room.is_changed() {
        return;
    }
    buffers.sheet = room.sheet.as_ref().map(Handle::id);
    buffers.plates.clear();
    for plate in &room.plates {
        let [middle, right, up] = [plate.middle, plate.right, plate.up].map(Into::into);
        buffers.plates.push(Plate { middle, right, up, part: plate.part.to_array() });
    }
    buffers.plates.write_buffer(&device, &queue);
}

/// Queues the plates in the phases of views in the room.
fn queue(
    (pipeline, cache): (Res<PlatePipeline>, Res<PipelineCache>),
    mut pipelines: ResMut<SpecializedRenderPipelines<PlatePipeline>>,
    buffers: Res<PlateBuffers>,
    draws: Res<DrawFunctions<Transparent3d>>,
    mut phases: ResMut<ViewSortedRenderPhases<Transparent3d>>,
    views: Query<(Entity, &ExtractedView, &Msaa), With<InRoom>>,
) {
    for (entity, view, msaa) in views.iter().filter(|_| !buffers.plates.is_empty()) {
        let Some(phase) = phases.get_mut(&view.retained_view_entity) else { continue };
        phase.add_transient(Transparent3d {
            sorting_info: TransparentSortingInfo3d::Sorted { mesh_center: Vec3::ZERO, depth_bias: LAST },
            distance: 0.0,
            pipeline: pipelines.specialize(&cache, &pipeline, (view.target_format, msaa.samples())),
            entity: (pipeline.item, MainEntity::from(entity)),
            draw_function: draws.read().id::<DrawPlates>(),
            batch_range: 0..1,
            extra_index: PhaseItemExtraIndex::None,
            indexed: false,
        });
    }
}

fn bind(
    mut buffers: ResMut<PlateBuffers>,
    pipeline: Res<PlatePipeline>,
    (images, views): (Res<RenderAssets<GpuImage>>, Res<ViewUniforms>),
    (device, cache): (Res<RenderDevice>, Res<PipelineCache>),
) {
    let sheet = buffers.sheet.and_then(|sheet| images.get(sheet));
    let binding = sheet.zip(views.uniforms.binding()).map(|(sheet, view)| {
        let layout = cache.get_bind_group_layout(&pipeline.layout);
        let entries = BindGroupEntries::sequential((view, &sheet.texture_view, &sheet.sampler));
        device.create_bind_group("plates", &layout, &entries)
    });
    buffers.bind_group = binding;
}

type DrawPlates = (SetItemPipeline, DrawPlateInstances);

struct DrawPlateInstances;

impl<P: PhaseItem> RenderCommand<P> for DrawPlateInstances {
    type Param = SRes<PlateBuffers>;
    type ViewQuery = Read<ViewUniformOffset>;
    type ItemQuery = ();

    fn render<'w>(
        _: &P,
        view: ROQueryItem<'w, '_, Self::ViewQuery>,
        _: Option<()>,
        buffers: SystemParamItem<'w, '_, Self::Param>,
        pass: &mut TrackedRenderPass<'w>,
    ) -> RenderCommandResult {
        let buffers = buffers.into_inner();
        let (Some(group), Some(plates)) = (&buffers.bind_group, buffers.plates.buffer()) else {
            return RenderCommandResult::Skip;
        };
        pass.set_bind_group(0, group, &[view.offset]);
        pass.set_vertex_buffer(0, plates.slice(..));
        pass.draw(0..4, 0..buffers.plates.len() as u32);
        RenderCommandResult::Success
    }
}
