//! What is done with each kind of file in fuzzing: functions of bytes, which must return for any
//! bytes, without a panic, and without more memory than the bytes justify.
//!
//! `cargo xtask fuzz` calls them with inputs that a fuzzer chooses by the code that they reach, and
//! the test of this package with seeds that are changed at random, the same each time.

mod limits;
mod mutate;
mod parts;
mod place;
mod repair;
mod seeds;
mod targets;

pub use limits::Counted;
pub use mutate::Mutations;
pub use place::Place;
pub use targets::{TARGETS, Target};

/// Makes parallel work of this program run in the thread that asks for it: a fuzzer has one of its
/// own, and the code that an input reaches must not depend on others.
pub fn use_one_thread() {
    rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global().ok();
}
