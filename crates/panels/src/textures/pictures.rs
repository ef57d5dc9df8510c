//! The pictures of bookmarks as textures. Each is decoded once, when it comes into sight.
//!
//! A picture comes from a file and may be broken: what is not a PNG, or too large, is left out.

use std::{collections::HashMap, io::Cursor, sync::Arc};

use egui::{Align, ColorImage, Context, Rect, StrokeKind, TextureHandle, TextureId, TextureOptions, Ui, Vec2};
use image::{ImageFormat, ImageReader, Limits};
use parallax_look::{Tokens, widgets};
use parallax_tour::Bookmark;

use crate::format;

/// Pictures with a longer side are not decoded: that would take longer than a frame.
const LONGEST_SIDE: u32 = 1024;
/// The greatest number of pixels in memory. If there are more, all pictures are dropped and decoded
/// again as they come into sight.
const KEPT_PIXELS: usize = 8 << 20;

/// The pictures that were in sight recently.
#[derive(Default)]
pub(crate) struct Pictures {
    /// By the address of their bytes, which are kept with them so that the address stays theirs.
    known: HashMap<usize, Known>,
    pixels: usize,
    /// The last pass in which one was decoded.
    decoded_in: Option<u64>,
}

struct Known {
    _bytes: Arc<[u8]>,
    texture: Option<TextureHandle>,
}

impl Pictures {
    /// Returns the picture as a texture, and its size. Returns `None` if it cannot be read, or has
    /// to wait: one is decoded per frame.
    pub(crate) fn texture(&mut self, ctx: &Context, png: &Arc<[u8]>) -> Option<(TextureId, Vec2)> {
        let key = png.as_ptr().addr();
        if !self.known.contains_key(&key) {
            let pass = ctx.cumulative_pass_nr();
            if self.decoded_in == Some(pass) {
                ctx.request_repaint();
                return None;
            }
            self.decoded_in = Some(pass);
            let image = decoded(png);
            if self.pixels > KEPT_PIXELS {
                self.known.clear();
                self.pixels = 0;
            }
            self.pixels += image.as_ref().map_or(1, |image| image.pixels.len());
            let texture = image.map(|image| ctx.load_texture("bookmark", image, TextureOptions::LINEAR));
            self.known.insert(key, Known { _bytes: png.clone(), texture });
        }
        let texture = self.known.get(&key)?.texture.as_ref()?;
        Some((texture.id(), texture.size_vec2()))
    }
}

/// Paints the bookmark's picture, whole and undistorted, or its method's name if it has no picture.
pub(crate) fn picture(ui: &Ui, pictures: &mut Pictures, bookmark: &Bookmark, rect: Rect) {
    let tokens = Tokens::within(ui);
    ui.painter().rect(rect, 4.0, tokens.inset, tokens.border(), StrokeKind::Inside);
    let texture = bookmark.thumbnail.as_ref().and_then(|png| pictures.texture(ui.ctx(), png));
    let Some((texture, size)) = texture else {
        let name = format::method(bookmark.view.projection.method);
        widgets::paint_caption(ui, rect.shrink(3.0), name, tokens.secondary, Align::Center);
        return;
    };
    let inner = rect.shrink(1.0);
    let scale = (inner.width() / size.x).min(inner.height() / size.y);
    let place = Rect::from_center_size(rect.center(), size * scale);
    egui::Image::from_texture((texture, size)).corner_radius(3.0).paint_at(ui, place);
}

/// Returns the picture, or `None` if it cannot be read or is too large.
fn decoded(png: &[u8]) -> Option<ColorImage> {
    let mut reader = ImageReader::with_format(Cursor::new(png), ImageFormat::Png);
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(LONGEST_SIDE), Some(LONGEST_SIDE));
    reader.limits(limits);
    let image = reader.decode().ok()?.into_rgba8();
    let size = [image.width() as usize, image.height() as usize];
    Some(ColorImage::from_rgba_unmultiplied(size, image.as_raw()))
}

#[cfg(test)]
mod tests {
    use image::RgbaImage;

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let image = RgbaImage::from_pixel(width, height, image::Rgba([10, 20, 30, 255]));
        image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes
    }

    #[test]
    fn picture_that_is_broken_or_too_large_is_left_out() {
        let image = decoded(&png(3, 2)).unwrap();
        assert_eq!((image.size, image.pixels[5]), ([3, 2], egui::Color32::from_rgb(10, 20, 30)));
        let whole = png(40, 30);
        for cut in [0, 8, 20, whole.len() / 2] {
            assert!(decoded(&whole[..cut]).is_none(), "{cut}");
        }
        assert!(decoded(b"GIF89a").is_none());
        assert!(decoded(&png(LONGEST_SIDE + 1, 1)).is_none() && decoded(&png(LONGEST_SIDE, 1)).is_some());
    }

    /// One is decoded per frame, each once.
    #[test]
    fn pictures_are_decoded_once() {
        let ctx = Context::default();
        let mut pictures = Pictures::default();
        let bytes: Vec<Arc<[u8]>> = (1..4).map(|width| png(width, 1).into()).collect();
        for frame in 1..=4 {
            let output = ctx.run_ui(egui::RawInput::default(), |ui| {
                let seen = bytes.iter().filter(|png| pictures.texture(ui.ctx(), png).is_some()).count();
                assert_eq!(seen, frame.min(3));
            });
            output.drop_without_applying_deltas();
        }
        assert_eq!(pictures.known.len(), 3);
    }
}
