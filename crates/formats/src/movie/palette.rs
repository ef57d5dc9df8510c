//! The colors of a GIF: at most 255 of a frame, chosen so that colors that can be told apart stay apart
//! as far as 255 go, and kept from frame to frame as long as they serve.
//!
//! Colors are counted in cells of a grid. The first entry is the color of most pixels, and each next
//! one is that which the entries so far serve worst: its squared distance from the nearest entry,
//! times the square root of its pixels (Gonzalez 1985, "Clustering to minimize the maximum intercluster
//! distance", with weights). So a dot of a legend has its own color beside a stage of a million pixels,
//! where a quantizer that minimizes the mean error gives it that of its neighbor. Some rounds of k-means
//! then move the entries; one of which most pixels have the same color keeps it exactly.

use std::sync::Arc;

/// A color: red, green, blue.
type Rgb = [u8; 3];

/// The bits of each channel that make a cell of the grid.
const BITS: u32 = 6;
const CELLS: usize = 1 << (3 * BITS);

/// The most entries. One more says that a pixel stays.
const MOST: usize = 255;

/// The rounds of k-means.
const ROUNDS: usize = 3;

/// The palette serves a frame if its error is at most this many times that of the frame it was made of,
/// or no more than that can be seen.
const WORSE: f32 = 1.5;
const UNSEEN: f32 = 6.0;

/// What the channels count for in a distance: the eye tells greens apart best.
const WEIGHTS: [f32; 3] = [2.0, 4.0, 3.0];

/// A color of a frame, the mean of a cell of the grid.
#[derive(Debug, Clone, Copy)]
struct Shade {
    cell: u32,
    color: [f32; 3],
    pixels: f32,
}

/// The colors of a frame.
#[derive(Debug)]
pub(super) struct Shades(Vec<Shade>);

/// The entries of a palette.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Palette {
    colors: Vec<Rgb>,
    /// How well it serves the frame that it was made of.
    error: Errors,
}

/// How far the colors of a frame are from their entries: a mean, and the worst of those that are seen.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Errors {
    mean: f32,
    worst: f32,
}

/// Which entry the colors of a cell get.
pub(super) struct Entries(Vec<u8>);

impl Shades {
    /// Counts the colors of RGBA pixels.
    pub(super) fn of(pixels: &[u8]) -> Self {
        let mut counted = vec![[0_u32; 4]; CELLS];
        for pixel in pixels.chunks_exact(4) {
            let sums = &mut counted[cell(pixel)];
            for (sum, part) in sums.iter_mut().zip([1, pixel[0].into(), pixel[1].into(), pixel[2].into()]) {
                *sum = sum.saturating_add(part);
            }
        }
        let seen = counted.iter().enumerate().filter(|(_, [pixels, ..])| *pixels > 0);
        let shade = |(cell, &[pixels, red, green, blue]): (usize, &[u32; 4])| {
            let pixels = pixels as f32;
            let color = [red, green, blue].map(|sum| sum as f32 / pixels);
            Shade { cell: cell as u32, color, pixels }
        };
        Self(seen.map(shade).collect())
    }
}

impl Palette {
    /// Makes a palette for a frame.
    pub(super) fn of(shades: &Shades) -> Self {
        let shades = &shades.0;
        let mut centers = spread(shades);
        if shades.len() > centers.len() {
            for _ in 0..ROUNDS {
                centers = moved(shades, &centers);
            }
        }
        let colors: Vec<Rgb> = centers.iter().map(|color| color.map(|part| part.round() as u8)).collect();
        let mut palette = Self { colors, error: Errors::default() };
        palette.error = palette.measure(shades);
        palette
    }

    /// Returns this palette if it serves a frame about as well as the one that it was made of, or else
    /// one that is made for it.
    pub(super) fn or_for(self: Arc<Self>, shades: &Shades) -> Arc<Self> {
        let Errors { mean, worst } = self.measure(&shades.0);
        let serves = |now: f32, then: f32| now <= (then * WORSE).max(UNSEEN);
        if serves(mean, self.error.mean) && serves(worst, self.error.worst) { self } else { Arc::new(Self::of(shades)) }
    }

    /// Returns the table of colors for the file, with an entry for pixels that stay as they are.
    pub(super) fn table(&self) -> Vec<u8> {
        self.colors.iter().flatten().copied().chain([0; 3]).collect()
    }

    /// The entry of a pixel that stays as it is.
    pub(super) fn stays(&self) -> u8 {
        self.colors.len() as u8
    }

    /// Returns the entries of the colors of a frame.
    pub(super) fn entries(&self, shades: &Shades) -> Entries {
        let mut entries = vec![0; CELLS];
        let centers = self.centers();
        for shade in &shades.0 {
            entries[shade.cell as usize] = nearest(&centers, shade.color).0 as u8;
        }
        Entries(entries)
    }

    fn centers(&self) -> Vec<[f32; 3]> {
        self.colors.iter().map(|color| color.map(f32::from)).collect()
    }

    /// Measures distances: squared ones are for choosing.
    fn measure(&self, shades: &[Shade]) -> Errors {
        let centers = self.centers();
        let (mut sum, mut all, mut worst) = (0.0_f64, 0.0_f64, 0.0_f32);
        for shade in shades {
            let away = nearest(&centers, shade.color).1.sqrt();
            let weight = shade.pixels.sqrt();
            sum += f64::from(away * weight);
            all += f64::from(weight);
            // A pixel or two of a blend are not noticed.
            worst = worst.max(away * (weight / 4.0).min(1.0));
        }
        Errors { mean: (sum / all.max(1.0)) as f32, worst }
    }
}

impl Entries {
    /// Returns the entry of an RGBA pixel of the frame.
    pub(super) fn of(&self, pixel: &[u8]) -> u8 {
        self.0[cell(pixel)]
    }
}

fn cell(pixel: &[u8]) -> usize {
    pixel[..3].iter().fold(0, |cell, part| cell << BITS | usize::from(part >> (8 - BITS)))
}

fn away(a: [f32; 3], b: [f32; 3]) -> f32 {
    let sum: f32 = (0..3).map(|channel| WEIGHTS[channel] * (a[channel] - b[channel]).powi(2)).sum();
    sum / 3.0
}

/// Returns the place of the nearest center, and its squared distance.
fn nearest(centers: &[[f32; 3]], color: [f32; 3]) -> (usize, f32) {
    let mut found = (0, f32::INFINITY);
    for (place, center) in centers.iter().enumerate() {
        let distance = away(*center, color);
        if distance < found.1 {
            found = (place, distance);
        }
    }
    found
}

/// Returns the colors that are farthest from each other.
fn spread(shades: &[Shade]) -> Vec<[f32; 3]> {
    let mut centers = Vec::new();
    let mut far = vec![f32::INFINITY; shades.len()];
    let mut next = (0..shades.len()).max_by(|&a, &b| shades[a].pixels.total_cmp(&shades[b].pixels));
    while let Some(place) = next.filter(|_| centers.len() < MOST) {
        let center = shades[place].color;
        centers.push(center);
        let mut worst = (0, 0.0);
        for (place, shade) in shades.iter().enumerate() {
            far[place] = far[place].min(away(center, shade.color));
            let score = far[place] * shade.pixels.sqrt();
            if score > worst.1 {
                worst = (place, score);
            }
        }
        next = (worst.1 > 0.0).then_some(worst.0);
    }
    centers
}

/// Returns the centers in the middle of the colors that are nearest to them, or at the one of most of
/// their pixels.
fn moved(shades: &[Shade], centers: &[[f32; 3]]) -> Vec<[f32; 3]> {
    let mut sums = vec![([0.0_f64; 3], 0.0_f64); centers.len()];
    let mut pixels = vec![0.0_f32; centers.len()];
    let mut first: Vec<Option<&Shade>> = vec![None; centers.len()];
    for shade in shades {
        let (place, _) = nearest(centers, shade.color);
        let weight = f64::from(shade.pixels.sqrt());
        let (sum, all) = &mut sums[place];
        (0..3).for_each(|channel| sum[channel] += weight * f64::from(shade.color[channel]));
        *all += weight;
        pixels[place] += shade.pixels;
        if first[place].is_none_or(|first| shade.pixels > first.pixels) {
            first[place] = Some(shade);
        }
    }
    let moved = |place: usize| match first[place] {
        None => centers[place],
        Some(first) if 2.0 * first.pixels >= pixels[place] => first.color,
        Some(_) => sums[place].0.map(|sum| (sum / sums[place].1) as f32),
    };
    (0..centers.len()).map(moved).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The colors of ten categories, of which two pairs are alike.
    const LEGEND: [Rgb; 10] = [
        [230, 159, 0],
        [86, 180, 233],
        [0, 158, 115],
        [240, 228, 66],
        [0, 114, 178],
        [10, 124, 188],
        [204, 121, 167],
        [214, 131, 177],
        [190, 190, 190],
        [160, 20, 220],
    ];

    /// A picture of 64,000 pixels of shaded colors, with dots of 60 pixels of each color of the legend.
    fn picture(light: u8) -> Vec<u8> {
        let mut pixels = Vec::new();
        for place in 0..64_000_u32 {
            let color = LEGEND[(place / 640 % 10) as usize];
            let shade = 40 + place * 7 % 200;
            let shaded = color.map(|part| (u32::from(part) * shade / 255) as u8);
            let noise = place.wrapping_mul(2_654_435_761) >> 28;
            pixels.extend(shaded.map(|part| part.saturating_add(noise as u8 / 4).saturating_add(light)));
            pixels.push(255);
        }
        for (place, color) in LEGEND.iter().enumerate() {
            for pixel in 0..60 {
                let at = (place * 640 + pixel) * 4;
                pixels[at..at + 3].copy_from_slice(color);
            }
        }
        pixels
    }

    fn shown(palette: &Palette, shades: &Shades, color: Rgb) -> Rgb {
        let [red, green, blue] = color;
        palette.colors[usize::from(palette.entries(shades).of(&[red, green, blue, 255]))]
    }

    #[test]
    fn colors_of_a_legend_stay_apart_in_a_picture_of_many() {
        let pixels = picture(0);
        let shades = Shades::of(&pixels);
        assert!(shades.0.len() > 2 * MOST, "{} colors", shades.0.len());
        let palette = Palette::of(&shades);
        assert_eq!(palette.colors.len(), MOST);
        for color in LEGEND {
            let shown = shown(&palette, &shades, color);
            let off = (0..3).map(|channel| color[channel].abs_diff(shown[channel])).max().unwrap();
            assert!(off <= 4, "{color:?} is shown as {shown:?}");
        }
        let entries = palette.entries(&shades);
        let of = |color: &Rgb| entries.of(&[color[0], color[1], color[2], 255]);
        let mut places: Vec<u8> = LEGEND.iter().map(of).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), LEGEND.len(), "no two are one");
    }

    #[test]
    fn few_colors_are_kept_exactly() {
        let pixels: Vec<u8> = LEGEND.iter().flat_map(|&[red, green, blue]| [red, green, blue, 255].repeat(9)).collect();
        let shades = Shades::of(&pixels);
        let palette = Palette::of(&shades);
        assert_eq!(palette.colors.len(), LEGEND.len());
        LEGEND.iter().for_each(|&color| assert_eq!(shown(&palette, &shades, color), color));
    }

    #[test]
    fn a_palette_stays_until_it_no_longer_serves() {
        let first = Arc::new(Palette::of(&Shades::of(&picture(0))));
        // The same colors elsewhere.
        let mut turned = picture(0);
        turned.rotate_left(4 * 12_345);
        assert!(Arc::ptr_eq(&first, &first.clone().or_for(&Shades::of(&turned))));
        assert!(Arc::ptr_eq(&first, &first.clone().or_for(&Shades::of(&picture(2)))), "a little lighter");
        assert!(!Arc::ptr_eq(&first, &first.clone().or_for(&Shades::of(&picture(60)))), "another theme");
    }
}
