//! The program with its engine: in a window ([`window`]), into a picture ([`render`]) or a movie
//! ([`record`]).

mod changes;
mod describe;
mod error;
mod files;
mod graphics;
mod headless;
mod record;
mod recovery;
mod settings;
mod window;
mod work;

pub use error::AppError;
pub use graphics::{Adapter, Graphics, graphics};
pub use headless::{Headless, RenderOptions, RenderReport, RenderSaid, RenderSeconds, StereoReport, render};
pub(crate) use headless::{MATCH_BY_KEY, MATCH_OTHERWISE};
pub use record::{RecordOptions, RecordReport, Recorded, RecordedSteps, StepsReport, is_gif, record};
pub(crate) use recovery::{RecoveryPlugin, device};
pub use window::{WindowOptions, window, window_app};
