//! The frame loop, what the program submits, and pictures of it.

use crate::instance::{Mock, Outcome, Scene, misuse};
use crate::pose::Pose;
use crate::session::Origin;
use crate::stage::Stage;
use crate::vulkan::Gpu;
use ash::vk;
use openxr_sys::{self as sys, Handle};
use serde_json::{Value, json};
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::time::Duration;

/// Where the frame loop of a session is.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    /// The frame that has been waited for and not begun.
    waited: Option<Frame>,
    /// The frame that has been begun and not ended.
    begun: Option<Frame>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) time: sys::Time,
    pub(crate) period: sys::Duration,
    pub(crate) should_render: bool,
}

/// What comes of an attempt to wait for a frame.
pub(crate) enum Wait {
    Done(Frame),
    /// The frame before has not been begun.
    Blocked,
    TooEarly(Duration),
}

/// A layer that the program submits.
pub(crate) enum Layer {
    Projection(sys::Space, Vec<sys::CompositionLayerProjectionView>),
    Quad(sys::CompositionLayerQuad),
}

impl Mock {
    pub(crate) fn wait_frame(&mut self, handle: sys::Session) -> Outcome<Wait> {
        let scene = self.session(handle)?;
        if !scene.session.running {
            return misuse(sys::Result::ERROR_SESSION_NOT_RUNNING, "the session has not begun");
        }
        if scene.session.frames.waited.is_some() {
            return Ok(Wait::Blocked);
        }
        if let Some(left) = scene.stage.until_next().filter(|left| !left.is_zero()) {
            return Ok(Wait::TooEarly(left));
        }
        self.tick();
        let scene = self.session(handle)?;
        let frame = Frame {
            time: scene.stage.time(scene.stage.frame),
            period: sys::Duration::from_nanos(scene.stage.period()),
            should_render: scene.session.is_visible(),
        };
        scene.session.frames.waited = Some(frame);
        Ok(Wait::Done(frame))
    }
}

impl Scene<'_> {
    /// Returns whether a frame is discarded that has been begun before.
    pub(crate) fn begin_frame(&mut self) -> Outcome<bool> {
        let frames = &mut self.session.frames;
        let Some(frame) = frames.waited.take() else {
            return misuse(sys::Result::ERROR_CALL_ORDER_INVALID, "no frame has been waited for");
        };
        Ok(frames.begun.replace(frame).is_some())
    }

    pub(crate) fn end_frame(
        &mut self,
        time: sys::Time,
        blend: sys::EnvironmentBlendMode,
        layers: &[Layer],
    ) -> Outcome<()> {
        let Some(frame) = self.session.frames.begun.take() else {
            return misuse(sys::Result::ERROR_CALL_ORDER_INVALID, "no frame has been begun");
        };
        if blend != sys::EnvironmentBlendMode::OPAQUE {
            return misuse(sys::Result::ERROR_ENVIRONMENT_BLEND_MODE_UNSUPPORTED, format!("{blend:?}"));
        }
        if time.as_nanos() <= 0 {
            return misuse(sys::Result::ERROR_TIME_INVALID, "the display time is not greater than 0");
        }
        let described: Vec<Value> = layers.iter().map(|layer| self.describe(layer)).collect::<Outcome<_>>()?;
        let (head, _) = self.stage.head(time);
        let fields = json!({
            "time": time.as_nanos(),
            "render": frame.should_render,
            "head": pose(head.to_xr()),
            "layers": described,
        });
        self.stage.report("end", fields);
        let views = layers.iter().find_map(|layer| match layer {
            Layer::Projection(_, views) => Some(views),
            Layer::Quad(_) => None,
        });
        if let Some(views) = views {
            for name in std::mem::take(&mut self.stage.pictures) {
                let quads = layers.iter().filter_map(|layer| match layer {
                    Layer::Quad(quad) => Some(("quad", quad.sub_image)),
                    Layer::Projection(..) => None,
                });
                let eyes: &[&str] = if views.len() == 1 { &["mono"] } else { &["left", "right"] };
                let eyes = eyes.iter().copied().zip(views.iter().map(|view| view.sub_image));
                for (what, image) in quads.chain(eyes) {
                    self.picture(&name, what, image);
                }
            }
        }
        Ok(())
    }

    /// Checks a layer, and returns what the report says of it.
    fn describe(&self, layer: &Layer) -> Outcome<Value> {
        match layer {
            Layer::Projection(space, views) => {
                if views.len() != self.stage.system.views as usize {
                    return misuse(sys::Result::ERROR_VALIDATION_FAILURE, format!("{} views", views.len()));
                }
                let described = views.iter().map(|view| {
                    self.check_image(&view.sub_image)?;
                    check_pose(view.pose)?;
                    let fov = [view.fov.angle_left, view.fov.angle_right, view.fov.angle_up, view.fov.angle_down];
                    let layer = view.sub_image.image_array_index;
                    let rect = rect(view.sub_image.image_rect);
                    Ok(json!({"pose": pose(view.pose), "fov": fov, "layer": layer, "rect": rect}))
                });
                let views = described.collect::<Outcome<Vec<_>>>()?;
                Ok(json!({"type": "projection", "space": self.name(*space)?, "views": views}))
            }
            Layer::Quad(quad) => {
                self.check_image(&quad.sub_image)?;
                check_pose(quad.pose)?;
                let size = [quad.size.width, quad.size.height];
                Ok(json!({"type": "quad", "space": self.name(quad.space)?, "pose": pose(quad.pose), "size": size}))
            }
        }
    }

    fn check_image(&self, image: &sys::SwapchainSubImage) -> Outcome<()> {
        let Some(swapchain) = self.session.swapchains.get(&image.swapchain.into_raw()) else {
            return misuse(sys::Result::ERROR_HANDLE_INVALID, "a layer has no swapchain");
        };
        let sys::Rect2Di { offset, extent } = image.image_rect;
        let [width, height] = swapchain.size.map(i64::from);
        let inside =
            |from: i32, length: i32, end: i64| from >= 0 && length > 0 && i64::from(from) + i64::from(length) <= end;
        if !inside(offset.x, extent.width, width) || !inside(offset.y, extent.height, height) {
            let message = format!("{:?} is not within {width} x {height}", rect(image.image_rect));
            return misuse(sys::Result::ERROR_SWAPCHAIN_RECT_INVALID, message);
        }
        if image.image_array_index >= swapchain.layers {
            return misuse(sys::Result::ERROR_VALIDATION_FAILURE, format!("layer {}", image.image_array_index));
        }
        if swapchain.shown().is_none() {
            return misuse(sys::Result::ERROR_LAYER_INVALID, "no image of the swapchain has been released");
        }
        Ok(())
    }

    fn name(&self, space: sys::Space) -> Outcome<String> {
        Ok(match self.session.space(space)?.origin {
            Origin::Reference(space) => format!("{space:?}"),
            Origin::Action(action, _) => self.actions.name(action),
        })
    }

    /// Writes a picture of an image, which has been checked.
    fn picture(&mut self, name: &str, what: &str, image: sys::SwapchainSubImage) {
        let Some(swapchain) = self.session.swapchains.get(&image.swapchain.into_raw()) else { return };
        let path = self.stage.beside(&format!("{name}-{what}.png"));
        let taken = swapchain
            .shown()
            .ok_or_else(|| "no image".to_string())
            .and_then(|shown| take(&self.session.gpu, shown, swapchain.format, &image, &path));
        report_picture(self.stage, what, &path, taken);
    }
}

fn report_picture(stage: &mut Stage, eye: &str, path: &Path, taken: Result<(), String>) {
    match taken {
        Ok(()) => stage.report("picture", json!({"eye": eye, "path": path})),
        Err(message) => stage.report("script", json!({"message": format!("{}: {message}", path.display())})),
    }
}

fn take(
    gpu: &Gpu,
    image: vk::Image,
    format: vk::Format,
    part: &sys::SwapchainSubImage,
    path: &Path,
) -> Result<(), String> {
    let pixels = gpu.pixels(image, part.image_array_index, part.image_rect);
    let mut pixels = pixels.map_err(|error| error.to_string())?;
    if [vk::Format::B8G8R8A8_SRGB, vk::Format::B8G8R8A8_UNORM].contains(&format) {
        pixels.chunks_exact_mut(4).for_each(|pixel| pixel.swap(0, 2));
    }
    let extent = part.image_rect.extent;
    // A reader does not see half a file.
    let unfinished = path.with_extension("part");
    let write = || {
        let file = BufWriter::new(File::create(&unfinished)?);
        let mut encoder = png::Encoder::new(file, extent.width as u32, extent.height as u32);
        encoder.set_color(png::ColorType::Rgba);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&pixels)?;
        writer.finish()?;
        Ok::<_, png::EncodingError>(std::fs::rename(&unfinished, path)?)
    };
    write().map_err(|error| error.to_string())
}

fn check_pose(pose: sys::Posef) -> Outcome<()> {
    match Pose::from_xr(pose) {
        Some(_) => Ok(()),
        None => misuse(sys::Result::ERROR_POSE_INVALID, "the quaternion of a layer does not have the length 1"),
    }
}

fn pose(pose: sys::Posef) -> Value {
    let (p, q) = (pose.position, pose.orientation);
    json!({"position": [p.x, p.y, p.z], "orientation": [q.x, q.y, q.z, q.w]})
}

fn rect(rect: sys::Rect2Di) -> [i32; 4] {
    [rect.offset.x, rect.offset.y, rect.extent.width, rect.extent.height]
}
