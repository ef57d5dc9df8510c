//! What a machine is.

use std::{env, fs, thread::available_parallelism};

use crate::system::{os_release, value};

/// What a machine is, for a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The system by its own name, such as `Debian GNU/Linux 12 (bookworm)`, or else its kind.
    pub system: String,
    /// The version of the kernel, where it is known.
    pub kernel: Option<String>,
    /// The architecture of the processor, as `x86_64`.
    pub architecture: &'static str,
    /// How many threads run at the same time.
    pub cores: Option<usize>,
    /// The main memory in bytes, where it is known.
    pub memory: Option<u64>,
}

/// Looks at this machine.
#[must_use]
pub fn facts() -> Facts {
    let release = os_release();
    let name = [value(&release, "PRETTY_NAME"), value(&release, "NAME"), env::consts::OS];
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").ok();
    Facts {
        system: name.into_iter().find(|name| !name.is_empty()).unwrap_or_default().to_owned(),
        kernel: kernel.map(|text| text.trim().to_owned()),
        architecture: env::consts::ARCH,
        cores: available_parallelism().ok().map(usize::from),
        memory: fs::read_to_string("/proc/meminfo").ok().and_then(|text| memory(&text)),
    }
}

/// Reads `/proc/meminfo`, in which a line is `MemTotal:  24575676 kB`.
fn memory(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_counted_in_bytes() {
        assert_eq!(memory("MemTotal:       24575676 kB\nMemFree: 1 kB\n"), Some(24_575_676 * 1024));
        assert_eq!(memory("MemFree: 1 kB\n"), None);
        assert_eq!(memory("MemTotal: many kB\n"), None);
        assert_eq!(memory(&format!("MemTotal: {} kB\n", u64::MAX)), None);
    }
}
