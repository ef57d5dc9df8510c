//! What the machine has: shared libraries, Vulkan drivers, programs, and its distribution.
//!
//! Functions that parse the output of the system take text, so that tests can call them.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What was found on the machine; nothing by default.
#[derive(Debug, Default)]
pub struct System {
    /// The names in the loader's cache, for this CPU architecture.
    libraries: BTreeSet<String>,
    /// Other folders that the loader searches.
    library_folders: Vec<PathBuf>,
    /// The files that describe Vulkan drivers to Vulkan's loader.
    drivers: Vec<PathBuf>,
    /// Whether the user says which drivers to use.
    are_drivers_chosen: bool,
    has_graphics_card: bool,
    /// The search path of programs.
    program_folders: Vec<PathBuf>,
}

impl System {
    /// Looks at this machine.
    #[must_use]
    pub fn inspect() -> Self {
        let chosen = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"].into_iter().find_map(env::var_os);
        let folders = driver_folders(|name| env::var(name).ok());
        let files = match &chosen {
            Some(files) => env::split_paths(files).collect(),
            None => folders.iter().flat_map(|folder| listed(folder)).collect::<Vec<_>>(),
        };
        Self {
            libraries: names_in_cache(&loader_cache(), env::consts::ARCH),
            library_folders: library_folders(env::consts::ARCH),
            drivers: files
                .into_iter()
                .filter(|file| file.extension().is_some_and(|ending| ending == "json") && file.exists())
                .collect(),
            are_drivers_chosen: chosen.is_some(),
            has_graphics_card: has_graphics_card(),
            program_folders: env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect(),
        }
    }

    /// Returns `true` if the loader finds the library with this name.
    #[must_use]
    pub fn has_library(&self, name: &str) -> bool {
        self.libraries.contains(name) || self.library_folders.iter().any(|folder| folder.join(name).exists())
    }

    /// Returns `true` if the program is on the search path.
    #[must_use]
    pub fn has_program(&self, name: &str) -> bool {
        self.program_folders.iter().any(|folder| folder.join(name).is_file())
    }

    /// Returns `true` if something can draw. Drivers for graphics cards count only if there is a
    /// card.
    #[must_use]
    pub fn has_vulkan_driver(&self) -> bool {
        let counts = |file: &PathBuf| self.are_drivers_chosen || self.has_graphics_card || draws_on_processor(file);
        self.drivers.iter().any(counts)
    }

    /// Whether a variable of the environment says which drivers Vulkan's loader uses. No package changes that.
    #[must_use]
    pub fn are_drivers_chosen(&self) -> bool {
        self.are_drivers_chosen
    }

    /// The files that describe Vulkan drivers to Vulkan's loader.
    #[must_use]
    pub fn drivers(&self) -> &[PathBuf] {
        &self.drivers
    }

    /// The description of a driver that draws on the CPU.
    #[must_use]
    pub fn software_driver(&self) -> Option<&Path> {
        self.drivers.iter().map(PathBuf::as_path).find(|file| draws_on_processor(file))
    }
}

/// Mesa's lavapipe, or `SwiftShader`.
fn draws_on_processor(driver: &Path) -> bool {
    let name = driver.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("lvp_icd") || name.contains("swiftshader")
}

/// `/dev/dxg` is the graphics card in the Windows Subsystem for Linux.
fn has_graphics_card() -> bool {
    let is_card = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("renderD"));
    listed(Path::new("/dev/dri")).iter().any(is_card)
        || ["/dev/nvidia0", "/dev/dxg"].iter().any(|path| Path::new(path).exists())
}

/// Returns the entries of a folder by name, or none if there is no such folder.
fn listed(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

/// The folders in which Vulkan's loader looks for drivers.
fn driver_folders(variable: impl Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    let or = |name, default: &str| variable(name).filter(|value| !value.is_empty()).unwrap_or_else(|| default.into());
    let home = or("HOME", "/root");
    let lists = [
        or("XDG_CONFIG_HOME", &format!("{home}/.config")),
        or("XDG_CONFIG_DIRS", "/etc/xdg"),
        "/etc".into(),
        or("XDG_DATA_HOME", &format!("{home}/.local/share")),
        or("XDG_DATA_DIRS", "/usr/local/share:/usr/share"),
    ];
    lists.iter().flat_map(|list| list.split(':')).map(|folder| Path::new(folder).join("vulkan/icd.d")).collect()
}

/// Returns the output of `ldconfig -p`, or an empty text without it.
fn loader_cache() -> String {
    let programs = ["ldconfig", "/sbin/ldconfig", "/usr/sbin/ldconfig"]; // seldom on the path of those who are not root
    let output = programs.iter().find_map(|program| Command::new(program).arg("-p").output().ok());
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

/// The names in the loader's cache, without those for other CPU architectures that the system can
/// also run.
///
/// A line reads `libvulkan.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libvulkan.so.1`.
fn names_in_cache(text: &str, arch: &str) -> BTreeSet<String> {
    let tag = match arch {
        "x86_64" => "x86-64",
        "aarch64" => "AArch64",
        _ => "",
    };
    let name = |line: &str| {
        let (name, rest) = line.trim().split_once(" (")?;
        rest.split_once(')')?.0.contains(tag).then(|| name.to_owned())
    };
    text.lines().filter_map(name).collect()
}

/// Returns folders with libraries that the cache does not list.
fn library_folders(arch: &str) -> Vec<PathBuf> {
    let triplet = format!("{arch}-linux-gnu");
    let fixed = ["/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib"].map(PathBuf::from);
    let multiarch = ["/lib", "/usr/lib"].map(|folder| Path::new(folder).join(&triplet));
    let named = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let named: Vec<PathBuf> = env::split_paths(&named).filter(|folder| folder.is_absolute()).collect();
    [named.as_slice(), &multiarch, &fixed].concat()
}

/// The distribution of the system.
#[derive(Debug, PartialEq, Eq)]
pub enum Distribution {
    /// Debian, Ubuntu, or one based on them.
    Debian,
    /// Another one, by its name.
    Other(String),
}

impl Distribution {
    /// Looks at this machine.
    #[must_use]
    pub fn of_this_system() -> Self {
        distribution(&os_release())
    }
}

/// Returns the file that describes the distribution, or an empty text without it.
pub(crate) fn os_release() -> String {
    let files = ["/etc/os-release", "/usr/lib/os-release"];
    files.iter().find_map(|file| fs::read_to_string(file).ok()).unwrap_or_default()
}

/// Reads a line of `os-release`, which is `KEY=value` or `KEY="value"`. Returns an empty text
/// without it.
pub(crate) fn value<'a>(os_release: &'a str, key: &str) -> &'a str {
    let found = os_release.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='));
    found.unwrap_or_default().trim_matches(['"', '\''])
}

/// Reads the file `os-release`.
fn distribution(text: &str) -> Distribution {
    let value = |key: &str| self::value(text, key);
    let ids = [value("ID"), value("ID_LIKE")].join(" ");
    if ids.split_whitespace().any(|id| id == "debian" || id == "ubuntu") {
        return Distribution::Debian;
    }
    let name =
        [value("PRETTY_NAME"), value("NAME"), value("ID"), "this system"].into_iter().find(|name| !name.is_empty());
    Distribution::Other(name.unwrap_or_default().to_owned())
}

/// Returns `true` if this program may do everything on the machine.
#[must_use]
pub fn is_root() -> bool {
    effective_user(&fs::read_to_string("/proc/self/status").unwrap_or_default()) == Some(0)
}

/// Reads `/proc/self/status`, in which a line has the real, the effective and two more user ids.
fn effective_user(status: &str) -> Option<u32> {
    status.lines().find_map(|line| line.strip_prefix("Uid:"))?.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loader_cache_lists_this_processor() {
        let text = "3 libs found in cache `/etc/ld.so.cache'\n\
            \tlibvulkan.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libvulkan.so.1\n\
            \tlibXi.so.6 (libc6) => /lib/i386-linux-gnu/libXi.so.6\n\
            \tlibpthread.so.0 (libc6,x86-64, OS ABI: Linux 3.2.0) => /lib/x86_64-linux-gnu/libpthread.so.0\n\
            Cache generated by: ldconfig (Debian GLIBC 2.36-9) stable release version 2.36\n";
        let check = |arch, expected: &[&str]| {
            assert_eq!(names_in_cache(text, arch).iter().collect::<Vec<_>>(), expected, "{arch}");
        };
        check("x86_64", &["libpthread.so.0", "libvulkan.so.1"]);
        check("aarch64", &[]);
    }

    #[test]
    fn distributions_are_recognized() {
        let check = |text, expected| assert_eq!(distribution(text), expected, "{text}");
        check("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n", Distribution::Debian);
        check("NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\n", Distribution::Debian);
        check("NAME=\"Linux Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", Distribution::Debian);
        check(
            "NAME=\"Fedora Linux\"\nID=fedora\nPRETTY_NAME=\"Fedora Linux 42\"\n",
            Distribution::Other("Fedora Linux 42".into()),
        );
        check("ID=arch\nID_LIKE=debianish\n", Distribution::Other("arch".into()));
        check("", Distribution::Other("this system".into()));
    }

    #[test]
    fn root_is_the_effective_user() {
        assert_eq!(effective_user("Name:\txtask\nUid:\t1000\t0\t0\t0\nGid:\t1\t1\t1\t1\n"), Some(0));
        assert_eq!(effective_user("Uid:\t0\t1000\t0\t0\n"), Some(1000));
        assert_eq!(effective_user(""), None);
    }

    #[test]
    fn driver_folders_are_those_of_the_loader() {
        let set = |name: &str| match name {
            "HOME" => Some("/home/ada".to_owned()),
            "XDG_DATA_DIRS" => Some("/opt/share:/usr/share".to_owned()),
            _ => None,
        };
        let folders = driver_folders(set);
        for folder in ["/etc", "/home/ada/.local/share", "/opt/share", "/usr/share"] {
            assert!(folders.contains(&Path::new(folder).join("vulkan/icd.d")), "{folder} in {folders:?}");
        }
        assert!(!folders.contains(&PathBuf::from("/usr/local/share/vulkan/icd.d")), "{folders:?}");
    }

    #[test]
    fn what_is_there_is_not_missing() {
        let system = System { libraries: BTreeSet::from(["libvulkan.so.1".into()]), ..System::default() };
        assert_eq!(crate::packages(&crate::missing(&system, &[crate::Use::Draw])), ["mesa-vulkan-drivers"]);
    }

    #[test]
    fn drivers_for_cards_need_a_card() {
        let check = |file: &str, has_graphics_card, are_drivers_chosen, expected| {
            let drivers = vec![Path::new("/usr/share/vulkan/icd.d").join(file)];
            let system = System { drivers, are_drivers_chosen, has_graphics_card, ..System::default() };
            assert_eq!(system.has_vulkan_driver(), expected, "{file}");
        };
        check("radeon_icd.x86_64.json", true, false, true);
        check("radeon_icd.x86_64.json", false, false, false);
        check("radeon_icd.x86_64.json", false, true, true); // as the user says
        check("lvp_icd.x86_64.json", false, false, true);
        check("lvp_icd.json", false, false, true);
    }
}
