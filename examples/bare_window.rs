//! Measures the engine by itself: opens a window with an empty scene, draws a few frames, and
//! prints the peak memory.
//!
//! The benchmark compares the explorer with it. Needs a display, or `xvfb-run`.

#![expect(clippy::print_stdout, reason = "the measurement is this program's output")]

use bevy::{log::LogPlugin, prelude::*, window::WindowResolution, winit::WinitSettings};
use parallax::peak_memory_bytes;

const FRAMES: u32 = 120;

fn main() {
    let window = Window { resolution: WindowResolution::new(826, 775), ..default() };
    let plugins = DefaultPlugins
        .set(WindowPlugin { primary_window: Some(window), ..default() })
        .set(LogPlugin { filter: "error".into(), ..default() });
    App::new()
        .add_plugins(plugins)
        .insert_resource(WinitSettings::game())
        .add_systems(Startup, camera)
        .add_systems(Update, count)
        .run();
}

fn camera(mut commands: Commands) {
    commands.spawn(Camera3d::default());
}

fn count(mut frames: Local<u32>, mut exit: MessageWriter<AppExit>) {
    *frames += 1;
    if *frames == FRAMES {
        println!(
            "{}",
            serde_json::json!({ "name": "bare_window_peak_bytes", "value": peak_memory_bytes(), "unit": "bytes" })
        );
        exit.write(AppExit::Success);
    }
}
