//! The shader's own code, run on the device for many random points, poses, and lenses, and compared
//! with [`Optics`].

use std::f32::consts::{PI, TAU};

use bevy::{
    render::{
        render_resource::{
            BindGroupEntries, BindGroupEntry, BufferDescriptor, BufferInitDescriptor, BufferUsages,
            CommandEncoderDescriptor, ComputePassDescriptor, ComputePipeline, MapMode, PipelineCompilationOptions,
            PollType, RawComputePipelineDescriptor, ShaderModuleDescriptor, ShaderSource, ShaderType, UniformBuffer,
        },
        renderer::initialize_renderer,
        settings::{Backends, RenderResources, WgpuSettings},
    },
    tasks::block_on,
};
use parallax_embedding::random::unit;

use super::*;
use crate::{render::CloudUniform, room::in_room};

/// The parts of the engine's view that the shader uses.
#[derive(ShaderType, Clone, Copy)]
struct Sight {
    clip_from_world: Mat4,
    view_from_world: Mat4,
    clip_from_view: Mat4,
    viewport: Vec4,
}

const VIEW: &str = "struct View {
    clip_from_world: mat4x4<f32>,
    view_from_world: mat4x4<f32>,
    clip_from_view: mat4x4<f32>,
    viewport: vec4<f32>,
}";

/// Calls the vertex shader for two opposite corners of each point.
const CALL: &str = "
struct Point {
    position: vec3<f32>,
    style: u32,
    before: vec3<f32>,
    unused: f32,
}

struct Drawn {
    low: vec4<f32>,
    high: vec4<f32>,
    radius: f32,
    rings: f32,
    layer: f32,
    fade: f32,
    square: f32,
}

@group(0) @binding(2) var<storage, read> points: array<Point>;
@group(0) @binding(3) var<storage, read_write> drawn: array<Drawn>;

@compute @workgroup_size(64)
fn call(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    if row >= arrayLength(&points) {
        return;
    }
    let point = Instance(points[row].position, points[row].before, points[row].style);
    let low = vertex(0u, row, point);
    let square = select(0.0, 1.0, low.color.w < 0.0);
    var high = vertex(3u, row, point).position;
    if square > 0.0 {
        // The square is in the corner of a triangle.
        high.x = vertex(1u, row, point).position.x;
        high = low.position + (high - low.position) * 2.0 / (1.0 + SQUARE_REACH);
    }
    var result = Drawn(low.position, high, abs(low.color.w), 0.0, -1.0, low.stage.w, square);
#ifdef MARKS
    result.rings = low.ring.z;
#endif
#ifdef SPRITES
    result.layer = f32(low.layer);
#endif
    drawn[row] = result;
}
";

#[derive(Clone, Copy, bytemuck::NoUninit)]
#[repr(C)]
struct Point {
    position: [f32; 3],
    style: u32,
    before: [f32; 3],
    unused: f32,
}

#[derive(Debug, Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
struct Drawn {
    low: [f32; 4],
    high: [f32; 4],
    radius: f32,
    rings: f32,
    layer: f32,
    fade: f32,
    square: f32,
    unused: [f32; 3],
}

/// Returns the shader with these definitions, as a program that calls its vertex stage.
fn program(defs: &[&str]) -> String {
    const ENTRY: &str =
        "@vertex\nfn vertex(@builtin(vertex_index) corner: u32, @location(3) row: u32, point: Instance)";
    let shader = include_str!("../cloud.wgsl");
    assert!(shader.contains(ENTRY));
    let shader = shader.replace(ENTRY, "fn vertex(corner: u32, row: u32, point: Instance)") + CALL;
    let (mut text, mut used) = (String::new(), vec![true]);
    for line in shader.lines() {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("#import", _) => text += VIEW,
            ("#ifdef", def) => used.push(defs.contains(&def)),
            ("#else", _) => *used.last_mut().unwrap() ^= true,
            ("#endif", _) => drop(used.pop()),
            _ if used.iter().all(|used| *used) => text += line,
            _ => {}
        }
        text.push('\n');
    }
    text
}

/// What calls the shader, and whether points are thumbnails, which need the sheet's mean colors.
type Program = (ComputePipeline, bool);

fn pipeline(RenderResources(device, ..): &RenderResources, defs: &[&str]) -> Program {
    let source = ShaderSource::Wgsl(program(defs).into());
    let module = device.create_and_validate_shader_module(ShaderModuleDescriptor { label: None, source });
    let pipeline = device.create_compute_pipeline(&RawComputePipelineDescriptor {
        label: None,
        layout: None,
        module: &module,
        entry_point: Some("call"),
        compilation_options: PipelineCompilationOptions::default(),
        cache: None,
    });
    (pipeline, defs.contains(&"SPRITES"))
}

fn run(
    RenderResources(device, queue, ..): &RenderResources,
    (pipeline, has_sheet): &Program,
    (view, cloud): (Sight, CloudUniform),
    points: &[Point],
) -> Vec<Drawn> {
    let (mut view, mut cloud) = (UniformBuffer::from(view), UniformBuffer::from(cloud));
    view.write_buffer(device, queue);
    cloud.write_buffer(device, queue);
    let contents = bytemuck::cast_slice(points);
    let points_on_device =
        device.create_buffer_with_data(&BufferInitDescriptor { label: None, contents, usage: BufferUsages::STORAGE });
    let size = (points.len() * size_of::<Drawn>()) as u64;
    let buffer =
        |usage| device.create_buffer(&BufferDescriptor { label: None, size, usage, mapped_at_creation: false });
    let drawn = buffer(BufferUsages::STORAGE | BufferUsages::COPY_SRC);
    let back = buffer(BufferUsages::MAP_READ | BufferUsages::COPY_DST);
    let layout = pipeline.get_bind_group_layout(0).into();
    let entries = BindGroupEntries::sequential((
        view.binding().unwrap(),
        cloud.binding().unwrap(),
        points_on_device.as_entire_binding(),
        drawn.as_entire_binding(),
    ));
    let group = device.create_bind_group(None, &layout, &entries);
    // The mean colors of thumbnails.
    let sheet = has_sheet.then(|| {
        let entries = [BindGroupEntry { binding: 2, resource: points_on_device.as_entire_binding() }];
        device.create_bind_group(None, &pipeline.get_bind_group_layout(1).into(), &entries)
    });
    let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor::default());
    {
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, &*group, &[]);
        if let Some(sheet) = &sheet {
            pass.set_bind_group(1, &**sheet, &[]);
        }
        pass.dispatch_workgroups(points.len().div_ceil(64) as u32, 1, 1);
    }
    encoder.copy_buffer_to_buffer(&drawn, 0, &back, 0, size);
    queue.submit([encoder.finish()]);
    device.map_buffer(&back.slice(..), MapMode::Read, |mapped| mapped.unwrap());
    device.poll(PollType::Wait { submission_index: None, timeout: None }).unwrap();
    bytemuck::cast_slice(&back.slice(..).get_mapped_range()).to_vec()
}

/// Random numbers, one after the other.
struct Numbers(u64);

impl Numbers {
    fn between(&mut self, low: f32, high: f32) -> f32 {
        self.0 += 1;
        low + (high - low) * unit(self.0)
    }

    fn is(&mut self, share: f32) -> bool {
        self.between(0.0, 1.0) < share
    }

    fn place(&mut self) -> Vec3 {
        Vec3::from([(); 3].map(|()| self.between(-1.2, 1.2)))
    }
}

const POINTS: usize = 1000;

/// A camera of either lens somewhere around the cloud.
fn camera(numbers: &mut Numbers, aspect: f32) -> (Mat4, Mat4) {
    let rotation = Quat::from_rotation_y(numbers.between(0.0, TAU)) * Quat::from_rotation_x(numbers.between(-PI, PI));
    let distance = numbers.between(0.3, 6.0);
    let eye = numbers.place() * 0.3 + rotation * Vec3::Z * distance;
    let clip_from_view = if numbers.is(0.5) {
        Mat4::perspective_infinite_reverse_rh(numbers.between(0.4, 1.2), aspect, 0.005)
    } else {
        let height = numbers.between(0.1, 3.0);
        Mat4::orthographic_rh(-height * aspect, height * aspect, -height, height, 20.0, 0.0)
    };
    (clip_from_view, Mat4::from_rotation_translation(rotation, eye).inverse())
}

/// Draws random points in a random view on both sides. Returns how many could be compared, and how
/// many of these are thumbnails.
fn compare(
    resources: &RenderResources,
    pipeline: &Program,
    numbers: &mut Numbers,
    (sprites, marks): (bool, bool),
) -> [usize; 2] {
    let (size, scale) =
        (Vec2::new(numbers.between(300.0, 2000.0), numbers.between(300.0, 1500.0)), numbers.between(1.0, 3.0));
    let (clip_from_view, view_from_world) = camera(numbers, size.x / size.y);
    let (radius, morph) = (numbers.between(0.0, 0.2).powi(2), numbers.between(0.0, 1.0));
    let rings = Rings { selected: numbers.is(0.5), related: numbers.is(0.5) };
    let shape = thumbnail_shape([28, numbers.between(8.0, 60.0) as u32]);
    let drawing = Drawing { rings, thumbnails: sprites.then_some(shape) };
    let points: Vec<(Point, u8)> = (0..POINTS)
        .map(|_| {
            let level = numbers.between(0.0, 8.0) as u8;
            let mark = if marks { numbers.between(0.0, 8.0) as u8 } else { Style::FADED };
            let flags = level << Style::LEVEL_SHIFT | mark;
            let [position, before] = [numbers.place(), numbers.place()].map(|place| place.to_array());
            (Point { position, style: u32::from(flags) << 24 | 0x0012_3456, before, unused: 0.0 }, flags)
        })
        .collect();
    let bit = |is: bool| f32::from(u8::from(is));
    let cloud = CloudUniform {
        edge: Vec4::splat(0.5),
        point: Vec4::new(radius, LEAST_RADIUS, GREATEST_SHARE, morph),
        pixel: Vec4::new(scale, 0.0, bit(rings.selected), bit(rings.related)),
        grid: UVec4::new(10, 100, POINTS as u32, u32::MAX),
        aspect: if sprites { (shape, THUMBNAIL_RADII * scale).into() } else { Vec4::new(1.0, 1.0, 0.0, f32::MAX) },
        ..CloudUniform::default()
    };
    let viewport = (Vec2::ZERO, size * scale).into();
    let view = Sight { clip_from_world: clip_from_view * view_from_world, view_from_world, clip_from_view, viewport };
    let given: Vec<Point> = points.iter().map(|(point, _)| *point).collect();
    let drawn = run(resources, pipeline, (view, cloud), &given);
    let optics = Optics::new(clip_from_view, view_from_world, size, scale, radius);
    let mut compared = [0; 2];
    for ((point, flags), drawn) in points.into_iter().zip(drawn) {
        let place = Vec3::from(point.before).lerp(point.position.into(), morph);
        let Some((seen, of_thumbnail)) = optics.draw(place, flags, &drawing) else { continue };
        let clip = (Vec4::from(drawn.low) + Vec4::from(drawn.high)) / 2.0;
        let cell = COARSEST * 0.5_f32.powi(i32::from(flags >> Style::LEVEL_SHIFT)) * optics.unit(place);
        let least = 2.0
            * shape.max_element()
            * optics.project(place).unwrap().radius.clamp(THUMBNAIL_RADII.x, THUMBNAIL_RADII.y);
        // Near the eye, and where a thumbnail becomes a dot, a rounding error makes a difference.
        if clip.w < 0.05 || (sprites && (cell / least - 1.0).abs() < 1e-3) {
            continue;
        }
        let is_thumbnail = of_thumbnail != Vec2::ZERO;
        assert_eq!(drawn.layer >= 0.0, is_thumbnail, "{flags:b} {cell} {least}");
        assert_eq!(drawn.rings > 0.0, marks && rings.has(flags), "{flags:b} {rings:?}");
        let close = |what: &str, found: f32, expected: f32, least: f32| {
            let off = (found - expected).abs();
            assert!(
                off <= 1e-3 * expected.abs() + least,
                "{what}: {found} instead of {expected}; {flags:b} {drawing:?}"
            );
        };
        let center = size / 2.0 + Vec2::new(clip.x, -clip.y) / clip.w * size / 2.0;
        close("x", center.x, seen.center.x, 0.02);
        close("y", center.y, seen.center.y, 0.02);
        close("radius", drawn.radius, seen.radius * scale, 0.0);
        close("depth", clip.z / clip.w, seen.depth, 1e-6);
        let extent = (Vec4::from(drawn.high) - Vec4::from(drawn.low)).xy() / clip.w * size * scale / 4.0;
        let drawn_shape = if is_thumbnail { of_thumbnail } else { Vec2::ONE };
        let is_square = drawn.radius <= SQUARE && !is_thumbnail && drawn.rings == 0.0;
        assert_eq!(drawn.square > 0.0, is_square, "{drawn:?}");
        let around = extent - drawn_shape * drawn.radius;
        if is_square {
            close("area", 4.0 * extent.x * extent.y, PI * drawn.radius.powi(2), 0.05);
        } else if drawn.rings == 0.0 {
            close("margin", around.x, 0.5, 0.02);
        }
        close("margins", around.x, around.y, 0.02);
        compared[0] += 1;
        compared[1] += usize::from(is_thumbnail);
    }
    compared
}

#[test]
fn optics_draw_points_where_and_as_large_as_the_shader() {
    let resources = block_on(initialize_renderer(Backends::PRIMARY, None, &WgpuSettings::default()));
    let mut numbers = Numbers(0);
    for (sprites, marks) in [(false, false), (false, true), (true, false), (true, true)] {
        let defs: Vec<&str> =
            [(sprites, "SPRITES"), (marks, "MARKS")].iter().filter(|def| def.0).map(|def| def.1).collect();
        let pipeline = pipeline(&resources, &defs);
        let views = 40;
        let all = (0..views).map(|_| compare(&resources, &pipeline, &mut numbers, (sprites, marks)));
        let [compared, thumbnails] = all.fold([0; 2], |[a, b], [c, d]| [a + c, b + d]);
        assert!(compared > views * POINTS / 2, "{defs:?}: {compared}");
        assert!(
            !sprites || (thumbnails > compared / 10 && thumbnails < compared * 9 / 10),
            "{thumbnails} of {compared}"
        );
    }
}

/// A view in the room draws a point as large as a sphere of its radius is there, however near it
/// is, and both eyes draw it equally large.
#[test]
fn points_in_the_room_have_their_size_in_the_world() {
    let resources = block_on(initialize_renderer(Backends::PRIMARY, None, &WgpuSettings::default()));
    let mut numbers = Numbers(7);
    for sprites in [false, true] {
        let pipeline = pipeline(&resources, if sprites { &["SPRITES"] } else { &[] });
        let (mut compared, mut large) = (0, 0);
        for _ in 0..20 {
            let size = Vec2::new(numbers.between(300.0, 2000.0), numbers.between(300.0, 1500.0));
            let radius = numbers.between(0.01, 0.1);
            let clip_from_view =
                Mat4::perspective_infinite_reverse_rh(numbers.between(0.8, 1.6), size.x / size.y, 0.005);
            let rotation = Quat::from_rotation_y(numbers.between(0.0, TAU));
            let middle = numbers.place() * 0.8;
            let shape = thumbnail_shape([28, 20]);
            let window = CloudUniform {
                edge: Vec4::ONE,
                point: Vec4::new(radius, LEAST_RADIUS, GREATEST_SHARE, 1.0),
                pixel: Vec4::new(1.0, 0.0, 0.0, 0.0),
                grid: UVec4::new(10, 100, POINTS as u32, u32::MAX),
                sheet: Vec4::splat(if sprites { 0.1 } else { 0.0 }),
                aspect: if sprites { (shape, THUMBNAIL_RADII).into() } else { Vec4::new(1.0, 1.0, 0.0, f32::MAX) },
                ..CloudUniform::default()
            };
            let points: Vec<Point> = (0..POINTS)
                .map(|_| {
                    let position = numbers.place().to_array();
                    Point { position, style: 0x0012_3456, before: position, unused: 0.0 }
                })
                .collect();
            let [left, right] = [-0.04, 0.04].map(|aside| {
                let eye = Mat4::from_rotation_translation(rotation, middle + rotation * Vec3::X * aside);
                let view_from_world = eye.inverse();
                let viewport = (Vec2::ZERO, size).into();
                let clip_from_world = clip_from_view * view_from_world;
                let view = Sight { clip_from_world, view_from_world, clip_from_view, viewport };
                run(&resources, &pipeline, (view, in_room(window, radius, 0.0)), &points)
            });
            for (point, (left, right)) in points.iter().zip(left.iter().zip(&right)) {
                let ahead = (rotation.inverse() * (Vec3::from(point.position) - middle)).z.abs();
                let in_front = (rotation.inverse() * (Vec3::from(point.position) - middle)).z < -0.05;
                if !in_front {
                    continue;
                }
                let expected = radius / ahead * clip_from_view.y_axis.y * size.y / 2.0;
                assert!((left.radius / expected.max(LEAST_RADIUS) - 1.0).abs() < 1e-3, "{} of {expected}", left.radius);
                assert!((left.radius / right.radius - 1.0).abs() < 1e-3, "{} and {}", left.radius, right.radius);
                compared += 1;
                large += usize::from(expected > GREATEST_SHARE * size.y);
            }
        }
        assert!(compared > 5 * POINTS && large > 20, "{compared} compared, {large} of them large");
    }
}

/// In the room a point has its own depth, whatever marks it. It fades by its distance from the eye,
/// wherever that looks.
#[test]
fn points_in_the_room_have_their_own_depth_and_fade_by_distance() {
    let resources = block_on(initialize_renderer(Backends::PRIMARY, None, &WgpuSettings::default()));
    let (mut numbers, near, fog) = (Numbers(9), 0.005, 0.6);
    for (sprites, marks) in [(false, false), (false, true), (true, false), (true, true)] {
        let defs: Vec<&str> =
            [(sprites, "SPRITES"), (marks, "MARKS")].iter().filter(|def| def.0).map(|def| def.1).collect();
        let pipeline = pipeline(&resources, &defs);
        let shape = thumbnail_shape([28, 28]);
        let window = CloudUniform {
            background: Vec4::new(0.0, 0.0, 0.0, fog),
            edge: Vec4::splat(0.5),
            point: Vec4::new(0.02, LEAST_RADIUS, GREATEST_SHARE, 1.0),
            pixel: Vec4::new(1.0, 0.0, 1.0, 1.0),
            grid: UVec4::new(10, 100, POINTS as u32, 3),
            sheet: Vec4::splat(if sprites { 0.1 } else { 0.0 }),
            aspect: if sprites { (shape, THUMBNAIL_RADII).into() } else { Vec4::new(1.0, 1.0, 0.0, f32::MAX) },
            ..CloudUniform::default()
        };
        let [mut deep, mut faded] = [0; 2];
        for _ in 0..10 {
            let [yaw, pitch] = [numbers.between(0.0, TAU), numbers.between(-1.0, 1.0)];
            let rotation = Quat::from_rotation_y(yaw) * Quat::from_rotation_x(pitch);
            let eye = numbers.place() * 1.5;
            let clip_from_view = Mat4::perspective_infinite_reverse_rh(1.2, 1.0, near);
            let view_from_world = Mat4::from_rotation_translation(rotation, eye).inverse();
            let viewport = Vec4::new(0.0, 0.0, 900.0, 900.0);
            let clip_from_world = clip_from_view * view_from_world;
            let view = Sight { clip_from_world, view_from_world, clip_from_view, viewport };
            let points: Vec<Point> = (0..POINTS)
                .map(|_| {
                    let position = numbers.place().to_array();
                    let style = (numbers.between(0.0, 128.0) as u32) << 24;
                    let style = if style >> 24 & u32::from(Style::HIDDEN) == 0 { style } else { 0 };
                    Point { position, style, before: position, unused: 0.0 }
                })
                .collect();
            let drawn = run(&resources, &pipeline, (view, in_room(window, 0.02, 0.0)), &points);
            for (row, (point, drawn)) in points.iter().zip(drawn).enumerate() {
                let place = Vec3::from(point.position);
                let ahead = -(rotation.inverse() * (place - eye)).z;
                if ahead < 0.05 {
                    continue;
                }
                let clip = (Vec4::from(drawn.low) + Vec4::from(drawn.high)) / 2.0;
                assert!((clip.z / clip.w / (near / ahead) - 1.0).abs() < 1e-3, "{} {ahead}", clip.z / clip.w);
                deep += 1;
                let drawing = Drawing { rings: Rings::default(), thumbnails: sprites.then_some(shape) };
                let is_thumbnail = drawing.is_thumbnail_in_room(0.02, (point.style >> 24) as u8);
                assert_eq!(drawn.layer >= 0.0, is_thumbnail || (sprites && row == 3));
                let marks = Style::SELECTED | Style::RELATED | Style::FADED;
                if (point.style >> 24) as u8 & marks == 0 && row != 3 {
                    let beyond_nearest = place.distance(eye) - (eye.length() - 1.0);
                    let expected = fog * (beyond_nearest / 2.0).clamp(0.0, 1.0);
                    assert!((drawn.fade - expected).abs() < 1e-3, "{} instead of {expected}", drawn.fade);
                    faded += 1;
                }
            }
        }
        assert!(deep > POINTS && faded > POINTS / 10, "{deep} {faded}");
    }
}
