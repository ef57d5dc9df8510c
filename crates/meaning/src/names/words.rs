//! Words of texts, as numbers.
//!
//! Words are those of Unicode (UAX #29), in lower case. Numbers, what has a digit (identifiers,
//! dates), single letters, what is too long for a word, markup, and addresses are left out. Scripts without spaces
//! (Chinese, Japanese, Thai and their like) are cut by dictionaries. Korean words lose the
//! particle at their end if they are there without it.

use std::{collections::HashMap, sync::LazyLock};

use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed, options::WordBreakInvariantOptions};
use parallax_embedding::{Cancelled, Progress, Values};
use rayon::prelude::*;
use unicode_segmentation::UnicodeSegmentation as _;

use super::{
    markup::{self, plain},
    stop::LANGUAGES,
};

/// A language is recognized by at least this many of its stop words, ...
const LEAST_WORDS: usize = 3;

/// ... each of which is at least one of this many words.
const RAREST: u64 = 200;

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

/// Words of more characters are hashes or garbage.
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
        this.join_stems();
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
    /// the words, as in a list of terms, there are none; nor if these are one or two words over and
    /// over, which may be the subject, as "war", a stop word of German, among English titles.
    ///
    /// What is left of markup counts as a language.
    ///
    /// For other languages than the one with most stop words, those that it has too say nothing: "in"
    /// and "was" are English and German.
    pub(super) fn stops(&self, frequencies: &[u64]) -> (Vec<&'static str>, Vec<bool>) {
        let numbers: HashMap<&str, u32> =
            self.vocabulary.iter().zip(0..).map(|(word, number)| (&**word, number)).collect();
        let total: u64 = frequencies.iter().sum();
        let frequency = |word: u32| frequencies[word as usize];
        let words = LANGUAGES
            .each_ref()
            .map(|language| language.words().filter_map(|word| numbers.get(word).copied()).collect::<Vec<u32>>());
        let sum = |words: &[u32]| words.iter().map(|&word| frequency(word)).sum::<u64>();
        let leading = (0..words.len()).rev().max_by_key(|&language| sum(&words[language])).unwrap_or_default();
        let (mut names, mut is_stop) = (Vec::new(), vec![false; self.vocabulary.len()]);
        for (language, own) in words.iter().enumerate() {
            let is_evidence = |word: &u32| language == leading || !words[leading].contains(word);
            let evidence: Vec<u32> = own.iter().copied().filter(is_evidence).collect();
            let frequent = evidence.iter().filter(|&&word| frequency(word) * RAREST >= total.max(1)).count();
            if frequent >= LEAST_WORDS && sum(&evidence) * 8 >= total {
                names.push(LANGUAGES[language].name);
                own.iter().for_each(|&word| is_stop[word as usize] = true);
            }
        }
        let left: Vec<u32> =
            markup::LEFT.split_ascii_whitespace().filter_map(|word| numbers.get(word).copied()).collect();
        let left: Vec<u32> = left.into_iter().filter(|&word| frequency(word) > 0).collect();
        if left.len() >= markup::LEAST_LEFT {
            names.push("HTML");
            left.into_iter().for_each(|word| is_stop[word as usize] = true);
        }
        let is_none = |word: &str| is_particle(word) || markup::NO_WORDS.contains(&word);
        self.vocabulary.iter().zip(&mut is_stop).for_each(|(word, is_stop)| *is_stop |= is_none(word));
        (names, is_stop)
    }

    /// Takes the particles off Korean words: off those whose stem is there by itself or with another
    /// particle, so that the end of a word that has none stays.
    fn join_stems(&mut self) {
        let is_hangul = |word: &str| word.chars().all(|character| ('\u{ac00}'..='\u{d7a3}').contains(&character));
        let stem = |word: &str| {
            let stems = PARTICLES.split_ascii_whitespace().filter_map(|particle| word.strip_suffix(particle));
            let stem = stems.filter(|stem| stem.chars().nth(1).is_some()).min_by_key(|stem| stem.len());
            stem.map(str::to_owned)
        };
        let hangul = (0..).zip(&self.vocabulary).filter(|(_, word)| is_hangul(word));
        let stems: Vec<(u32, String)> = hangul.filter_map(|(number, word)| Some((number, stem(word)?))).collect();
        if stems.is_empty() {
            return;
        }
        let mut numbers: HashMap<Box<str>, u32> = self.vocabulary.iter().cloned().zip(0..).collect();
        let mut forms: HashMap<&str, usize> = HashMap::new();
        stems.iter().for_each(|(_, stem)| *forms.entry(stem).or_default() += 1);
        let mut becomes: Vec<u32> = (0..self.vocabulary.len() as u32).collect();
        for (number, stem) in &stems {
            if forms[stem.as_str()] > 1 || numbers.contains_key(stem.as_str()) {
                becomes[*number as usize] = *numbers.entry(stem.as_str().into()).or_insert_with_key(|stem| {
                    self.vocabulary.push(stem.clone());
                    self.vocabulary.len() as u32 - 1
                });
            }
        }
        self.sequence.iter_mut().filter(|word| (**word as usize) < becomes.len()).for_each(|word| {
            *word = becomes[*word as usize];
        });
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
    let plain = plain(text);
    let mut rest = &*plain;
    while let Some(start) = rest.find(is_unspaced) {
        spaced(&rest[..start], &mut found);
        let run = &rest[start..];
        let end = run.find(|character| !is_unspaced(character)).unwrap_or(run.len());
        unspaced(&run[..end], &mut found);
        rest = &run[end..];
    }
    spaced(rest, &mut found);
}

fn spaced(text: &str, found: &mut impl FnMut(&str)) {
    let mut lower = String::new();
    for word in text.unicode_words() {
        if word.chars().nth(1).is_none() || !is_word(word) {
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
}

/// Cuts a run of a script without spaces.
fn unspaced(run: &str, found: &mut impl FnMut(&str)) {
    let mut start = 0;
    for end in SEGMENTER.segment_str(run).skip(1) {
        let word = &run[std::mem::replace(&mut start, end)..end];
        if is_word(word) {
            found(word);
        }
    }
}

/// Whether a word is neither too long nor has a digit.
fn is_word(word: &str) -> bool {
    word.chars().nth(LONGEST).is_none() && !word.chars().any(char::is_numeric)
}

/// Cuts words by the dictionaries of Unicode's ICU. Its models for Thai and the like take a hundred
/// times as long.
static SEGMENTER: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()));

/// The particles that Korean words end in.
const PARTICLES: &str = "은 는 이 가 을 를 의 에 에서 에게 에는 에도 에서는 에서도 로 으로 로는 으로는 와 과 도 만 까지 부터 보다 처럼 \
                         이나 들 들은 들이 들을 들의 이다 입니다";

/// Whether a word is one character of a script whose characters are no words.
fn is_particle(word: &str) -> bool {
    let mut characters = word.chars();
    characters.next().is_some_and(|first| is_unspaced(first) && !is_han(first)) && characters.next().is_none()
}

/// Whether the character is of a script that has no spaces between words.
pub(super) fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{0e00}'..='\u{0eff}' // Thai, Lao
        | '\u{1000}'..='\u{109f}' // Myanmar
        | '\u{1780}'..='\u{17ff}' // Khmer
        | '\u{3005}' | '\u{3040}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' // kana, but no dot between words
    ) || is_han(character)
}

fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
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
        check("высокотехнологичный विश्वविद्यालय", &["высокотехнологичный", "विश्वविद्यालय"]);
        check(&"w".repeat(32), &[&"w".repeat(32)]);
        check(&"w".repeat(33), &[]);
        check("机器学习很好", &["机器", "学习", "很好"]);
        check("犬 が", &["犬", "が"]);
        check("猫が好き", &["猫", "が", "好き"]);
        check("使用Python学习", &["使用", "python", "学习"]);
        check("東京でコーヒーを飲む。", &["東京", "で", "コーヒー", "を", "飲む"]);
        check("ทุกสองสัปดาห์", &["ทุก", "สอง", "สัปดาห์"]);
        check("第12章 ค.ศ. ๒๕๖๗", &["第", "章", "ค", "ศ"]);
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
