//! Why the program cannot run.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook},
    sync::{Arc, Mutex, PoisonError},
};

use parallax_formats::FormatError;

/// Why the program cannot run. Its text says what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum AppError {
    /// The data cannot be read or projected, or the picture cannot be written.
    Format(FormatError),
    /// There is no device to draw with.
    NoAdapter,
    /// There is no display to open a window on.
    NoDisplay,
    /// The device that draws was lost, and there is none in its place that stays.
    LostDevice,
    /// The picture did not come back from the device.
    NoPicture,
    /// Canceled by its owner.
    Cancelled,
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(error) => error.fmt(f),
            Self::NoAdapter => f.write_str(
                "no Vulkan device was found. Install a driver; for drawing without a graphics card, on Debian and Ubuntu: \
                 apt-get install libvulkan1 mesa-vulkan-drivers.",
            ),
            Self::NoDisplay => f.write_str(
                "no display answers. Start the program in a graphical session, or set DISPLAY or WAYLAND_DISPLAY and install \
                 libx11-xcb1, libxkbcommon-x11-0, libxcursor1 and libxi6; `parallax render` draws without a display.",
            ),
            Self::LostDevice => f.write_str(
                "the graphics device was lost and cannot be started again. Look at the messages of its driver (dmesg), and try \
                 a smaller window, or fewer points; VK_DRIVER_FILES chooses another driver.",
            ),
            Self::NoPicture => f.write_str("the device returned no picture. Try a smaller --size."),
            Self::Cancelled => f.write_str("canceled"),
        }
    }
}

impl std::error::Error for AppError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Format(error) => Some(error),
            _ => None,
        }
    }
}

impl From<FormatError> for AppError {
    fn from(error: FormatError) -> Self {
        match error {
            FormatError::Cancelled => Self::Cancelled,
            error => Self::Format(error),
        }
    }
}

/// Messages of the engine and the window system when they panic, and the matching errors.
///
/// They panic in cases in which a program should only report what to install; that is done here
/// instead.
const SURRENDERS: [(&str, fn() -> AppError); 4] = [
    ("Unable to find a GPU", || AppError::NoAdapter),
    ("build event loop", || AppError::NoDisplay),
    ("EventLoop", || AppError::NoDisplay),
    ("X11", || AppError::NoDisplay),
];

/// Runs `work`, and turns the engine's panic for lack of a device or a display into an error.
///
/// # Errors
/// As `work`, or [`AppError::NoAdapter`] or [`AppError::NoDisplay`].
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, AppError>) -> Result<T, AppError> {
    let seen: Arc<Mutex<Option<String>>> = Arc::default();
    let before = Arc::new(take_hook());
    let (first, others) = (seen.clone(), before.clone());
    set_hook(Box::new(move |info| {
        let text = info.payload_as_str().unwrap_or_default().to_owned();
        if surrender(&text).is_none() {
            others(info);
        }
        first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(text);
    }));
    let result = catch_unwind(AssertUnwindSafe(work));
    set_hook(Box::new(move |info| before(info)));
    result.unwrap_or_else(|payload| {
        let text = seen.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default();
        match surrender(&text) {
            Some(error) => Err(error),
            None => std::panic::resume_unwind(payload),
        }
    })
}

fn surrender(text: &str) -> Option<AppError> {
    SURRENDERS.iter().find(|(sign, _)| text.contains(sign)).map(|(_, error)| error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_device_is_an_error_that_names_packages() {
        let error = guarded(|| -> Result<(), AppError> { panic!("Unable to find a GPU! Make sure ...") }).unwrap_err();
        assert!(matches!(error, AppError::NoAdapter) && error.to_string().contains("mesa-vulkan-drivers"));
        assert!(catch_unwind(|| guarded(|| -> Result<(), AppError> { panic!("a fault of ours") })).is_err());
    }
}
