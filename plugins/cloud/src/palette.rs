//! Colors of the data and of the stage.
//!
//! Up to [`CATEGORIES`] categories have a color of their own. The first eight colors are those of
//! Okabe and Ito ("Color Universal Design", 2008), made lighter or darker for each theme so that
//! all stand out from the stage; their black is a light gray on dark. `examples/category_colors.rs`
//! chose the others one by one, each as far as possible from all before it: the first 12 also where
//! they are shaded or have faded, the first 24 for normal vision as well as protanopia, deuteranopia and tritanopia, the rest mainly for normal vision. No
//! color can be confused with a neutral gray or with the selection. Numbers are colored along a
//! [`ramp`], without the part that is too close to the stage.

mod categories;

use parallax_session::{Ramp, Rgb, Theme};

/// The number of categories with a color of their own. The rest share [`other`].
pub const CATEGORIES: usize = 256;

/// The number of evenly spaced stops of a ramp.
const STOPS: usize = 17;

/// Smith and van der Walt, 2015: made for matplotlib, lightness rises evenly in CAM02-UCS.
const VIRIDIS: [u32; STOPS] = [
    0x44_0154, 0x48_186A, 0x47_2D7B, 0x42_4086, 0x3B_528B, 0x33_638D, 0x2C_728E, 0x26_828E, 0x21_918C, 0x1F_A088,
    0x28_AE80, 0x3F_BC73, 0x5E_C962, 0x84_D44B, 0xAD_DC30, 0xD8_E219, 0xFD_E725,
];

/// Nuñez, Anderton and Renslow, "Optimizing colormaps with consideration for color vision
/// deficiency", PLOS ONE 2018.
const CIVIDIS: [u32; STOPS] = [
    0x00_224E, 0x00_2E6A, 0x1A_386F, 0x32_436D, 0x43_4E6C, 0x53_5A6D, 0x61_656F, 0x6F_7073, 0x7D_7C78, 0x8C_8878,
    0x9B_9476, 0xAB_A072, 0xBC_AE6C, 0xCD_BB63, 0xDE_C958, 0xF0_D846, 0xFE_E838,
];

/// Smith and van der Walt, 2015, as viridis.
const INFERNO: [u32; STOPS] = [
    0x00_0004, 0x0B_0724, 0x21_0C4A, 0x3D_0965, 0x57_106E, 0x71_196E, 0x8A_226A, 0xA3_2C61, 0xBC_3754, 0xD2_4644,
    0xE4_5A31, 0xF1_731D, 0xF9_8E09, 0xFC_AC11, 0xF9_CB35, 0xF2_EA69, 0xFC_FFA4,
];

/// Moreland, "Diverging color maps for scientific visualization", 2009.
const COOLWARM: [u32; STOPS] = [
    0x3B_4CC0, 0x4E_68D8, 0x62_82EA, 0x77_9AF7, 0x8D_B0FE, 0xA3_C2FE, 0xB9_D0F9, 0xCC_D9ED, 0xDD_DCDC, 0xEC_D3C5,
    0xF5_C4AC, 0xF7_B093, 0xF4_987A, 0xEB_7D62, 0xDD_5F4B, 0xCA_3B37, 0xB4_0426,
];

/// Bechtold, "Twilight", 2016: both ends are one color.
const TWILIGHT: [u32; STOPS] = [
    0xE2_D9E2, 0xC4_CED4, 0x95_B5C7, 0x72_97C1, 0x62_76BA, 0x5E_51AD, 0x59_2A8F, 0x45_135C, 0x2F_1436, 0x4A_1342,
    0x74_1E4F, 0x98_3550, 0xB2_5652, 0xC2_7C63, 0xCC_A389, 0xD8_C7BE, 0xE2_D9E2,
];

/// Returns the color of the category at this place.
#[must_use]
pub fn category(theme: Theme, place: usize) -> Rgb {
    let colors = by(theme, &categories::DARK, &categories::LIGHT, &categories::CONTRAST);
    colors.get(place).map_or_else(|| other(theme), |&color| rgb(color))
}

/// Returns the color of categories beyond [`CATEGORIES`].
#[must_use]
pub fn other(theme: Theme) -> Rgb {
    rgb(by(theme, 0x6B_7886, 0x9A_A5B1, 0x78_8088))
}

/// Returns the color of rows without a value.
#[must_use]
pub fn missing(theme: Theme) -> Rgb {
    rgb(by(theme, 0x47_515D, 0xC3_CBD4, 0x58_5F66))
}

/// Returns the color of points that no column colors.
#[must_use]
pub fn plain(theme: Theme) -> Rgb {
    rgb(by(theme, 0x7F_B2E0, 0x3D_7FB8, 0x7F_C8FF))
}

/// Returns the color of `ramp` at `share` of the way from its lower to its upper end.
#[must_use]
pub fn ramp(theme: Theme, ramp: Ramp, share: f32) -> Rgb {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let stops = match ramp {
        Ramp::Viridis => &VIRIDIS,
        Ramp::Cividis => &CIVIDIS,
        Ramp::Inferno => &INFERNO,
        Ramp::Coolwarm => &COOLWARM,
        Ramp::Twilight => &TWILIGHT,
    };
    let Fit { from, to, white, black } = Fit::of(theme, ramp);
    let place = (from + share * (to - from)) * (STOPS - 1) as f32;
    let low = (place as usize).min(STOPS - 2);
    let part = place - low as f32;
    let (a, b) = (rgb(stops[low]), rgb(stops[low + 1]));
    std::array::from_fn(|i| {
        let color = f32::from(a[i]) * (1.0 - part) + f32::from(b[i]) * part;
        (color * (1.0 - white - black) + 255.0 * white).round() as u8
    })
}

/// Returns the color of a row with false and missing neighbors, both from none (0) to as many as by
/// chance (1). Those with neither recede, and those with both stand out most.
#[must_use]
pub fn square(theme: Theme, errors: [f32; 2]) -> Rgb {
    let [neither, false_ones, missing_ones, both] = by(
        theme,
        [0x66_727F, 0x3F_A0F5, 0xF0_7818, 0xFF_E6F4],
        [0xA3_AEBA, 0x24_88DB, 0xE0_751A, 0x3A_0F3A],
        [0x7C_858E, 0x4D_B0FF, 0xFF_8A2B, 0xFF_E6F4],
    )
    .map(rgb);
    let [x, y] = errors.map(|error| if error.is_finite() { error.clamp(0.0, 1.0) } else { 0.0 });
    std::array::from_fn(|i| {
        let mix = |a: u8, b: u8| f32::from(a) * (1.0 - x) + f32::from(b) * x;
        (mix(neither[i], false_ones[i]) * (1.0 - y) + mix(missing_ones[i], both[i]) * y).round() as u8
    })
}

/// How a ramp is adapted to a stage so that all of it stands out: which part of it is used, and how
/// much white or black is mixed in if both ends or the middle are needed.
struct Fit {
    from: f32,
    to: f32,
    white: f32,
    black: f32,
}

impl Fit {
    fn of(theme: Theme, ramp: Ramp) -> Self {
        let (from, to, white, black) = match (ramp, theme) {
            (Ramp::Viridis, Theme::Dark) => (0.26, 1.0, 0.0, 0.0),
            (Ramp::Viridis, Theme::Light) => (0.0, 0.725, 0.0, 0.0),
            (Ramp::Viridis, Theme::Contrast) => (0.35, 1.0, 0.0, 0.0),
            (Ramp::Cividis, Theme::Dark) => (0.285, 1.0, 0.0, 0.0),
            (Ramp::Cividis, Theme::Contrast) => (0.385, 1.0, 0.0, 0.0),
            (Ramp::Inferno, Theme::Dark) => (0.41, 1.0, 0.0, 0.0),
            (Ramp::Cividis | Ramp::Inferno, Theme::Light) => (0.0, 0.755, 0.0, 0.0),
            (Ramp::Inferno, Theme::Contrast) => (0.49, 1.0, 0.0, 0.0),
            (Ramp::Coolwarm, Theme::Dark) => (0.0, 1.0, 0.0, 0.0),
            (Ramp::Coolwarm, Theme::Contrast) => (0.0, 1.0, 0.16, 0.0),
            (Ramp::Twilight, Theme::Dark) => (0.0, 1.0, 0.26, 0.0),
            (Ramp::Coolwarm | Ramp::Twilight, Theme::Light) => (0.0, 1.0, 0.0, 0.22),
            (Ramp::Twilight, Theme::Contrast) => (0.0, 1.0, 0.34, 0.0),
        };
        Self { from, to, white, black }
    }
}

/// Returns the color of the selection, which no category has and which contrasts most with the
/// stage.
#[must_use]
pub fn selection(theme: Theme) -> Rgb {
    rgb(by(theme, 0xFF_FFFF, 0x0A_0E14, 0xFF_FFFF))
}

/// Returns the colors of the stage in its middle and at its edge.
#[must_use]
pub fn stage(theme: Theme) -> [Rgb; 2] {
    by(theme, [0x12_161D, 0x0B_0E12], [0xFF_FFFF, 0xEE_F1F5], [0, 0]).map(rgb)
}

/// Returns the color of the lines from the inspected point to its neighbors.
#[must_use]
pub fn links(theme: Theme) -> Rgb {
    rgb(by(theme, 0x86_92A0, 0x6A_7684, 0xC0_C0C0))
}

/// Returns the color of the lines to neighbors that the layout has torn off.
#[must_use]
pub fn torn(theme: Theme) -> Rgb {
    rgb(by(theme, 0xF0_8A4B, 0xC2_4A0C, 0xFF_A057))
}

/// Returns how far the farthest points fade into the stage. Less on a light stage, because colors
/// are mixed in linear light.
#[must_use]
pub fn depth_fade(theme: Theme) -> f32 {
    by(theme, 0.62, 0.4, 0.62)
}

/// Returns how far unrelated points fade into the stage. Less on a light stage, because colors are
/// mixed in linear light.
#[must_use]
pub fn step_back(theme: Theme) -> f32 {
    by(theme, 0.84, 0.62, 0.8)
}

/// Returns the colors of the grid and of the axes.
#[must_use]
pub fn lines(theme: Theme) -> [Rgb; 2] {
    by(theme, [0x24_2B35, 0x4A_5563], [0xE1_E6EC, 0xA9_B4C0], [0x3A_3A3A, 0x8A_8A8A]).map(rgb)
}

fn by<T>(theme: Theme, dark: T, light: T, contrast: T) -> T {
    match theme {
        Theme::Dark => dark,
        Theme::Light => light,
        Theme::Contrast => contrast,
    }
}

fn rgb(hex: u32) -> Rgb {
    let [_, r, g, b] = hex.to_be_bytes();
    [r, g, b]
}

#[cfg(test)]
mod tests;
