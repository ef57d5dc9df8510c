// Points as camera-facing quads: spheres lit from the upper left, or thumbnails of the sprite
// sheet.
//
// The vertex stage expands the quad in pixels, so that edges can be softened and rings drawn at
// exact widths. `optics.rs` does the same computation on the CPU.

#import bevy_render::view::View

struct Cloud {
    background: vec4<f32>,      // linear RGB of the stage's middle; w: how far the farthest points fade into it
    edge: vec4<f32>,            // linear RGB of the stage's edge; w: what the depths of unmarked points and axes are multiplied by
    selection: vec4<f32>,       // linear RGB; w: how far unrelated points step back
    point: vec4<f32>,           // radius in world units; least radius in pixels; greatest as a share of the height; morph
    pixel: vec4<f32>,           // pixels a logical pixel; how far all points step back; whether selected and related points have rings
    light: vec4<f32>,           // of a sphere: ambient, diffuse, shine; w: 1 if thumbnails keep their own colors
    sheet: vec4<f32>,           // thumbnail's size in a layer's texture coordinates; half a texel
    grid: vec4<u32>,            // columns of a layer, thumbnails of a layer, thumbnails, hovered row
    aspect: vec4<f32>,          // half the quad's size as shares of the radius (x, y); of thumbnails the least and the greatest radius in pixels
    room: vec4<f32>,            // 1 for an eye in the room with the cloud; how far everything has faded into the stage
    canvas: vec4<f32>,          // whether marked points are left out; strength of the eye-dome lighting, 0: none; w: whether points are marked
}

// How points are counted, and how their number is shown.
struct Density {
    cells: vec4<u32>,           // cells of a line, lines of cells, side of a cell in pixels, side in cells of what a point covers
    scale: vec4<f32>,           // how many points each stands for; number of points from which on a cell is fully bright
}

@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<uniform> cloud: Cloud;
#ifdef SPRITES
@group(1) @binding(0) var sheet: texture_2d_array<f32>;
@group(1) @binding(1) var sheet_sampler: sampler;
@group(1) @binding(2) var<storage, read> mean_colors: array<u32>;     // of each thumbnail; highest byte 0: none
#endif
#ifdef CANVAS
@group(1) @binding(0) var canvas_color: texture_2d<f32>;
@group(1) @binding(1) var canvas_depth: texture_depth_2d;
#endif

const SELECTED: u32 = 1u;
const RELATED: u32 = 2u;
const FADED: u32 = 4u;
const HIDDEN: u32 = 8u;

// A line from the inspected point to a neighbor, and one that does not fade with the cloud.
const LINK: u32 = 1u;
const STAYS: u32 = 2u;

// The side of the cells of level 0, in world units. See `thinning.rs`.
const COARSEST: f32 = 1.0;

// The factor by which a point with a ring is larger, and its smallest radius in logical pixels. See
// `optics.rs`.
const MARKED_SCALE: f32 = 1.35;
const MARKED_RADIUS: f32 = 3.0;

// How much paler points are that are drawn over others, and the least width of their ring in logical
// pixels.
const OVER_FADE: f32 = 0.2;
const OVER_WIDTH: f32 = 1.25;

// Points up to this radius in pixels are squares of one color. See `optics.rs`.
const SQUARE: f32 = 1.5;

// Half the side of a square that is as large as a disc of radius 1.
const SQUARE_SIDE: f32 = 0.8862;

// How far the triangle that has a square in its corner goes beyond the square's middle, in halves of
// its side: a little farther than it must.
const SQUARE_REACH: f32 = 3.1;

// The diffuse light and the shine of a sphere, averaged over its disc.
const SQUARE_LIGHT: vec2<f32> = vec2(0.4858, 0.0533);

#ifdef COUNTS
@group(1) @binding(0) var<storage, read_write> numbers: array<atomic<u32>>;
@group(1) @binding(1) var<storage, read_write> more_numbers: array<atomic<u32>>;
@group(1) @binding(2) var<uniform> density: Density;
#endif
#ifdef DENSITY
@group(1) @binding(0) var<storage, read> numbers: array<u32>;
@group(1) @binding(1) var<storage, read> more_numbers: array<u32>;
@group(1) @binding(2) var<uniform> density: Density;
#endif

struct Instance {
    @location(0) position: vec3<f32>,
    @location(1) before: vec3<f32>,
    @location(2) style: u32,
}

struct Varyings {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(linear) offset: vec2<f32>,    // from the middle, in radii
    @location(1) @interpolate(flat) color: vec4<f32>,       // linear, less what has faded; w: radius in pixels, negative for a square
    @location(2) @interpolate(flat) stage: vec4<f32>,       // the stage behind the point; w: how far the point fades into it
#ifdef SPRITES
    @location(3) @interpolate(flat) origin: vec2<f32>,      // the thumbnail's corner in its layer
    @location(4) @interpolate(flat) layer: i32,             // -1: no thumbnail
#endif
#ifdef MARKS
    @location(5) @interpolate(flat) ring: vec3<f32>,        // the ring's distance from the point and its width, in pixels; 0: none; and how many rings there are
#endif
}

// A polynomial fitted to the sRGB curve (IEC 61966-2-1), off by at most 0.7 of an 8-bit step. It is
// faster than computing powers.
fn linear_from_srgb(c: vec3<f32>) -> vec3<f32> {
    return c * (0.0602473 + c * (0.34794755 + c * (0.94921957 - c * 0.36319623)));
}

// Returns the radius of a point in pixels.
fn pixel_radius(clip_w: f32) -> f32 {
    let height = view.viewport.w;
    let radius = cloud.point.x * view.clip_from_view[1][1] * height * 0.5 / max(clip_w, 1e-6);
    return clamp(radius, cloud.point.y, cloud.point.z * height);
}

// Returns true if a point is drawn as a thumbnail of this radius in pixels: if the cells of its
// level are at least as large on screen. Marked points always are. See `optics.rs`.
fn is_thumbnail(flags: u32, radius: f32, clip_w: f32) -> bool {
    let unit = view.clip_from_view[1][1] * view.viewport.w * 0.5 / max(clip_w, 1e-6);
    let cell = COARSEST * exp2(-f32(flags >> 4u)) * unit;
    return (flags & (SELECTED | RELATED)) != 0u || cell >= 2.0 * max(cloud.aspect.x, cloud.aspect.y) * radius;
}

// Returns true if points and lines have no depth ranges, because an eye in the room sees how far
// away each of them is.
fn is_in_room() -> bool {
    return cloud.room.x > 0.0;
}

// Returns true if a row has no place here, as in an embedding in which it has no partner.
fn is_absent(point: Instance) -> bool {
    return max(point.position.x, point.before.x) > 1e30;
}

// Returns true if a point is drawn elsewhere: over the canvas, which all others are in.
fn is_elsewhere(flags: u32) -> bool {
    return cloud.canvas.x > 0.0 && (flags & (SELECTED | RELATED)) != 0u;
}

// Returns true if nothing but the stage and lines that stay is seen.
fn has_faded() -> bool {
    return cloud.room.y >= 1.0;
}

// Returns the depth of a point. Marked points are in front of all others: each kind has a depth
// range of its own. See `optics::tier`.
fn tier(depth: f32, flags: u32) -> f32 {
    if (flags & SELECTED) != 0u {
        return 0.75 + 0.24 * depth;
    }
    if (flags & RELATED) != 0u {
        return 0.5 + 0.2 * depth;
    }
    return cloud.edge.w * depth;
}

// Returns the distance of a point's ring from the point, the ring's width, both in pixels, and the
// number of rings. A second one distinguishes selected points from their neighbors at a glance.
fn ring_of(flags: u32, hovered: bool) -> vec3<f32> {
    let pixel = cloud.pixel.x;
    if (flags & SELECTED) != 0u && cloud.pixel.z > 0.0 {
        return vec3(1.5 * pixel, 2.25 * pixel, 2.0);
    }
    if hovered {
        return vec3(1.5 * pixel, 2.25 * pixel, 1.0);
    }
    if (flags & RELATED) != 0u && cloud.pixel.w > 0.0 {
        return vec3(1.0 * pixel, 1.5 * pixel, 1.0);
    }
    return vec3(0.0);
}

// Returns how far all rings reach beyond the distance of the first. The gaps between rings are as
// wide as the rings.
fn rings_width(ring: vec3<f32>) -> f32 {
    return ring.y * (2.0 * ring.z - 1.0);
}

@vertex
fn vertex(@builtin(vertex_index) corner: u32, @location(3) row: u32, point: Instance) -> Varyings {
    var out: Varyings;
    let flags = point.style >> 24u;
    if (flags & HIDDEN) != 0u || is_absent(point) || has_faded() || is_elsewhere(flags) {
        out.position = vec4(2.0, 2.0, 2.0, 1.0);
        return out;
    }
    let place = mix(point.before, point.position, cloud.point.w);
    let in_view = view.view_from_world * vec4(place, 1.0);
    var clip = view.clip_from_view * in_view;

    let size = view.viewport.zw;
    var radius = pixel_radius(clip.w);
    var shape = cloud.aspect.xy;
    let hovered = row == cloud.grid.w;
#ifdef SPRITES
    let cell = row % cloud.grid.y;
    out.origin = vec2(f32(cell % cloud.grid.x), f32(cell / cloud.grid.x)) * cloud.sheet.xy;
    out.layer = select(-1, i32(row / cloud.grid.y), row < cloud.grid.z);
    let thumbnail = clamp(radius, cloud.aspect.z, cloud.aspect.w);
    if hovered || is_thumbnail(flags, thumbnail, clip.w) {
        radius = thumbnail;
        clip.z = select(0.5 * (clip.w + clip.z), clip.z, is_in_room());
    } else {
        // A dot behind all thumbnails.
        out.layer = -1;
        shape = vec2(1.0);
        clip.z *= select(0.5, 1.0, is_in_room());
    }
#endif
#ifdef MARKS
    out.ring = ring_of(flags, hovered);
    if out.ring.y > 0.0 {
        radius = max(radius * MARKED_SCALE, MARKED_RADIUS * cloud.pixel.x);
    }
    if !is_in_room() {
        clip.z = clip.w * select(tier(clip.z / clip.w, flags), 0.9995, hovered);
    }
#else
    clip.z *= cloud.edge.w;
#endif
#ifdef MARKS
    var extent = shape * radius + out.ring.x + rings_width(out.ring) + 0.5;
#else
    var extent = shape * radius + 0.5;
#endif
    var is_square = radius <= SQUARE;
#ifdef SPRITES
    is_square = is_square && out.layer < 0;
#endif
#ifdef MARKS
    is_square = is_square && out.ring.y == 0.0;
#endif
    if is_square {
        // As large as the disc, without a margin for soft edges.
        extent = vec2(SQUARE_SIDE * radius);
        radius = -radius;
    }
    // Half the work of drawing a small point is that of its triangles: a square is a part of one.
    var reach = 1.0;
    var is_right = (corner & 1u) != 0u;
    if is_square {
        reach = SQUARE_REACH;
        is_right = corner == 1u;
    }
    let pixels = select(vec2(-1.0), vec2(reach), vec2(is_right, corner > 1u)) * extent;
    out.offset = pixels / radius;
    out.position = clip + vec4(pixels * 2.0 / size * clip.w, 0.0, 0.0);
    // The cloud has radius 1 around the origin. Its nearest points keep their color, its farthest
    // fade most: along the view, or by the distance from an eye in the room, which turns.
    let middle = view.view_from_world[3].xyz;
    let beyond_middle = select(middle.z - in_view.z, length(in_view.xyz) - length(middle), is_in_room());
    var fade = clamp((beyond_middle + 1.0) * 0.5, 0.0, 1.0) * cloud.background.w;
    if (flags & (SELECTED | RELATED)) != 0u || hovered {
        fade = 0.0;
    } else if (flags & FADED) != 0u {
        // Little of the color is left, so depth fades it less.
        fade = mix(fade * 0.25, 1.0, cloud.selection.w);
    }
    fade = mix(fade, 1.0, cloud.pixel.y);
#ifdef OVER
    if (flags & SELECTED) == 0u && !hovered {
        fade = mix(fade, 1.0, OVER_FADE);
    }
#endif
    out.stage = vec4(stage(clip.xy / clip.w), fade);
    var color = linear_from_srgb(unpack4x8unorm(point.style).rgb);
#ifdef SPRITES
    if out.layer >= 0 {
        color = mix(color, vec3(1.0), cloud.light.w);
    } else if row < cloud.grid.z && cloud.light.w > 0.0 {
        // A thumbnail for which there is no place: what would be seen of it from far away.
        let mean = mean_colors[row];
        color = select(color, linear_from_srgb(unpack4x8unorm(mean).rgb), (mean >> 24u) != 0u);
    }
#endif
    out.color = vec4(color * (1.0 - fade), radius);
    return out;
}

@fragment
fn fragment(in: Varyings) -> @location(0) vec4<f32> {
    if in.color.w < 0.0 {
        // The offset is negative as well.
        if min(in.offset.x, in.offset.y) < -SQUARE_SIDE {
            discard;
        }
#ifdef SPRITES
        let flat_color = in.color.rgb;
#else
        let flat_color = in.color.rgb * (cloud.light.x + cloud.light.y * SQUARE_LIGHT.x) + cloud.light.z * SQUARE_LIGHT.y;
#endif
        return vec4(mix(flat_color + in.stage.rgb * in.stage.w, in.stage.rgb, cloud.room.y), 1.0);
    }
    let away = dot(in.offset, in.offset);
    // The distance from the edge in pixels, to first order: half the difference of the squares,
    // times the radius. Points of a pixel or two have hard edges, because soft ones would cover
    // what is behind.
    let radius = in.color.w;
    let softness = 0.5 * radius * max(4.0 - radius, 1.0);
    var cover = (1.0 - away) * softness + 0.5;
    var color: vec3<f32>;
    var layer = -1;
#ifdef SPRITES
    layer = in.layer;
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
    // Halfway between the light and the eye.
    let toward = max(dot(normal, vec3(-0.243, 0.324, 0.914)), 0.0);
    let toward_4 = toward * toward * toward * toward;
    let toward_16 = toward_4 * toward_4 * toward_4 * toward_4;
    color = in.color.rgb * (cloud.light.x + cloud.light.y * diffuse) + cloud.light.z * toward_16 * toward_16;
#endif
#ifdef OVER
    // A ring, or the frame of a thumbnail, of one color.
    let inside = -beyond(in.offset, radius, layer);
    let line = max(OVER_WIDTH * cloud.pixel.x, 0.28 * radius);
    let on_line = clamp(line - inside + 0.5, 0.0, 1.0);
    if layer < 0 {
        color = in.color.rgb;
        cover = min(cover, on_line);
    } else {
        color = mix(mix(color, in.stage.rgb, OVER_FADE), in.color.rgb, on_line);
    }
#endif
    color = mix(in.stage.rgb, color + in.stage.rgb * in.stage.w, clamp(cover, 0.0, 1.0));
#ifdef OVER
    // What is behind shows through the ring.
    var hole = layer < 0 && cover < 0.5 && inside > 0.5 * line;
#endif
#ifdef MARKS
    if in.ring.y > 0.0 {
        // The gap between point and ring has the stage's color, so that the ring is visible in
        // dense parts of the cloud.
        let from_ring = beyond(in.offset, radius, layer) - in.ring.x;
        let outermost = rings_width(in.ring) - in.ring.y;
        let from_nearest = select(from_ring, from_ring - outermost, from_ring > outermost - 0.5 * in.ring.y);
        let on_ring = clamp(min(from_nearest, in.ring.y - from_nearest) + 0.5, 0.0, 1.0);
        cover = clamp(outermost + in.ring.y - from_ring + 0.5, 0.0, 1.0);
        color = mix(in.stage.rgb, mix(color, cloud.selection.rgb, on_ring), cover);
    }
#endif
#ifdef OVER
    if hole {
        discard;
    }
#endif
    if cover <= 0.003 {
        discard;
    }
    return vec4(mix(color, in.stage.rgb, cloud.room.y), 1.0);
}

// Returns the distance of a place from its point's edge in pixels, negative inside.
fn beyond(offset: vec2<f32>, radius: f32, layer: i32) -> f32 {
    if layer >= 0 {
        let out = (abs(offset) - cloud.aspect.xy) * radius;
        return max(out.x, out.y);
    }
    return (length(offset) - 1.0) * radius;
}

struct OutlineVaryings {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(linear) offset: vec2<f32>,
    @location(1) @interpolate(flat) radius: f32,
}

// The outline around all selected points: the union of the points grown by `OUTLINE_GAP` and
// `OUTLINE_WIDTH`, minus the union of the points grown by the gap alone. The latter is drawn first,
// to the depth buffer only.
const OUTLINE_GAP: f32 = 3.0;
const OUTLINE_WIDTH: f32 = 2.0;

@vertex
fn outline_vertex(@builtin(vertex_index) corner: u32, point: Instance) -> OutlineVaryings {
    var out: OutlineVaryings;
    let flags = point.style >> 24u;
    if (flags & (HIDDEN | SELECTED)) != SELECTED || is_absent(point) || has_faded() {
        out.position = vec4(2.0, 2.0, 2.0, 1.0);
        return out;
    }
    let place = mix(point.before, point.position, cloud.point.w);
    let clip = view.clip_from_world * vec4(place, 1.0);
    let radius = clamp(pixel_radius(clip.w), cloud.aspect.z, cloud.aspect.w);
    let pixels = (vec2(f32(corner & 1u), f32(corner >> 1u)) * 2.0 - 1.0) * (cloud.aspect.xy * radius + grown() + 0.5);
    out.offset = pixels / radius;
    out.radius = radius;
    // Behind selected points, in front of all others.
    out.position = vec4(clip.xy + pixels * 2.0 / view.viewport.zw * clip.w, OUTLINE_DEPTH * clip.w, clip.w);
    return out;
}

#ifdef GAP
const OUTLINE_DEPTH: f32 = 0.745;
fn grown() -> f32 {
    return OUTLINE_GAP * cloud.pixel.x;
}
#else
const OUTLINE_DEPTH: f32 = 0.74;
fn grown() -> f32 {
    return (OUTLINE_GAP + OUTLINE_WIDTH) * cloud.pixel.x;
}
#endif

@fragment
fn outline_fragment(in: OutlineVaryings) -> @location(0) vec4<f32> {
#ifdef SPRITES
    let outside = beyond(in.offset, in.radius, 0);
#else
    let outside = beyond(in.offset, in.radius, -1);
#endif
    let cover = clamp(grown() - outside + 0.5, 0.0, 1.0);
#ifdef GAP
    if cover < 0.5 {
        discard;
    }
#endif
    if cover <= 0.003 {
        discard;
    }
    let place = (in.position.xy - view.viewport.xy) / view.viewport.zw * 2.0 - 1.0;
    return vec4(mix(stage(place), cloud.selection.rgb, cover * (1.0 - cloud.room.y)), 1.0);
}

// The outline around so many selected points that drawing each of them twice would take longer than
// everything else: they are found in the canvas. A pixel is as far outside as the nearest one of theirs,
// which is found along the lines first and then across them.
fn outline_reach() -> i32 {
    return i32((OUTLINE_GAP + OUTLINE_WIDTH) * cloud.pixel.x + 1.0);
}

#ifdef ALONG
// Returns how far the nearest selected point of the line is.
@fragment
fn along_fragment(in: StageVaryings) -> @location(0) vec4<f32> {
    let at = vec2<i32>(in.position.xy);
    let reach = outline_reach();
    let first = max(at.x - reach, i32(view.viewport.x));
    let last = min(at.x + reach, i32(view.viewport.x + view.viewport.z) - 1);
    var nearest = reach + 1;
    for (var x = first; x <= last; x++) {
        nearest = select(nearest, min(nearest, abs(x - at.x)), has_selected(vec2(x, at.y)));
    }
    return vec4(f32(nearest) / 255.0);
}

// Returns true if the canvas has a selected point at a pixel.
fn has_selected(at: vec2<i32>) -> bool {
#ifdef DENSITY
    let cell = vec2<u32>(at) / density.cells.z;
    return (more_numbers[(cell.y * density.cells.x + cell.x) * NUMBERS + 2u] & HAS_SELECTED) != 0u;
#else
    return textureLoad(canvas_depth, at, 0) >= OUTLINE_DEPTH;
#endif
}
#endif

#ifdef MASS
@group(1) @binding(0) var along: texture_2d<f32>;

struct OutlinePixel {
    @location(0) color: vec4<f32>,
    @builtin(frag_depth) depth: f32,
}

@fragment
fn mass_outline_fragment(in: StageVaryings) -> OutlinePixel {
    let at = vec2<i32>(in.position.xy);
    let reach = outline_reach();
    let first = max(at.y - reach, i32(view.viewport.y));
    let last = min(at.y + reach, i32(view.viewport.y + view.viewport.w) - 1);
    var nearest = (reach + 1) * (reach + 1);
    for (var y = first; y <= last; y++) {
        let beside = i32(round(textureLoad(along, vec2(at.x, y), 0).r * 255.0));
        nearest = min(nearest, beside * beside + (y - at.y) * (y - at.y));
    }
    let outside = sqrt(f32(nearest)) - 0.5;
    let cover = clamp((OUTLINE_GAP + OUTLINE_WIDTH) * cloud.pixel.x - outside + 0.5, 0.0, 1.0);
    if outside < OUTLINE_GAP * cloud.pixel.x || cover <= 0.003 {
        discard;
    }
    let color = mix(stage(in.across), cloud.selection.rgb, cover * (1.0 - cloud.room.y));
    return OutlinePixel(vec4(color, 1.0), OUTLINE_DEPTH);
}
#endif

// Returns the stage's color at a place from -1 to 1 in both directions.
fn stage(place: vec2<f32>) -> vec3<f32> {
    return mix(cloud.background.rgb, cloud.edge.rgb, min(dot(place, place) * 0.55, 1.0));
}

struct LineVaryings {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(linear) across: f32,          // from the middle, in pixels
    @location(1) @interpolate(flat) color: vec3<f32>,       // linear
}

// A line as a quad that is one logical pixel wide, clipped at the eye.
@vertex
fn line_vertex(@builtin(vertex_index) corner: u32, line: Instance) -> LineVaryings {
    var out: LineVaryings;
    let flags = line.style >> 24u;
    let faded = select(cloud.room.y, 0.0, (flags & STAYS) != 0u);
    var a = view.clip_from_world * vec4(line.position, 1.0);
    var b = view.clip_from_world * vec4(line.before, 1.0);
    let least = 1e-3;
    if max(a.w, b.w) <= least || faded >= 1.0 {
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
    if (flags & LINK) != 0u && !is_in_room() {
        // In front of all points except marked ones.
        out.position.z = 0.5 * end.w;
    } else {
        // Slightly farther than it is, so that it is behind the points that lie on it.
        out.position.z *= 0.995 * cloud.edge.w;
    }
    out.color = mix(linear_from_srgb(unpack4x8unorm(line.style).rgb), cloud.background.rgb, faded);
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
    // Noise of half a step hides the banding of the gradient in eight bits.
    let noise = fract(52.9829189 * fract(dot(in.position.xy, vec2(0.06711056, 0.00583715)))) - 0.5;
    return vec4(stage(in.across) * (1.0 + noise * 0.03), 1.0);
}

#ifdef CANVAS
struct CanvasPixel {
    @location(0) color: vec4<f32>,
    @builtin(frag_depth) depth: f32,
}

// Puts the canvas, which the points were drawn into, where they would be.
@fragment
fn canvas_fragment(in: StageVaryings) -> CanvasPixel {
    let at = vec2<i32>(in.position.xy);
    let depth = textureLoad(canvas_depth, at, 0);
    if depth <= 0.0 {
        discard;
    }
    var color = textureLoad(canvas_color, at, 0).rgb;
    if cloud.canvas.y > 0.0 {
        color *= dome_light(at, depth);
    }
    return CanvasPixel(vec4(color, 1.0), depth);
}

// Eye-dome lighting (C. Boucheny: "Visualisation scientifique de grands volumes de données", 2009):
// a pixel is the darker the more of those around it are nearer to the eye. Marked points keep their
// color and make no shadow, because their depth is not their own.
fn dome_light(at: vec2<i32>, depth: f32) -> f32 {
    if depth >= cloud.edge.w {
        return 1.0;
    }
    let here = away(depth);
    let per_unit = view.clip_from_view[1][1] / select(here, 1.0, view.clip_from_view[3][3] == 1.0);
    let end = vec2<i32>(textureDimensions(canvas_depth)) - 1;
    let step = max(i32(round(cloud.pixel.x)), 1);
    // At two distances.
    var around = array(
        vec2(3, 1), vec2(-3, -1), vec2(-1, 3), vec2(1, -3), vec2(5, 5), vec2(-5, 5), vec2(5, -5), vec2(-5, -5));
    var shadow = 0.0;
    for (var i = 0u; i < 8u; i++) {
        let there = clamp(at + around[i] * step, vec2(0), end);
        let depth_there = textureLoad(canvas_depth, there, 0);
        // Nothing is there, or what is marked.
        if depth_there > 0.0 && depth_there < cloud.edge.w {
            shadow += clamp((here - away(depth_there)) * per_unit, 0.0, DEEPEST);
        }
    }
    return max(exp(-cloud.canvas.y * shadow), DARKEST);
}

// Returns how far away from the eye the depth of an unmarked point is.
fn away(depth: f32) -> f32 {
    let lens = view.clip_from_view;
    let z = depth / cloud.edge.w;
    return select(lens[3][2] / z, (lens[3][2] - z) / lens[2][2], lens[3][3] == 1.0);
}

// The greatest difference of depth that counts, in halves of the view's height, and the least light.
const DEEPEST: f32 = 0.15;
const DARKEST: f32 = 0.3;
#endif

// Numbers of a cell: points, red, and green; and blue, what red and green have beyond 32 bits, and what
// blue and points have. Where points are marked, those that do not step back weigh as much as FRONT that
// do, and the highest bits say that there are some, and whether one of them is selected.
const NUMBERS: u32 = 3u;
const FRONT: u32 = 256u;
const HAS_FRONT: u32 = 1u << 31u;
const HAS_SELECTED: u32 = 1u << 30u;
const POINTS_BEYOND: u32 = 0x3fffu;

// A color is added as steps of so many.
const STEPS: f32 = 1023.0;

#ifdef COUNTS
struct CountVaryings {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) style: u32,
}

// A point of one pixel, at the middle of what it covers.
@vertex
fn count_vertex(point: Instance) -> CountVaryings {
    var out: CountVaryings;
    out.style = point.style;
    let flags = point.style >> 24u;
    if (flags & HIDDEN) != 0u || is_absent(point) || is_elsewhere(flags) {
        out.position = vec4(2.0, 2.0, 2.0, 1.0);
        return out;
    }
    let place = mix(point.before, point.position, cloud.point.w);
    out.position = view.clip_from_view * (view.view_from_world * vec4(place, 1.0));
    return out;
}

// Adds a point to the cells that it covers.
@fragment
fn count_fragment(in: CountVaryings) -> @location(0) vec4<f32> {
    let side = i32(density.cells.w);
    let first = vec2<i32>(in.position.xy) / i32(density.cells.z) - (side - 1) / 2;
    let is_front = cloud.canvas.w > 0.0 && ((in.style >> 24u) & FADED) == 0u;
    let is_selected = is_front && ((in.style >> 24u) & SELECTED) != 0u;
    let marks = select(0u, HAS_FRONT, is_front) | select(0u, HAS_SELECTED, is_selected);
    let weight = select(1u, FRONT, is_front);
    let color = vec3<u32>(linear_from_srgb(unpack4x8unorm(in.style).rgb) * STEPS + 0.5) * weight;
    for (var y = max(first.y, 0); y < min(first.y + side, i32(density.cells.y)); y++) {
        for (var x = max(first.x, 0); x < min(first.x + side, i32(density.cells.x)); x++) {
            let at = (u32(y) * density.cells.x + u32(x)) * NUMBERS;
            let more = vec4(
                beyond_32_bits(atomicAdd(&numbers[at], weight), weight),
                beyond_32_bits(atomicAdd(&numbers[at + 1u], color.r), color.r),
                beyond_32_bits(atomicAdd(&numbers[at + 2u], color.g), color.g),
                beyond_32_bits(atomicAdd(&more_numbers[at], color.b), color.b));
            if any(more != vec4(0u)) {
                atomicAdd(&more_numbers[at + 1u], more.y + (more.z << 16u));
                atomicAdd(&more_numbers[at + 2u], more.w + (more.x << 16u));
            }
            if (atomicLoad(&more_numbers[at + 2u]) & marks) != marks {
                atomicOr(&more_numbers[at + 2u], marks);
            }
        }
    }
    return vec4(0.0);
}

// Returns 1 if a number of 32 bits that was `before` has begun anew.
fn beyond_32_bits(before: u32, added: u32) -> u32 {
    return select(0u, 1u, before > 0xffffffffu - added);
}
#endif

#ifdef DENSITY
// Everything but the stage is in front of the density.
const DENSITY_DEPTH: f32 = 1e-7;

struct DensityPixel {
    @location(0) color: vec4<f32>,
    @builtin(frag_depth) depth: f32,
}

// Shows the mean color of the points of each cell, the brighter the more there are: from the stage's color
// to their own. See `session::FullBrightness`.
@fragment
fn density_fragment(in: StageVaryings) -> DensityPixel {
    let cell = vec2<u32>(in.position.xy) / density.cells.z;
    let at = (cell.y * density.cells.x + cell.x) * NUMBERS;
    let more = vec2(more_numbers[at + 1u], more_numbers[at + 2u]);
    let points = whole(numbers[at], (more.y >> 16u) & POINTS_BEYOND);
    if points == 0.0 {
        discard;
    }
    let sums = vec3(
        whole(numbers[at + 1u], more.x & 0xffffu),
        whole(numbers[at + 2u], more.x >> 16u),
        whole(more_numbers[at], more.y & 0xffffu));
    let has_front = (more.y & HAS_FRONT) != 0u;
    let count = points * density.scale.x / select(1.0, f32(FRONT), has_front);
    var bright = min(log(1.0 + 8.0 * count) / log(1.0 + 8.0 * density.scale.y), 1.0);
    if cloud.canvas.w > 0.0 && !has_front {
        bright *= sqrt(1.0 - cloud.selection.w);
    }
    // About as eyes see it, on a dark stage as on a light one.
    let color = mix(sqrt(stage(in.across)), sqrt(sums / (points * STEPS)), bright);
    return DensityPixel(vec4(color * color, 1.0), DENSITY_DEPTH);
}

fn whole(low: u32, high: u32) -> f32 {
    return f32(low) + 4294967296.0 * f32(high);
}
#endif
