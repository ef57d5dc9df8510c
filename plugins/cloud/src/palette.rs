//! Colors of data and stage.
//!
//! The first eight categories are Okabe and Ito's ("Color Universal Design", 2008), lightened or darkened for each theme so that all stand
//! out from the stage; their black is a light gray on dark. Twelve more were chosen one by one, each the one
//! whose least distance in Oklab to all before it is greatest, as seen with normal vision and with Machado's
//! protanopia, deuteranopia and tritanopia (2009). Numbers run along viridis, without the end that the stage would swallow.

use parallax_session::{Rgb, Theme};

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

/// Viridis at every eighth, from dark violet to yellow.
const VIRIDIS: [u32; 9] =
    [0x44_0154, 0x47_2C7A, 0x3B_518B, 0x2C_718E, 0x21_908D, 0x27_AD81, 0x5C_C863, 0xAA_DC32, 0xFD_E725];

/// The color of the category with this place.
#[must_use]
pub fn category(theme: Theme, place: usize) -> Rgb {
    let colors = match theme {
        Theme::Dark | Theme::Contrast => &DARK,
        Theme::Light => &LIGHT,
    };
    colors.get(place).map_or_else(|| other(theme), |&color| rgb(color))
}

/// The color of categories beyond [`CATEGORIES`].
#[must_use]
pub fn other(theme: Theme) -> Rgb {
    match theme {
        Theme::Dark | Theme::Contrast => rgb(0x6B_7886),
        Theme::Light => rgb(0x9A_A5B1),
    }
}

/// The color of rows whose cell is missing.
#[must_use]
pub fn missing(theme: Theme) -> Rgb {
    match theme {
        Theme::Dark | Theme::Contrast => rgb(0x47_515D),
        Theme::Light => rgb(0xC3_CBD4),
    }
}

/// The color of points that no column colors.
#[must_use]
pub fn plain(theme: Theme) -> Rgb {
    match theme {
        Theme::Dark | Theme::Contrast => rgb(0x7F_B2E0),
        Theme::Light => rgb(0x3D_7FB8),
    }
}

/// The ramp's color at `share` of the way from the least to the greatest number.
#[must_use]
pub fn ramp(theme: Theme, share: f32) -> Rgb {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let place = match theme {
        Theme::Dark | Theme::Contrast => 1.4 + share * 6.6,
        Theme::Light => share * 6.5,
    };
    let (low, part) = (place.floor().min(7.0), place - place.floor().min(7.0));
    let (a, b) = (rgb(VIRIDIS[low as usize]), rgb(VIRIDIS[low as usize + 1]));
    std::array::from_fn(|i| (f32::from(a[i]) * (1.0 - part) + f32::from(b[i]) * part).round() as u8)
}

/// The color of what is selected.
#[must_use]
pub fn selection(theme: Theme) -> Rgb {
    match theme {
        Theme::Dark | Theme::Contrast => rgb(0xF2_C14E),
        Theme::Light => rgb(0xB0_7A00),
    }
}

/// The stage behind the points, in its middle and at its edge.
#[must_use]
pub fn stage(theme: Theme) -> [Rgb; 2] {
    match theme {
        Theme::Dark | Theme::Contrast => [rgb(0x12_161D), rgb(0x0B_0E12)],
        Theme::Light => [rgb(0xFF_FFFF), rgb(0xEE_F1F5)],
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
    fn contrast(a: Rgb, b: Rgb) -> f64 {
        let luminance = |color: Rgb| {
            let linear = color.map(|c| {
                let c = f64::from(c) / 255.0;
                if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
            });
            0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_color_stands_out_from_its_stage() {
        for theme in [Theme::Dark, Theme::Light] {
            let categories = (0..CATEGORIES).map(|place| category(theme, place));
            let numbers = (0..=10_u8).map(|i| ramp(theme, f32::from(i) / 10.0));
            for color in categories.chain(numbers).chain([other(theme), plain(theme), selection(theme)]) {
                let least = contrast(color, stage(theme)[0]);
                assert!(least > 1.8, "{theme:?} {color:?}: {least}");
            }
        }
    }

    #[test]
    fn the_ramp_grows_lighter_all_the_way() {
        let lightness = |color: Rgb| color.map(u32::from).iter().zip([2, 7, 1]).map(|(c, w)| c * w).sum::<u32>();
        for theme in [Theme::Dark, Theme::Light] {
            let steps: Vec<u32> = (0..=20_u8).map(|i| lightness(ramp(theme, f32::from(i) / 20.0))).collect();
            assert!(steps.is_sorted(), "{theme:?}: {steps:?}");
        }
    }
}
