//! A fuzzer of one target, which `PARALLAX_FUZZ_TARGET` names: libFuzzer's program, with its options.
//! `cargo xtask fuzz` builds and runs it.
//!
//! `PARALLAX_FUZZ_SEEDS` names a folder that it fills with inputs to begin with. The target `list`
//! prints the names of all.

#![no_main]

use std::{
    env, fs,
    panic::{self, AssertUnwindSafe, catch_unwind},
    path::Path,
    process,
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};

use faults::{Counted, Place, TARGETS, Target, use_one_thread};
use libfuzzer_sys::fuzz_target;

#[global_allocator]
static COUNTED: Counted = Counted;

/// The longest that an input may take.
const MOST_TIME: Duration = Duration::from_secs(1);

static CHOSEN: OnceLock<(&Target, Place)> = OnceLock::new();

/// What the last panic said. Some are caught: those of libraries that decode.
static SAID: Mutex<String> = Mutex::new(String::new());

fuzz_target!(init: { begin(); }, |input: &[u8]| { check(input); });

fn begin() {
    let name = env::var("PARALLAX_FUZZ_TARGET").unwrap_or_default();
    if name == "list" {
        TARGETS.iter().for_each(|target| println!("{}", target.name));
        process::exit(0);
    }
    let Some(target) = TARGETS.iter().find(|target| target.name == name) else {
        fail(&format!("there is no target {name:?}"));
    };
    let place = Place::new().unwrap_or_else(|error| fail(&format!("there is no place for files: {error}")));
    if let Some(folder) = env::var_os("PARALLAX_FUZZ_SEEDS") {
        for (number, seed) in target.seeds().iter().enumerate() {
            fs::write(Path::new(&folder).join(format!("{number:04}")), seed)
                .unwrap_or_else(|error| fail(&format!("a seed cannot be written: {error}")));
        }
    }
    use_one_thread();
    panic::set_hook(Box::new(|panic| {
        let said = format!("{panic}\n{}", std::backtrace::Backtrace::force_capture());
        *SAID.lock().unwrap_or_else(PoisonError::into_inner) = said;
    }));
    CHOSEN.get_or_init(|| (target, place));
}

fn check(input: &[u8]) {
    let Some((target, place)) = CHOSEN.get() else { return };
    let start = processor_time();
    if catch_unwind(AssertUnwindSafe(|| target.check(place, input))).is_err() {
        fail(&SAID.lock().unwrap_or_else(PoisonError::into_inner));
    }
    let took = processor_time().saturating_sub(start);
    if took > MOST_TIME {
        fail(&format!("an input of {} bytes took {:.1} s", input.len(), took.as_secs_f64()));
    }
}

/// The time that all threads have had on the processor.
fn processor_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a value that the call fills in.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Ends the program, which keeps the input.
fn fail(why: &str) -> ! {
    eprintln!("fuzz: {why}");
    process::abort();
}
