//! `cargo xtask bench`: measures each claim about speed and size, beside its peer.
//!
//! A claim that does not hold is reported, but is not an error: times depend on the machine and its
//! load. What cannot be measured is listed with the reason.

mod claims;
mod halves;
mod measure;
mod programs;
mod report;

use std::{env, fs, num::NonZeroUsize, path::PathBuf, thread};

use claims::CLAIMS;
use programs::{Programs, Setup};
use report::Row;

use crate::{Failure, workspace::Workspace};

/// Measures the claims that the arguments select and prints a table.
///
/// # Errors
/// Returns an error for bad arguments, but never for what was measured.
pub(crate) fn bench(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let options = Options::parse(arguments)?;
    let selected: Vec<_> = CLAIMS.iter().filter(|claim| options.selects(claim.name)).collect();
    if selected.is_empty() {
        let names = CLAIMS.iter().map(|claim| claim.name).collect::<Vec<_>>().join(", ");
        return Err(Failure::input(format!("no claim is named like {}; there are: {names}", options.names.join(", "))));
    }
    let target = workspace.target()?;
    let data = options.data.unwrap_or_else(|| workspace.root().join("../shared/data"));
    let python = options.python.or_else(|| env::var("PARALLAX_BENCH_PYTHON").ok()).unwrap_or_else(|| "python3".into());
    let is_release = options.is_release;
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let busy = busy(&fs::read_to_string("/proc/loadavg").unwrap_or_default(), cores);
    let mut programs = Programs::new(Setup { workspace, target, data, python, is_release });
    let rows: Vec<Row> = selected.into_iter().map(|claim| Row::measure(claim, &mut programs)).collect();
    if !is_release {
        println!("Built by the dev profile: slower than the release profile, which the claims are about.");
    }
    print!("{}", report::table(&rows));
    for note in programs.notes().iter().chain(&busy) {
        println!("{note}");
    }
    Ok(())
}

/// Returns a note if other programs are running. `/proc/loadavg` begins with the load of the last
/// minute.
fn busy(loadavg: &str, cores: usize) -> Option<String> {
    let load: f64 = loadavg.split(' ').next()?.parse().ok()?;
    let is_idle = load < cores as f64 / 4.0;
    (!is_idle).then(|| {
        format!("Other programs were running (load {load} on {cores} cores at the start): so the times are longer.")
    })
}

#[derive(Debug, PartialEq, Eq)]
struct Options {
    names: Vec<String>,
    data: Option<PathBuf>,
    python: Option<String>,
    is_release: bool,
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self, Failure> {
        let mut options = Self { names: Vec::new(), data: None, python: None, is_release: true };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| Failure::input(format!("{argument} takes a value")));
            match argument.as_str() {
                "--data" => options.data = Some(std::path::absolute(value()?).unwrap_or_default()),
                "--python" => options.python = Some(value()?.clone()),
                "--profile" => options.is_release = is_release(value()?)?,
                option if option.starts_with('-') => {
                    return Err(Failure::input(format!(
                        "`bench` has no option {option}; `cargo xtask --help` lists them"
                    )));
                }
                name => options.names.push(name.to_owned()),
            }
        }
        Ok(options)
    }

    fn selects(&self, claim: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|name| claim.contains(name.as_str()))
    }
}

fn is_release(profile: &str) -> Result<bool, Failure> {
    match profile {
        "release" => Ok(true),
        "dev" => Ok(false),
        other => Err(Failure::input(format!("there is no profile {other:?} to measure; give release or dev"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, Failure> {
        Options::parse(&line.split_whitespace().map(Into::into).collect::<Vec<_>>())
    }

    #[test]
    fn options_and_names_can_be_mixed() {
        let options = parse("pca --profile dev --python /opt/py neighbors --data /data").unwrap();
        assert_eq!(options.names, ["pca", "neighbors"]);
        assert_eq!((options.data, options.python), (Some("/data".into()), Some("/opt/py".into())));
        assert!(!options.is_release && parse("").unwrap().is_release);
        for bad in ["--profile fast", "--profile", "--data", "--fast"] {
            assert_eq!(parse(bad).unwrap_err().code, 2, "{bad}");
        }
    }

    #[test]
    fn busy_machines_are_noted() {
        assert!(busy("4.65 4.41 3.98 7/231 1064\n", 2).unwrap().contains("load 4.65 on 2 cores"));
        assert_eq!(busy("0.31 4.41 3.98 1/231 1064\n", 2), None);
        assert_eq!(busy("", 2), None);
    }

    #[test]
    fn names_select_claims_that_contain_them() {
        let options = parse("cosine pca_mnist").unwrap();
        let selected: Vec<&str> = CLAIMS.iter().map(|claim| claim.name).filter(|name| options.selects(name)).collect();
        assert_eq!(selected, ["pca_mnist_u8", "pca_mnist_f32", "neighbors_1m_x_128_f32_cosine"]);
    }
}
