//! Installs the system packages that the programs need.
//!
//! What is missing is installed by apt-get if that needs no password. Otherwise a message names the
//! command or the libraries. Building needs only Rust and a C linker, which have already built this
//! program.

use std::process::Command;

use parallax_machine::{Distribution, Need, System, Use, is_root, missing, names, packages};

use crate::{
    Failure,
    workspace::{shown, status, succeed},
};

/// Installs what `uses` need and the system lacks.
///
/// # Errors
/// Returns an error that says what to do if something is missing and cannot be installed.
pub(crate) fn provide(uses: &[Use]) -> Result<(), Failure> {
    if !cfg!(target_os = "linux") {
        return Ok(()); // other systems have all of it
    }
    let system = System::inspect();
    let lacks = missing(&system, uses);
    if lacks.is_empty() {
        return Ok(());
    }
    match way(&lacks, &Distribution::of_this_system(), system.has_program("apt-get"), privilege) {
        Way::Say(sentence) => return Err(Failure::input(sentence)),
        Way::Install(prefix) => {
            println!("Missing on this system: {}. Installing: {}.", names(&lacks), packages(&lacks).join(" "));
            install(prefix, &packages(&lacks))?;
        }
    }
    let lacks = missing(&System::inspect(), uses);
    if lacks.is_empty() {
        return Ok(());
    }
    let packages = packages(&lacks).join(" ");
    Err(Failure::input(format!("{} still missing after {packages} was installed", names(&lacks))))
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

#[cfg(test)]
mod tests {
    use parallax_machine::NEEDS;

    use super::*;

    const ROOT: fn() -> Option<&'static [&'static str]> = || Some(&[]);
    const NOBODY: fn() -> Option<&'static [&'static str]> = || None;

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
