//! `cargo xtask fuzz`: looks for inputs on which a parser panics, hangs, or takes too much memory.
//!
//! The fuzzer is libFuzzer, linked into a program of the workspace `fuzz/`. All code in it counts which branches it
//! takes, by a pass of LLVM that a stable compiler has, too. It has no sanitizer, which would need another compiler:
//! nearly all of the code is safe, and the rest is about mapped files and signals.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    Failure,
    workspace::{Workspace, succeed},
};

/// What counts branches, and what lets the fuzzer see what numbers and texts are compared with.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";

/// The largest input. Seeds are not larger.
const MOST_BYTES: usize = 64 << 10;

/// The arguments.
#[derive(Debug, PartialEq)]
struct Asked {
    targets: Vec<String>,
    minutes: f64,
}

/// Runs each target that is named, or all, for some minutes, and prints what was found.
///
/// # Errors
/// Returns an error if an argument is wrong, the fuzzer cannot be built, or something was found.
pub(crate) fn fuzz(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let asked = Asked::parse(arguments)?;
    let target = workspace.target()?.join("fuzz");
    let program = build(workspace, &target)?;
    let all = names(&program)?;
    if let Some(unknown) = asked.targets.iter().find(|name| !all.contains(name)) {
        return Err(Failure::input(format!("there is no target {unknown:?}; there are: {}", all.join(", "))));
    }
    let chosen = if asked.targets.is_empty() { &all } else { &asked.targets };
    println!("{:<16} {:>12} {:>8} {:>10}  found", "target", "executions", "inputs", "memory MiB");
    let mut found = Vec::new();
    for name in chosen {
        let run = Run::of(&target, &program, name, asked.minutes)?;
        println!("{run}");
        found.extend(run.found);
    }
    if found.is_empty() {
        return Ok(());
    }
    let paths: Vec<String> = found.iter().map(|path| path.display().to_string()).collect();
    Err(Failure::step(format!(
        "inputs that fail were found:\n  {}\nRun one alone with PARALLAX_FUZZ_TARGET=NAME {} FILE, and keep it in tests/faults/found/NAME once it is mended",
        paths.join("\n  "),
        program.display()
    )))
}

impl Asked {
    fn parse(arguments: &[String]) -> Result<Self, Failure> {
        let mut asked = Self { targets: Vec::new(), minutes: 1.0 };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--minutes" => {
                    let minutes = arguments.next().and_then(|text| text.parse().ok());
                    asked.minutes = minutes
                        .filter(|&minutes: &f64| minutes > 0.0 && minutes.is_finite())
                        .ok_or_else(|| Failure::input("--minutes takes a number above 0"))?;
                }
                option if option.starts_with('-') => {
                    return Err(Failure::input(format!("`fuzz` has no option {option:?}; it has --minutes N")));
                }
                name => asked.targets.push(name.to_owned()),
            }
        }
        Ok(asked)
    }
}

/// Builds the fuzzer, and returns its path.
fn build(workspace: &Workspace, target: &Path) -> Result<PathBuf, Failure> {
    let host = host(workspace)?;
    // With a target, build scripts and procedural macros are not instrumented.
    let mut command = workspace.cargo(&["build", "--locked", "--manifest-path", "fuzz/Cargo.toml", "--target", &host]);
    succeed(command.env("RUSTFLAGS", FLAGS).env("CARGO_TARGET_DIR", target))?;
    Ok(target.join(host).join("debug/parallax_fuzz"))
}

/// Returns the name of the platform that this is.
fn host(workspace: &Workspace) -> Result<String, Failure> {
    let output = workspace.cargo(&["--version", "--verbose"]).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Failure::step("`cargo --version --verbose` does not name the platform"))
}

/// Returns the names of all targets.
fn names(program: &Path) -> Result<Vec<String>, Failure> {
    let output = Command::new(program).env("PARALLAX_FUZZ_TARGET", "list").output();
    let output = output.map_err(|error| Failure::step(format!("the fuzzer cannot be started: {error}")))?;
    let names: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    if !output.status.success() || names.is_empty() {
        return Err(Failure::step(format!("the fuzzer lists no targets ({})", output.status)));
    }
    Ok(names)
}

/// What a run of one target was.
#[derive(Debug, Default)]
struct Run {
    name: String,
    executions: u64,
    inputs: usize,
    memory: u64,
    found: Vec<PathBuf>,
}

impl Run {
    /// Fuzzes a target. What a run has learned is where the next one begins.
    fn of(target: &Path, program: &Path, name: &str, minutes: f64) -> Result<Self, Failure> {
        let cannot = |error: std::io::Error| Failure::step(format!("{} cannot be used: {error}", target.display()));
        let [corpus, seeds, found] = ["corpus", "seeds", "found"].map(|folder| target.join(folder).join(name));
        fs::remove_dir_all(&seeds).ok();
        for folder in [&corpus, &seeds, &found] {
            fs::create_dir_all(folder).map_err(cannot)?;
        }
        let log = target.join(format!("{name}.log"));
        let said = fs::File::create(&log).map_err(cannot)?;
        let old = files(&found);
        let mut prefix: OsString = "-artifact_prefix=".into();
        prefix.push(found.join(""));
        let status = Command::new(program)
            .envs([("PARALLAX_FUZZ_TARGET", name), ("RUST_BACKTRACE", "1")])
            .env("PARALLAX_FUZZ_SEEDS", &seeds)
            .arg(format!("-max_total_time={}", (minutes * 60.0).ceil()))
            .arg(format!("-max_len={MOST_BYTES}"))
            // Time on the processor is measured for each input; this is for one that waits. One that is slow since the
            // machine stands still is none that is kept.
            .args(["-timeout=30", "-report_slow_units=3600", "-rss_limit_mb=4096", "-print_final_stats=1"])
            .args([&prefix, corpus.as_os_str(), seeds.as_os_str()])
            .stderr(said)
            .status();
        let status = status.map_err(|error| Failure::step(format!("the fuzzer cannot be started: {error}")))?;
        let text = String::from_utf8_lossy(&fs::read(&log).map_err(cannot)?).into_owned();
        let number = |name: &str| {
            let line = text.lines().rev().find_map(|line| line.strip_prefix(name));
            line.and_then(|number| number.trim_start_matches(':').trim().parse().ok()).unwrap_or(0)
        };
        let run = Self {
            name: name.to_owned(),
            executions: number("stat::number_of_executed_units"),
            inputs: files(&corpus).len(),
            memory: number("stat::peak_rss_mb"),
            found: files(&found).into_iter().filter(|path| !old.contains(path)).collect(),
        };
        if run.found.is_empty() && !status.success() {
            let last: Vec<&str> = text.lines().rev().take(20).collect();
            let last: Vec<&str> = last.into_iter().rev().collect();
            return Err(Failure::step(format!("the fuzzer of {name} failed ({status}):\n{}", last.join("\n"))));
        }
        Ok(run)
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, executions, inputs, memory, found } = self;
        write!(f, "{name:<16} {executions:>12} {inputs:>8} {memory:>10}  {}", found.len())
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_names_and_minutes() {
        let parse = |text: &str| Asked::parse(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        let asked =
            |targets: &[&str], minutes| Asked { targets: targets.iter().copied().map(Into::into).collect(), minutes };
        assert_eq!(parse("").unwrap(), asked(&[], 1.0));
        assert_eq!(parse("npy --minutes 0.5 csv").unwrap(), asked(&["npy", "csv"], 0.5));
        for wrong in ["--minutes", "--minutes x", "--minutes 0", "--minutes inf", "--seconds 3"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
