//! The program with its engine: in a window ([`window`]) or into a picture ([`render`]).

mod changes;
mod error;
mod files;
mod headless;
mod settings;
mod window;

pub use error::AppError;
pub use headless::{Headless, RenderOptions, RenderReport, RenderSeconds, render};
pub use window::{WindowOptions, window, window_app};
