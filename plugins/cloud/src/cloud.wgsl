// Points as camera-facing quads: spheres lit from the upper left, or thumbnails of the sprite sheet.
//
// The vertex stage spans the quad in pixels, so that edges can be softened and rings drawn at exact widths; `optics.rs` is its
// mirror on the CPU.

#import bevy_render::view::View

struct Cloud {
    background: vec4<f32>,      // linear RGB of the stage's middle; w: how far the farthest points fade into it
    edge: vec4<f32>,            // linear RGB of the stage's edge
    selection: vec4<f32>,       // linear RGB; w: how far unrelated points step back
    point: vec4<f32>,           // radius in world units; least radius in pixels; greatest as a share of the height; morph
    pixel: vec4<f32>,           // pixels a logical pixel; how lit (1: a sphere, 0: a disc)
    sheet: vec4<f32>,           // thumbnail's size in a layer's texture coordinates; half a texel
    grid: vec4<u32>,            // columns of a layer, thumbnails of a layer, thumbnails, hovered point
    aspect: vec4<f32>,          // half the quad's size as shares of the radius (x, y)
}

@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<uniform> cloud: Cloud;
#ifdef SPRITES
@group(1) @binding(0) var sheet: texture_2d_array<f32>;
@group(1) @binding(1) var sheet_sampler: sampler;
#endif

const SELECTED: u32 = 1u;
const RELATED: u32 = 2u;
const FADED: u32 = 4u;
const HIDDEN: u32 = 8u;

struct Instance {
    @location(0) position: vec3<f32>,
    @location(1) before: vec3<f32>,
    @location(2) style: u32,
}

struct Varyings {
    @builtin(position) position: vec4<f32>,
    @location(0) offset: vec2<f32>,                         // pixels from the middle
    @location(1) @interpolate(flat) radius: f32,            // pixels
    @location(2) @interpolate(flat) color: vec3<f32>,       // linear, faded
    @location(3) @interpolate(flat) fade: f32,
    @location(4) @interpolate(flat) ring: f32,              // the ring's outer radius in pixels; 0: none
    @location(5) @interpolate(flat) thumbnail: u32,
}

fn linear_from_srgb(color: vec3<f32>) -> vec3<f32> {
    let low = color / 12.92;
    let high = pow((color + 0.055) / 1.055, vec3(2.4));
    return select(high, low, color <= vec3(0.04045));
}

@vertex
fn vertex(@builtin(vertex_index) corner: u32, @builtin(instance_index) row: u32, point: Instance) -> Varyings {
    var out: Varyings;
    let flags = point.style >> 24u;
    if (flags & HIDDEN) != 0u {
        out.position = vec4(2.0, 2.0, 2.0, 1.0);
        return out;
    }
    let place = mix(point.before, point.position, cloud.point.w);
    let in_view = view.view_from_world * vec4(place, 1.0);
    var clip = view.clip_from_view * in_view;

    let hovered = row == cloud.grid.w;
    let selected = (flags & SELECTED) != 0u;
    let size = view.viewport.zw;
    var radius = cloud.point.x * view.clip_from_view[1][1] * size.y * 0.5 / max(clip.w, 1e-6);
    radius = clamp(radius, cloud.point.y, cloud.point.z * size.y);
    radius *= select(1.0, 1.2, hovered || selected);
    let line = cloud.pixel.x;
    out.ring = select(0.0, max(cloud.aspect.x, cloud.aspect.y) * radius + 3.5 * line, selected || hovered);

    let extent = max(cloud.aspect.xy * radius + 1.0, vec2(out.ring + 1.0) * sign(out.ring));
    let sides = vec2(f32(corner & 1u), f32(corner >> 1u)) * 2.0 - 1.0;
    out.offset = sides * extent;
    if selected || hovered {
        // In front of all others, as picking has it.
        clip.z = clip.w * select(0.999, 0.9995, hovered);
    }
    out.position = clip + vec4(out.offset * 2.0 / size * clip.w, 0.0, 0.0);
    out.radius = radius;
    out.thumbnail = row;

    // The cloud has radius 1 about the origin: its nearest points keep their color, its farthest fade most.
    let nearest = length(view.world_position) - 1.0;
    out.fade = clamp((-in_view.z - nearest) * 0.5, 0.0, 1.0) * cloud.background.w;
    if (flags & FADED) != 0u && !hovered {
        out.fade = mix(out.fade, 1.0, cloud.selection.w);
    }
    out.color = linear_from_srgb(unpack4x8unorm(point.style).rgb);
    return out;
}

// A ring of two logical pixels with soft edges, as coverage from 0 to 1.
fn ring(distance: f32, outer: f32) -> f32 {
    let half_width = cloud.pixel.x;
    return clamp(half_width + 0.5 - abs(distance - (outer - half_width)), 0.0, 1.0);
}

@fragment
fn fragment(in: Varyings) -> @location(0) vec4<f32> {
    let distance = length(in.offset);
    var color: vec3<f32>;
    var cover: f32;
#ifdef SPRITES
    let half_size = cloud.aspect.xy * in.radius;
    let inside = half_size + 0.5 - abs(in.offset);
    let layer = in.thumbnail / cloud.grid.y;
    let cell = in.thumbnail % cloud.grid.y;
    let origin = vec2(f32(cell % cloud.grid.x), f32(cell / cloud.grid.x)) * cloud.sheet.xy;
    let within = clamp(in.offset / half_size * vec2(0.5, -0.5) + 0.5, vec2(0.0), vec2(1.0));
    let uv = origin + clamp(within * cloud.sheet.xy, cloud.sheet.zw, cloud.sheet.xy - cloud.sheet.zw);
    let texel = textureSampleLevel(sheet, sheet_sampler, uv, i32(layer), 0.0);
    color = texel.rgb * in.color;
    cover = clamp(min(inside.x, inside.y), 0.0, 1.0) * texel.a;
    if in.thumbnail >= cloud.grid.z {
        // No thumbnail for this row: a disc.
        color = in.color;
        cover = clamp(in.radius - distance + 0.5, 0.0, 1.0);
    }
#else
    let across = in.offset / in.radius;
    let normal = vec3(across, sqrt(max(1.0 - dot(across, across), 0.0)));
    let light = vec3(-0.445, 0.593, 0.671);
    let diffuse = max(dot(normal, light), 0.0);
    let toward = vec3(-0.243, 0.324, 0.914); // halfway between light and eye
    let shine = pow(max(dot(normal, toward), 0.0), 28.0) * 0.22;
    let lit = in.color * (0.30 + 0.82 * diffuse) + shine;
    color = mix(in.color, lit, cloud.pixel.y);
    cover = clamp(in.radius - distance + 0.5, 0.0, 1.0);
#endif
    color = mix(color, cloud.background.rgb, in.fade);
    if in.ring > 0.0 {
        let on_ring = ring(distance, in.ring);
        color = mix(color, cloud.selection.rgb, on_ring);
        cover = max(cover, on_ring);
    }
    if cover <= 0.003 {
        discard;
    }
    return vec4(color, cover);
}

struct StageVaryings {
    @builtin(position) position: vec4<f32>,
    @location(0) across: vec2<f32>,
}

// The stage behind the points, as one triangle over the whole viewport.
@vertex
fn stage_vertex(@builtin(vertex_index) corner: u32) -> StageVaryings {
    var out: StageVaryings;
    out.across = vec2(f32(corner & 1u), f32(corner >> 1u)) * 4.0 - 1.0;
    out.position = vec4(out.across, 0.0, 1.0);
    return out;
}

@fragment
fn stage_fragment(in: StageVaryings) -> @location(0) vec4<f32> {
    let away = min(dot(in.across, in.across) * 0.55, 1.0);
    // Noise of half a step hides the bands that so gentle a gradient has in eight bits.
    let noise = fract(52.9829189 * fract(dot(in.position.xy, vec2(0.06711056, 0.00583715)))) - 0.5;
    let color = mix(cloud.background.rgb, cloud.edge.rgb, away);
    return vec4(color * (1.0 + noise * 0.03), 1.0);
}
