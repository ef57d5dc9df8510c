//! Reading a page of a mapped file that is not there raises a signal, SIGBUS, which would end the
//! program. That happens if another program cuts the file short, or if the disk fails. This module
//! handles the signal: where the address is in a mapping that is [watched](watch), the rest of the
//! mapping becomes zeros, what was lost is remembered, and the thread goes on. Who reads mapped files
//! asks afterwards (`disk::mapped`).
//!
//! A handler of a signal may neither lock nor allocate. It therefore reads a table that consists of
//! atomics and is never freed. Everything else here is done under one lock, which the handler does
//! not take.

use std::{
    ffi::c_void,
    io,
    ops::Range,
    ptr,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicPtr, AtomicUsize, Ordering::SeqCst},
    },
};

use libc::{c_int, sigaction, siginfo_t};

/// A mapping for which the handler is responsible, until this is dropped. That has to be before it
/// is unmapped.
#[derive(Debug)]
pub(super) struct Watched(&'static Slot);

/// Makes faults in a mapping harmless. It must have been mapped at `address`, with that length, and
/// must not be written to.
pub(super) fn watch(address: usize, length: usize) -> io::Result<Watched> {
    let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    install()?;
    let slot = free.pop().unwrap_or_else(|| {
        let block = Block::add();
        free.extend(&block.slots[1..]);
        &block.slots[0]
    });
    slot.start.store(address, SeqCst);
    slot.end.store(address.saturating_add(length), SeqCst);
    slot.lost.store(NOTHING, SeqCst);
    slot.version.fetch_add(1, SeqCst);
    Ok(Watched(slot))
}

impl Watched {
    /// The first byte of the mapping that was not there when it was read, if there is one.
    pub(super) fn lost(&self) -> Option<usize> {
        Some(self.0.lost.load(SeqCst)).filter(|&lost| lost != NOTHING)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.version.fetch_add(1, SeqCst);
        free.push(self.0);
    }
}

/// A row of the table.
#[derive(Debug)]
struct Slot {
    /// Odd while the other numbers are those of a mapping. It never repeats, so numbers that were
    /// read between two equal odd versions belong together.
    version: AtomicUsize,
    start: AtomicUsize,
    end: AtomicUsize,
    /// The first byte that was lost, counted from the start.
    lost: AtomicUsize,
}

/// No byte was lost.
const NOTHING: usize = usize::MAX;

impl Slot {
    const fn new() -> Self {
        Self {
            version: AtomicUsize::new(0),
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            lost: AtomicUsize::new(NOTHING),
        }
    }

    /// The addresses of the mapping. A thread that reads a mapping keeps it from being dropped, so
    /// its row does not change while the handler looks for it.
    fn range(&self) -> Option<Range<usize>> {
        let version = self.version.load(SeqCst);
        let range = self.start.load(SeqCst)..self.end.load(SeqCst);
        (version % 2 == 1 && self.version.load(SeqCst) == version).then_some(range)
    }
}

/// Rows of the table. They are never freed, and serve other mappings later.
struct Block {
    slots: [Slot; 64],
    next: *const Block,
}

/// The rows that serve no mapping.
static FREE: Mutex<Vec<&'static Slot>> = Mutex::new(Vec::new());

/// The last block of the table.
static LAST: AtomicPtr<Block> = AtomicPtr::new(ptr::null_mut());

impl Block {
    /// Adds a block to the table; the lock of [`FREE`] is held.
    fn add() -> &'static Self {
        let block = Self { slots: [const { Slot::new() }; 64], next: LAST.load(SeqCst) };
        let block: *mut Self = Box::into_raw(Box::new(block));
        LAST.store(block, SeqCst);
        #[expect(unsafe_code, reason = "the handler reads the block as well, without a lock")]
        // SAFETY: it comes from a box that is never freed, and is not changed but by its atomics.
        unsafe {
            &*block
        }
    }
}

/// What handled the signal before.
static BEFORE: OnceLock<sigaction> = OnceLock::new();

/// The bytes of a page. 0 until the handler is installed.
static PAGE: AtomicUsize = AtomicUsize::new(0);

/// Installs the handler once; the lock of [`FREE`] is held.
#[expect(unsafe_code, reason = "the only way to install a handler")]
fn install() -> io::Result<()> {
    if PAGE.load(SeqCst) != 0 {
        return Ok(());
    }
    // SAFETY: the calls have no preconditions but pointers to what they read and write, and a zeroed
    // `sigaction` is the default one. `on_fault` has the signature that SA_SIGINFO asks for. It runs on
    // the stack that the standard library gives each thread for signals (SA_ONSTACK).
    unsafe {
        let page = usize::try_from(libc::sysconf(libc::_SC_PAGESIZE)).unwrap_or(0);
        if !page.is_power_of_two() {
            return Err(io::Error::last_os_error());
        }
        let mut before: sigaction = std::mem::zeroed();
        if libc::sigaction(libc::SIGBUS, ptr::null(), &raw mut before) != 0 {
            return Err(io::Error::last_os_error());
        }
        // The handler may run as soon as it is installed.
        BEFORE.get_or_init(|| before);
        let mut ours: sigaction = std::mem::zeroed();
        ours.sa_sigaction = on_fault as *const () as usize;
        ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        libc::sigemptyset(&raw mut ours.sa_mask);
        if libc::sigaction(libc::SIGBUS, &raw const ours, ptr::null_mut()) != 0 {
            return Err(io::Error::last_os_error());
        }
        PAGE.store(page, SeqCst);
    }
    Ok(())
}

/// Handles the signal. It calls nothing but `mmap`, `sigaction`, and `raise`, which neither lock nor
/// allocate.
#[expect(unsafe_code, reason = "the system calls it with pointers")]
unsafe extern "C" fn on_fault(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: with SA_SIGINFO, `info` is valid, and has an address if the kernel raised the signal,
    // for which the codes are positive.
    let address = unsafe { if (*info).si_code > 0 { Some((*info).si_addr() as usize) } else { None } };
    if address.is_some_and(replace) {
        return;
    }
    // SAFETY: what was passed to this handler is passed on.
    unsafe { pass_on(signal, info, context, address.is_some()) }
}

/// Replaces the page of `address`, and all after it in its mapping, by zeros. Returns `false` if the
/// address is in no mapping that is watched.
///
/// The pages after it are replaced as well, since where a file is cut short they are gone too, and a
/// process may have only so many mappings.
#[expect(unsafe_code, reason = "replaces pages, and follows pointers that the handler may follow")]
fn replace(address: usize) -> bool {
    let page = PAGE.load(SeqCst);
    let mut next: *const Block = LAST.load(SeqCst);
    // SAFETY: blocks are never freed, and their pointers to others never change.
    while let Some(block) = unsafe { next.as_ref() } {
        for slot in &block.slots {
            let Some(range) = slot.range().filter(|range| range.contains(&address)) else { continue };
            let start = address & !(page - 1);
            // Before there are zeros that somebody reads.
            slot.lost.fetch_min(start - range.start, SeqCst);
            let flags = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED;
            // SAFETY: the pages belong to a mapping that a thread is reading right now, so nobody unmaps it,
            // and they are only read, so whoever reads them sees other bytes at worst.
            let zeros = unsafe { libc::mmap(start as *mut c_void, range.end - start, libc::PROT_READ, flags, -1, 0) };
            return zeros != libc::MAP_FAILED;
        }
        next = block.next;
    }
    false
}

/// Does with a signal what would have been done without this handler.
#[expect(unsafe_code, reason = "calls a function that another part of the program has installed")]
unsafe fn pass_on(signal: c_int, info: *mut siginfo_t, context: *mut c_void, is_fault: bool) {
    let before = BEFORE.get();
    // SAFETY: a handler that was installed with SA_SIGINFO has three parameters, and one without it has
    // one. The default is restored with a zeroed `sigaction`, as in `install`.
    unsafe {
        match before.map_or(libc::SIG_DFL, |before| before.sa_sigaction) {
            libc::SIG_IGN if !is_fault => {}
            // A fault cannot be ignored.
            libc::SIG_DFL | libc::SIG_IGN => {
                let default: sigaction = std::mem::zeroed();
                libc::sigaction(signal, &raw const default, ptr::null_mut());
                libc::raise(signal);
            }
            handler if before.is_some_and(|before| before.sa_flags & libc::SA_SIGINFO != 0) => {
                type Handler = unsafe extern "C" fn(c_int, *mut siginfo_t, *mut c_void);
                let handler: Handler = std::mem::transmute(handler);
                handler(signal, info, context);
            }
            handler => {
                let handler: unsafe extern "C" fn(c_int) = std::mem::transmute(handler);
                handler(signal);
            }
        }
    }
}
