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
        [other(theme), plain(theme), links(theme), torn(theme)].into_iter().for_each(|color| check(color, gray));
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
                let found = [(1.0, 0.6), (0.6, 1.0), (0.6, 0.6)].map(|(x, y)| difference(shaded(a, x), shaded(b, y)));
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

/// What red and cyan glasses show of a color that both eyes see: a matrix for linear RGB, which
/// for Dubois' is the sum of those of both eyes ("A projection method to generate anaglyph stereo
/// images", 2001; red and cyan for LCD).
const HALF_COLOR: [[f64; 3]; 3] = [[0.299, 0.587, 0.114], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
const DUBOIS: [[f64; 3]; 3] =
    [[0.412_629, 0.412_545, 0.174_826], [0.338_394, 0.695_815, -0.034_209], [-0.087_369, -0.133_558, 1.220_931]];
const GRAY: [[f64; 3]; 3] = [HALF_COLOR[0]; 3];

/// By how much the eyes disagree about the lightness (CIE L*) of a color: the left one sees the
/// red, the right one the luminance of green and blue.
fn rivalry(color: Rgb, glasses: [[f64; 3]; 3]) -> f64 {
    let linear = linear(color);
    let [r, g, b] = glasses.map(|row| row.iter().zip(linear).map(|(a, b)| a * b).sum::<f64>().clamp(0.0, 1.0));
    let lightness = |y: f64| lab([y; 3])[0];
    (lightness(r) - lightness((0.7152 * g + 0.0722 * b) / 0.7874)).abs()
}

/// The measures by which half color was chosen for anaglyphs (`pair`).
#[test]
fn categories_stay_apart_behind_red_and_cyan_glasses() {
    for theme in THEMES {
        let least = |glasses: [[f64; 3]; 3]| {
            let colors: Vec<[f64; 3]> = (0..12).map(|place| seen(category(theme, place), glasses)).collect();
            let pairs = (0..12).flat_map(|a| (0..a).map(move |b| (a, b)));
            pairs.map(|(a, b)| difference(colors[a], colors[b])).fold(f64::MAX, f64::min)
        };
        let most = |glasses| (0..12).map(|place| rivalry(category(theme, place), glasses)).fold(0.0, f64::max);
        let [half, dubois, gray] = [HALF_COLOR, DUBOIS, GRAY].map(least);
        assert!(half > 8.0 && half > 1.3 * dubois && half > 10.0 * gray, "{theme:?}: {half} {dubois} {gray}");
        let [half, full] = [HALF_COLOR, NORMAL].map(most);
        assert!(half < 0.65 * full, "{theme:?}: {half} of {full}");
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

/// The corners of the square for everybody, and rows without errors from those that are not measured.
/// The matrix of tritanopia is that of Machado, Oliveira and Fernandes, as are the others.
#[test]
fn corners_of_the_square_differ_for_all_kinds_of_vision() {
    const TRITANOPIA: [[f64; 3]; 3] =
        [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]];
    for theme in THEMES {
        let corners = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]].map(|errors| square(theme, errors));
        for vision in [NORMAL, PROTANOPIA, DEUTERANOPIA, TRITANOPIA] {
            let colors = corners.map(|corner| seen(corner, vision));
            for (a, b) in (0..4).flat_map(|a| (0..a).map(move |b| (a, b))) {
                let found = difference(colors[a], colors[b]);
                assert!(found > 18.0, "{theme:?}: corners {a} and {b} differ by {found}");
            }
        }
        assert!(difference(seen(corners[0], NORMAL), seen(missing(theme), NORMAL)) > 7.0, "{theme:?}");
        let contrasts = corners.map(|corner| contrast(corner, stage(theme)[0]));
        assert!(contrasts[0] > if theme == Theme::Light { 1.8 } else { 3.0 }, "{theme:?}: {contrasts:?}");
        assert!(contrasts[0] < contrasts[1].min(contrasts[2]) && contrasts[3] > 10.0, "{theme:?}: {contrasts:?}");
    }
    assert_eq!(square(Theme::Dark, [f32::NAN, 7.0]), square(Theme::Dark, [0.0, 1.0]));
}
