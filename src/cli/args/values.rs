//! Parsers for the values of options.

use std::{num::NonZeroUsize, path::PathBuf};

use parallax_embedding::RowSet;
use parallax_formats::{Join, OutputFormat, TextRoom};
use parallax_projection::Alignment;
use parallax_session::{Arrangement, Dims, MatchBy, PointStyle, Stereo, Switch, Theme};

/// Parses a path with one of these extensions.
pub(super) fn ending(text: &str, endings: &[&str]) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let is_one = path.extension().is_some_and(|own| endings.iter().any(|ending| own.eq_ignore_ascii_case(ending)));
    let names = || endings.iter().map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(" or ");
    if is_one { Ok(path) } else { Err(format!("end the name in {}", names())) }
}

/// Parses the path of a picture, which is written as PNG.
pub(super) fn png(text: &str) -> Result<PathBuf, String> {
    ending(text, &["png"])
}

pub(super) fn positive(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_error| "give a whole number of at least 1".to_owned())
}

pub(super) fn whole(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_error| "give a whole number of at least 0".to_owned())
}

/// The rows of a list such as 0,7,20-29.
#[derive(Debug, Clone)]
pub(in crate::cli) struct RowList {
    pub(in crate::cli) rows: RowSet,
    /// Whether a row is in the list twice, or after a greater one.
    pub(super) is_reordered: bool,
}

/// Parses numbers and ranges of rows, as in 0,7,20-29.
pub(super) fn rows(text: &str) -> Result<RowList, String> {
    let number = |text: &str| text.trim().parse::<u32>().ok();
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        number(first).zip(number(last)).filter(|(first, last)| first <= last)
    };
    let ranges: Option<Vec<(u32, u32)>> = text.split(',').map(range).collect();
    let ranges = ranges.ok_or("give numbers and ranges of rows, as in 0,7,20-29")?;
    // No table has more rows, and a list of them would fill the memory.
    if ranges.iter().map(|(first, last)| u64::from(last - first)).sum::<u64>() > MAX_LISTED {
        return Err(format!("at most {MAX_LISTED} rows can be listed"));
    }
    let is_reordered = !ranges.is_sorted_by(|before, after| before.1 < after.0);
    let rows = ranges.into_iter().flat_map(|(first, last)| first..=last).collect();
    Ok(RowList { rows, is_reordered })
}

/// The steps of a training that are laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum StepsAsked {
    All,
    /// Those with these numbers.
    These(Vec<u64>),
}

/// Parses all, or the numbers of steps.
pub(super) fn steps_asked(text: &str) -> Result<StepsAsked, String> {
    if text == "all" {
        return Ok(StepsAsked::All);
    }
    let numbers: Option<Vec<u64>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
    numbers.map(StepsAsked::These).ok_or_else(|| "give all, or the numbers of steps, as in 0,100,200".to_owned())
}

/// The steps whose principal components are the axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum BasisOf {
    All,
    Each,
    /// The one with this number.
    Step(u64),
}

/// Parses all, each, or the number of a step.
pub(super) fn basis(text: &str) -> Result<BasisOf, String> {
    match text {
        "all" => Ok(BasisOf::All),
        "each" => Ok(BasisOf::Each),
        number => {
            let number = number.parse().map(BasisOf::Step);
            number.map_err(|_error| "give all, each, or the number of a step".to_owned())
        }
    }
}

/// Parses how layouts are aligned.
pub(super) fn align(text: &str) -> Result<Alignment, String> {
    match text {
        "none" => Ok(Alignment::Nothing),
        "rotation" => Ok(Alignment::Rotation),
        "scale" => Ok(Alignment::Scale),
        _ => Err("give rotation, scale, or none".to_owned()),
    }
}

/// Rows by their numbers, or by a value in a column.
#[derive(Debug, Clone)]
pub(in crate::cli) struct RowsOf {
    pub(in crate::cli) text: String,
    /// The rows, if the text is a list of numbers.
    pub(in crate::cli) list: Option<RowList>,
}

/// Parses a list of rows, or leaves COLUMN=VALUE to be looked up.
pub(super) fn rows_of(text: &str) -> Result<RowsOf, String> {
    let is_list = text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains('=');
    let list = if is_list { Some(rows(text)?) } else { None };
    Ok(RowsOf { text: text.to_owned(), list })
}

const MAX_LISTED: u64 = 100_000_000;

/// Parses width and height, as in 28x28.
pub(super) fn size(text: &str) -> Result<[u32; 2], String> {
    let sides =
        text.split_once(['x', 'X']).and_then(|(width, height)| Some([width.parse().ok()?, height.parse().ok()?]));
    sides.filter(|sides| !sides.contains(&0)).ok_or_else(|| "give width and height in pixels, as in 28x28".to_owned())
}

/// The longest side of a picture that every device can draw.
const MAX_SIDE: u32 = 8192;

pub(super) fn picture_size(text: &str) -> Result<[u32; 2], String> {
    let sides = size(text)?;
    if sides.iter().any(|&side| side > MAX_SIDE) {
        return Err(format!("a side has at most {MAX_SIDE} pixels"));
    }
    Ok(sides)
}

/// The longest duration of a bookmark in a movie.
const MAX_SECONDS: f32 = 3600.0;

pub(super) fn seconds(text: &str) -> Result<f32, String> {
    let seconds = text.parse::<f32>().ok().filter(|seconds| (0.01..=MAX_SECONDS).contains(seconds));
    seconds.ok_or_else(|| format!("give a number of seconds from 0.01 to {MAX_SECONDS}"))
}

pub(super) fn dims(text: &str) -> Result<Dims, String> {
    one_of([("2", Dims::Two), ("3", Dims::Three)], text)
}

pub(super) fn theme(text: &str) -> Result<Theme, String> {
    one_of([("dark", Theme::Dark), ("light", Theme::Light)], text)
}

pub(super) fn points(text: &str) -> Result<PointStyle, String> {
    let styles = [
        ("spheres", PointStyle::Spheres),
        ("sprites", PointStyle::Sprites),
        ("labels", PointStyle::Labels),
        ("density", PointStyle::Density),
    ];
    one_of(styles, text)
}

pub(super) fn switch(text: &str) -> Result<Switch, String> {
    one_of([("on", Switch::On), ("off", Switch::Off), ("auto", Switch::Auto)], text)
}

/// The columns that join metadata: `KEY`, or `KEY=COLUMN` if they have different names.
pub(super) fn join(text: &str) -> Result<Join, String> {
    let (key, column) = text.split_once('=').map_or((text, None), |(key, column)| (key, Some(column.to_owned())));
    if key.is_empty() || column.as_deref() == Some("") {
        return Err("give the name of a column, or KEY=COLUMN".to_owned());
    }
    Ok(Join { key: key.to_owned(), column })
}

/// How rows of two embeddings are matched.
pub(super) fn match_by(key: Option<&Join>, by_order: bool) -> MatchBy {
    match key {
        _ if by_order => MatchBy::Order,
        Some(Join { key, column }) => {
            MatchBy::Columns { key: key.clone(), column: column.clone().unwrap_or_else(|| key.clone()) }
        }
        None => MatchBy::Automatic,
    }
}

/// The character between cells, or its name.
pub(super) fn delimiter(text: &str) -> Result<char, String> {
    let names = [("tab", '\t'), ("space", ' '), ("comma", ','), ("semicolon", ';'), ("bar", '|'), ("\\t", '\t')];
    let named = names.into_iter().find(|(name, _)| *name == text).map(|(_, character)| character);
    let mut characters = text.chars();
    let only = characters.next().filter(|character| {
        character.is_ascii() && !character.is_ascii_alphanumeric() && !"\"\r\n.-+".contains(*character)
    });
    named.or(only.filter(|_| characters.next().is_none())).ok_or_else(|| {
        "give one ASCII character that is not part of a number, or tab, space, comma, semicolon, or bar".to_owned()
    })
}

/// Parses how two embeddings are shown.
pub(super) fn arrangement(text: &str) -> Result<Arrangement, String> {
    match text {
        "side-by-side" => Ok(Arrangement::SideBySide),
        "over" => Ok(Arrangement::Over),
        share => {
            let share = share.parse().ok().filter(|share| (0.0..=1.0).contains(share));
            share.map(Arrangement::Between).ok_or_else(|| "give side-by-side, over, or a number from 0 to 1".to_owned())
        }
    }
}

/// Parses whether each of two pictures has a camera.
pub(super) fn cameras(text: &str) -> Result<bool, String> {
    match text {
        "one" => Ok(false),
        "two" => Ok(true),
        _ => Err("give one or two".to_owned()),
    }
}

/// Parses the distance between the eyes.
pub(super) fn eye_distance(text: &str) -> Result<f32, String> {
    within(text, [0.0, Stereo::MOST_APART])
}

/// Parses the distance of what appears at the screen.
pub(super) fn convergence(text: &str) -> Result<f32, String> {
    within(text, Stereo::CONVERGENCE)
}

fn within(text: &str, [least, most]: [f32; 2]) -> Result<f32, String> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("give a number from {least} to {most}; the cloud has radius 1"))
}

pub(super) fn yes_or_no(text: &str) -> Result<bool, String> {
    one_of([("yes", true), ("no", false)], text)
}

fn one_of<T: Copy, const N: usize>(choices: [(&str, T); N], text: &str) -> Result<T, String> {
    let found = choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
    found.ok_or_else(|| format!("choose one of {}", choices.map(|(name, _)| name).join(", ")))
}

/// The help of a file of vectors to write.
pub(super) fn out_help() -> String {
    let endings = OutputFormat::endings(|_| true);
    format!("The file to write; its extension is the format: .{}", endings.join(" ."))
}

/// The help of a table to write, which has these columns.
pub(super) fn table_help(columns: &str) -> String {
    let endings = OutputFormat::endings(|format| format.is_exported && format.text != TextRoom::None);
    format!("Write {columns} of each row to this file; its extension is the format: .{}", endings.join(" ."))
}

/// The help of a table of suspects to write.
pub(super) fn suspects_help() -> String {
    let endings = OutputFormat::endings(|format| format.is_exported && format.text != TextRoom::None);
    format!(
        "Write the row, the label, the proposed one, and the shares of neighbors of each suspect to this file; its extension is the format: .{}",
        endings.join(" .")
    )
}

/// The help of a file or folder that is exported.
pub(super) fn exported_help() -> String {
    let of = |is_meant: fn(&OutputFormat) -> bool| OutputFormat::endings(is_meant).join(", .");
    let beside = of(|format| format.is_exported && format.text == TextRoom::Beside);
    let alone = of(|format| format.is_exported && format.text == TextRoom::None);
    format!(
        "The file or folder to write; the extension of a file is its format: .{beside}, .{alone} (only vectors), or else TSV"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_parse_as_numbers_and_ranges() {
        let parsed = |text: &str| rows(text).map(|list| (list.rows.as_slice().to_vec(), list.is_reordered));
        assert_eq!(parsed("7,0,3-5, 4"), Ok((vec![0, 3, 4, 5, 7], true)));
        assert_eq!(parsed("0,3-5,7"), Ok((vec![0, 3, 4, 5, 7], false)));
        assert_eq!(parsed("3,3"), Ok((vec![3], true)));
        for text in ["", "5-3", "-1", "1,,2", "a", "0-4294967295"] {
            assert!(rows(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_parse_as_two_sides() {
        assert_eq!(size("28x14"), Ok([28, 14]));
        for text in ["28", "x", "0x4", "4x-1", "4x4x4", ""] {
            assert!(size(text).is_err(), "{text}");
        }
        assert!(picture_size("8192x1").is_ok() && picture_size("1x8193").is_err());
    }
}
