//! An OpenXR runtime for tests: no headset, but a script that says where the head and the hands
//! are, which buttons are pressed, and what goes wrong.
//!
//! The OpenXR loader opens this library if `XR_RUNTIME_JSON` names its manifest, as it would open
//! the runtime of a real headset. The program under test draws into plain Vulkan images, on
//! whatever Vulkan driver there is, and the runtime writes a report of what the program has done.
//! It has what the program calls: OpenXR 1.0, `XR_KHR_vulkan_enable2`, two views, projection and quad
//! layers, the reference spaces VIEW, LOCAL, and STAGE, and two controllers. Misuse of the API is an
//! error, and is reported.
//!
//! Three variables of the environment: `XR_RUNTIME_JSON` (read by the loader),
//! `MOCK_OPENXR_SCRIPT`, and `MOCK_OPENXR_REPORT`. [`Headset`] writes the files, gives these
//! variables, adds to a script while the program runs, and reads the report.
//!
//! # Frames
//!
//! A script counts frames of the display. Frame 1 is the one that the first `xrWaitFrame` returns.
//! The times that the program gets are those of the frames, so that the same script gives the same
//! poses on a slow machine. While no session runs (before one begins again) frames pass in real
//! time, when the program polls events. In frame 1 the session becomes synchronized, in frame 2
//! visible, from which on the program shall draw, and in frame 3 focused.
//!
//! # The script
//!
//! JSON objects, one on each line; empty lines and those that begin with `#` are left out. Lines
//! that are added to the file while the program runs are read at the next frame.
//!
//! ```text
//! {"system": {"size": [512, 512], "rate": 90}}
//! {"frame": 0, "head": {"position": [0, 1.6, 0], "toward": [0, 1.2, -1.5]}}
//! # Point at something, and pull the trigger for three frames.
//! {"frame": 30, "over": 20, "right": {"position": [0.2, 1.3, -0.3], "toward": [0.1, 1.2, -1.5]}}
//! {"frame": 60, "input": {"/user/hand/right/input/trigger/value": 1.0}}
//! {"after": 3, "input": {"/user/hand/right/input/trigger/value": 0.0}}
//! {"after": 5, "picture": "selected"}
//! {"after": 0, "left": {"connected": false}}
//! {"after": 10, "event": "session_loss_pending"}
//! ```
//!
//! When:
//! - `frame`: at this frame. Lines are in the order of their frames.
//! - `after`: so many frames after the line before, or after now if the line is read later. A line
//!   without `frame` and `after` is at the same time as the line before.
//! - `over`: how many frames the poses of this line take to get there; 0 is a jump.
//!
//! What:
//! - `head`, `left`, `right`: a pose in the STAGE space: `position` in meters, and where -z
//!   points, as a point (`toward`) or as a quaternion (`orientation`: x, y, z, w). `tracking` is
//!   `"full"`, `"inferred"` (valid, not tracked), `"orientation"` (the position is not valid), or
//!   `"none"`. A hand that is not `connected` has no poses and no buttons. Grip and aim are the
//!   same pose. Without a script, the head is at (0, 1.6, 0), which is also where the LOCAL space
//!   is, and the hands are 0.2 m to its sides, 0.3 m below, and 0.3 m before it; all look along -z.
//! - `input`: values of what is on the controllers, by their paths: a number, `true` or `false`, or
//!   two numbers for a stick (`/user/hand/left/input/thumbstick`).
//! - `event`: `"visible"`, `"synchronized"` (not visible), and `"focused"` are states of the
//!   session; `"stopping"` is a headset that is taken off, and `"ready"` one that is put on again;
//!   `"exit"` ends the session for good. `"session_loss_pending"` and `"instance_loss_pending"`
//!   announce a loss; after `"session_lost"` and `"instance_lost"` every call fails.
//! - `picture`: the images of this frame (or of the next one that has some) as
//!   `NAME-left.png` and `NAME-right.png`, beside the script; if there is a quad, it is
//!   `NAME-quad.png`, the last of them.
//! - `system`, only in what is read at the start: `size` of an image of a view (512 x 512), `rate`
//!   in frames per second (90), `views` (2; with 1 there is no stereo), `profile`, the interaction
//!   profile of the controllers (`/interaction_profiles/oculus/touch_controller`), and `refuse`:
//!   `"loader"` (the library does not work), `"version"` (of the API), `"headset"` (there is none),
//!   or `"session"`.
//!
//! # The report
//!
//! JSON objects, one on each line, written at once. Each has `what` and the `frame`:
//! - `instance` (`application`), `session`, `swapchain`, and `destroyed` (`object`);
//! - `state`: the session is in a new `state`, such as `"FOCUSED"`;
//! - `end`: a frame is submitted: its `time`, whether the program should `render`, where the `head`
//!   is at that time, and its `layers` with their `space` and their `views` (`pose`, `fov`, `layer`
//!   of the image, `rect`);
//! - `picture`: `eye` and `path`;
//! - `profile`: the interaction profile in use, or null;
//! - `haptic`: `hand`, `amplitude`, and `seconds`, which is negative for the shortest pulse;
//! - `misuse`: what the program has done wrong: `call`, `result`, and `message`;
//! - `refused`: an error that the script asks for: `call` and `result`;
//! - `script`: a line of the script that cannot be read: `message`.

mod actions;
mod api;
mod frame;
mod headset;
mod instance;
mod pose;
mod profiles;
mod report;
mod script;
mod session;
mod stage;
mod vulkan;

pub use headset::Headset;
