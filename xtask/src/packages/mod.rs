//! The system packages that the programs need, and how to install them.
//!
//! One table lists all of them. What is missing is installed by apt-get if that needs no password.
//! Otherwise a message names the command or the libraries. Building needs only Rust and a C linker,
//! which have already built this program.

mod system;

use std::process::Command;

use crate::{
    Failure,
    workspace::{shown, status, succeed},
};
pub(crate) use system::System;
use system::{Distribution, is_root};

/// What the packages are needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Drawing to a window or a file.
    Draw,
    /// Windows of the X Window System.
    X11,
    /// Windows of Wayland.
    Wayland,
    /// The workspace's tests.
    Tests,
}

/// Something that the system must have.
#[derive(Debug, PartialEq, Eq)]
struct Need {
    thing: Thing,
    /// Its package on Debian and Ubuntu.
    package: &'static str,
    uses: &'static [Use],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing {
    /// A shared library that is loaded by this name when the program runs.
    Library(&'static str),
    /// A Vulkan driver for the device that draws: a graphics card, or else the CPU.
    VulkanDriver,
    Program(&'static str),
}

/// All packages, in the order in which messages name them.
const NEEDS: [Need; 12] = [
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
    need(Thing::Library("libopenxr_loader.so.1"), "libopenxr-loader1", &[Use::Tests]),
];

const fn need(thing: Thing, package: &'static str, uses: &'static [Use]) -> Need {
    Need { thing, package, uses }
}

/// Installs what `uses` need and the system lacks.
///
/// # Errors
/// Returns an error that says what to do if something is missing and cannot be installed.
pub(crate) fn provide(uses: &[Use]) -> Result<(), Failure> {
    if !cfg!(target_os = "linux") {
        return Ok(()); // other systems have all of it
    }
    let system = System::inspect();
    let missing = missing(&system, uses);
    if missing.is_empty() {
        return Ok(());
    }
    match way(&missing, &Distribution::of_this_system(), system.has_program("apt-get"), privilege) {
        Way::Say(sentence) => return Err(Failure::input(sentence)),
        Way::Install(prefix) => {
            println!("Missing on this system: {}. Installing: {}.", names(&missing), packages(&missing).join(" "));
            install(prefix, &packages(&missing))?;
        }
    }
    let missing = self::missing(&System::inspect(), uses);
    if missing.is_empty() {
        return Ok(());
    }
    let packages = packages(&missing).join(" ");
    Err(Failure::input(format!("{} still missing after {packages} was installed", names(&missing))))
}

/// How to install what is missing.
#[derive(Debug, PartialEq, Eq)]
enum Way {
    /// Install it with apt-get, after these words.
    Install(&'static [&'static str]),
    /// Tell the user.
    Say(String),
}

fn way(
    missing: &[&Need],
    distribution: &Distribution,
    has_apt: bool,
    privilege: fn() -> Option<&'static [&'static str]>,
) -> Way {
    let names = names(missing);
    match distribution {
        Distribution::Debian if has_apt => match privilege() {
            Some(prefix) => Way::Install(prefix),
            None => Way::Say(format!(
                "missing on this system: {names}; install with: sudo apt-get update && sudo apt-get {}",
                install_words(&packages(missing)).join(" ")
            )),
        },
        Distribution::Debian => Way::Say(format!(
            "missing on this system: {names}; install the packages {} (there is no apt-get)",
            packages(missing).join(", ")
        )),
        Distribution::Other(name) => Way::Say(format!(
            "missing on this system: {names}; packages are installed on Debian and Ubuntu only, so install these with the \
             package manager of {name}, then run this again"
        )),
    }
}

/// Returns the words before a command that run it as root: none for root, or sudo if it needs no
/// password.
fn privilege() -> Option<&'static [&'static str]> {
    if is_root() {
        return Some(&[]);
    }
    let sudo = Command::new("sudo").args(["-n", "true"]).output();
    sudo.is_ok_and(|output| output.status.success()).then_some(&["sudo", "-n"])
}

fn install(prefix: &[&str], packages: &[&str]) -> Result<(), Failure> {
    let apt = |words: &[&str]| {
        let line = [prefix, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"], words].concat();
        let mut command = Command::new(line[0]);
        command.args(&line[1..]);
        command
    };
    let mut update = apt(&["update"]);
    if !status(&mut update)?.success() {
        // The present lists may be enough.
        println!("`{}` failed; trying to install all the same.", shown(&update));
    }
    succeed(&mut apt(&install_words(packages)))
        .map_err(|failure| Failure::input(format!("{failure}; see what apt-get says above")))
}

fn install_words<'a>(packages: &[&'a str]) -> Vec<&'a str> {
    [&["install", "--yes", "--no-install-recommends"], packages].concat()
}

fn missing(system: &System, uses: &[Use]) -> Vec<&'static Need> {
    let has = |thing| match thing {
        Thing::Library(name) => system.has_library(name),
        Thing::VulkanDriver => system.has_vulkan_driver(),
        Thing::Program(name) => system.has_program(name),
    };
    NEEDS.iter().filter(|need| need.uses.iter().any(|used| uses.contains(used)) && !has(need.thing)).collect()
}

fn names(missing: &[&Need]) -> String {
    let name = |need: &&Need| match need.thing {
        Thing::Library(name) | Thing::Program(name) => name.to_owned(),
        Thing::VulkanDriver => "a Vulkan driver".to_owned(),
    };
    missing.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn packages(missing: &[&Need]) -> Vec<&'static str> {
    missing.iter().map(|need| need.package).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: fn() -> Option<&'static [&'static str]> = || Some(&[]);
    const NOBODY: fn() -> Option<&'static [&'static str]> = || None;

    #[test]
    fn packages_follow_the_uses() {
        let check = |uses: &[Use], expected: &str| {
            let bare = System::default();
            assert_eq!(packages(&missing(&bare, uses)).join(" "), expected, "{uses:?}");
        };
        check(&[Use::Draw], "libvulkan1 mesa-vulkan-drivers");
        check(&[Use::Wayland], "libxkbcommon0 libwayland-client0");
        check(&[Use::X11], "libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libxkbcommon0");
        check(&[Use::Tests], "xvfb xdotool libopenxr-loader1");
        check(&[], "");
    }

    #[test]
    fn packages_that_are_installed_are_not_missing() {
        let mut system = System::default();
        system.libraries.insert("libvulkan.so.1".into());
        assert_eq!(packages(&missing(&system, &[Use::Draw])), ["mesa-vulkan-drivers"]);
    }

    #[test]
    fn missing_packages_are_installed_or_named() {
        let missing: Vec<&Need> = NEEDS[..2].iter().collect();
        let says = |distribution, has_apt, privilege| match way(&missing, &distribution, has_apt, privilege) {
            Way::Say(sentence) => sentence,
            Way::Install(prefix) => format!("installs {prefix:?}"),
        };
        let command = "apt-get install --yes --no-install-recommends libvulkan1 mesa-vulkan-drivers";
        let fedora = || Distribution::Other("Fedora Linux 42".into());
        assert_eq!(says(Distribution::Debian, true, ROOT), "installs []");
        assert!(says(Distribution::Debian, true, NOBODY).ends_with(command));
        assert!(says(Distribution::Debian, false, ROOT).contains("libvulkan1, mesa-vulkan-drivers"));
        assert!(says(fedora(), true, ROOT).contains("libvulkan.so.1, a Vulkan driver"));
        assert!(says(fedora(), true, ROOT).contains("package manager of Fedora Linux 42"));
    }
}
