//! How much memory is taken.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    backtrace::Backtrace,
    io::Write as _,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};

/// An allocator that counts. A program has it as its `#[global_allocator]`.
#[derive(Debug)]
pub struct Counted;

/// Bytes that are allocated.
static LIVE: AtomicUsize = AtomicUsize::new(0);
/// The most of them since [`measure`] began.
static PEAK: AtomicUsize = AtomicUsize::new(0);
/// From how many on it is said, once, who asks for them.
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);
/// It is being said.
static SAYS: AtomicBool = AtomicBool::new(false);

/// Does `work` and returns the bytes that it had at most. If there are more than `limit`, where they
/// were asked for is printed.
pub(crate) fn measure(limit: usize, work: impl FnOnce()) -> usize {
    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    LIMIT.store(before.saturating_add(limit), Relaxed);
    work();
    LIMIT.store(usize::MAX, Relaxed);
    PEAK.load(Relaxed).saturating_sub(before)
}

fn taken(bytes: usize) {
    let live = LIVE.fetch_add(bytes, Relaxed) + bytes;
    PEAK.fetch_max(live, Relaxed);
    // What says it allocates, too, so it is said once in a program.
    if live > LIMIT.load(Relaxed) && !SAYS.swap(true, Relaxed) {
        let at = Backtrace::force_capture();
        writeln!(std::io::stderr(), "{bytes} bytes more are too many:\n{at}").ok();
    }
}

#[expect(unsafe_code, reason = "allocators are unsafe")]
// SAFETY: all calls are passed on to the system's allocator as they are.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LIVE.fetch_sub(layout.size(), Relaxed);
        taken(size);
        // SAFETY: as the caller promises.
        unsafe { System.realloc(pointer, layout, size) }
    }
}
