//! Colors of data and stage.
//!
//! The first eight categories are Okabe and Ito's ("Color Universal Design", 2008), lightened or darkened for each theme so that all stand
//! out from the stage; their black is a light gray on dark. Twelve more were chosen one by one, each the one
//! whose least distance in Oklab to all before it is greatest, as seen with normal vision and with Machado's
//! protanopia, deuteranopia and tritanopia (2009). Numbers run along a [`ramp`], without what the stage would swallow.

use parallax_session::{Ramp, Rgb, Theme};

/// Categories that get a color of their own; the rest share [`other`].
pub const CATEGORIES: usize = 20;

const DARK: [u32; CATEGORIES] = [
    0xE6_9F00, 0x56_B4E9, 0x00_A87C, 0xF0_E442, 0x2F_86D0, 0xE5_671E, 0xD9_87B5, 0xC4_CCD6, 0xBB_FFCC, 0x88_6688,
    0x88_22FF, 0xCC_3333, 0x88_CC88, 0xEE_00BB, 0xBB_66FF, 0x88_EE99, 0x55_FFFF, 0xFF_BB00, 0x55_8866, 0x77_CCFF,
];

const LIGHT: [u32; CATEGORIES] = [
    0xD9_8E00, 0x3A_9AD9, 0x00_7A58, 0xCF_C000, 0x00_5F9E, 0xC2_4E00, 0xCC_79A7, 0x39_424C, 0x88_00FF, 0x00_CC99,
    0x88_0000, 0x55_1177, 0x00_22BB, 0xFF_55FF, 0x77_66CC, 0xFF_1155, 0xAA_0088, 0xAA_2200, 0xDD_66BB, 0x66_44CC,
];

const CONTRAST: [u32; CATEGORIES] = [
    0xFF_B000, 0x66_C8FF, 0x00_C896, 0xFF_F04D, 0x4D_9FFF, 0xFF_7A33, 0xF5_9BCB, 0xF0_F0F0, 0x77_7799, 0xDD_3355,
    0xBB_33DD, 0xBB_DD99, 0x77_9999, 0xBB_FF99, 0x99_DDFF, 0x00_77FF, 0xBB_7700, 0xDD_33BB, 0xDD_77DD, 0x99_7777,
];

/// The stops of a ramp lie at even steps.
const STOPS: usize = 17;

/// Smith and van der Walt, 2015: made for matplotlib, lightness rises evenly in CAM02-UCS.
const VIRIDIS: [u32; STOPS] = [
    0x44_0154, 0x48_186A, 0x47_2D7B, 0x42_4086, 0x3B_528B, 0x33_638D, 0x2C_728E, 0x26_828E, 0x21_918C, 0x1F_A088,
    0x28_AE80, 0x3F_BC73, 0x5E_C962, 0x84_D44B, 0xAD_DC30, 0xD8_E219, 0xFD_E725,
];

/// Nuñez, Anderton and Renslow, "Optimizing colormaps with consideration for color vision deficiency", PLOS ONE 2018.
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

/// The color of the category with this place.
#[must_use]
pub fn category(theme: Theme, place: usize) -> Rgb {
    let colors = by(theme, &DARK, &LIGHT, &CONTRAST);
    colors.get(place).map_or_else(|| other(theme), |&color| rgb(color))
}

/// The color of categories beyond [`CATEGORIES`].
#[must_use]
pub fn other(theme: Theme) -> Rgb {
    rgb(by(theme, 0x6B_7886, 0x9A_A5B1, 0x8A_949E))
}

/// The color of rows whose cell is missing.
#[must_use]
pub fn missing(theme: Theme) -> Rgb {
    rgb(by(theme, 0x47_515D, 0xC3_CBD4, 0x68_7078))
}

/// The color of points that no column colors.
#[must_use]
pub fn plain(theme: Theme) -> Rgb {
    rgb(by(theme, 0x7F_B2E0, 0x3D_7FB8, 0x7F_C8FF))
}

/// The color of `ramp` at `share` of the way from its lower to its upper end.
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

/// How a ramp is fitted to a stage, so that no part of it is lost there: which part of it is used, and how much white or black is mixed in where its
/// ends, or its middle, are all needed.
struct Fit {
    from: f32,
    to: f32,
    white: f32,
    black: f32,
}

impl Fit {
    fn of(theme: Theme, ramp: Ramp) -> Self {
        let (from, to, white, black) = match (ramp, theme) {
            (Ramp::Viridis, Theme::Dark) => (0.175, 1.0, 0.0, 0.0),
            (Ramp::Viridis, Theme::Light) => (0.0, 0.79, 0.0, 0.0),
            (Ramp::Viridis, Theme::Contrast) => (0.3, 1.0, 0.0, 0.0),
            (Ramp::Cividis, Theme::Dark) => (0.2, 1.0, 0.0, 0.0),
            (Ramp::Cividis, Theme::Contrast) => (0.33, 1.0, 0.0, 0.0),
            (Ramp::Inferno, Theme::Dark) => (0.34, 1.0, 0.0, 0.0),
            (Ramp::Cividis | Ramp::Inferno, Theme::Light) => (0.0, 0.81, 0.0, 0.0),
            (Ramp::Inferno, Theme::Contrast) => (0.44, 1.0, 0.0, 0.0),
            (Ramp::Coolwarm, Theme::Dark) => (0.0, 1.0, 0.0, 0.0),
            (Ramp::Coolwarm, Theme::Contrast) => (0.0, 1.0, 0.12, 0.0),
            (Ramp::Twilight, Theme::Dark) => (0.0, 1.0, 0.22, 0.0),
            (Ramp::Coolwarm | Ramp::Twilight, Theme::Light) => (0.0, 1.0, 0.0, 0.22),
            (Ramp::Twilight, Theme::Contrast) => (0.0, 1.0, 0.34, 0.0),
        };
        Self { from, to, white, black }
    }
}

/// The color of what is selected.
#[must_use]
pub fn selection(theme: Theme) -> Rgb {
    rgb(by(theme, 0xF2_C14E, 0xB0_7A00, 0xFF_E14D))
}

/// The stage behind the points, in its middle and at its edge.
#[must_use]
pub fn stage(theme: Theme) -> [Rgb; 2] {
    by(theme, [0x12_161D, 0x0B_0E12], [0xFF_FFFF, 0xEE_F1F5], [0, 0]).map(rgb)
}

/// Lines behind the points, and the axes among them.
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
mod tests {
    use super::*;

    /// Relative luminance and contrast as WCAG 2 defines them.
    fn luminance(color: Rgb) -> f64 {
        let linear = color.map(|c| {
            let c = f64::from(c) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    fn contrast(a: Rgb, b: Rgb) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    const THEMES: [Theme; 3] = [Theme::Dark, Theme::Light, Theme::Contrast];

    /// Where high contrast is asked for, WCAG 2.2's 3:1 for graphics (1.4.11) holds, and its 4.5:1 for categories.
    #[test]
    fn every_color_stands_out_from_its_stage() {
        for theme in THEMES {
            let (least, least_category) = if theme == Theme::Contrast { (3.0, 4.5) } else { (1.8, 1.8) };
            let check = |color: Rgb, least: f64| {
                let found = contrast(color, stage(theme)[0]);
                assert!(found > least, "{theme:?} {color:?}: {found}");
            };
            (0..CATEGORIES).for_each(|place| check(category(theme, place), least_category));
            [other(theme), plain(theme), selection(theme)].into_iter().for_each(|color| check(color, least));
            for (of, i) in Ramp::ALL.into_iter().flat_map(|of| (0..=64_u8).map(move |i| (of, i))) {
                check(ramp(theme, of, f32::from(i) / 64.0), least);
            }
        }
        assert_eq!(stage(Theme::Contrast), [[0; 3]; 2]);
    }

    fn luminances(theme: Theme, of: Ramp) -> Vec<f64> {
        (0..=32_u8).map(|i| luminance(ramp(theme, of, f32::from(i) / 32.0))).collect()
    }

    #[test]
    fn even_ramps_grow_lighter_all_the_way() {
        for theme in THEMES {
            for of in [Ramp::Viridis, Ramp::Cividis, Ramp::Inferno] {
                let steps = luminances(theme, of);
                assert!(steps.is_sorted(), "{theme:?} {of:?}: {steps:?}");
            }
        }
    }

    #[test]
    fn a_diverging_ramp_has_one_middle_and_a_cyclic_one_closes() {
        for theme in THEMES {
            let steps = luminances(theme, Ramp::Coolwarm);
            assert!(steps[..=16].is_sorted() && steps[16..].iter().rev().is_sorted(), "{theme:?}: {steps:?}");
            assert_eq!(ramp(theme, Ramp::Twilight, 0.0), ramp(theme, Ramp::Twilight, 1.0));
        }
    }

    #[test]
    fn no_number_is_without_a_color() {
        for share in [f32::NAN, f32::INFINITY, -1.0, 0.0, 1.0, 2.0] {
            let color = ramp(Theme::Dark, Ramp::Viridis, share);
            let end = if share >= 1.0 && share.is_finite() { 1.0 } else { 0.0 };
            assert_eq!(color, ramp(Theme::Dark, Ramp::Viridis, end), "{share}");
        }
    }
}
