//! Names from texts: words that set a group apart.

use ndarray::ArrayView2;
use parallax_embedding::{Cancelled, Column, Progress};
use rayon::prelude::*;

use super::{
    MOST_WORDS, Name, Names, Term, Way, central, codes, counts, sets_apart,
    words::{Words, is_unspaced},
};
use crate::chance;

/// Class-based TF-IDF: the frequency of a word in a class, as a share of the class's words, times
/// ln(1 + words per class / frequency of the word in all). What is in no group is a class too. Of the
/// words that set a group apart those of the highest scores are its name.
pub(super) fn by_words(
    column: &Column,
    groups: &[&[u32]],
    (layout, is_there): (ArrayView2<'_, f32>, &[bool]),
    progress: &Progress,
) -> Result<Names, Cancelled> {
    let words = Words::of(column.values(), progress)?;
    let rows_of_texts = counts(column, is_there);
    let (mut frequencies, mut rows) = (vec![0_u64; words.vocabulary.len()], vec![0_usize; words.vocabulary.len()]);
    let mut last = vec![usize::MAX; words.vocabulary.len()];
    for (text, &count) in rows_of_texts.iter().enumerate() {
        for &word in words.of_text(text) {
            frequencies[word as usize] += count as u64;
            if std::mem::replace(&mut last[word as usize], text) != text {
                rows[word as usize] += count;
            }
        }
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
    let counted = Counted {
        column,
        is_there,
        words: &words,
        frequencies: &frequencies,
        all: frequencies.iter().sum(),
        rows: &rows,
        all_rows: rows_of_texts.iter().sum(),
        tried: frequencies.iter().filter(|frequency| **frequency > 0).count(),
    };
    let per_class = counted.words_per_class(groups);
    let chunks: Vec<&[&[u32]]> =
        groups.chunks(groups.len().div_ceil(8 * rayon::current_num_threads()).max(1)).collect();
    let of_chunk = |chunk: &&[&[u32]]| {
        progress.check()?;
        let mut counts = vec![Found::default(); words.vocabulary.len()];
        Ok(chunk.iter().map(|group| counted.name(group, per_class, &mut counts)).collect::<Vec<Name>>())
    };
    let names: Vec<Vec<Name>> = chunks.par_iter().map(of_chunk).collect::<Result<_, Cancelled>>()?;
    let left_out = (!languages.is_empty()).then(|| format!("stop words are left out: {}", languages.join(", ")));
    Ok(Names { names: names.concat(), way: Way::Words, notes: left_out.into_iter().collect() })
}

/// The words of a column, counted.
struct Counted<'a> {
    column: &'a Column,
    is_there: &'a [bool],
    words: &'a Words,
    /// How often each word is in the column; 0 for stop words.
    frequencies: &'a [u64],
    /// Their sum.
    all: u64,
    /// How many rows have each word.
    rows: &'a [usize],
    /// How many rows have a text.
    all_rows: usize,
    /// The number of words that a name can be made of.
    tried: usize,
}

/// How often a word is found in a group.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    count: u32,
    rows: u32,
    /// The last row of the group in which it was found, counted from 1.
    last: u32,
}

impl Counted<'_> {
    /// The mean number of words in a class.
    fn words_per_class(&self, groups: &[&[u32]]) -> f64 {
        let length = |text: usize| {
            self.words.of_text(text).iter().filter(|&&word| self.frequencies[word as usize] > 0).count() as u64
        };
        let lengths: Vec<u64> = (0..self.column.values().len()).into_par_iter().map(length).collect();
        let of_row = |row: u32| self.column.code(row as usize).map_or(0, |code| lengths[code as usize]);
        let mut is_free = self.is_there.to_vec();
        let mut total = 0;
        for &row in groups.iter().copied().flatten() {
            total += of_row(row);
            is_free.get_mut(row as usize).into_iter().for_each(|is_free| *is_free = false);
        }
        let rest: u64 = (0..).zip(&is_free).filter(|(_, is_free)| **is_free).map(|(row, _)| of_row(row)).sum();
        (total + rest) as f64 / (groups.len() + usize::from(rest > 0)).max(1) as f64
    }

    /// Names a group. `found` has nothing, before and after.
    fn name(&self, group: &[u32], per_class: f64, found: &mut [Found]) -> Name {
        let mut seen: Vec<u32> = Vec::new();
        let mut drawn = 0;
        for code in codes(self.column, group, self.is_there) {
            drawn += 1;
            for &word in self.words.of_text(code).iter().filter(|&&word| self.frequencies[word as usize] > 0) {
                let found = &mut found[word as usize];
                if found.count == 0 {
                    seen.push(word);
                }
                found.count += 1;
                found.rows += u32::from(std::mem::replace(&mut found.last, drawn) != drawn);
            }
        }
        let own: u64 = seen.iter().map(|&word| u64::from(found[word as usize].count)).sum();
        let share = |word: u32| f64::from(found[word as usize].count) / own as f64;
        let score = |word: u32| share(word) * (1.0 + per_class / self.frequencies[word as usize] as f64).ln();
        let sizes = [drawn as usize, self.all_rows];
        let least = self.least_rows(sizes);
        let is_clear = |word: &u32| {
            let rows = found[*word as usize].rows as usize;
            rows >= least && sets_apart(rows, self.rows[*word as usize], sizes, self.tried)
        };
        let (clear, others): (Vec<u32>, Vec<u32>) = seen.iter().partition(|word| is_clear(word));
        let [best, others] = [clear, others].map(|words| self.best(words.into_iter().map(|word| (score(word), word))));
        // A phrase may have words that by themselves are no names.
        let words: Vec<u32> = best.iter().chain(&others).map(|&(_, word)| word).collect();
        let phrases = if best.is_empty() { Vec::new() } else { self.phrases(group, &words, found) };
        let term = |((score, word), text): ((f64, u32), String)| Term {
            text,
            score,
            inside: Some(share(word)),
            overall: Some(self.frequencies[word as usize] as f64 / self.all as f64),
        };
        let terms = distinct(best.into_iter().zip(phrases).map(term));
        seen.into_iter().for_each(|word| found[word as usize] = Found::default());
        Name::of(terms)
    }

    /// Returns the words of the highest scores, the highest first.
    fn best(&self, scored: impl Iterator<Item = (f64, u32)>) -> Vec<(f64, u32)> {
        let mut best: Vec<(f64, u32)> = scored.collect();
        let text = |word: u32| &*self.words.vocabulary[word as usize];
        let order = |a: &(f64, u32), b: &(f64, u32)| b.0.total_cmp(&a.0).then_with(|| text(a.1).cmp(text(b.1)));
        if best.len() > CANDIDATES {
            best.select_nth_unstable_by(CANDIDATES, order);
            best.truncate(CANDIDATES);
        }
        best.sort_unstable_by(order);
        best
    }

    /// The least rows of a group of `drawn` that a word must be in to be more than chance, even if it
    /// is in no others: most words are in fewer.
    fn least_rows(&self, [drawn, all]: [usize; 2]) -> usize {
        let mut chance = self.tried as f64;
        let is_enough = |rows: &usize| {
            chance *= (drawn - rows) as f64 / (all - rows) as f64;
            chance <= chance::RISK
        };
        (0..drawn).find(is_enough).map_or(usize::MAX, |rows| rows + 1)
    }

    /// Returns the text of each word, or if it is of a script without spaces, the longest phrase of
    /// such words that stand beside each other in the texts of the group more often than not.
    fn phrases(&self, group: &[u32], words: &[u32], found: &[Found]) -> Vec<String> {
        let text = |word: usize| &*self.words.vocabulary[words[word] as usize];
        let is_joined: Vec<bool> = (0..words.len()).map(|word| text(word).chars().all(is_unspaced)).collect();
        let mut phrases: Vec<String> = (0..words.len()).map(|word| text(word).to_owned()).collect();
        if is_joined.iter().filter(|is_joined| **is_joined).count() < 2 {
            return phrases;
        }
        let place = |word: u32| words.iter().position(|known| *known == word).filter(|&place| is_joined[place]);
        let codes = || codes(self.column, group, self.is_there);
        // For each pair of words, how often the second follows the first.
        let mut follows = vec![0_u32; words.len() * words.len()];
        for code in codes() {
            let sequence = self.words.of_text(code);
            for pair in sequence.windows(2) {
                if let (Some(first), Some(second)) = (place(pair[0]), place(pair[1]))
                    && self.column.values()[code].contains(&[text(first), text(second)].concat())
                {
                    follows[first * words.len() + second] += 1;
                }
            }
        }
        let count = |word: usize| found[words[word] as usize].count;
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
            let occurs = chain.len() < 3 || codes().any(|code| self.column.values()[code].contains(&phrase));
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
