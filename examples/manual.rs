//! Writes the pages of the manual and the completions of shells to a folder: what a package has
//! beside the program. Both are made from the definitions of the command line.
//!
//! ```sh
//! cargo run --example manual -- FOLDER
//! ```

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use clap_complete::Shell;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).map(PathBuf::from).ok_or("name the folder to write to")?;
    manual(&folder.join("man/man1"))?;
    let mut command = parallax::cli::command();
    // Where each shell looks.
    let places = [
        (Shell::Bash, "bash-completion/completions"),
        (Shell::Zsh, "zsh/vendor-completions"),
        (Shell::Fish, "fish/vendor_completions.d"),
    ];
    for (shell, place) in places {
        let place = folder.join(place);
        fs::create_dir_all(&place)?;
        let file = clap_complete::generate_to(shell, &mut command, "parallax", &place)?;
        if shell == Shell::Bash {
            // bash-completion looks for the name of the program.
            fs::rename(file, place.join("parallax"))?;
        }
    }
    Ok(())
}

/// Writes a page for the program and one for each command.
fn manual(folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(parallax::cli::command().disable_help_subcommand(true), folder)?;
    Ok(())
}
