//! The measurements as a table: ours, the bound, the peer, and whether the claim holds.

use std::fmt::Write as _;

use super::{
    claims::{Bound, Claim, PROJECTOR, Peer, Unit},
    programs::Programs,
};

/// A claim with its numbers, or the reasons why they are missing.
#[derive(Debug)]
pub(super) struct Row<'a> {
    claim: &'a Claim,
    ours: Result<f64, String>,
    /// `None` if the claim names no peer.
    peer: Option<Result<f64, String>>,
    limit: Result<Limit, String>,
}

/// A bound in numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl<'a> Row<'a> {
    /// Runs the programs that have not run yet.
    pub(super) fn measure(claim: &'a Claim, programs: &mut Programs) -> Self {
        let ours = programs.value(claim.program, claim.name);
        let peer = match claim.peer {
            Peer::None => None,
            Peer::Projector(value) => Some(Ok(value)),
            Peer::Measured(program, name) => Some(programs.value(program, name)),
        };
        let limit = match claim.bound {
            Bound::AtMost(limit) => Ok(Limit::AtMost(limit)),
            Bound::AtLeast(limit) => Ok(Limit::AtLeast(limit)),
            Bound::PartOfPeer(part) => {
                let peer = peer.clone().unwrap_or_else(|| Err("the claim names no peer".into()));
                peer.map(|peer| Limit::AtMost(part * peer))
            }
            Bound::Above(more, program, name) => programs.value(program, name).map(|value| Limit::AtMost(value + more)),
        };
        Self { claim, ours, peer, limit }
    }

    fn cells(&self) -> [String; COLUMNS.len()] {
        let amount =
            |value: &Result<f64, String>| value.as_ref().map_or("-".into(), |value| shown(*value, self.claim.unit));
        let peer = self.peer.clone().unwrap_or_else(|| Err(String::new()));
        let (sign, limit) = match self.limit {
            Ok(Limit::AtMost(limit)) => ("<= ", Ok(limit)),
            Ok(Limit::AtLeast(limit)) => (">= ", Ok(limit)),
            Err(_) => ("", Err(String::new())),
        };
        [
            self.claim.name.into(),
            amount(&self.ours),
            format!("{sign}{}", amount(&limit)),
            ratio(&self.ours, &limit),
            amount(&peer),
            ratio(&self.ours, &peer),
            self.verdict().into(),
        ]
    }

    fn verdict(&self) -> &'static str {
        let holds = |ours: f64, limit| match limit {
            Limit::AtMost(limit) => ours <= limit,
            Limit::AtLeast(limit) => ours >= limit,
        };
        match (&self.ours, &self.limit) {
            (Ok(ours), Ok(limit)) if holds(*ours, *limit) => "yes",
            (Ok(_), Ok(_)) => "no",
            _ => "not measured",
        }
    }

    /// The reasons why numbers are missing, each once.
    fn reasons(&self) -> Vec<&str> {
        let reasons = [
            self.ours.as_ref().err(),
            self.peer.as_ref().and_then(|peer| peer.as_ref().err()),
            self.limit.as_ref().err(),
        ];
        let mut reasons: Vec<&str> = reasons.into_iter().flatten().map(String::as_str).collect();
        reasons.dedup();
        reasons
    }
}

const COLUMNS: [&str; 7] = ["claim", "ours", "bound", "of bound", "peer", "of peer", "holds"];

/// The table, then what each row is about, and why numbers are missing.
pub(super) fn table(rows: &[Row]) -> String {
    let mut lines = vec![COLUMNS.map(String::from)];
    lines.extend(rows.iter().map(Row::cells));
    let mut text = aligned(&lines);
    text.push('\n');
    for row in rows {
        writeln!(text, "{}: {}.", row.claim.name, row.claim.what).ok();
        for reason in row.reasons() {
            writeln!(text, "    not measured: {reason}").ok();
        }
    }
    if rows.iter().any(|row| matches!(row.claim.peer, Peer::Projector(_))) {
        writeln!(text, "{PROJECTOR}").ok();
    }
    text
}

/// Text in the first and the last column is left-aligned, numbers are right-aligned.
fn aligned<const N: usize>(lines: &[[String; N]]) -> String {
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for line in lines {
        let mut cells = String::new();
        for (column, cell) in line.iter().enumerate() {
            let width = width(column);
            if column == 0 || column == N - 1 {
                write!(cells, "{cell:<width$}  ").ok();
            } else {
                write!(cells, "{cell:>width$}  ").ok();
            }
        }
        writeln!(text, "{}", cells.trim_end()).ok();
    }
    text
}

fn ratio(ours: &Result<f64, String>, other: &Result<f64, String>) -> String {
    match (ours, other) {
        (Ok(ours), Ok(other)) if *other != 0.0 => format!("{:.2}", ours / other),
        _ => "-".into(),
    }
}

fn shown(value: f64, unit: Unit) -> String {
    let (value, unit) = match unit {
        Unit::Milliseconds => (value, " ms"),
        Unit::Seconds => (value, " s"),
        Unit::Frames => (value, " fps"),
        Unit::Bytes if value < 10_000.0 => (value, " B"),
        Unit::Bytes => (value / (1024.0 * 1024.0), " MiB"),
        Unit::Calls => (value, ""),
        Unit::Steps => (value, " a s"),
        Unit::Number => return format!("{value:.3}"),
    };
    let decimals = if value == 0.0 || value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.decimals$}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::claims::CLAIMS;

    fn row(
        name: &str,
        ours: Result<f64, String>,
        peer: Option<Result<f64, String>>,
        limit: Result<Limit, String>,
    ) -> Row<'static> {
        Row { claim: CLAIMS.iter().find(|claim| claim.name == name).unwrap(), ours, peer, limit }
    }

    #[test]
    fn verdicts_follow_the_bound() {
        let check = |ours: Result<f64, String>, limit, expected| {
            assert_eq!(row("cloud_spawn_ms", ours, None, limit).verdict(), expected);
        };
        check(Ok(1.0), Ok(Limit::AtMost(1.0)), "yes");
        check(Ok(1.1), Ok(Limit::AtMost(1.0)), "no");
        check(Ok(1.1), Ok(Limit::AtLeast(1.0)), "yes");
        check(Ok(0.9), Ok(Limit::AtLeast(1.0)), "no");
        check(Ok(f64::NAN), Ok(Limit::AtMost(1.0)), "no");
        check(Err("no".into()), Ok(Limit::AtMost(1.0)), "not measured");
        check(Ok(1.0), Err("no".into()), "not measured");
    }

    #[test]
    fn table_is_aligned_and_lists_what_is_missing() {
        let rows = [
            row("pca_mnist_u8", Ok(50.0), Some(Ok(100.0)), Ok(Limit::AtMost(70.0))),
            row("pca_mnist_f32", Ok(60.0), Some(Err("no scikit-learn".into())), Err("no scikit-learn".into())),
            row("render_sprites_fps", Ok(17.71), Some(Ok(5.9)), Ok(Limit::AtLeast(18.0))),
        ];
        let text = table(&rows);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[..4],
            [
                "claim                   ours        bound  of bound      peer  of peer  holds",
                "pca_mnist_u8         50.0 ms   <= 70.0 ms      0.71    100 ms     0.50  yes",
                "pca_mnist_f32        60.0 ms            -         -         -        -  not measured",
                "render_sprites_fps  17.7 fps  >= 18.0 fps      0.98  5.90 fps     3.00  no",
            ]
        );
        assert_eq!(text.matches("not measured: no scikit-learn").count(), 1);
        assert!(text.contains(PROJECTOR) && !table(&rows[..2]).contains(PROJECTOR));
    }

    #[test]
    fn amounts_are_short() {
        let check = |value, unit, expected| assert_eq!(shown(value, unit), expected);
        check(0.0, Unit::Calls, "0");
        check(1.234, Unit::Seconds, "1.23 s");
        check(12.34, Unit::Milliseconds, "12.3 ms");
        check(128.0, Unit::Bytes, "128 B");
        check(680.0 * 1_048_576.0, Unit::Bytes, "680 MiB");
    }
}
