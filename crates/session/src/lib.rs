//! What a person has set up, as plain data.
//!
//! A [`View`] describes all that is seen, and a [`Bookmark`] keeps one; an [`Action`] is one thing that a person can do to it, and
//! [`View::apply`] is the only place that does it. Panels, shortcuts, replays and tests all speak in actions. The log of
//! them ([`log`]) is a file of JSON lines. What a view implies for the data at hand (which column colors, which rows match a search) is
//! worked out here too, by pure functions.
//!
//! Nothing here draws, computes on vectors, or opens files. The settings' types come from the crates that
//! use them ([`Metric`], [`Method`], [`OpenOptions`]), so that each is defined once.

/// Beyond so many distinct values a column is not listed value by value.
pub const MANY_VALUES: usize = 10_000;

mod action;
mod export;
mod filter;
mod history;
mod job;
mod legend;
pub mod log;
mod outcome;
mod presentation;
mod projection;
mod scale;
mod search;
mod sorting;
mod text;
mod tour;
mod view;

pub use action::{Action, Steer};
pub use export::{Export, Exported, ExportedRows};
pub use filter::Filter;
pub use history::History;
pub use job::JobKind;
pub use legend::{Legend, LegendEntry, LegendValue, Rgb};
pub use outcome::{QualityFigures, Steps};
pub use parallax_formats::{OpenOptions, demo::Demo};
pub use parallax_neighbors::Metric;
pub use parallax_projection::{Method, TsneConfig, UmapConfig};
pub use presentation::{Present, Presentation};
pub use projection::{AxisEnd, AxisError, CustomAxis, Projection, Side};
pub use scale::{ColorScale, Ramp, ScaleKind};
pub use search::{Search, SearchError, matches};
pub use sorting::sorted;
pub use text::{count, file_name, plural, row_name};
pub use tour::{
    Bookmark, Fitted, KeptLayout, OpenTour, ReadTour, Step, Subject, Tour, TourAction, Unsaved, demo_tour, fit,
    is_tour, pack_tour, read_tour, rebuild, write_tour,
};
pub use view::{
    Dims, Lens, Look, NeighborQuery, NeighborSpace, Origin, Panel, PanelColumn, Panels, Pick, PointStyle, Pose,
    SavedSelection, Sort, Table, TableRows, Tag, Theme, Tool, View,
};
