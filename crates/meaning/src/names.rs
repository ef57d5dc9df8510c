//! Names for groups of rows, from what their cells in one column have in common.
//!
//! The kind of the column decides how ([`Way`]): texts by class-based TF-IDF (M. Grootendorst,
//! `BERTopic`, arXiv 2203.05794), categories by what is over-represented, numbers by their range, and
//! columns in which each row has a word of its own by their most central rows.

mod stop;
mod words;

use ndarray::ArrayView2;
use parallax_embedding::{Cancelled, Column, ColumnKind, Metadata, Progress};
use rayon::prelude::*;

use words::{Words, each_word, is_unspaced};

/// The most words of a name.
pub const MOST_WORDS: usize = 3;

/// How names were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Words that are frequent within and rare without.
    Words,
    /// The texts of the rows nearest the middle.
    CentralRows,
    /// Over-represented values.
    Values,
    /// The middle half of the numbers.
    Range,
}

impl Way {
    /// Says how names were made, after "names are".
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Words => "the words that set each cluster apart (class-based TF-IDF)",
            Self::CentralRows => "the texts of the rows nearest the middle of each cluster",
            Self::Values => "the values that are more frequent in each cluster than elsewhere",
            Self::Range => "the middle half of each cluster's numbers",
        }
    }
}

/// Names of groups, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Names {
    /// One for each group.
    pub names: Vec<Name>,
    /// How they were made.
    pub way: Way,
    /// Sentences about what was left out or could not be named, without a full stop.
    pub notes: Vec<String>,
}

/// The name of a group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Name {
    /// The terms as one text; empty if the group has nothing to be named after.
    pub text: String,
    /// What it is made of, the most telling first.
    pub terms: Vec<Term>,
}

/// A part of a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// The word, value, or range.
    pub text: String,
    /// How telling it is: class-based TF-IDF for words, for values the share of rows times the
    /// logarithm of how many times more frequent they are than overall; 0 otherwise.
    pub score: f64,
    /// The share of the group that has it: of words, or of rows.
    pub inside: f64,
    /// The share of all that has it.
    pub overall: f64,
}

/// The column that names are made of unless another is chosen, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct ChosenColumn<'a> {
    /// The column.
    pub column: &'a Column,
    /// Why, as the end of a sentence after "because".
    pub reason: String,
}

/// Chooses a column to make names of: texts of several words, the longest first; else a category;
/// else the labels. Returns `None` without columns.
#[must_use]
pub fn choose_column(metadata: &Metadata) -> Option<ChosenColumn<'_>> {
    let lengths = metadata.columns().iter().map(|column| (column, words_per_text(column)));
    let texts = lengths.filter(|(column, length)| column.kind() == ColumnKind::Text && *length >= SEVERAL);
    let longest = texts.reduce(|longest, next| if next.1 > longest.1 { next } else { longest });
    if let Some((column, length)) = longest {
        return Some(ChosenColumn {
            column,
            reason: format!("its texts are the longest: {length:.1} words on average"),
        });
    }
    let categories = metadata.columns().iter().filter(|column| is_category(column) && column.values().len() > 1);
    if let Some(column) = categories.min_by_key(|column| column.is_numeric()) {
        let reason = format!("no column holds texts, and it is the first with categories: {}", column.values().len());
        return Some(ChosenColumn { column, reason });
    }
    let reason = "no column holds texts or categories, and it has the labels".to_owned();
    metadata.default_label().map(|column| ChosenColumn { column, reason })
}

/// Whether a column holds categories: numbers are some if they are whole.
fn is_category(column: &Column) -> bool {
    let are_whole = |numbers: &[f64]| numbers.iter().all(|number| number.fract() == 0.0);
    column.kind() == ColumnKind::Category && column.numbers().is_none_or(are_whole)
}

/// From this many words on average on, texts have several.
const SEVERAL: f64 = 1.5;

/// The most texts that are looked at to see how long they are.
const SAMPLE: usize = 1000;

/// The mean number of words in a sample of a column's texts.
fn words_per_text(column: &Column) -> f64 {
    let (texts, mut words) = (column.values(), 0_usize);
    let sample: Vec<usize> = (0..texts.len()).step_by(texts.len().div_ceil(SAMPLE).max(1)).collect();
    sample.iter().for_each(|&text| each_word(&texts[text], |_| words += 1));
    words as f64 / sample.len().max(1) as f64
}

/// Names groups of rows by a column. Groups may be clusters or branches of any level, and one may
/// contain another; `layout` has the places of the rows, rows x dims. Groups are compared with the
/// rows that have a place: the others do not count.
///
/// ```
/// use ndarray::Array2;
/// use parallax_embedding::{ColumnBuilder, Progress};
/// use parallax_meaning::{Way, name_groups};
///
/// let mut column = ColumnBuilder::new("title");
/// let titles = ["A red apple", "The red cherry", "A fast train", "The slow train"];
/// titles.iter().for_each(|title| column.push(Some(title)));
/// let layout = Array2::zeros((4, 2));
/// let names = name_groups(&column.finish(), &[&[0, 1], &[2, 3]], layout.view(), &Progress::default())?;
/// assert_eq!(names.way, Way::Words);
/// assert!(names.names[0].text.starts_with("red") && names.names[1].text.starts_with("train"));
/// # Ok::<(), parallax_embedding::Cancelled>(())
/// ```
///
/// # Errors
/// Returns an error if `progress` was canceled.
pub fn name_groups(
    column: &Column,
    groups: &[&[u32]],
    layout: ArrayView2<'_, f32>,
    progress: &Progress,
) -> Result<Names, Cancelled> {
    progress.begin("Naming clusters");
    let is_placed = |row: usize| row < layout.nrows() && layout.row(row).iter().all(|x| x.is_finite());
    let is_there: Vec<bool> = (0..column.len()).map(is_placed).collect();
    let mut named = if is_category(column) {
        by_values(column, groups, &is_there)
    } else if column.is_numeric() {
        by_range(column, groups, &is_there)
    } else if is_word_per_row(column) {
        central(column, groups, layout)
    } else {
        by_words(column, groups, (layout, &is_there), progress)?
    };
    named.notes.extend(unnamed(&named, column));
    progress.check()?;
    Ok(named)
}

/// Whether texts have too few words in common to be compared.
fn is_word_per_row(column: &Column) -> bool {
    let rows = column.len() - column.missing();
    words_per_text(column) < SEVERAL && column.values().len() * 2 > rows
}

/// A note on groups without a name.
fn unnamed(named: &Names, column: &Column) -> Option<String> {
    let (count, all) = (named.names.iter().filter(|name| name.text.is_empty()).count(), named.names.len());
    if count == 0 {
        return None;
    }
    let who = if count == all {
        "no cluster has a name".to_owned()
    } else {
        format!("{count} of {all} clusters have no name")
    };
    let why = match named.way {
        _ if column.missing() == column.len() => "the column is empty",
        Way::Words => "their rows have no words, or only numbers, identifiers, and stop words",
        Way::Values => "no value is more frequent in them than elsewhere",
        Way::CentralRows | Way::Range => "their rows have no values",
    };
    Some(format!("{who} from column {:?}: {why}", column.name()))
}

/// The texts of the rows nearest the mean of each group.
fn central(column: &Column, groups: &[&[u32]], layout: ArrayView2<'_, f32>) -> Names {
    let of_group = |rows: &&[u32]| {
        let with_text =
            rows.iter().copied().filter(|&row| (row as usize) < layout.nrows() && column.text(row as usize).is_some());
        let rows: Vec<u32> = with_text.collect();
        let place = |row: u32| layout.row(row as usize);
        let mean: Vec<f64> = (0..layout.ncols())
            .map(|axis| rows.iter().map(|&row| f64::from(place(row)[axis])).sum::<f64>() / rows.len() as f64)
            .collect();
        let square =
            |row: u32| place(row).iter().zip(&mean).map(|(x, mean)| (f64::from(*x) - mean).powi(2)).sum::<f64>();
        let mut near: Vec<(f64, u32)> = rows.iter().map(|&row| (square(row), row)).collect();
        near.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut texts: Vec<&str> = Vec::new();
        for text in near.iter().filter_map(|&(_, row)| column.text(row as usize)) {
            if texts.len() == MOST_WORDS {
                break;
            }
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let term = |text: &&str| Term { text: (*text).to_owned(), score: 0.0, inside: 0.0, overall: 0.0 };
        Name::of(texts.iter().map(term).collect())
    };
    Names { names: groups.par_iter().map(of_group).collect(), way: Way::CentralRows, notes: Vec::new() }
}

/// Values with less of a group than this are no part of its name, unless it is the first.
const LEAST_SHARE: f64 = 0.1;

fn by_values(column: &Column, groups: &[&[u32]], is_there: &[bool]) -> Names {
    let texts = column.values();
    let all = counts(column, is_there);
    let rows = all.iter().sum::<usize>() as f64;
    let of_group = |group: &&[u32]| {
        let mut counts = vec![0_usize; texts.len()];
        group.iter().filter_map(|&row| column.code(row as usize)).for_each(|code| counts[code as usize] += 1);
        let total = counts.iter().sum::<usize>() as f64;
        let term = |(code, &count): (usize, &usize)| {
            let (inside, overall) = (count as f64 / total, all[code] as f64 / rows);
            let score = inside * (inside / overall).ln();
            (score > 0.0).then(|| Term { text: texts[code].to_owned(), score, inside, overall })
        };
        let mut terms: Vec<Term> = counts.iter().enumerate().filter_map(term).collect();
        terms.sort_by(|a, b| b.score.total_cmp(&a.score));
        terms.truncate(MOST_WORDS);
        let kept = terms.iter().skip(1).take_while(|term| term.inside >= LEAST_SHARE).count();
        terms.truncate(1 + kept);
        Name::of(terms)
    };
    Names { names: groups.par_iter().map(of_group).collect(), way: Way::Values, notes: Vec::new() }
}

/// How often each value is in the rows that are there.
fn counts(column: &Column, is_there: &[bool]) -> Vec<usize> {
    let mut counts = vec![0; column.values().len()];
    let rows = (0..column.len()).filter(|&row| is_there[row]);
    rows.filter_map(|row| column.code(row)).for_each(|code| counts[code as usize] += 1);
    counts
}

fn by_range(column: &Column, groups: &[&[u32]], is_there: &[bool]) -> Names {
    let quartiles = |rows: &mut dyn Iterator<Item = usize>| {
        let mut numbers: Vec<f64> =
            rows.filter_map(|row| column.number(row)).filter(|number| !number.is_nan()).collect();
        numbers.sort_unstable_by(f64::total_cmp);
        let at = |part: usize| numbers.get(numbers.len().saturating_sub(1) * part / 4).copied();
        at(1).zip(at(3)).map(|(low, high)| (low, high, numbers))
    };
    let all =
        quartiles(&mut (0..column.len()).filter(|&row| is_there[row])).map(|(.., numbers)| numbers).unwrap_or_default();
    let share = |numbers: &[f64], low: f64, high: f64| {
        let within =
            numbers.partition_point(|number| *number <= high) - numbers.partition_point(|number| *number < low);
        within as f64 / numbers.len().max(1) as f64
    };
    let of_group = |group: &&[u32]| {
        let Some((low, high, numbers)) = quartiles(&mut group.iter().map(|&row| row as usize)) else {
            return Name::default();
        };
        let [from, to] = [low, high].map(figure);
        let range = if from == to { from } else { format!("{from} to {to}") };
        let (inside, overall) = (share(&numbers, low, high), share(&all, low, high));
        Name::of(vec![Term { text: format!("{} {range}", column.name()), score: 0.0, inside, overall }])
    };
    Names { names: groups.par_iter().map(of_group).collect(), way: Way::Range, notes: Vec::new() }
}

/// Formats a number with three digits, or all of those before the point.
fn figure(number: f64) -> String {
    let digits = if number == 0.0 || !number.is_finite() { 0 } else { number.abs().log10().floor() as i32 };
    let decimals = (2 - digits).clamp(0, 9) as usize;
    let text =
        if (-5..12).contains(&digits) { format!("{number:.decimals$}") } else { return format!("{number:.2e}") };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Class-based TF-IDF: the frequency of a word in a class, as a share of the class's words, times
/// ln(1 + words per class / frequency of the word in all). What is in no group is a class too.
fn by_words(
    column: &Column,
    groups: &[&[u32]],
    (layout, is_there): (ArrayView2<'_, f32>, &[bool]),
    progress: &Progress,
) -> Result<Names, Cancelled> {
    let words = Words::of(column.values(), progress)?;
    let mut frequencies = vec![0_u64; words.vocabulary.len()];
    for (text, count) in counts(column, is_there).into_iter().enumerate() {
        words.of_text(text).iter().for_each(|&word| frequencies[word as usize] += count as u64);
    }
    let (languages, is_stop) = words.stops(&frequencies);
    frequencies.iter_mut().zip(&is_stop).filter(|(_, is_stop)| **is_stop).for_each(|(frequency, _)| *frequency = 0);
    if frequencies.iter().all(|&frequency| frequency == 0) && column.missing() < column.len() {
        let mut named = central(column, groups, layout);
        named.notes.push(format!(
            "column {:?} has no words, only numbers, identifiers, and stop words: names are of its most central rows",
            column.name()
        ));
        return Ok(named);
    }
    let counted = Counted { column, words: &words, frequencies: &frequencies, all: frequencies.iter().sum() };
    let per_class = counted.words_per_class(groups, is_there);
    let chunks: Vec<&[&[u32]]> =
        groups.chunks(groups.len().div_ceil(8 * rayon::current_num_threads()).max(1)).collect();
    let of_chunk = |chunk: &&[&[u32]]| {
        progress.check()?;
        let mut counts = vec![0_u32; words.vocabulary.len()];
        Ok(chunk.iter().map(|group| counted.name(group, per_class, &mut counts)).collect::<Vec<Name>>())
    };
    let names: Vec<Vec<Name>> = chunks.par_iter().map(of_chunk).collect::<Result<_, Cancelled>>()?;
    let left_out = (!languages.is_empty()).then(|| format!("stop words are left out: {}", languages.join(", ")));
    Ok(Names { names: names.concat(), way: Way::Words, notes: left_out.into_iter().collect() })
}

/// The words of a column, counted.
struct Counted<'a> {
    column: &'a Column,
    words: &'a Words,
    /// How often each word is in the column; 0 for stop words.
    frequencies: &'a [u64],
    /// Their sum.
    all: u64,
}

impl Counted<'_> {
    /// The mean number of words in a class.
    fn words_per_class(&self, groups: &[&[u32]], is_there: &[bool]) -> f64 {
        let length = |text: usize| {
            self.words.of_text(text).iter().filter(|&&word| self.frequencies[word as usize] > 0).count() as u64
        };
        let lengths: Vec<u64> = (0..self.column.values().len()).into_par_iter().map(length).collect();
        let of_row = |row: u32| self.column.code(row as usize).map_or(0, |code| lengths[code as usize]);
        let mut is_free = is_there.to_vec();
        let mut total = 0;
        for &row in groups.iter().copied().flatten() {
            total += of_row(row);
            is_free.get_mut(row as usize).into_iter().for_each(|is_free| *is_free = false);
        }
        let rest: u64 = (0..).zip(&is_free).filter(|(_, is_free)| **is_free).map(|(row, _)| of_row(row)).sum();
        (total + rest) as f64 / (groups.len() + usize::from(rest > 0)).max(1) as f64
    }

    /// Names a group. `counts` are zeros, before and after.
    fn name(&self, group: &[u32], per_class: f64, counts: &mut [u32]) -> Name {
        let mut seen: Vec<u32> = Vec::new();
        for code in group.iter().filter_map(|&row| self.column.code(row as usize)) {
            for &word in self.words.of_text(code as usize).iter().filter(|&&word| self.frequencies[word as usize] > 0) {
                if counts[word as usize] == 0 {
                    seen.push(word);
                }
                counts[word as usize] += 1;
            }
        }
        let own: u64 = seen.iter().map(|&word| u64::from(counts[word as usize])).sum();
        let score = |word: u32| {
            let share = f64::from(counts[word as usize]) / own as f64;
            share * (1.0 + per_class / self.frequencies[word as usize] as f64).ln()
        };
        let mut best: Vec<(f64, u32)> = seen.iter().map(|&word| (score(word), word)).collect();
        let text = |word: u32| &*self.words.vocabulary[word as usize];
        let order = |a: &(f64, u32), b: &(f64, u32)| b.0.total_cmp(&a.0).then_with(|| text(a.1).cmp(text(b.1)));
        if best.len() > CANDIDATES {
            best.select_nth_unstable_by(CANDIDATES, order);
            best.truncate(CANDIDATES);
        }
        best.sort_unstable_by(order);
        let phrases = self.phrases(group, &best.iter().map(|&(_, word)| word).collect::<Vec<u32>>(), counts);
        let term = |((score, word), text): ((f64, u32), String)| Term {
            text,
            score,
            inside: f64::from(counts[word as usize]) / own as f64,
            overall: self.frequencies[word as usize] as f64 / self.all as f64,
        };
        let terms = distinct(best.into_iter().zip(phrases).map(term));
        seen.into_iter().for_each(|word| counts[word as usize] = 0);
        Name::of(terms)
    }

    /// Returns the text of each word, or if it is of a script without spaces, the longest phrase of
    /// such words that stand beside each other in the texts of the group more often than not.
    fn phrases(&self, group: &[u32], words: &[u32], counts: &[u32]) -> Vec<String> {
        let text = |word: usize| &*self.words.vocabulary[words[word] as usize];
        let is_joined: Vec<bool> = (0..words.len()).map(|word| text(word).chars().all(is_unspaced)).collect();
        let mut phrases: Vec<String> = (0..words.len()).map(|word| text(word).to_owned()).collect();
        if is_joined.iter().filter(|is_joined| **is_joined).count() < 2 {
            return phrases;
        }
        let place = |word: u32| words.iter().position(|known| *known == word).filter(|&place| is_joined[place]);
        let codes = || group.iter().filter_map(|&row| self.column.code(row as usize));
        // For each pair of words, how often the second follows the first.
        let mut follows = vec![0_u32; words.len() * words.len()];
        for code in codes() {
            let sequence = self.words.of_text(code as usize);
            for pair in sequence.windows(2) {
                if let (Some(first), Some(second)) = (place(pair[0]), place(pair[1]))
                    && self.column.values()[code as usize].contains(&[text(first), text(second)].concat())
                {
                    follows[first * words.len() + second] += 1;
                }
            }
        }
        let count = |word: usize| counts[words[word] as usize];
        let is_usual = |first: usize, second: usize| {
            first != second && 2 * follows[first * words.len() + second] > count(first).max(count(second))
        };
        // At most one word follows another more often than not, and it follows no third one.
        let next = |word: usize| (0..words.len()).find(|&other| is_usual(word, other));
        let before = |word: usize| (0..words.len()).find(|&other| is_usual(other, word));
        for (word, longest) in phrases.iter_mut().enumerate() {
            let mut chain = vec![word];
            while let Some(other) = before(chain[0]).filter(|other| !chain.contains(other)) {
                chain.insert(0, other);
            }
            while let Some(other) = next(chain[chain.len() - 1]).filter(|other| !chain.contains(other)) {
                chain.push(other);
            }
            let phrase: String = chain.iter().map(|&word| text(word)).collect();
            let occurs = chain.len() < 3 || codes().any(|code| self.column.values()[code as usize].contains(&phrase));
            if occurs {
                *longest = phrase;
            }
        }
        phrases
    }
}

/// The best words of a group among which those of its name are.
const CANDIDATES: usize = 12;

/// The first words that say different things: no plural beside its singular, and no part of a phrase
/// beside it.
fn distinct(candidates: impl Iterator<Item = Term>) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    for term in candidates {
        let is_part = |known: &Term| term.text.chars().all(is_unspaced) && known.text.contains(&term.text);
        if terms.iter().any(|known| is_form_of(&known.text, &term.text) || is_part(known)) {
            continue;
        }
        if terms.len() < MOST_WORDS {
            terms.push(term);
        }
    }
    terms
}

/// Whether two words differ by an ending of one or two letters.
fn is_form_of(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    short.chars().count() >= 4 && long.strip_prefix(short).is_some_and(|end| ["s", "es", "n", "en", "e"].contains(&end))
}

impl Name {
    fn of(terms: Vec<Term>) -> Self {
        let texts: Vec<&str> = terms.iter().map(|term| term.text.as_str()).collect();
        Self { text: texts.join(", "), terms }
    }
}

#[cfg(test)]
mod tests;
