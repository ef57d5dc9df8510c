//! Words of texts, as numbers.
//!
//! Words are those of Unicode (UAX #29), in lower case. Numbers, what has a digit (identifiers,
//! dates), single letters, and what is too long for a word are left out. Scripts without spaces
//! (Chinese, Japanese, Thai and their like) give pairs of neighboring characters, since words of
//! two characters are the most frequent.

use std::collections::HashMap;

use parallax_embedding::{Cancelled, Progress, Values};
use rayon::prelude::*;
use unicode_segmentation::UnicodeSegmentation as _;

use super::stop::LANGUAGES;

/// The words of each of some texts.
#[derive(Debug)]
pub(super) struct Words {
    /// The distinct words, in order of first appearance.
    pub(super) vocabulary: Vec<Box<str>>,
    /// The words of all texts, one text after the other.
    sequence: Vec<u32>,
    /// Where those of each text end.
    ends: Vec<usize>,
}

/// The texts that one thread cuts at a time.
const CHUNK: usize = 1 << 13;

/// Longer ones are hashes or garbage.
const LONGEST: usize = 32;

impl Words {
    /// Cuts texts.
    pub(super) fn of(texts: &Values, progress: &Progress) -> Result<Self, Cancelled> {
        let starts: Vec<usize> = (0..texts.len()).step_by(CHUNK).collect();
        let mut this = Self { vocabulary: Vec::new(), sequence: Vec::new(), ends: Vec::with_capacity(texts.len()) };
        let mut numbers: HashMap<Box<str>, u32> = HashMap::new();
        for batch in starts.chunks(4 * rayon::current_num_threads()) {
            progress.advance(batch.first().copied().unwrap_or_default(), texts.len())?;
            let cut = |&start: &usize| Part::of(texts, start..texts.len().min(start + CHUNK));
            for part in batch.par_iter().map(cut).collect::<Vec<_>>() {
                this.append(part, &mut numbers);
            }
        }
        Ok(this)
    }

    fn append(&mut self, part: Part, numbers: &mut HashMap<Box<str>, u32>) {
        let number = |word: Box<str>| {
            *numbers.entry(word).or_insert_with_key(|word| {
                self.vocabulary.push(word.clone());
                self.vocabulary.len() as u32 - 1
            })
        };
        let new: Vec<u32> = part.vocabulary.into_iter().map(number).collect();
        let start = self.sequence.len();
        self.sequence.extend(part.words.into_iter().map(|word| new[word as usize]));
        self.ends.extend(part.ends.into_iter().map(|end| start + end));
    }

    /// The words of a text, by their places in the vocabulary.
    pub(super) fn of_text(&self, text: usize) -> &[u32] {
        let start = text.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.sequence[start..self.ends[text]]
    }

    /// The languages that the texts are in, judged by how many of their words are stop words of
    /// them, and for each word whether it is such a one. Without a language that has an eighth of
    /// the words, as in a list of terms, there are none.
    pub(super) fn stops(&self, frequencies: &[u64]) -> (Vec<&'static str>, Vec<bool>) {
        let numbers: HashMap<&str, u32> =
            self.vocabulary.iter().zip(0..).map(|(word, number)| (&**word, number)).collect();
        let total: u64 = frequencies.iter().sum();
        let of_language = LANGUAGES.each_ref().map(|language| {
            let words: Vec<u32> = language.words().filter_map(|word| numbers.get(word).copied()).collect();
            (words.iter().map(|&word| frequencies[word as usize]).sum::<u64>(), words)
        });
        let most = of_language.iter().map(|(count, _)| *count).max().unwrap_or_default();
        let (mut names, mut is_stop) = (Vec::new(), vec![false; self.vocabulary.len()]);
        for (language, (count, words)) in LANGUAGES.iter().zip(of_language) {
            if count > 0 && count * 8 >= total && count * 2 >= most {
                names.push(language.name);
                words.into_iter().for_each(|word| is_stop[word as usize] = true);
            }
        }
        (names, is_stop)
    }
}

/// The words of some texts, numbered by themselves.
struct Part {
    vocabulary: Vec<Box<str>>,
    words: Vec<u32>,
    ends: Vec<usize>,
}

impl Part {
    fn of(texts: &Values, range: std::ops::Range<usize>) -> Self {
        let mut part = Self { vocabulary: Vec::new(), words: Vec::new(), ends: Vec::with_capacity(range.len()) };
        let mut numbers: HashMap<Box<str>, u32> = HashMap::new();
        for text in range {
            each_word(&texts[text], |word| {
                let number = numbers.get(word).copied().unwrap_or_else(|| {
                    part.vocabulary.push(word.into());
                    numbers.insert(word.into(), part.vocabulary.len() as u32 - 1);
                    part.vocabulary.len() as u32 - 1
                });
                part.words.push(number);
            });
            part.ends.push(part.words.len());
        }
        part
    }
}

/// Calls `found` with each word of `text`.
pub(super) fn each_word(text: &str, mut found: impl FnMut(&str)) {
    let mut lower = String::new();
    // The run of characters without spaces before, and where it ends.
    let mut before: Option<(usize, &str)> = None;
    let mut is_alone = false;
    for (start, word) in text.unicode_word_indices() {
        if word.chars().next().is_some_and(is_unspaced) {
            if let Some((end, previous)) = before.filter(|(end, _)| *end == start) {
                found(&text[end - previous.len()..start + word.len()]);
                is_alone = false;
            } else {
                alone(&mut is_alone, before, &mut found);
                is_alone = true;
            }
            before = Some((start + word.len(), word));
            continue;
        }
        alone(&mut is_alone, before, &mut found);
        let is_word = word.len() <= LONGEST && word.chars().nth(1).is_some() && !word.chars().any(char::is_numeric);
        if !is_word {
            continue;
        }
        if word.bytes().all(|byte| byte.is_ascii_lowercase()) {
            found(word);
        } else {
            lower.clear();
            lower.extend(word.chars().flat_map(char::to_lowercase));
            // The two apostrophes are one.
            found(&if lower.contains('\u{2019}') {
                lower.replace('\u{2019}', "'")
            } else {
                std::mem::take(&mut lower)
            });
        }
    }
    alone(&mut is_alone, before, &mut found);
}

/// Reports a character that has no neighbors of its kind.
fn alone(is_alone: &mut bool, before: Option<(usize, &str)>, found: &mut impl FnMut(&str)) {
    if let (true, Some((_, word))) = (std::mem::take(is_alone), before) {
        found(word);
    }
}

/// Whether the character is of a script that has no spaces between words.
pub(super) fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{0e00}'..='\u{0eff}' // Thai, Lao
        | '\u{1000}'..='\u{109f}' // Myanmar
        | '\u{1780}'..='\u{17ff}' // Khmer
        | '\u{3040}'..='\u{309f}' // Hiragana
        | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' // Han
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_into_words() {
        let check = |text: &str, expected: &[&str]| {
            let mut words = Vec::new();
            each_word(text, |word| words.push(word.to_owned()));
            assert_eq!(words, expected, "{text}");
        };
        check("The quick brown fox, don\u{2019}t!", &["the", "quick", "brown", "fox", "don't"]);
        check("Größe ÉTÉ naïve", &["größe", "été", "naïve"]);
        check("id-4711 a3f9c 12.5 2024-05-01 x", &["id"]);
        check("机器学习", &["机器", "器学", "学习"]);
        check("犬 が", &["犬", "が"]);
        check("使用Python编程", &["使用", "python", "编程"]);
        check("", &[]);
        check("… — !!", &[]);
    }

    #[test]
    fn stop_words_are_in_lower_case_and_there_once() {
        for language in &LANGUAGES {
            let words: Vec<&str> = language.words().collect();
            let mut distinct = words.clone();
            distinct.sort_unstable();
            distinct.dedup();
            assert_eq!(distinct.len(), words.len(), "{}", language.name);
            assert!(words.iter().all(|word| word.to_lowercase() == *word), "{}", language.name);
        }
    }
}
