//! Where bars end and ticks are: at round numbers, or at the beginnings of days, months, and years.

use parallax_embedding::dates::{DAY, civil, day_of};

/// A mark on an axis of time.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeTick {
    /// The seconds since 1970 began.
    pub at: f64,
    /// What it says: as much of the date as tells it from its neighbors.
    pub label: String,
}

/// What lies between two marks.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    /// A multiple of a power of ten.
    Round(f64, i32),
    /// This many seconds, which divide a day.
    Seconds(i64),
    /// This many days, counted from a Monday.
    Days(i64),
    /// This many months.
    Months(i64),
}

/// The steps of time below a year.
const TIMES: [Step; 22] = [
    Step::Seconds(1),
    Step::Seconds(2),
    Step::Seconds(5),
    Step::Seconds(10),
    Step::Seconds(15),
    Step::Seconds(30),
    Step::Seconds(60),
    Step::Seconds(120),
    Step::Seconds(300),
    Step::Seconds(600),
    Step::Seconds(900),
    Step::Seconds(1800),
    Step::Seconds(3600),
    Step::Seconds(2 * 3600),
    Step::Seconds(3 * 3600),
    Step::Seconds(6 * 3600),
    Step::Seconds(12 * 3600),
    Step::Days(1),
    Step::Days(7),
    Step::Months(1),
    Step::Months(3),
    Step::Months(6),
];

/// The years of a step. Larger ones are ten times as many.
const YEARS: [i64; 3] = [1, 2, 5];

/// The number of days of a mean month.
const MONTH: f64 = 30.436_875;

/// Returns ends of at most `most` bars that hold the numbers from `low` to `high`, at round
/// numbers, or at whole ones if `whole`. Each bar has its lower end, and not its upper one.
#[must_use]
pub fn number_edges([low, high]: [f64; 2], whole: bool, most: usize) -> Vec<f64> {
    let least = (high / most as f64 - low / most as f64).max(if whole { 1.0 } else { f64::MIN_POSITIVE });
    let mut step = if low < high { round_up(least) } else { round_up(least.max(low.abs() / 10.0).max(1e-9)) };
    loop {
        let edges = edges(step, [low, high]);
        // Numbers far from 0 may be too coarse for the step.
        if edges.len() <= most + 1 && hold(&edges, [low, high]) {
            return edges;
        }
        step = larger(step);
    }
}

/// Returns at most `most` round numbers from `low` to `high`.
#[must_use]
pub fn number_ticks([low, high]: [f64; 2], most: usize) -> Vec<f64> {
    if !(low < high && (high - low).is_finite()) {
        return vec![low];
    }
    let mut step = round_up((high - low) / most as f64);
    loop {
        let mut ticks = edges(step, [low, high]);
        ticks.retain(|tick| (low..=high).contains(tick));
        if ticks.len() <= most {
            return ticks;
        }
        step = larger(step);
    }
}

/// Returns ends of at most `most` bars that hold the moments from `low` to `high`, at beginnings of
/// seconds, minutes, hours, days, weeks, months, or years. If all of them are whole `days`, so are
/// the bars.
#[must_use]
pub fn time_edges([low, high]: [f64; 2], days: bool, most: usize) -> Vec<f64> {
    let fits = |step: &Step| {
        let is_coarse = !days || !matches!(step, Step::Seconds(_) | Step::Round(..));
        is_coarse && count(*step, [low, high]) <= most
    };
    // Moments far from 1970 may be too coarse for the step.
    let mut found = steps([low, high], most).filter(fits).map(|step| edges(step, [low, high]));
    found.find(|edges| hold(edges, [low, high])).unwrap_or_else(|| vec![low, high + DAY as f64])
}

/// Returns at most `most` marks from `low` to `high` with labels.
#[must_use]
pub fn time_ticks([low, high]: [f64; 2], most: usize) -> Vec<TimeTick> {
    let within = |step: Step| {
        let mut ticks = edges(step, [low, high]);
        ticks.retain(|tick| (low..=high).contains(tick));
        ticks
    };
    let found = steps([low, high], most)
        .filter(|step| count(*step, [low, high]) <= most + 2)
        .map(|step| (step, within(step)))
        .find(|(_, ticks)| ticks.len() <= most);
    let (step, ticks) = found.unwrap_or((Step::Days(1), Vec::new()));
    let mut before = None;
    let label = |at: f64| {
        let label = label(at, step, before);
        before = Some(at);
        TimeTick { at, label }
    };
    ticks.into_iter().map(label).collect()
}

/// Formats a moment among others that are up to `width` seconds apart: the day, with the time if
/// they are close together.
#[must_use]
pub fn time_text(moment: f64, width: f64) -> String {
    if !moment.is_finite() || moment.abs() > 3e16 {
        return "–".into();
    }
    let (day, second) = split(moment);
    let (year, month, date) = civil(day);
    let date = format!("{}-{month:02}-{date:02}", year_text(year));
    let day = DAY as f64;
    if width >= 4.0 * day {
        date
    } else if width >= 600.0 {
        format!("{date} {:02}:{:02}", second / 3600, second / 60 % 60)
    } else {
        format!("{date} {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
    }
}

/// Whether all moments are the beginnings of days.
pub(crate) fn are_days<'a>(moments: impl IntoIterator<Item = &'a f64>) -> bool {
    moments.into_iter().all(|moment| moment.rem_euclid(DAY as f64) == 0.0)
}

/// Formats a span of time, its ends with as much of the date as its length makes worth reading: years
/// from ten years on, months from ten months on, else as [`time_text`]; days if all moments are
/// `days`.
#[must_use]
pub fn span_text(ends: [f64; 2], days: bool) -> String {
    let months = (ends[1] - ends[0]) / (MONTH * DAY as f64);
    let text = |moment: f64| {
        let whole = time_text(moment, if days { f64::INFINITY } else { ends[1] - ends[0] });
        // A date ends in "-MM-DD".
        let short = if months >= 120.0 { whole.len().checked_sub(6) } else { whole.len().checked_sub(3) };
        if months >= 10.0 { short.and_then(|end| whole.get(..end)).unwrap_or(&whole).to_owned() } else { whole }
    };
    let [from, to] = ends.map(text);
    if from == to { from } else { format!("{from} to {to}") }
}

/// All steps from the finest one on that may part a range in `most`.
fn steps([low, high]: [f64; 2], most: usize) -> impl Iterator<Item = Step> {
    let width = (high - low) / most as f64;
    let fine = (width < 1.0).then(|| round_up(width.max(1e-6)));
    let fine =
        fine.into_iter().flat_map(|first| std::iter::successors(Some(first), |step| Some(larger(*step))).take(3));
    let years = (0..9).flat_map(|power| YEARS.map(|years| Step::Months(12 * years * 10_i64.pow(power))));
    fine.chain(TIMES).chain(years)
}

/// The smallest round number that is not below `least`.
fn round_up(least: f64) -> Step {
    let power = least.log10().floor() as i32;
    let fits = |times: &f64| scaled(*times, power) >= least * (1.0 - 1e-9);
    [1.0, 2.0, 5.0].into_iter().find(fits).map_or(Step::Round(1.0, power + 1), |times| Step::Round(times, power))
}

/// The next larger round number.
fn larger(step: Step) -> Step {
    match step {
        Step::Round(1.0, power) => Step::Round(2.0, power),
        Step::Round(2.0, power) => Step::Round(5.0, power),
        Step::Round(_, power) => Step::Round(1.0, power + 1),
        other => other,
    }
}

/// `times` ten to this power, as near as can be: a division by a power of ten rounds once.
fn scaled(times: f64, power: i32) -> f64 {
    if power < 0 { times / 10_f64.powi(-power) } else { times * 10_f64.powi(power) }
}

/// About how many steps a range takes.
fn count(step: Step, [low, high]: [f64; 2]) -> usize {
    let length = match step {
        Step::Round(times, power) => scaled(times, power),
        Step::Seconds(seconds) => seconds as f64,
        Step::Days(days) => (days * DAY) as f64,
        Step::Months(months) => months as f64 * MONTH * DAY as f64,
    };
    ((high - low) / length).ceil().min(1e9) as usize + 1
}

/// Marks from the last one that is not above `low` to the first one above `high`.
fn edges(step: Step, [low, high]: [f64; 2]) -> Vec<f64> {
    let first = place_of(step, low);
    let all = (0..).map(|place| at(step, first + f64::from(place)));
    let mut edges = Vec::new();
    for edge in all.take(10_000) {
        edges.push(edge);
        if edge > high {
            break;
        }
    }
    edges
}

/// Whether the ends ascend and all numbers from `low` to `high` are between them.
fn hold(edges: &[f64], [low, high]: [f64; 2]) -> bool {
    let [first, .., last] = edges else { return false };
    *first <= low && high < *last && edges.windows(2).all(|ends| ends[0] < ends[1])
}

/// The place of the last mark that is not above `x`.
fn place_of(step: Step, x: f64) -> f64 {
    match step {
        Step::Round(times, power) => {
            let place = (x / scaled(times, power)).floor();
            // The division may have been rounded.
            [place + 1.0, place, place - 1.0].into_iter().find(|&place| at(step, place) <= x).unwrap_or(place)
        }
        Step::Seconds(seconds) => (x / seconds as f64).floor(),
        Step::Days(days) => ((split(x).0 - MONDAY).div_euclid(days)) as f64,
        Step::Months(months) => {
            let (year, month, _) = civil(split(x).0);
            (year * 12 + month - 1).div_euclid(months) as f64
        }
    }
}

/// The mark at this place.
fn at(step: Step, place: f64) -> f64 {
    match step {
        Step::Round(times, power) => scaled(place * times, power),
        Step::Seconds(seconds) => place * seconds as f64,
        Step::Days(days) => ((place as i64 * days + MONDAY) * DAY) as f64,
        Step::Months(months) => {
            let month = place as i64 * months;
            (day_of(month.div_euclid(12), month.rem_euclid(12) + 1, 1) * DAY) as f64
        }
    }
}

/// The first Monday of 1970.
const MONDAY: i64 = 4;

/// The day of a moment, and the second of that day.
fn split(moment: f64) -> (i64, i64) {
    let second = moment.floor() as i64;
    (second.div_euclid(DAY), second.rem_euclid(DAY))
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What a mark says after the one `before`. The first one, and one of another year or day, says
/// that too.
fn label(moment: f64, step: Step, before: Option<f64>) -> String {
    let (day, second) = split(moment);
    let (year, month, date) = civil(day);
    let name = MONTHS[(month - 1) as usize];
    let known = before.map(|before| split(before).0);
    let same_year = known.is_some_and(|day| civil(day).0 == year);
    let year = year_text(year);
    match step {
        Step::Months(months) if months % 12 == 0 => year,
        Step::Months(_) if same_year => name.into(),
        Step::Months(_) => format!("{name} {year}"),
        Step::Days(_) if same_year => format!("{date} {name}"),
        Step::Days(_) => format!("{date} {name} {year}"),
        _ => {
            let time = match step {
                Step::Seconds(seconds) if seconds >= 60 => format!("{:02}:{:02}", second / 3600, second / 60 % 60),
                Step::Seconds(_) => format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60),
                _ => format!("{:02}:{:06.3}", second / 60 % 60, (second % 60) as f64 + moment.rem_euclid(1.0)),
            };
            if known == Some(day) { time } else { format!("{date} {name} {time}") }
        }
    }
}

fn year_text(year: i64) -> String {
    if (0..=9999).contains(&year) { format!("{year:04}") } else { year.to_string() }
}

#[cfg(test)]
mod tests {
    use parallax_embedding::dates::moment;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bars_end_at_round_numbers() {
        let check = |range: [f64; 2], whole: bool, most: usize, first: &[f64], count: usize| {
            let edges = number_edges(range, whole, most);
            assert_eq!((&edges[..first.len()], edges.len() - 1), (first, count), "{range:?}: {edges:?}");
        };
        check([0.42, 80.0], false, 48, &[0.0, 2.0, 4.0], 41);
        check([0.0, 0.31], false, 48, &[0.0, 0.01, 0.02, 0.03], 32);
        check([1.0, 13.0], true, 40, &[1.0, 2.0], 13);
        check([-3.5, 3.5], false, 8, &[-4.0, -3.0], 8);
        check([5.0, 5.0], true, 40, &[5.0], 1);
        check([0.0, 0.0], false, 40, &[0.0], 1);
    }

    #[test]
    fn ticks_of_numbers_are_within() {
        assert_eq!(number_ticks([0.0, 80.0], 4), [0.0, 50.0]);
        assert_eq!(number_ticks([0.0, 80.0], 5), [0.0, 20.0, 40.0, 60.0, 80.0]);
        assert_eq!(number_ticks([-0.31, 0.28], 4), [-0.2, 0.0, 0.2]);
        assert_eq!(number_ticks([3.0, 3.0], 4), [3.0]);
    }

    #[track_caller]
    fn ticks(low: &str, high: &str, most: usize, expected: &[&str]) {
        let range = [low, high].map(|text| moment(text).unwrap());
        let labels: Vec<String> = time_ticks(range, most).into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels, expected, "{low} to {high}");
    }

    #[test]
    fn ticks_of_time_follow_the_calendar() {
        ticks("2012-03-05", "2024-06-01", 4, &["2015", "2020"]);
        ticks("2023-11-20", "2024-05-20", 4, &["Jan 2024", "Apr"]);
        ticks("2024-02-03", "2024-02-29", 5, &["5 Feb 2024", "12 Feb", "19 Feb", "26 Feb"]);
        ticks("2024-02-28T20:00", "2024-02-29T08:00", 5, &["28 Feb 21:00", "29 Feb 00:00", "03:00", "06:00"]);
        ticks(
            "2024-02-28T20:00:01",
            "2024-02-28T20:00:09",
            4,
            &["28 Feb 20:00:02", "20:00:04", "20:00:06", "20:00:08"],
        );
        ticks("0980-01-01", "1450-01-01", 5, &["1000", "1100", "1200", "1300", "1400"]);
    }

    #[test]
    fn text_of_a_moment_is_as_long_as_needed() {
        let at = moment("2024-02-29T12:30:15").unwrap();
        let day = DAY as f64;
        assert_eq!(time_text(at, 400.0 * day), "2024-02-29");
        assert_eq!(time_text(at, day), "2024-02-29 12:30");
        assert_eq!(time_text(at, 60.0), "2024-02-29 12:30:15");
        assert_eq!(time_text(f64::NAN, 1.0), "–");
    }

    #[test]
    fn ends_of_a_span_are_as_long_as_needed() {
        let check = |ends: [&str; 2], days: bool, expected: &str| {
            assert_eq!(span_text(ends.map(|text| moment(text).unwrap()), days), expected);
        };
        check(["1998-12-31", "2021-03-04"], true, "1998 to 2021");
        check(["2019-01-09T10:00", "2021-03-04T11:00"], false, "2019-01 to 2021-03");
        check(["2021-03-04", "2021-03-05T12:00"], true, "2021-03-04 to 2021-03-05");
        check(["2021-03-04", "2021-03-04"], true, "2021-03-04");
        check(["2021-03-04T08:00", "2021-03-04T18:30"], false, "2021-03-04 08:00 to 2021-03-04 18:30");
        check(["-0400-01-01", "0100-01-01"], true, "-400 to 0100");
    }

    #[test]
    fn bars_of_days_are_whole_days() {
        let range = ["2024-02-28", "2024-03-02"].map(|text| moment(text).unwrap());
        let edges = time_edges(range, true, 48);
        assert_eq!(
            edges.iter().map(|&edge| time_text(edge, 1e9)).collect::<Vec<_>>(),
            ["2024-02-28", "2024-02-29", "2024-03-01", "2024-03-02", "2024-03-03"]
        );
        assert_eq!(time_edges(range, false, 48).len(), 13 + 12 + 12 + 1);
    }

    proptest! {
        /// Whatever the range, each number has a bar, and there are not too many.
        #[test]
        fn bars_hold_all_numbers(low in -1e12_f64..1e12, width in prop_oneof![0.0..1e-6_f64, 0.0..1.0, 0.0..1e13], whole: bool, times: bool) {
            let range = if whole { [low.floor(), (low + width).floor()] } else { [low, low + width] };
            let edges = if times { time_edges(range, false, 48) } else { number_edges(range, whole, 48) };
            prop_assert!(edges.len() >= 2 && edges.len() <= 50, "{}", edges.len());
            prop_assert!(edges[0] <= range[0] && range[1] < edges[edges.len() - 1], "{edges:?}");
            prop_assert!(edges.windows(2).all(|ends| ends[0] < ends[1]), "{edges:?}");
            let ticks = if times { time_ticks(range, 4).len() } else { number_ticks(range, 4).len() };
            prop_assert!(ticks <= 4);
        }
    }
}
