//! Inputs made of others at random, the same each time.

use parallax_embedding::random;

/// An endless sequence of inputs, each a seed with a few changes.
#[derive(Debug)]
pub struct Mutations<'a> {
    seeds: &'a [Vec<u8>],
    place: u64,
}

/// Numbers at which sizes and indices tend to go wrong.
const EDGES: [u64; 12] = [0, 1, 2, 7, 127, 128, 255, 256, 0x7fff_ffff, 0xffff_ffff, i64::MAX as u64, u64::MAX];

/// Text that means something in one of the formats.
const WORDS: [&str; 26] = [
    "nan",
    "inf",
    "-",
    "1e999",
    "0",
    "-1",
    "1",
    "65536",
    "4294967296",
    "99999999999",
    "18446744073709551615",
    "\"",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ",",
    "\t",
    "\n",
    "\r",
    "\0",
    ":",
    "\u{feff}",
    "\\",
];

impl<'a> Mutations<'a> {
    /// Returns the sequence of the number `seed`.
    #[must_use]
    pub fn new(seeds: &'a [Vec<u8>], seed: u64) -> Self {
        Self { seeds, place: random::mix(seed) }
    }

    fn below(&mut self, end: usize) -> usize {
        self.place = self.place.wrapping_add(1);
        if end == 0 { 0 } else { (random::at(self.place) % end as u64) as usize }
    }

    fn seed(&mut self) -> &'a [u8] {
        let place = self.below(self.seeds.len());
        self.seeds.get(place).map_or(&[], Vec::as_slice)
    }

    /// The bytes that a change is about, mostly few.
    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        let most = if self.below(4) == 0 { length } else { 16 };
        let end = start + self.below(most.min(length - start) + 1);
        start..end
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let length = input.len();
        let at = self.below(length);
        match self.below(9) {
            0 if length > 0 => input[at] ^= 1 << self.below(8),
            1 if length > 0 => input[at] = self.below(256) as u8,
            2 => drop(input.drain(self.range(length))),
            3 => {
                let copy = input[self.range(length)].to_vec();
                input.splice(at..at, copy);
            }
            4 => {
                let (value, size) = (EDGES[self.below(EDGES.len())], [1, 2, 4, 8][self.below(4)]);
                let bytes = value.to_le_bytes();
                let end = (at + size).min(length);
                input.splice(at..end, bytes[..size].iter().copied());
            }
            5 => {
                let word = WORDS[self.below(WORDS.len())];
                let range = self.range(length);
                input.splice(range, word.bytes());
            }
            6 => self.number(input),
            7 => {
                let other = self.seed();
                let copy = other[self.range(other.len())].to_vec();
                let range = self.range(length);
                input.splice(range, copy);
            }
            8 => input.truncate(at),
            _ => input.push(self.below(256) as u8),
        }
    }

    /// Replaces a number that is written out.
    fn number(&mut self, input: &mut Vec<u8>) {
        let from = self.below(input.len());
        let Some(start) = input[from..].iter().position(u8::is_ascii_digit).map(|at| from + at) else { return };
        let digits = input[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let text = EDGES[self.below(EDGES.len())].to_string();
        input.splice(start..start + digits, text.bytes());
    }
}

impl Iterator for Mutations<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut input = self.seed().to_vec();
        for _ in 0..=self.below(4) {
            self.change(&mut input);
        }
        Some(input)
    }
}
