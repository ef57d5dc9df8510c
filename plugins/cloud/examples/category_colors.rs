//! Chooses the colors of categories and prints `src/palette/categories.rs`: `cargo run --workspace
//! --example category_colors > plugins/cloud/src/palette/categories.rs`.
//!
//! Colors are chosen one by one, each the candidate whose least distance to all before it is
//! greatest, as Glasbey et al. propose ("Colour displays for categorical images", Color Research &
//! Application 2007). Distances are Euclidean in Oklab (Ottosson, 2020). The first [`SAFE`] count
//! by the least distance of four kinds of vision: normal, and protanopia, deuteranopia and
//! tritanopia as Machado et al. simulate them (2009). Without one kind of cone there is no room for
//! 256 colors that differ clearly, so that for the later ones these distances count [`LENIENCE`]
//! times. The first [`SHADED`] also differ in shade and afar. Candidates stand out from the stage by a least contrast (WCAG 2), and differ by [`APART`]
//! from the neutral grays, the selection's color and the stage. Nearly black ones are left out:
//! Oklab overrates the differences between them.

#![expect(clippy::print_stdout, reason = "the table is this program's output")]

type Rgb = [u8; 3];

const COUNT: usize = 256;
const SAFE: usize = 24;
const LENIENCE: f64 = 3.0;

/// The number of colors that stay apart where one is lit and the other in shade, and where both
/// fade with depth.
const SHADED: usize = 12;

/// The share of the light in the darkest shade.
const SHADE: f64 = 0.45;

/// Distances of colors that have faded halfway into the stage count this many times, ...
const FADED: f64 = 1.8;

/// ... and those without one kind of cone, among shaded colors, this many times.
const SHADED_LENIENCE: f64 = 2.5;

/// The least distance of a color to what no category may be taken for.
const APART: f64 = 0.08;

/// The least lightness in Oklab.
const LEAST_LIGHTNESS: f64 = 0.36;

/// Candidates have these steps between values of a channel.
const STEP: usize = 8;

struct Theme {
    name: &'static str,
    /// The first colors: Okabe and Ito's, lightened or darkened so that they stand out from the
    /// stage.
    first: [u32; 8],
    /// What no category may be taken for: other, missing, selection, stage.
    taken: [u32; 4],
    /// The least contrast to the stage.
    contrast: f64,
}

const THEMES: [Theme; 3] = [
    Theme {
        name: "DARK",
        first: [0xE6_9F00, 0x56_B4E9, 0x00_A87C, 0xF0_E442, 0x2F_86D0, 0xE5_671E, 0xD9_87B5, 0xC4_CCD6],
        taken: [0x6B_7886, 0x47_515D, 0xFF_FFFF, 0x12_161D],
        contrast: 3.2,
    },
    Theme {
        name: "LIGHT",
        first: [0xD9_8E00, 0x3A_9AD9, 0x00_7A58, 0xCF_C000, 0x00_5F9E, 0xC2_4E00, 0xCC_79A7, 0x39_424C],
        taken: [0x9A_A5B1, 0xC3_CBD4, 0x0A_0E14, 0xFF_FFFF],
        contrast: 1.9,
    },
    Theme {
        name: "CONTRAST",
        first: [0xFF_B000, 0x66_C8FF, 0x00_C896, 0xFF_F04D, 0x4D_9FFF, 0xFF_7A33, 0xF5_9BCB, 0xDC_E3EA],
        taken: [0x78_8088, 0x58_5F66, 0xFF_FFFF, 0x00_0000],
        contrast: 4.5,
    },
];

/// Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision
/// deficiency", 2009: severity 1, for linear RGB. The first is normal vision.
const VISIONS: [[[f64; 3]; 3]; 4] = [
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
    [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]],
];

fn main() {
    println!("//! The colors of categories, as `examples/category_colors.rs` chose them. Not to be edited by hand.\n");
    for theme in &THEMES {
        println!("pub(super) const {}: [u32; {COUNT}] = [", theme.name);
        for line in theme.colors().chunks(10) {
            let line: Vec<String> = line.iter().map(|[r, g, b]| format!("0x{r:02X}_{g:02X}{b:02X},")).collect();
            println!("    {}", line.join(" "));
        }
        println!("];{}", if theme.name == "CONTRAST" { "" } else { "\n" });
    }
}

impl Theme {
    fn colors(&self) -> Vec<Rgb> {
        let stage = luminance(rgb(self.taken[3]));
        let taken = self.taken.map(|color| see(rgb(color))[0]);
        let stands_out = |color: &Rgb| {
            let (own, seen) = (luminance(*color), see(*color)[0]);
            let contrast = (own.max(stage) + 0.05) / (own.min(stage) + 0.05);
            let is_apart = taken.iter().all(|&taken| distance(seen, taken) >= APART);
            contrast >= self.contrast && seen[0] >= LEAST_LIGHTNESS && is_apart
        };
        let candidates: Vec<Rgb> = candidates().filter(stands_out).collect();
        let seen: Vec<[[f64; 3]; 4]> = candidates.iter().map(|&color| see(color)).collect();
        // For each candidate its least distances to what is taken: in shade and afar, as
        // all see it, and leniently for those who lack a kind of cone.
        let mut least = vec![[f64::MAX; 3]; candidates.len()];
        let far = |color: Rgb| {
            let (own, stage) = (linear(color), linear(rgb(self.taken[3])));
            oklab(std::array::from_fn(|i| f64::midpoint(own[i], stage[i])))
        };
        let afar: Vec<[f64; 3]> = candidates.iter().map(|&color| far(color)).collect();
        let take = |color: Rgb, least: &mut [[f64; 3]]| {
            let (color, color_afar) = (see(color), far(color));
            for ((least, seen), &afar) in least.iter_mut().zip(&seen).zip(&afar) {
                let away: [f64; 4] = std::array::from_fn(|vision| distance(seen[vision], color[vision]));
                let impaired = away[1].min(away[2]).min(away[3]);
                let lit = distance_shaded(seen[0], color[0]).min(distance(afar, color_afar) * FADED);
                let found =
                    [lit.min(impaired * SHADED_LENIENCE), away[0].min(impaired), away[0].min(impaired * LENIENCE)];
                *least = std::array::from_fn(|i| least[i].min(found[i]));
            }
        };
        self.taken.iter().for_each(|&color| take(rgb(color), &mut least));
        let mut colors: Vec<Rgb> = self.first.iter().map(|&color| rgb(color)).collect();
        colors.iter().for_each(|&color| take(color, &mut least));
        while colors.len() < COUNT {
            let measure = usize::from(colors.len() >= SHADED) + usize::from(colors.len() >= SAFE);
            let Some(best) =
                (0..candidates.len()).max_by(|&a, &b| least[a][measure].total_cmp(&least[b][measure]).then(b.cmp(&a)))
            else {
                return colors;
            };
            colors.push(candidates[best]);
            take(candidates[best], &mut least);
        }
        colors
    }
}

fn candidates() -> impl Iterator<Item = Rgb> {
    let channel = || (0..=256).step_by(STEP).map(|value: usize| value.min(255) as u8);
    channel().flat_map(move |r| channel().flat_map(move |g| channel().map(move |b| [r, g, b])))
}

/// A color in Oklab, as each kind of vision sees it.
fn see(color: Rgb) -> [[f64; 3]; 4] {
    let color = linear(color);
    VISIONS.map(|vision| oklab(vision.map(|row| dot(row, color).clamp(0.0, 1.0))))
}

fn oklab(color: [f64; 3]) -> [f64; 3] {
    const LMS: [[f64; 3]; 3] = [
        [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
        [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
        [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
    ];
    const LAB: [[f64; 3]; 3] = [
        [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
        [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
        [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
    ];
    let cones = LMS.map(|row| dot(row, color).cbrt());
    LAB.map(|row| dot(row, cones))
}

fn linear(color: Rgb) -> [f64; 3] {
    color.map(|value| {
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    })
}

/// Relative luminance as WCAG 2 defines it.
fn luminance(color: Rgb) -> f64 {
    dot([0.2126, 0.7152, 0.0722], linear(color))
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// The least distance of two colors of which one is in shade. Less light makes all of Oklab's
/// values smaller by one factor.
fn distance_shaded(a: [f64; 3], b: [f64; 3]) -> f64 {
    let dim = |color: [f64; 3], step: u8| color.map(|value| value * SHADE.powf(f64::from(step) / 24.0));
    (0..=8).map(|step| distance(dim(a, step), b).min(distance(a, dim(b, step)))).fold(f64::MAX, f64::min)
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    let [x, y, z] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    dot([x, y, z], [x, y, z]).sqrt()
}

fn rgb(hex: u32) -> Rgb {
    let [_, r, g, b] = hex.to_be_bytes();
    [r, g, b]
}
