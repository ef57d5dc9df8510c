//! Canvases: where clouds are drawn that do not fit the time of a frame.
//!
//! A canvas keeps the color and the depth of points from frame to frame. While what it shows moves,
//! it is cleared and gets a fair sample of all points ([`Shuffle`](crate::shuffle)), as large as the
//! [`Budget`] allows; at rest each frame adds the next points, until all are there. From then on the
//! cloud costs a frame one item over the whole view, which puts the canvas where the points would be:
//! lines, stage, outline, and labels are drawn as without it. Marked points are not in a canvas but
//! drawn over it, so that they are always seen and answer at once, and so is the hovered one.
//!
//! What a canvas shows is everything that the shader is given. If where points are has changed
//! ([`Shape`]), what was drawn is of no use. If only their looks have changed, the old picture stays
//! until a second one has as many points, or one for every four pixels, unless the looks go on changing.
//!
//! While other places or looks are being made, nothing is added at rest.
//!
//! - The window's camera and its two eyes have a canvas each, from [`DRAWN_WHOLE`] points on. Those
//!   that lack points share the budget: if the camera of one of two embeddings moves, the other's
//!   canvas stays as it is, and costs nothing.
//! - All others, such as those of pictures, movies, and thumbnails, draw all points in each frame: in a
//!   canvas with eye-dome lighting and with the outline of a mass, which need their depth, and else
//!   directly. So do views in the room, which have neither.
//!
//! Points outside of the view are not skipped: a batch that could be skipped as a whole would not be a
//! range of the order of drawing.

use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use bevy::{
    camera::Viewport,
    core_pipeline::{Core3d, Core3dSystems, core_3d::CORE_3D_DEPTH_FORMAT},
    prelude::*,
    render::{
        Extract, ExtractSchedule, GpuResourceAppExt, Render, RenderApp, RenderSystems,
        camera::ExtractedCamera,
        extract_component::ExtractComponentPlugin,
        render_phase::TrackedRenderPass,
        render_resource::{
            BindGroup, BindGroupEntries, BindGroupLayoutDescriptor, BindGroupLayoutEntries, CachedRenderPipelineId,
            Extent3d, LoadOp, Operations, PipelineCache, RenderPassColorAttachment, RenderPassDepthStencilAttachment,
            RenderPassDescriptor, ShaderStages, SpecializedRenderPipelines, StoreOp, TextureDescriptor,
            TextureDimension, TextureFormat, TextureSampleType, TextureUsages, TextureView, TextureViewDescriptor,
            binding_types::{texture_2d, texture_depth_2d},
        },
        renderer::{RenderContext, RenderDevice, RenderQueue, ViewQuery},
        view::{ExtractedView, RetainedViewEntity, ViewUniformOffset},
    },
    winit::{EventLoopProxy, EventLoopProxyWrapper, WinitUserEvent},
};
use parallax_session::FullBrightness;

use crate::{
    CloudCamera, CloudRevisions, Side,
    budget::{Budget, EMPTY_FRAMES},
    columns::PointBuffers,
    density::{self, Counts, Meter, brightest, extract_meter},
    render::{CloudBuffers, CloudPipeline, CloudUniform, PipelineKey, What, eye_of},
    room::InRoom,
    shuffle::{DRAWN_WHOLE, Shuffle},
    sight::{EyeCamera, Eyes, PictureOf},
};

/// How many points the views of the window draw in a frame. Those of pictures draw all.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FrameBudget {
    /// All, however long it takes.
    #[default]
    Unlimited,
    /// As many as fit the time of a frame. Others are added while nothing moves.
    Time,
    /// This many, which does not depend on a clock.
    Points(usize),
}

/// How many points the window shows so far.
#[derive(Resource, Debug, Clone, Default)]
pub struct Drawn(Arc<Mutex<DrawnPoints>>);

/// How many points are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DrawnPoints {
    /// The points that are drawn so far.
    pub drawn: usize,
    /// The points that will be drawn, if nothing moves.
    pub fitting: usize,
    /// All points. More than `fitting` if the device has too little memory.
    pub all: usize,
    /// What is fully bright, if points are shown as their density.
    pub full: Option<FullBrightness>,
    /// How many thumbnails the device has, and of how many, if it has too little room for all.
    pub thumbnails: Option<[usize; 2]>,
}

impl Drawn {
    /// Returns how many points are drawn so far.
    #[must_use]
    pub fn points(&self) -> DrawnPoints {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the numbers. Returns whether they were others.
    fn set(&self, points: DrawnPoints) -> bool {
        std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), points) != points
    }
}

pub(super) fn plugin(app: &mut App) {
    let drawn = Drawn::default();
    app.init_resource::<FrameBudget>().insert_resource(drawn.clone());
    let Some(_) = app.get_sub_app(RenderApp) else { return };
    app.add_plugins(ExtractComponentPlugin::<CloudCamera>::default());
    let Some(render_app) = app.get_sub_app_mut(RenderApp) else { return };
    render_app
        .insert_resource(drawn)
        .init_resource::<Pace>()
        .init_resource::<Meter>()
        .init_gpu_resource::<Canvases>()
        .add_systems(ExtractSchedule, (extract_pace, extract_meter))
        .add_systems(Render, plan.in_set(RenderSystems::Queue).before(crate::render::queue))
        .add_systems(Render, bind.in_set(RenderSystems::PrepareBindGroups))
        .add_systems(Core3d, draw.before(Core3dSystems::MainPass));
}

/// Returns the bind group of the shader's `CANVAS`.
pub(crate) fn layout() -> BindGroupLayoutDescriptor {
    let color = texture_2d(TextureSampleType::Float { filterable: false });
    let entries = BindGroupLayoutEntries::sequential(ShaderStages::FRAGMENT, (color, texture_depth_2d()));
    BindGroupLayoutDescriptor::new("canvas", &entries)
}

/// Returns the bind group of the shader's `MASS`.
pub(crate) fn outline_layout() -> BindGroupLayoutDescriptor {
    let along = texture_2d(TextureSampleType::Float { filterable: false });
    BindGroupLayoutDescriptor::new("outline", &BindGroupLayoutEntries::single(ShaderStages::FRAGMENT, along))
}

/// The format of the distances along lines, in pixels: up to 255.
const ALONG: TextureFormat = TextureFormat::R8Unorm;

/// How fast points are drawn.
#[derive(Resource, Default)]
struct Pace {
    mode: FrameBudget,
    budget: Budget,
    /// When the last frame was planned, and how many points it drew.
    last: Option<(Instant, usize)>,
    /// Whether that frame asked for this one.
    goes_on: bool,
    /// The number of frames without points that are still to be measured.
    empty: u8,
    /// Whether places or looks are being made that take the place of those that are there.
    awaits: bool,
    shuffle: Arc<Shuffle>,
    /// Who draws the next frame.
    window: Option<EventLoopProxy<WinitUserEvent>>,
}

impl Pace {
    /// Returns how many points a view may draw, of so many that draw.
    fn points(&self, at_rest: bool, views: usize) -> usize {
        match self.mode {
            FrameBudget::Unlimited => usize::MAX,
            FrameBudget::Time => self.budget.points(at_rest) / views,
            FrameBudget::Points(points) => points / views,
        }
    }
}

fn extract_pace(
    mut pace: ResMut<Pace>,
    (mode, cloud): (Extract<Res<FrameBudget>>, Extract<Res<crate::Cloud>>),
    window: Extract<Option<Res<EventLoopProxyWrapper>>>,
) {
    pace.mode = **mode;
    pace.shuffle = cloud.shuffle.clone();
    pace.awaits = cloud.is_being_made();
    if pace.window.is_none() {
        pace.window = window.as_ref().map(|window| (***window).clone());
    }
}

/// The canvases of views.
#[derive(Resource, Default)]
pub(crate) struct Canvases(Vec<(RetainedViewEntity, Canvas)>);

impl Canvases {
    /// Returns the canvas that a view shows.
    pub(crate) fn of(&self, view: &ExtractedView) -> Option<&Canvas> {
        let found = self.0.iter().find(|(of, _)| *of == view.retained_view_entity);
        found.map(|(_, canvas)| canvas)
    }

    /// Takes the canvas of a view if it is as large.
    fn take(&mut self, view: &ExtractedView, size: UVec2) -> Option<Canvas> {
        let is_same = |canvas: &Canvas| canvas.size == size && canvas.format == view.target_format;
        let found = self.0.iter().position(|(of, canvas)| *of == view.retained_view_entity && is_same(canvas))?;
        Some(self.0.swap_remove(found).1)
    }
}

/// What the points of a view were drawn into.
pub(crate) struct Canvas {
    size: UVec2,
    format: TextureFormat,
    /// Whether it has counts of points instead of their picture, and how many points a pixel has that is
    /// fully bright.
    pub(crate) is_density: bool,
    full: f32,
    metered: Option<(Shape, u64)>,
    shape: Option<Shape>,
    shown: Layer,
    /// The same points in other looks, until it has as many points as what is shown, and how many times
    /// the looks have changed before.
    next: Option<Layer>,
    changes: u8,
    /// What this frame draws.
    drawing: Option<Drawing>,
    /// For the item that shows the canvas.
    bind_group: Option<BindGroup>,
    outline: Option<MassOutline>,
}

/// What finds the outline around the selected points of a canvas.
struct MassOutline {
    /// How far the nearest selected point of its line is from each pixel, and what finds that.
    along: TextureView,
    pipeline: CachedRenderPipelineId,
    /// For the item that draws the outline.
    bind_group: Option<BindGroup>,
}

/// A picture that becomes denser.
struct Layer {
    content: Content,
    looks: Option<Look>,
    /// The number of points in it: those of the first slots.
    drawn: usize,
}

/// What a layer consists of.
enum Content {
    Picture { color: TextureView, depth: TextureView },
    Counts(Counts),
}

/// What a frame draws into a layer.
struct Drawing {
    is_next: bool,
    slots: Range<usize>,
    pipeline: CachedRenderPipelineId,
}

/// Where points are in a picture, and how large.
#[derive(Clone, PartialEq)]
struct Shape {
    clip_from_view: Mat4,
    world_from_view: Mat4,
    viewport: UVec4,
    side: Side,
    /// Of the points, of their places, and of their second places.
    revisions: [u64; 3],
    sprites: bool,
    uniform: CloudUniform,
}

/// How points look.
#[derive(Clone, PartialEq)]
struct Look {
    revision: u64,
    marks: bool,
    uniform: CloudUniform,
}

impl MassOutline {
    /// The same for another frame, or another one.
    fn of(known: Option<Self>, pipeline: CachedRenderPipelineId, device: &RenderDevice, size: UVec2) -> Self {
        let along = known.map_or_else(|| picture(device, "along lines", size, ALONG), |known| known.along);
        Self { along, pipeline, bind_group: None }
    }
}

impl Shape {
    fn of(view: &ExtractedView, side: Side, of: CloudRevisions, sprites: bool, uniform: &CloudUniform) -> Self {
        Self {
            clip_from_view: view.clip_from_view,
            world_from_view: view.world_from_view.to_matrix(),
            viewport: view.viewport,
            side,
            revisions: [of.points, of.positions, of.second],
            sprites,
            uniform: uniform.shape(),
        }
    }
}

impl Canvas {
    fn new(device: &RenderDevice, size: UVec2, format: TextureFormat, is_density: bool) -> Self {
        Self {
            size,
            format,
            is_density,
            full: 1.0,
            metered: None,
            shape: None,
            shown: Layer::new(device, size, format, is_density),
            next: None,
            changes: 0,
            drawing: None,
            bind_group: None,
            outline: None,
        }
    }

    /// Returns what the item needs that shows it, or the one that draws the outline in it.
    pub(crate) fn group(&self, outline: bool) -> Option<&BindGroup> {
        if outline { self.outline.as_ref()?.bind_group.as_ref() } else { self.bind_group.as_ref() }
    }

    /// Returns how many points the newest picture has.
    fn newest(&self) -> usize {
        self.next.as_ref().unwrap_or(&self.shown).drawn
    }

    /// Forgets what is of no use for points of this shape and these looks. Returns whether they are at
    /// rest: whether what was drawn is kept.
    fn show(&mut self, shape: Shape, look: &Look, device: &RenderDevice) -> bool {
        let is_moved = self.shape.as_ref() != Some(&shape);
        let is_restyled = self.next.as_ref().unwrap_or(&self.shown).looks.as_ref() != Some(look);
        if is_restyled {
            self.changes = if self.next.is_some() { self.changes.saturating_add(1) } else { 0 };
        }
        // Picture after picture is of no use before it was shown.
        if is_moved || self.changes > MOST_CHANGES {
            self.changes = 0;
            self.shape = Some(shape);
            self.next = None;
            (self.shown.drawn, self.shown.looks) = (0, Some(look.clone()));
            return false;
        }
        if is_restyled {
            let next = Layer::new(device, self.size, self.format, self.is_density);
            self.next = Some(Layer { looks: Some(look.clone()), ..next });
        }
        true
    }

    /// Adds these points to the newest picture, which is shown once it has as many points as the old
    /// one, or enough.
    fn add(&mut self, slots: Range<usize>, pipeline: CachedRenderPipelineId) {
        let is_next = self.next.is_some();
        let layer = self.next.as_mut().unwrap_or(&mut self.shown);
        layer.drawn = slots.end;
        self.drawing = Some(Drawing { is_next, slots, pipeline });
        // More than one point for so many pixels add little, and people wait for the new looks.
        let enough = self.shown.drawn.min(self.size.element_product() as usize / PIXELS_A_POINT);
        if self.next.as_ref().is_some_and(|next| next.drawn >= enough)
            && let Some(next) = self.next.take()
        {
            self.shown = next;
            self.drawing.iter_mut().for_each(|drawing| drawing.is_next = false);
        }
    }
}

/// Returns a texture that is drawn into and then read.
fn picture(device: &RenderDevice, label: &str, size: UVec2, format: TextureFormat) -> TextureView {
    let texture = device.create_texture(&TextureDescriptor {
        label: Some(label),
        size: Extent3d { width: size.x.max(1), height: size.y.max(1), depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: TextureDimension::D2,
        format,
        usage: TextureUsages::RENDER_ATTACHMENT | TextureUsages::TEXTURE_BINDING,
        view_formats: &[],
    });
    texture.create_view(&TextureViewDescriptor::default())
}

impl Layer {
    fn new(device: &RenderDevice, size: UVec2, format: TextureFormat, is_density: bool) -> Self {
        if is_density {
            return Self { content: Content::Counts(Counts::new(device, size)), looks: None, drawn: 0 };
        }
        let texture = |label, format| picture(device, label, size, format);
        let (color, depth) = (texture("canvas", format), texture("depth of the canvas", CORE_3D_DEPTH_FORMAT));
        Self { content: Content::Picture { color, depth }, looks: None, drawn: 0 }
    }

    /// Returns what shows it.
    fn bind_group(&self, device: &RenderDevice, cache: &PipelineCache) -> Option<BindGroup> {
        match &self.content {
            Content::Picture { color, depth } => {
                let layout = cache.get_bind_group_layout(&layout());
                Some(device.create_bind_group("canvas", &layout, &BindGroupEntries::sequential((color, depth))))
            }
            Content::Counts(counts) => counts.bind_group(false, device, cache),
        }
    }
}

impl CloudUniform {
    /// Returns what decides where points are and how large, without their looks.
    fn shape(&self) -> Self {
        Self {
            point: self.point,
            pixel: self.pixel.x * Vec4::X,
            sheet: self.sheet,
            grid: self.grid,
            aspect: self.aspect,
            room: self.room,
            ..Self::default()
        }
    }
}

/// Other looks are shown once there is a point for so many pixels.
const PIXELS_A_POINT: usize = 4;

/// A click has two changes of the looks: that of the selection, and that of the neighbors when they are
/// found. If there are more than these before a picture is there, samples are shown.
const MOST_CHANGES: u8 = 2;

/// Decides for each view whether it has a canvas, and what this frame draws into it.
fn plan(
    mut canvases: ResMut<Canvases>,
    mut pace: ResMut<Pace>,
    (points, buffers, meter, told): (Res<PointBuffers>, Res<CloudBuffers>, Res<Meter>, Res<Drawn>),
    (device, queue, cache): (Res<RenderDevice>, Res<RenderQueue>, Res<PipelineCache>),
    (pipeline, mut pipelines): (Res<CloudPipeline>, ResMut<SpecializedRenderPipelines<CloudPipeline>>),
    views: Query<
        (
            &ExtractedView,
            &ExtractedCamera,
            &Msaa,
            (Option<&EyeCamera>, Option<&PictureOf>),
            Has<CloudCamera>,
            Has<InRoom>,
        ),
        Without<Eyes>,
    >,
) {
    let pace = &mut *pace;
    let now = Instant::now();
    let all = if points.all.is_there() { points.all.count } else { 0 };
    if let Some((then, drawn)) = pace.last
        && pace.mode == FrameBudget::Time
    {
        let took = pace.goes_on.then(|| now - then);
        pace.budget.drew(drawn, all, took);
    }
    let is_shared =
        |eye: Option<&EyeCamera>, is_main: bool| pace.mode != FrameBudget::Unlimited && (is_main || eye.is_some());
    // Around so many selected points that the outline is found in a canvas.
    let is_outlined = buffers.outline.is_some() && points.marked.is_none();
    let mut kept = Vec::new();
    // The canvases that share the budget and lack points, and whether each is at rest.
    let mut lacking = Vec::new();
    let (mut drawn_now, mut least) = (0, None::<usize>);
    for (view, camera, msaa, eye, is_main, is_in_room) in &views {
        let Some(size) = camera.physical_target_size else { continue };
        let is_shared = is_shared(eye.0, is_main);
        let side = buffers.side(is_in_room, eye_of(eye));
        let is_lit = buffers.looks.of(is_in_room, side).canvas.y > 0.0;
        let is_density = meter.is_used();
        let is_many = is_lit || all > DRAWN_WHOLE && (is_shared || is_outlined);
        let wants =
            all > 0 && !is_in_room && msaa.samples() == 1 && (is_density || is_many && !buffers.is_over(is_in_room));
        if !wants {
            continue;
        }
        let of_points = (buffers.points(points.marked.is_some()), view.target_format);
        let (what, format) = if is_density { (What::Counts, density::TARGET) } else { of_points };
        let mut known =
            |what, format| pipelines.specialize(&cache, &pipeline, PipelineKey { format, samples: 1, what });
        let (pipeline, shows) = (known(what, format), known(What::shows(is_density), view.target_format));
        // The first frame of a pipeline only asks for it.
        let is_ready = |id| cache.get_render_pipeline(id).is_some();
        let mut canvas = match canvases.take(view, size) {
            Some(canvas) if canvas.is_density == is_density => canvas,
            // Until the other kind can be drawn, this one is shown, instead of a frame without points.
            Some(canvas) if !(is_ready(pipeline) && is_ready(shows)) => {
                least = if is_shared { Some(0) } else { least };
                kept.push((view.retained_view_entity, Canvas { drawing: None, ..canvas }, is_shared));
                continue;
            }
            _ => Canvas::new(&device, size, view.target_format, is_density),
        };
        canvas.drawing = None;
        canvas.outline = is_outlined.then(|| {
            let what = What::Along { density: is_density };
            MassOutline::of(canvas.outline.take(), known(what, ALONG), &device, size)
        });
        let uniform = *buffers.looks.canvas(side);
        let shape = Shape::of(view, side, points.uploaded, buffers.sprites, &uniform);
        let look = Look { revision: points.uploaded.styles, marks: what != buffers.points(true), uniform };
        let metered = is_density.then(|| (shape.clone(), meter.revision));
        if canvas.metered != metered {
            canvas.full = meter.full(view, side);
            canvas.metered = metered;
        }
        if is_shared {
            let at_rest = canvas.show(shape, &look, &device);
            // What waits for other looks has enough points, and leaves the processor to those who make them.
            let awaits = pace.awaits && at_rest && canvas.newest() > 0;
            if is_ready(pipeline) && canvas.newest() < all && !awaits {
                lacking.push((kept.len(), pipeline, at_rest));
            } else {
                least = Some(least.unwrap_or(all).min(canvas.newest()));
            }
        } else {
            canvas.add(0..all, pipeline);
        }
        kept.push((view.retained_view_entity, canvas, is_shared));
    }
    // A frame in which one of them moves is as short as if all did.
    let at_rest = lacking.iter().all(|(.., at_rest)| *at_rest);
    let share = pace.points(at_rest, lacking.len().max(1));
    for (place, pipeline, _) in lacking {
        let canvas: &mut Canvas = &mut kept[place].1;
        let from = canvas.newest();
        let to = pace.shuffle.end(from, share).min(all);
        canvas.add(from..to, pipeline);
        drawn_now += to - from;
        least = Some(least.unwrap_or(all).min(canvas.newest()));
    }
    let full = tell_counts(&mut kept, &meter, &buffers, all, (&device, &queue));
    canvases.0 = kept.into_iter().map(|(view, canvas, _)| (view, canvas)).collect();
    let drawn = least.unwrap_or(all);
    // Without a layout nothing is lacking.
    let fitting = points.all.count;
    let shown = if points.all.is_there() { drawn } else { fitting };
    let thumbnails = buffers.lacking_thumbnails;
    let is_news = told.set(DrawnPoints { drawn: shown, fitting, all: points.rows, full, thumbnails });
    if is_news && points.all.is_there() {
        debug!("{drawn} of {} points are drawn", points.rows);
    }
    // Some frames after the last points tell what a frame takes without them.
    pace.empty = match pace.mode {
        FrameBudget::Time if drawn_now > 0 => EMPTY_FRAMES,
        FrameBudget::Time => pace.empty.saturating_sub(1),
        _ => 0,
    };
    pace.goes_on = drawn < all && (drawn_now > 0 || !pace.awaits) || pace.empty > 0;
    pace.last = Some((now, drawn_now));
    // Another frame says that no point is left.
    if (pace.goes_on || is_news)
        && let Some(window) = &pace.window
    {
        // If the loop has ended, there is nothing to draw.
        window.send_event(WinitUserEvent::WakeUp).ok();
    }
}

/// Tells each layer of counts what it stands for. Pictures of the window share what is fully bright, which
/// is returned: the same brightness means the same in both.
fn tell_counts(
    canvases: &mut [(RetainedViewEntity, Canvas, bool)],
    meter: &Meter,
    buffers: &CloudBuffers,
    all: usize,
    device: (&RenderDevice, &RenderQueue),
) -> Option<FullBrightness> {
    let side = meter.side(buffers.pixel());
    let of_window = canvases.iter().filter(|(_, canvas, is_of_window)| *is_of_window && canvas.is_density);
    let most = of_window.map(|(_, canvas, _)| canvas.full).fold(0.0, f32::max);
    let mut shown = None;
    for (_, canvas, is_of_window) in canvases {
        let points = if *is_of_window { most } else { canvas.full };
        for layer in canvas.next.iter_mut().chain([&mut canvas.shown]) {
            let Content::Counts(counts) = &mut layer.content else { continue };
            let full = brightest(points, side, counts.cell());
            counts.tell((all as f32 / layer.drawn.max(1) as f32, side), full, device);
            shown = shown.filter(|_| !*is_of_window).or(Some(full));
        }
    }
    shown
}

fn bind(mut canvases: ResMut<Canvases>, (device, cache): (Res<RenderDevice>, Res<PipelineCache>)) {
    for (_, canvas) in &mut canvases.0 {
        canvas.bind_group = canvas.shown.bind_group(&device, &cache);
        if let Some(outline) = &mut canvas.outline {
            let layout = cache.get_bind_group_layout(&outline_layout());
            let entries = BindGroupEntries::single(&outline.along);
            outline.bind_group = Some(device.create_bind_group("outline", &layout, &entries));
        }
    }
}

/// Draws into the canvas of the current view.
fn draw(
    view: ViewQuery<(&ExtractedView, &ExtractedCamera, &ViewUniformOffset, (Option<&EyeCamera>, Option<&PictureOf>))>,
    (canvases, buffers, points): (Res<Canvases>, Res<CloudBuffers>, Res<PointBuffers>),
    cache: Res<PipelineCache>,
    mut context: RenderContext,
) {
    let (view, camera, offset, eye) = view.into_inner();
    let Some(canvas) = canvases.of(view) else { return };
    let side = buffers.side(false, eye_of(eye));
    let Some(group) = buffers.canvas_group(side) else { return };
    let (viewport, offset) = (camera.viewport.as_ref(), offset.offset);
    draw_points(canvas, (&buffers, &points, side), (group, offset), viewport, &cache, &mut context);
    if let Some(outline) = &canvas.outline
        && let (Some(pipeline), Some(shown)) = (cache.get_render_pipeline(outline.pipeline), &canvas.bind_group)
    {
        let mut pass = pass_into(&mut context, "along lines", (&outline.along, None), true, viewport);
        pass.set_render_pipeline(pipeline);
        pass.set_bind_group(0, group, &[offset]);
        pass.set_bind_group(1, shown, &[]);
        pass.draw(0..3, 0..1);
    }
}

/// Begins a pass that draws into a picture and its depth, which is cleared first or not, where the view is
/// in it.
fn pass_into<'w>(
    context: &'w mut RenderContext,
    label: &'static str,
    (color, depth): (&TextureView, Option<&TextureView>),
    is_cleared: bool,
    viewport: Option<&Viewport>,
) -> TrackedRenderPass<'w> {
    let store = StoreOp::Store;
    let ops = Operations { load: if is_cleared { LoadOp::Clear(default()) } else { LoadOp::Load }, store };
    let depth_ops = Operations { load: if is_cleared { LoadOp::Clear(0.0) } else { LoadOp::Load }, store };
    let mut pass = context.begin_tracked_render_pass(RenderPassDescriptor {
        label: Some(label),
        color_attachments: &[Some(RenderPassColorAttachment {
            view: color,
            depth_slice: None,
            resolve_target: None,
            ops,
        })],
        depth_stencil_attachment: depth.map(|view| RenderPassDepthStencilAttachment {
            view,
            depth_ops: Some(depth_ops),
            stencil_ops: None,
        }),
        timestamp_writes: None,
        occlusion_query_set: None,
        multiview_mask: None,
    });
    if let Some(viewport) = viewport {
        pass.set_camera_viewport(viewport);
    }
    pass
}

/// Draws the points of this frame into a canvas.
fn draw_points(
    canvas: &Canvas,
    (buffers, points, side): (&CloudBuffers, &PointBuffers, Side),
    (group, offset): (&BindGroup, u32),
    viewport: Option<&Viewport>,
    cache: &PipelineCache,
    context: &mut RenderContext,
) {
    let Some(drawing) = &canvas.drawing else { return };
    let Some(pipeline) = cache.get_render_pipeline(drawing.pipeline) else { return };
    let layer = canvas.next.as_ref().filter(|_| drawing.is_next).unwrap_or(&canvas.shown);
    let is_first = drawing.slots.start == 0;
    let targets = match &layer.content {
        Content::Picture { color, depth } => (color, Some(depth)),
        Content::Counts(counts) => (&counts.target, None),
    };
    let counts = match &layer.content {
        Content::Picture { .. } => None,
        Content::Counts(counts) => {
            let Some(group) = counts.bind_group(true, context.render_device(), cache) else { return };
            if is_first {
                counts.clear(context.command_encoder());
            }
            Some(group)
        }
    };
    let mut pass = pass_into(context, "canvas", targets, is_first, viewport);
    pass.set_render_pipeline(pipeline);
    pass.set_bind_group(0, group, &[offset]);
    if !points.all.set(&mut pass, side) {
        return;
    }
    let slots = drawing.slots.start as u32..drawing.slots.end as u32;
    if let Some(group) = &counts {
        // A point is a vertex, which devices draw faster than an instance.
        pass.set_bind_group(1, group, &[]);
        pass.draw(slots, 0..1);
    } else {
        buffers.set_sheet(&mut pass);
        pass.draw(0..4, slots);
    }
}
