//! How much memory the process takes.

/// Returns the peak resident memory of the process in bytes, or 0 if the system does not report it.
#[must_use]
pub fn peak_memory_bytes() -> u64 {
    of_status("VmHWM:")
}

/// Returns the resident memory of the process in bytes that is not that of mapped files, or 0 if the
/// system does not report it.
#[must_use]
pub fn own_memory_bytes() -> u64 {
    of_status("RssAnon:")
}

/// Reads a line of what Linux says about the process, as `VmHWM:     1234 kB`.
fn of_status(head: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kibibytes =
        status.lines().find_map(|line| line.strip_prefix(head)?.trim().strip_suffix(" kB")?.trim().parse().ok());
    kibibytes.unwrap_or(0_u64) * 1024
}
