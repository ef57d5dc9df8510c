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
    pixel: vec4<f32>,           // pixels a logical pixel; how far all points step back
    light: vec4<f32>,           // of a sphere: ambient, diffuse, shine
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
    @location(0) @interpolate(linear) offset: vec2<f32>,    // from the middle, in radii
    @location(1) @interpolate(flat) color: vec4<f32>,       // linear, less what has faded; w: radius in pixels
    @location(2) @interpolate(flat) stage: vec4<f32>,       // the stage behind the point; w: how far the point fades into it
#ifdef SPRITES
    @location(3) @interpolate(flat) origin: vec2<f32>,      // the thumbnail's corner in its layer
    @location(4) @interpolate(flat) layer: i32,             // -1: no thumbnail
#endif
#ifdef MARKS
    @location(5) @interpolate(flat) ring: f32,              // the ring's outer radius in pixels; 0: none
#endif
}

// A polynomial fitted to the sRGB curve (IEC 61966-2-1): off by at most 0.7 of a step of 8 bits, and without its powers.
fn linear_from_srgb(c: vec3<f32>) -> vec3<f32> {
    return c * (0.0602473 + c * (0.34794755 + c * (0.94921957 - c * 0.36319623)));
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

    let size = view.viewport.zw;
    var radius = cloud.point.x * view.clip_from_view[1][1] * size.y * 0.5 / max(clip.w, 1e-6);
    radius = clamp(radius, cloud.point.y, cloud.point.z * size.y);
    var extent = cloud.aspect.xy * radius + 0.5;
    let hovered = row == cloud.grid.w;
#ifdef MARKS
    let marked = hovered || (flags & SELECTED) != 0u;
    if marked {
        radius *= 1.2;
        out.ring = max(cloud.aspect.x, cloud.aspect.y) * radius + 3.5 * cloud.pixel.x;
        extent = vec2(out.ring + 0.5);
        // In front of all others, as picking has it.
        clip.z = clip.w * select(0.999, 0.9995, hovered);
    }
#endif
    let pixels = (vec2(f32(corner & 1u), f32(corner >> 1u)) * 2.0 - 1.0) * extent;
    out.offset = pixels / radius;
    out.position = clip + vec4(pixels * 2.0 / size * clip.w, 0.0, 0.0);
#ifdef SPRITES
    let cell = row % cloud.grid.y;
    out.origin = vec2(f32(cell % cloud.grid.x), f32(cell / cloud.grid.x)) * cloud.sheet.xy;
    out.layer = select(-1, i32(row / cloud.grid.y), row < cloud.grid.z);
#endif

    // The cloud has radius 1 about the origin: its nearest points keep their color, its farthest fade most.
    let nearest = -view.view_from_world[3].z - 1.0;
    var fade = clamp((-in_view.z - nearest) * 0.5, 0.0, 1.0) * cloud.background.w;
    fade = mix(fade, 1.0, cloud.pixel.y);
    if (flags & FADED) != 0u && !hovered {
        fade = mix(fade, 1.0, cloud.selection.w);
    }
    out.stage = vec4(stage(clip.xy / clip.w), fade);
    out.color = vec4(linear_from_srgb(unpack4x8unorm(point.style).rgb) * (1.0 - fade), radius);
    return out;
}

// A ring of two logical pixels with soft edges, as coverage from 0 to 1.
fn ring(distance: f32, outer: f32) -> f32 {
    let half_width = cloud.pixel.x;
    return clamp(half_width + 0.5 - abs(distance - (outer - half_width)), 0.0, 1.0);
}

@fragment
fn fragment(in: Varyings) -> @location(0) vec4<f32> {
    let away = dot(in.offset, in.offset);
    // Pixels within the edge, to first order: half the difference of the squares, over the radius. Points of a pixel or two have hard
    // edges, lest rims cover what is behind.
    let radius = in.color.w;
    let softness = 0.5 * radius * max(4.0 - radius, 1.0);
    var cover = (1.0 - away) * softness + 0.5;
    var color: vec3<f32>;
#ifdef SPRITES
    color = in.color.rgb;
    if in.layer >= 0 {
        let within = in.offset / cloud.aspect.xy * vec2(0.5, -0.5) + 0.5;
        let uv = in.origin + clamp(within * cloud.sheet.xy, cloud.sheet.zw, cloud.sheet.xy - cloud.sheet.zw);
        let texel = textureSampleLevel(sheet, sheet_sampler, uv, in.layer, 0.0);
        let inside = (cloud.aspect.xy - abs(in.offset)) * radius + 0.5;
        color *= linear_from_srgb(texel.rgb);
        cover = min(min(inside.x, inside.y), 1.0) * texel.a;
    }
#else
    let normal = vec3(in.offset, sqrt(max(1.0 - away, 0.0)));
    let diffuse = max(dot(normal, vec3(-0.445, 0.593, 0.671)), 0.0);
    // Halfway between light and eye.
    let toward = max(dot(normal, vec3(-0.243, 0.324, 0.914)), 0.0);
    let toward_4 = toward * toward * toward * toward;
    let toward_16 = toward_4 * toward_4 * toward_4 * toward_4;
    color = in.color.rgb * (cloud.light.x + cloud.light.y * diffuse) + cloud.light.z * toward_16 * toward_16;
#endif
    color += in.stage.rgb * in.stage.w;
#ifdef MARKS
    if in.ring > 0.0 {
        let on_ring = ring(sqrt(away) * radius, in.ring);
        color = mix(color, cloud.selection.rgb, on_ring);
        cover = max(cover, on_ring);
    }
#endif
    if cover <= 0.003 {
        discard;
    }
    return vec4(mix(in.stage.rgb, color, min(cover, 1.0)), 1.0);
}

// The stage's color at a place from -1 to 1 in both directions.
fn stage(place: vec2<f32>) -> vec3<f32> {
    return mix(cloud.background.rgb, cloud.edge.rgb, min(dot(place, place) * 0.55, 1.0));
}

struct LineVaryings {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(linear) across: f32,          // from the middle, in pixels
    @location(1) @interpolate(flat) color: vec3<f32>,       // linear
}

// A line as a quad of one logical pixel's width; of what is behind the eye, nothing.
@vertex
fn line_vertex(@builtin(vertex_index) corner: u32, line: Instance) -> LineVaryings {
    var out: LineVaryings;
    var a = view.clip_from_world * vec4(line.position, 1.0);
    var b = view.clip_from_world * vec4(line.before, 1.0);
    let least = 1e-3;
    if max(a.w, b.w) <= least {
        out.position = vec4(2.0, 2.0, 2.0, 1.0);
        return out;
    }
    if a.w < least {
        a = mix(a, b, (least - a.w) / (b.w - a.w));
    }
    if b.w < least {
        b = mix(b, a, (least - b.w) / (a.w - b.w));
    }
    let half_size = view.viewport.zw * 0.5;
    let along = (b.xy / b.w - a.xy / a.w) * half_size;
    let normal = vec2(-along.y, along.x) / max(length(along), 1e-6);
    let side = f32(corner & 1u) * 2.0 - 1.0;
    let end = select(a, b, corner > 1u);
    out.across = side * (cloud.pixel.x * 0.5 + 1.0);
    out.position = end + vec4(normal * out.across / half_size * end.w, 0.0, 0.0);
    // A hair farther than it is: behind the points that lie on it.
    out.position.z *= 0.995;
    out.color = linear_from_srgb(unpack4x8unorm(line.style).rgb);
    return out;
}

@fragment
fn line_fragment(in: LineVaryings) -> @location(0) vec4<f32> {
    let cover = clamp(cloud.pixel.x * 0.5 + 0.5 - abs(in.across), 0.0, 1.0);
    if cover <= 0.003 {
        discard;
    }
    let place = (in.position.xy - view.viewport.xy) / view.viewport.zw * 2.0 - 1.0;
    return vec4(mix(stage(place), in.color, cover), 1.0);
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
    // Noise of half a step hides the bands that so gentle a gradient has in eight bits.
    let noise = fract(52.9829189 * fract(dot(in.position.xy, vec2(0.06711056, 0.00583715)))) - 0.5;
    return vec4(stage(in.across) * (1.0 + noise * 0.03), 1.0);
}
