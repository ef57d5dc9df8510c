//! Files as bytes: read or mapped, stamped, replaced. Nothing here knows a format, and the formats
//! open and write files through this module.

mod map;
mod replace;
mod stamp;

pub(crate) use map::{READ_BYTES, read_range};
pub use map::{read_bytes, read_whole};
pub use replace::write_bytes;
pub(crate) use replace::{Out, Stop, write_file};
pub use stamp::{Change, Stamp};
