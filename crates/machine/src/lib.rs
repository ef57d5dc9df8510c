//! What the program needs of a machine, what a machine has, and which packages bring the rest.
//!
//! One table, [`NEEDS`], lists what is loaded when the program runs, and what its tests start. The
//! names of packages are those of Debian and Ubuntu.
//!
//! ```
//! use parallax_machine::{System, Use, missing, packages};
//!
//! let missing = missing(&System::default(), &[Use::Draw]); // of a machine that has nothing
//! assert_eq!(packages(&missing), ["libvulkan1", "mesa-vulkan-drivers"]);
//! ```

mod display;
mod facts;
mod system;

pub use display::{Answer, Display, displays};
pub use facts::{Facts, facts};
pub use system::{Distribution, System, is_root};

/// What something is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Drawing to a window or a file.
    Draw,
    /// Windows of the X Window System.
    X11,
    /// Windows of Wayland.
    Wayland,
    /// The cloud in a headset.
    Headset,
    /// The workspace's tests.
    Tests,
}

/// Something that the machine must have.
#[derive(Debug, PartialEq, Eq)]
pub struct Need {
    /// What it is.
    pub thing: Thing,
    /// Its package on Debian and Ubuntu.
    pub package: &'static str,
    /// What it is needed for.
    pub uses: &'static [Use],
}

/// A thing that packages bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// A shared library that is loaded by this name when the program runs.
    Library(&'static str),
    /// A Vulkan driver for the device that draws: a graphics card, or else the CPU.
    VulkanDriver,
    /// A program.
    Program(&'static str),
}

/// All needs, in the order in which messages name them.
pub const NEEDS: [Need; 12] = [
    need(Thing::Library("libvulkan.so.1"), "libvulkan1", &[Use::Draw]),
    need(Thing::VulkanDriver, "mesa-vulkan-drivers", &[Use::Draw]),
    need(Thing::Library("libX11.so.6"), "libx11-6", &[Use::X11]),
    need(Thing::Library("libX11-xcb.so.1"), "libx11-xcb1", &[Use::X11]),
    need(Thing::Library("libXcursor.so.1"), "libxcursor1", &[Use::X11]),
    need(Thing::Library("libXi.so.6"), "libxi6", &[Use::X11]),
    need(Thing::Library("libxkbcommon-x11.so.0"), "libxkbcommon-x11-0", &[Use::X11]),
    need(Thing::Library("libxkbcommon.so.0"), "libxkbcommon0", &[Use::X11, Use::Wayland]),
    need(Thing::Library("libwayland-client.so.0"), "libwayland-client0", &[Use::Wayland]),
    need(Thing::Program("Xvfb"), "xvfb", &[Use::Tests]),
    need(Thing::Program("xdotool"), "xdotool", &[Use::Tests]),
    need(Thing::Library("libopenxr_loader.so.1"), "libopenxr-loader1", &[Use::Headset, Use::Tests]),
];

const fn need(thing: Thing, package: &'static str, uses: &'static [Use]) -> Need {
    Need { thing, package, uses }
}

/// Returns what `uses` need and the machine lacks.
///
/// The names are those of Linux; other systems have all that the program needs.
#[must_use]
pub fn missing(system: &System, uses: &[Use]) -> Vec<&'static Need> {
    let has = |thing| match thing {
        Thing::Library(name) => system.has_library(name),
        Thing::VulkanDriver => system.has_vulkan_driver(),
        Thing::Program(name) => system.has_program(name),
    };
    NEEDS.iter().filter(|need| need.uses.iter().any(|used| uses.contains(used)) && !has(need.thing)).collect()
}

/// Returns the names of what is missing, for a sentence.
#[must_use]
pub fn names(missing: &[&Need]) -> String {
    missing.iter().map(|need| need.thing.name()).collect::<Vec<_>>().join(", ")
}

/// Returns the packages that bring what is missing.
#[must_use]
pub fn packages(missing: &[&Need]) -> Vec<&'static str> {
    missing.iter().map(|need| need.package).collect()
}

impl Thing {
    /// Returns its name, for a sentence.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Library(name) | Self::Program(name) => name,
            Self::VulkanDriver => "a Vulkan driver",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_follow_the_uses() {
        let check = |uses: &[Use], expected: &str| {
            let bare = System::default();
            assert_eq!(packages(&missing(&bare, uses)).join(" "), expected, "{uses:?}");
        };
        check(&[Use::Draw], "libvulkan1 mesa-vulkan-drivers");
        check(&[Use::Wayland], "libxkbcommon0 libwayland-client0");
        check(&[Use::X11], "libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libxkbcommon0");
        check(&[Use::Headset], "libopenxr-loader1");
        check(&[Use::Tests], "xvfb xdotool libopenxr-loader1");
        check(&[], "");
    }
}
