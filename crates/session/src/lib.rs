//! The state of the explorer, as plain data.
//!
//! A [`View`] describes everything that is shown. An [`Action`] is what a person asks for: an
//! [`Edit`], which only [`View::apply`] makes, or something that concerns background work,
//! bookmarks, or the presentation. Panels, shortcuts, replays, and tests all use actions. Their log
//! ([`log`]) is a file of JSON lines. Pure functions find what a view means for the data, such as
//! which rows match a search.
//!
//! Nothing here draws, computes with vectors, or opens files. The types of settings come from the
//! crates that use them ([`Alignment`], [`Metric`], [`Method`], [`OpenOptions`]), so that each is defined once.

/// A column with more distinct values is not listed value by value.
pub const MANY_VALUES: usize = 10_000;

mod action;
pub mod apart;
mod charts;
mod command;
mod compared;
mod doctor;
mod edit;
mod export;
mod filter;
mod history;
mod job;
mod legend;
pub mod log;
mod matching;
mod message;
mod naming;
mod origin;
mod outcome;
mod patch;
mod presentation;
mod projection;
mod scale;
mod screen;
mod search;
mod sorting;
mod stereo;
mod text;
mod training;
mod units;
mod view;

pub use action::{Action, HistoryAction, JobAction, ShellAction, Steer, Step, TourAction};
pub use charts::{ChartCounts, Comparison, CountedCharts, compare, count_charts};
pub use command::{CommandError, LaidOut, OnScreen, Past, as_argument, command_line, opening_options, render_command};
pub use compared::{
    Alone, Arrangement, BothNearest, Compared, ComparedState, Half, Likeness, MOST_ALONE, MatchBy, Matched,
    NEAREST_COMPARED, OwnCamera, Placed,
};
pub use doctor::{CheckedLabels, Doctor, LabelCheck, LabelVerdict, Queue, Ruling, says_nothing};
pub use edit::Edit;
pub use export::{Export, Exported, ExportedRows};
pub use filter::{Brush, Filter, Shows, Verdict};
pub use history::History;
pub use job::{CANCELED, JobKind, JobStatus};
pub use legend::{Legend, LegendEntry, LegendValue, Rgb, error_place};
pub use matching::{Matching, Unmatched, unmatched_rows};
pub use message::{Said, Toast, ToastAction};
pub use naming::{GivenName, Naming, named_by_chance};
pub use origin::lexical;
pub use outcome::{ApartState, Found, NeighborhoodState, QualityFigures, RowQuality, Spot, Steps, Summed};
pub use parallax_formats::{OpenOptions, demo::Demo};
pub use parallax_meaning::{
    Apart, Bars, Chart, Charts, Counts, Difference, LeftOut, Meant, Measure, Suspect, Suspects, Unknown,
};
pub use parallax_neighbors::Metric;
pub use parallax_projection::{Alignment, Method, TsneConfig, UmapConfig};
pub use patch::{PatchError, ViewPatch};
pub use presentation::{Present, Presentation};
pub use projection::{AxisEnd, AxisError, CustomAxis, Dims, Projection, Side};
pub use scale::{ColorScale, Ramp, ScaleKind};
pub use screen::{
    Combine, Drawn, FullBrightness, LabelRank, LabelSide, PlacedLabel, PlacedName, RegionShape, SeenAxis, SeenTick,
};
pub use search::{Search, SearchError, matches};
pub use sorting::sorted;
pub use stereo::{Eye, HeadsetLink, Stereo, StereoMode};
pub use text::{capital, count, file_name, fixed, hundredths, percent, plural, row_name};
pub use training::{
    MOST_TRAILS, Movement, MovementOf, Since, StepBasis, StepKind, StepMark, StepRow, StepSpeed, Training,
};
pub use units::CloudUnits;
pub use view::{
    Against, Lens, Lines, Look, NeighborQuery, NeighborSpace, Origin, Panel, PanelColumn, Panels, Pick, PointStyle,
    Pose, SavedSelection, Sort, Subject, Switch, Table, TableRows, Tag, Theme, Tool, View,
};
