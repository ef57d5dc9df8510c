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
mod tests {
    use super::*;

    fn linear(color: Rgb) -> [f64; 3] {
        color.map(|c| {
            let c = f64::from(c) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// Relative luminance and contrast as WCAG 2 defines them.
    fn luminance(color: Rgb) -> f64 {
        let linear = linear(color);
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    fn contrast(a: Rgb, b: Rgb) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    const THEMES: [Theme; 3] = [Theme::Dark, Theme::Light, Theme::Contrast];

    /// In high contrast, ramps satisfy WCAG 2.2's 3:1 for graphics (1.4.11) and categories its
    /// 4.5:1.
    #[test]
    fn colors_stand_out_from_their_stage() {
        for theme in THEMES {
            let (categories, ramps, gray) = match theme {
                Theme::Dark => (2.4, 2.4, 2.4),
                Theme::Light => (1.5, 2.2, 1.8),
                Theme::Contrast => (4.5, 3.6, 3.0),
            };
            let check = |color: Rgb, least: f64| {
                let found = contrast(color, stage(theme)[0]);
                assert!(found >= least, "{theme:?} {color:?}: {found}");
            };
            (0..CATEGORIES).for_each(|place| check(category(theme, place), categories));
            [other(theme), plain(theme), links(theme)].into_iter().for_each(|color| check(color, gray));
            check(selection(theme), 15.0);
            for (of, i) in Ramp::ALL.into_iter().flat_map(|of| (0..=64_u8).map(move |i| (of, i))) {
                check(ramp(theme, of, f32::from(i) / 64.0), ramps);
            }
        }
        assert_eq!(stage(Theme::Contrast), [[0; 3]; 2]);
    }

    /// Faded points are still visible, but much less than others.
    #[test]
    fn faded_points_stay_readable() {
        let weigh = |linear: [f64; 3]| 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
        for theme in THEMES {
            let (back, stage) = (f64::from(step_back(theme)), stage(theme)[0]);
            for color in (0..24).map(|place| category(theme, place)).chain([plain(theme)]) {
                let faded = weigh(linear(color)) * (1.0 - back) + weigh(linear(stage)) * back;
                let (high, low) = (faded.max(luminance(stage)) + 0.05, faded.min(luminance(stage)) + 0.05);
                let (found, full) = (high / low, contrast(color, stage));
                assert!(found > 1.15 && found < 1.0 + 0.6 * (full - 1.0), "{theme:?} {color:?}: {found} of {full}");
            }
        }
    }

    /// CIE L*a*b*, D65.
    fn lab(color: [f64; 3]) -> [f64; 3] {
        let row = |row: [f64; 3], white: f64| (row[0] * color[0] + row[1] * color[1] + row[2] * color[2]) / white;
        let [x, y, z] = [
            row([0.412_456_4, 0.357_576_1, 0.180_437_5], 0.950_47),
            row([0.212_672_9, 0.715_152_2, 0.072_175_0], 1.0),
            row([0.019_333_9, 0.119_192_0, 0.950_304_1], 1.088_83),
        ]
        .map(|t| if t > 216.0 / 24_389.0 { t.cbrt() } else { (24_389.0 / 27.0 * t + 16.0) / 116.0 });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    /// CIEDE2000 (Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula", 2005).
    fn difference([l1, a1, b1]: [f64; 3], [l2, a2, b2]: [f64; 3]) -> f64 {
        let seventh = |c: f64| (c.powi(7) / (c.powi(7) + 25_f64.powi(7))).sqrt();
        let g = 0.5 * (1.0 - seventh(f64::midpoint(a1.hypot(b1), a2.hypot(b2))));
        let polar = |a: f64, b: f64| {
            let a = a * (1.0 + g);
            let hue = if a == 0.0 && b == 0.0 { 0.0 } else { b.atan2(a).to_degrees().rem_euclid(360.0) };
            (a.hypot(b), hue)
        };
        let ((c1, h1), (c2, h2)) = (polar(a1, b1), polar(a2, b2));
        let gray = c1 * c2 == 0.0;
        let turn = if gray { 0.0 } else { (h2 - h1 + 180.0).rem_euclid(360.0) - 180.0 };
        let hue = match (h1 - h2).abs() {
            _ if gray => h1 + h2,
            apart if apart <= 180.0 => f64::midpoint(h1, h2),
            _ if h1 + h2 < 360.0 => f64::midpoint(h1, h2) + 180.0,
            _ => f64::midpoint(h1, h2) - 180.0,
        };
        let (l, c) = (f64::midpoint(l1, l2), f64::midpoint(c1, c2));
        let cos = |degrees: f64| degrees.to_radians().cos();
        let t = 1.0 - 0.17 * cos(hue - 30.0) + 0.24 * cos(2.0 * hue) + 0.32 * cos(3.0 * hue + 6.0)
            - 0.20 * cos(4.0 * hue - 63.0);
        let away = (l - 50.0).powi(2);
        let dl = (l2 - l1) / (1.0 + 0.015 * away / (20.0 + away).sqrt());
        let dc = (c2 - c1) / (1.0 + 0.045 * c);
        let dh = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin() / (1.0 + 0.015 * c * t);
        let rotation = -(60.0 * (-((hue - 275.0) / 25.0).powi(2)).exp()).to_radians().sin() * 2.0 * seventh(c);
        (dl * dl + dc * dc + dh * dh + rotation * dc * dh).sqrt()
    }

    /// Pairs 1, 7, 17, 19 and 25 of the table that Sharma, Wu and Dalal published.
    #[test]
    fn difference_agrees_with_published_pairs() {
        for (a, b, expected) in [
            ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
            ([50.0, 0.0, 0.0], [50.0, -1.0, 2.0], 2.3669),
            ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
            ([50.0, 2.5, 0.0], [56.0, -27.0, -3.0], 31.9030),
            ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
        ] {
            assert!((difference(a, b) - expected).abs() < 1e-4, "{a:?} {b:?}: {}", difference(a, b));
        }
    }

    /// Converts a color to CIE L*a*b* as seen with a kind of vision, given by Machado, Oliveira and
    /// Fernandes' matrix for linear RGB.
    fn seen(color: Rgb, vision: [[f64; 3]; 3]) -> [f64; 3] {
        let linear = linear(color);
        lab(vision.map(|row| row.iter().zip(linear).map(|(a, b)| a * b).sum::<f64>().clamp(0.0, 1.0)))
    }

    const NORMAL: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    const PROTANOPIA: [[f64; 3]; 3] =
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]];
    const DEUTERANOPIA: [[f64; 3]; 3] =
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]];

    /// Measured with CIEDE2000. The colors were chosen by distances in Oklab.
    #[test]
    fn categories_differ_from_each_other_and_from_what_is_no_category() {
        for theme in THEMES {
            for (vision, count, least) in
                [(NORMAL, 256, 2.0), (NORMAL, 40, 5.0), (PROTANOPIA, 24, 3.5), (DEUTERANOPIA, 24, 3.5)]
            {
                let colors: Vec<[f64; 3]> = (0..count).map(|place| seen(category(theme, place), vision)).collect();
                for (place, &a) in colors.iter().enumerate() {
                    for (before, &b) in colors[..place].iter().enumerate() {
                        let found = difference(a, b);
                        assert!(found > least, "{theme:?}: {before} and {place} of {count} differ by {found}");
                    }
                }
            }
            for place in 0..CATEGORIES {
                let color = seen(category(theme, place), NORMAL);
                for (name, neutral) in
                    [("selection", selection(theme)), ("other", other(theme)), ("missing", missing(theme))]
                {
                    let found = difference(color, seen(neutral, NORMAL));
                    assert!(found > 5.0, "{theme:?}: {place} and {name} differ by {found}");
                }
            }
        }
        assert_eq!(category(Theme::Dark, CATEGORIES), other(Theme::Dark));
    }

    /// Points are shaded as spheres and fade with depth. Measured with CIEDE2000: with 60 % of the
    /// light on one or both, and halfway into the stage.
    #[test]
    fn first_categories_differ_in_shade_and_from_afar() {
        for theme in THEMES {
            let stage = linear(stage(theme)[0]);
            let colors: Vec<[f64; 3]> = (0..12).map(|place| linear(category(theme, place))).collect();
            let shaded = |color: [f64; 3], share: f64| lab(color.map(|value| value * share));
            let faded = |color: [f64; 3]| lab(std::array::from_fn(|i| f64::midpoint(color[i], stage[i])));
            for (place, &a) in colors.iter().enumerate() {
                for (before, &b) in colors[..place].iter().enumerate() {
                    let found =
                        [(1.0, 0.6), (0.6, 1.0), (0.6, 0.6)].map(|(x, y)| difference(shaded(a, x), shaded(b, y)));
                    let (in_shade, afar) = (found.into_iter().fold(f64::MAX, f64::min), difference(faded(a), faded(b)));
                    // The first eight were given.
                    let (least_in_shade, least_afar) = if place < 8 { (6.0, 5.0) } else { (11.0, 9.0) };
                    assert!(
                        in_shade > least_in_shade && afar > least_afar,
                        "{theme:?}: {before} and {place} differ by {in_shade} in shade and {afar} from afar"
                    );
                }
            }
        }
    }

    fn luminances(theme: Theme, of: Ramp) -> Vec<f64> {
        (0..=32_u8).map(|i| luminance(ramp(theme, of, f32::from(i) / 32.0))).collect()
    }

    #[test]
    fn sequential_ramps_increase_in_lightness() {
        for theme in THEMES {
            for of in [Ramp::Viridis, Ramp::Cividis, Ramp::Inferno] {
                let steps = luminances(theme, of);
                assert!(steps.is_sorted(), "{theme:?} {of:?}: {steps:?}");
            }
        }
    }

    #[test]
    fn diverging_ramp_peaks_in_the_middle_and_cyclic_ramp_closes() {
        for theme in THEMES {
            let steps = luminances(theme, Ramp::Coolwarm);
            assert!(steps[..=16].is_sorted() && steps[16..].iter().rev().is_sorted(), "{theme:?}: {steps:?}");
            assert_eq!(ramp(theme, Ramp::Twilight, 0.0), ramp(theme, Ramp::Twilight, 1.0));
        }
    }

    #[test]
    fn ramp_clamps_shares_out_of_range() {
        for share in [f32::NAN, f32::INFINITY, -1.0, 0.0, 1.0, 2.0] {
            let color = ramp(Theme::Dark, Ramp::Viridis, share);
            let end = if share >= 1.0 && share.is_finite() { 1.0 } else { 0.0 };
            assert_eq!(color, ramp(Theme::Dark, Ramp::Viridis, end), "{share}");
        }
    }
}
