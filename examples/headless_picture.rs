//! Draws the digits demo to a PNG file, without a window or display.
//!
//! `cargo run --example headless_picture [OUT.png]`

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::{path::PathBuf, time::Instant};

use parallax::{
    app::{AppError, RenderOptions, render},
    session::{Pick, View},
};

fn main() -> Result<(), AppError> {
    let out = std::env::args_os().nth(1).map_or_else(|| "digits.png".into(), PathBuf::from);
    let view = View { color_by: Pick::Column("label".into()), ..View::default() };
    let options = RenderOptions {
        view,
        bookmark: None,
        out,
        size: [1200, 800],
        panels: false,
        frames: None,
        started: Instant::now(),
    };
    let report = render(options)?;
    println!("{report:#?}");
    Ok(())
}
