//! What people are told about the headset, in one sentence each.

use std::{fmt, path::PathBuf};

/// Why there is no headset to draw to. The window opens as usual.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unavailable {
    /// The library through which programs find a runtime cannot be loaded, for this reason.
    NoLoader(String),
    /// No runtime is installed or active.
    NoRuntime,
    /// The file in which the user names a runtime leads to none.
    BadRuntime {
        /// The file, from `XR_RUNTIME_JSON`.
        file: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The runtime is of a version with which this program cannot talk.
    OtherVersion,
    /// The runtime cannot show what Vulkan draws.
    NoVulkan,
    /// The runtime answers, but no headset does.
    NoHeadset,
    /// The device shows one view only.
    OneEye,
    /// The runtime wants pictures in a form in which nothing here draws.
    NoFormat,
    /// Something else, in the words of the runtime or the driver.
    Failed(String),
}

/// Why what was shown in the headset is shown there no longer. The window goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The person has left, in the menu of the headset.
    Left,
    /// The runtime has ended the session.
    Lost,
    /// The runtime itself has ended, and with it the device of the headset.
    Gone,
    /// A call failed.
    Failed(String),
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLoader(why) => write!(
                f,
                "There is no headset: the OpenXR loader cannot be loaded ({why}). On Debian and Ubuntu: apt-get install \
                 libopenxr-loader1.",
            ),
            Self::BadRuntime { file, why } => write!(
                f,
                "There is no headset: XR_RUNTIME_JSON names {}, but {why}. Let it name the file of an OpenXR runtime, or \
                 leave it out to use the active one.",
                file.display()
            ),
            Self::NoRuntime => f.write_str(
                "There is no headset: no OpenXR runtime is active. Install one, such as Monado or SteamVR, and make it \
                 the active one, or name its file in XR_RUNTIME_JSON.",
            ),
            Self::OtherVersion => f.write_str(
                "There is no headset: the OpenXR runtime is of another version than 1.0. Choose another one, for example \
                 by XR_RUNTIME_JSON.",
            ),
            Self::NoVulkan => f.write_str(
                "There is no headset: the OpenXR runtime does not take pictures from Vulkan 1.2 (XR_KHR_vulkan_enable2). \
                 Choose another one, for example by XR_RUNTIME_JSON.",
            ),
            Self::NoHeadset => f.write_str(
                "There is no headset: the OpenXR runtime has found none. Connect it, switch it on, and start the program \
                 again.",
            ),
            Self::OneEye => {
                f.write_str("There is no headset: the device shows one view only, and the cloud needs two.")
            }
            Self::NoFormat => {
                f.write_str("There is no headset: the OpenXR runtime takes no pictures with 8-bit sRGB colors.")
            }
            Self::Failed(why) => write!(f, "There is no headset: {why}. Restart the OpenXR runtime, and then the program."),
        }
    }
}

impl std::error::Error for Unavailable {}

impl Unavailable {
    /// Returns what an error of the runtime means before there is a session.
    pub(crate) fn of(result: openxr::sys::Result) -> Self {
        use openxr::sys::Result as Code;
        match result {
            Code::ERROR_RUNTIME_UNAVAILABLE | Code::ERROR_FILE_ACCESS_ERROR | Code::ERROR_FILE_CONTENTS_INVALID => {
                Self::NoRuntime
            }
            Code::ERROR_API_VERSION_UNSUPPORTED => Self::OtherVersion,
            Code::ERROR_EXTENSION_NOT_PRESENT => Self::NoVulkan,
            Code::ERROR_FORM_FACTOR_UNAVAILABLE | Code::ERROR_FORM_FACTOR_UNSUPPORTED => Self::NoHeadset,
            Code::ERROR_VIEW_CONFIGURATION_TYPE_UNSUPPORTED => Self::OneEye,
            other => Self::Failed(format!("the OpenXR runtime reports {other:?}")),
        }
    }
}

impl End {
    /// Returns what an error of the runtime means while there is a session.
    pub(crate) fn of(result: openxr::sys::Result) -> Self {
        use openxr::sys::Result as Code;
        match result {
            Code::ERROR_SESSION_LOST => Self::Lost,
            Code::ERROR_INSTANCE_LOST | Code::ERROR_RUNTIME_UNAVAILABLE => Self::Gone,
            other => Self::Failed(format!("{other:?}")),
        }
    }
}

impl End {
    /// Returns what has happened, in one sentence.
    pub(crate) fn what(&self) -> String {
        match self {
            Self::Left => "You have left the headset.".into(),
            Self::Lost => "The connection to the headset is lost.".into(),
            Self::Gone => "The OpenXR runtime has ended.".into(),
            Self::Failed(why) => format!("The connection to the headset is lost ({why})."),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const AGAIN: &str = "Everything is as you left it in this window; to return, connect again, here or by the command \
             “Headset: connect again” (Ctrl+K)";
        let what = self.what();
        if *self == Self::Gone {
            let again = "Everything is as you left it in this window; to return, start the program again with --xr.";
            return write!(f, "{what} {again}");
        }
        write!(f, "{what} {AGAIN}.")
    }
}

#[cfg(test)]
mod tests {
    use openxr::sys::Result as Code;

    use super::*;

    /// Each case is told apart, in one paragraph without a line break, and says what to do.
    #[test]
    fn each_reason_says_what_it_is_and_what_to_do() {
        for (code, expected) in [
            (Code::ERROR_RUNTIME_UNAVAILABLE, "XR_RUNTIME_JSON"),
            (Code::ERROR_API_VERSION_UNSUPPORTED, "version"),
            (Code::ERROR_EXTENSION_NOT_PRESENT, "Vulkan"),
            (Code::ERROR_FORM_FACTOR_UNAVAILABLE, "switch it on"),
            (Code::ERROR_VIEW_CONFIGURATION_TYPE_UNSUPPORTED, "one view"),
            (Code::ERROR_RUNTIME_FAILURE, "ERROR_RUNTIME_FAILURE"),
        ] {
            let said = Unavailable::of(code).to_string();
            assert!(said.contains(expected) && said.starts_with("There is no headset: "), "{said}");
            assert!(said.ends_with('.') && !said.contains('\n'), "{said}");
        }
        assert!(
            Unavailable::NoLoader("file too short".into()).to_string().contains("apt-get install libopenxr-loader1")
        );
    }

    #[test]
    fn end_of_a_session_is_told_apart_from_a_failure() {
        assert_eq!(End::of(Code::ERROR_SESSION_LOST), End::Lost);
        assert_eq!(End::of(Code::ERROR_INSTANCE_LOST), End::Gone);
        assert!(End::Gone.to_string().contains("start the program again"));
        assert!(End::Lost.to_string().contains("connect again") && !End::Lost.to_string().contains("--xr"));
        assert!(End::of(Code::ERROR_CALL_ORDER_INVALID).to_string().contains("ERROR_CALL_ORDER_INVALID"));
    }
}
