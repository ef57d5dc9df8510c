//! A trial of the Debian package in a bare Debian: installed, used as a person would, removed.
//!
//! mmdebstrap makes the system once and keeps it as an archive. Each trial unpacks it, and runs
//! `trial.sh` in it, with namespaces of its own, so that nothing that it starts or mounts stays.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use parallax_machine::is_root;

use super::failed;
use crate::{
    Failure,
    workspace::{Workspace, succeed},
};

/// The program that makes the bare system.
pub(super) const TOOL: (&str, &str) = ("mmdebstrap", "apt-get install mmdebstrap");

/// The bare system, in the folder of packages.
pub(super) const BARE: &str = "debian.tar";

/// The release of Debian in which packages are tried: that of the machine that builds them, or a
/// later one.
const RELEASE: &str = "bookworm";

/// What is on a desktop before the package is installed, and what the trial uses.
const PACKAGES: &str = "bash-completion,desktop-file-utils,hicolor-icon-theme,libglib2.0-bin,man-db,mount,procps,shared-mime-info,\
                        xdg-utils,xdotool,xvfb";

/// Tries the package.
///
/// # Errors
/// Returns an error if a step of the trial fails.
pub(super) fn run(workspace: &Workspace, folder: &Path, package: &Path) -> Result<(), Failure> {
    if !is_root() {
        return Err(Failure::input("a package is tried in a system of its own, which only root can start: use sudo"));
    }
    let bare = folder.join(BARE);
    if !bare.exists() {
        println!("Making a bare Debian, once.");
        let include = format!("--include={PACKAGES}");
        succeed(Command::new(TOOL.0).args(["--variant=apt", &include, RELEASE]).arg(&bare))?;
    }
    let system = folder.join("debian");
    fs::create_dir_all(&system).map_err(failed(&system))?;
    succeed(Command::new("tar").arg("--extract").arg("--file").arg(&bare).arg("--directory").arg(&system))?;
    let brought: [(PathBuf, &str); 4] = [
        (package.to_owned(), "parallax.deb"),
        (workspace.root().join("assets/tour.ron"), "tour.ron"),
        (workspace.root().join("xtask/src/package/trial.sh"), "trial.sh"),
        (PathBuf::from("/etc/resolv.conf"), "etc/resolv.conf"),
    ];
    for (from, to) in brought {
        fs::copy(&from, system.join(to)).map_err(failed(&from))?;
    }
    let mut trial = Command::new("unshare");
    trial.args(["--mount", "--pid", "--fork", "--kill-child", "chroot"]).arg(&system).args(["bash", "/trial.sh"]);
    trial.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LANG", "C.UTF-8");
    let tried = succeed(&mut trial);
    let picture = folder.join("trial.png");
    // There is none if the trial ended before.
    fs::rename(system.join("home/ada/digits.png"), &picture).ok();
    tried?;
    println!("The package was installed, used, and removed. The picture that it drew is {}.", picture.display());
    fs::remove_dir_all(&system).map_err(failed(&system))
}
