// The pictures of two eyes on one screen: beside each other, or on each other for red and cyan
// glasses.

struct Pair {
    background: vec4<f32>,      // linear RGB around the pictures; w: 1 if they lie on each other
    left: vec4<f32>,            // the upper left corner and the size of a picture, in pixels
    right: vec4<f32>,
}

@group(0) @binding(0) var<uniform> pair: Pair;
@group(0) @binding(1) var left: texture_2d<f32>;
@group(0) @binding(2) var right: texture_2d<f32>;

// How bright a color is seen through red glass (Rec. 601, with more red than Rec. 709). See
// `pair.rs`.
const BRIGHTNESS: vec3<f32> = vec3(0.299, 0.587, 0.114);

// One triangle over the whole viewport.
@vertex
fn vertex(@builtin(vertex_index) corner: u32) -> @builtin(position) vec4<f32> {
    return vec4(vec2(f32(corner & 1u), f32(corner >> 1u)) * 4.0 - 1.0, 0.0, 1.0);
}

@fragment
fn fragment(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let in_left = position.xy - pair.left.xy;
    let in_right = position.xy - pair.right.xy;
    let is_left = all(in_left >= vec2(0.0)) && all(in_left < pair.left.zw);
    let is_right = all(in_right >= vec2(0.0)) && all(in_right < pair.right.zw);
    let seen_left = textureLoad(left, vec2<i32>(in_left), 0).rgb;
    let seen_right = textureLoad(right, vec2<i32>(in_right), 0).rgb;
    var color = pair.background.rgb;
    if is_left && pair.background.w > 0.0 {
        color = vec3(dot(seen_left, BRIGHTNESS), seen_right.gb);
    } else if is_left {
        color = seen_left;
    } else if is_right {
        color = seen_right;
    }
    return vec4(color, 1.0);
}
