// Plates in the room: flat parts of a picture, in front of everything.

#import bevy_render::view::View

@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var sheet: texture_2d<f32>;
@group(0) @binding(2) var sheet_sampler: sampler;

struct Plate {
    @location(0) middle: vec3<f32>,
    @location(1) right: vec3<f32>,      // half the width
    @location(2) up: vec3<f32>,         // half the height
    @location(3) part: vec4<f32>,       // of the picture: the upper left and the lower right corner
}

struct Varyings {
    @builtin(position) position: vec4<f32>,
    @location(0) at: vec2<f32>,
}

@vertex
fn vertex(@builtin(vertex_index) corner: u32, plate: Plate) -> Varyings {
    let side = vec2(f32(corner & 1u), f32(corner >> 1u)) * 2.0 - 1.0;
    let place = plate.middle + plate.right * side.x + plate.up * side.y;
    var out: Varyings;
    out.position = view.clip_from_world * vec4(place, 1.0);
    out.at = mix(plate.part.xy, plate.part.zw, vec2(side.x, -side.y) * 0.5 + 0.5);
    return out;
}

@fragment
fn fragment(in: Varyings) -> @location(0) vec4<f32> {
    return vec4(textureSample(sheet, sheet_sampler, in.at).rgb, 1.0);
}
