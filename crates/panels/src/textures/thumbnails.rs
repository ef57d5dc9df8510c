//! Thumbnails of the sprite sheet as textures, made when a row comes into sight.

use std::{collections::HashMap, sync::Arc};

use egui::{ColorImage, Context, Rect, TextureFilter, TextureHandle, TextureOptions, Ui};
use parallax_embedding::{Embedding, SpriteSheet};
use parallax_look::Tokens;

/// The greatest number of textures in memory. If there are more, all are dropped and made again as
/// they come into sight.
const KEPT_BYTES: usize = 32 << 20;
const FEWEST_KEPT: usize = 64;
const MOST_KEPT: usize = 512;

/// The thumbnails that were in sight recently.
#[derive(Default)]
pub(crate) struct Thumbnails {
    sheet: Option<Arc<SpriteSheet>>,
    textures: HashMap<u32, TextureHandle>,
}

impl Thumbnails {
    /// Paints the thumbnail of `row` into `rect`, whole and undistorted.
    pub(crate) fn paint(&mut self, ui: &Ui, embedding: &Embedding, row: u32, rect: Rect) {
        let Some(texture) = self.texture(ui.ctx(), embedding, row) else {
            ui.painter().rect_filled(rect, 3.0, Tokens::within(ui).inset);
            return;
        };
        let size = texture.size_vec2();
        let scale = (rect.width() / size.x).min(rect.height() / size.y);
        let place = Rect::from_center_size(rect.center(), size * scale);
        egui::Image::from_texture((texture.id(), size)).corner_radius(3.0).paint_at(ui, place);
    }

    /// The thumbnail of `row` as a texture, and its size.
    pub(crate) fn image(
        &mut self,
        ctx: &Context,
        embedding: &Embedding,
        row: u32,
    ) -> Option<(egui::TextureId, egui::Vec2)> {
        self.texture(ctx, embedding, row).map(|texture| (texture.id(), texture.size_vec2()))
    }

    fn texture(&mut self, ctx: &Context, embedding: &Embedding, row: u32) -> Option<&TextureHandle> {
        let sheet = embedding.sprite.as_ref()?;
        if !self.sheet.as_ref().is_some_and(|known| Arc::ptr_eq(known, sheet)) {
            self.textures.clear();
            self.sheet = Some(sheet.clone());
        }
        if !self.textures.contains_key(&row) {
            let [width, height] = fitting(sheet.thumbnail(), ctx.input(|input| input.max_texture_side))?;
            if self.textures.len() >= (KEPT_BYTES / (width * height * 4)).clamp(FEWEST_KEPT, MOST_KEPT) {
                self.textures.clear();
            }
            let image = ColorImage::from_rgba_unmultiplied([width, height], &sheet.image(row as usize)?);
            let texture = ctx.load_texture(format!("thumbnail {row}"), image, sampling(width));
            self.textures.insert(row, texture);
        }
        self.textures.get(&row)
    }
}

/// Returns the size if the device supports it.
fn fitting([width, height]: [u32; 2], limit: usize) -> Option<[usize; 2]> {
    let size = [width as usize, height as usize];
    size.iter().all(|&side| side <= limit).then_some(size)
}

/// Pixels of tiny thumbnails stay squares; others are smoothed.
fn sampling(width: usize) -> TextureOptions {
    let magnification = if width < 24 { TextureFilter::Nearest } else { TextureFilter::Linear };
    TextureOptions { magnification, minification: TextureFilter::Linear, ..TextureOptions::LINEAR }
}
