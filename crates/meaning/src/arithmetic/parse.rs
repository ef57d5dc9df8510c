//! The text of a query.
//!
//! ```text
//! query   = vector | [signs] term { signs term }
//! vector  = two or more numbers, separated by spaces, commas or semicolons, in brackets or not
//! signs   = "+" or "-", at the start of a word; several multiply
//! term    = [number ["*"]] operand
//! operand = "#" digits | quoted | word { word }
//! ```
//!
//! Words that follow each other are one label. A hyphen within a word belongs to it. A number before
//! an operand is its weight, and alone it is a label.

use std::{fmt, ops::Range, str::FromStr};

use super::{Operand, Query, Term};

/// What is wrong with the text of a query, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}, at character {at}")]
pub struct ParseError {
    /// The place, counted in characters from 1.
    pub at: usize,
    /// What is wrong.
    pub what: Malformed,
}

/// What is wrong with the text of a query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Malformed {
    #[error("there is nothing to add. Write labels with + or - between them, as in king - man + woman")]
    Empty,
    #[error("a label is missing. Write one, in quotes if it begins with a sign")]
    NoOperand,
    #[error("a + or - is missing between two labels")]
    NoSign,
    #[error("a quote is not closed. Write another at the end of the label")]
    OpenQuote,
    #[error("“{0}” is not a number, and a query in brackets is a vector. Correct it, or leave the brackets out")]
    NotANumber(String),
}

#[derive(Debug, Clone, PartialEq)]
enum Token<'a> {
    /// Whether it is a minus.
    Sign(bool),
    Times,
    Number(f64, &'a str),
    Row(u32),
    Quoted(String),
    Word(&'a str),
}

type Place = Range<usize>;

impl FromStr for Query {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let fail =
            |at: usize, what| ParseError { at: text.get(..at).map_or(0, |before| before.chars().count()) + 1, what };
        if let Some(vector) = vector(text).map_err(|(at, what)| fail(at, what))? {
            return Ok(Self::Vector(vector));
        }
        let tokens = tokens(text).map_err(|at| fail(at, Malformed::OpenQuote))?;
        if tokens.is_empty() {
            return Err(fail(0, Malformed::Empty));
        }
        let (mut terms, mut rest) = (Vec::new(), &tokens[..]);
        while let Some((_, first)) = rest.first() {
            let signs = rest.iter().take_while(|(token, _)| matches!(token, Token::Sign(_))).count();
            if signs == 0 && !terms.is_empty() {
                return Err(fail(first.start, Malformed::NoSign));
            }
            let is_minus = rest[..signs].iter().filter(|(token, _)| *token == Token::Sign(true)).count() % 2 == 1;
            let sign = if is_minus { -1.0 } else { 1.0 };
            rest = &rest[signs..];
            let (term, used) = term(rest, sign)
                .ok_or_else(|| fail(rest.first().map_or(text.len(), |(_, place)| place.start), Malformed::NoOperand))?;
            terms.push(term);
            rest = &rest[used..];
        }
        Ok(Self::Sum(terms))
    }
}

/// Returns the term at the start, and how many tokens it has.
fn term(tokens: &[(Token<'_>, Place)], sign: f64) -> Option<(Term, usize)> {
    let (weight, used) = match tokens {
        [(Token::Number(weight, _), _), (Token::Times, _), ..] => (*weight, 2),
        [
            (Token::Number(weight, _), _),
            (Token::Number(..) | Token::Row(_) | Token::Quoted(_) | Token::Word(_), _),
            ..,
        ] => (*weight, 1),
        _ => (1.0, 0),
    };
    let rest = &tokens[used..];
    let words = rest.iter().take_while(|(token, _)| matches!(token, Token::Word(_) | Token::Number(..))).count();
    let (operand, count) = match &rest.first()?.0 {
        Token::Row(row) => (Operand::Row(*row), 1),
        Token::Quoted(label) => (Operand::Label(label.clone()), 1),
        Token::Word(_) | Token::Number(..) => {
            let texts: Vec<&str> = rest[..words].iter().filter_map(|(token, _)| token.text()).collect();
            (Operand::Label(texts.join(" ")), words)
        }
        Token::Sign(_) | Token::Times => return None,
    };
    let span = rest[0].1.start..rest[count - 1].1.end;
    Some((Term { weight: sign * weight, operand, span }, used + count))
}

impl<'a> Token<'a> {
    fn text(&self) -> Option<&'a str> {
        match self {
            Self::Word(text) | Self::Number(_, text) => Some(text),
            _ => None,
        }
    }
}

/// Returns the tokens and their places, or the place of a quote that is not closed.
fn tokens(text: &str) -> Result<Vec<(Token<'_>, Place)>, usize> {
    let (mut tokens, mut at) = (Vec::new(), 0);
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (token, length) = match first {
            first if first.is_whitespace() => {
                at += first.len_utf8();
                continue;
            }
            '+' => (Token::Sign(false), 1),
            '-' | '−' | '–' => (Token::Sign(true), first.len_utf8()),
            '*' | '×' => (Token::Times, first.len_utf8()),
            '"' | '“' => quoted(rest).ok_or(at)?,
            _ => word(rest),
        };
        tokens.push((token, at..at + length));
        at += length;
    }
    Ok(tokens)
}

/// Reads a label in quotes, in which a doubled quote is one. Returns `None` if it is not closed.
fn quoted(text: &str) -> Option<(Token<'_>, usize)> {
    let open = text.chars().next()?;
    let close = if open == '“' { '”' } else { '"' };
    let (mut label, mut at) = (String::new(), open.len_utf8());
    loop {
        let (before, after) = text[at..].split_once(close)?;
        label.push_str(before);
        at += before.len() + close.len_utf8();
        if !after.starts_with(close) {
            return Some((Token::Quoted(label), at));
        }
        label.push(close);
        at += close.len_utf8();
    }
}

/// Reads up to the next space. A number may be followed by `*` at once.
fn word(text: &str) -> (Token<'_>, usize) {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let word = &text[..end];
    if let Some(times) = word.find(['*', '×'])
        && let Some(weight) = number(&word[..times])
    {
        return (Token::Number(weight, &word[..times]), times);
    }
    let row = word.strip_prefix('#').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let token = match (number(word), row.and_then(|digits| digits.parse().ok())) {
        (Some(value), _) => Token::Number(value, word),
        (None, Some(row)) => Token::Row(row),
        (None, None) => Token::Word(word),
    };
    (token, end)
}

/// Reads a finite number without a sign. Words such as `inf` are none.
fn number(text: &str) -> Option<f64> {
    let begins = text.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    text.parse().ok().filter(|value: &f64| begins && value.is_finite())
}

/// Reads a vector. Returns `None` if the text is none.
fn vector(text: &str) -> Result<Option<Vec<f64>>, (usize, Malformed)> {
    let trimmed = text.trim();
    let inner = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let cells =
        inner.unwrap_or(trimmed).split([',', ';', ' ', '\t', '\n', '\r', '\u{a0}']).filter(|cell| !cell.is_empty());
    let mut values = Vec::new();
    for cell in cells {
        match cell.parse::<f64>().ok().filter(|_| !cell.starts_with(char::is_alphabetic)) {
            Some(value) if value.is_finite() => values.push(value),
            _ if inner.is_none() => return Ok(None),
            _ => return Err((cell.as_ptr() as usize - text.as_ptr() as usize, Malformed::NotANumber(cell.to_owned()))),
        }
    }
    Ok((values.len() >= 2 || inner.is_some()).then_some(values))
}

/// The canonical text, which is parsed to the same query.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vector(values) => {
                let values: Vec<String> = values.iter().map(f64::to_string).collect();
                write!(f, "[{}]", values.join(", "))
            }
            Self::Sum(terms) => {
                for (place, Term { weight, operand, .. }) in terms.iter().enumerate() {
                    f.write_str(match (place, weight.is_sign_negative()) {
                        (0, false) => "",
                        (0, true) => "-",
                        (_, false) => " + ",
                        (_, true) => " - ",
                    })?;
                    if weight.abs() != 1.0 {
                        write!(f, "{} * ", weight.abs())?;
                    }
                    write!(f, "{operand}")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(row) => write!(f, "#{row}"),
            Self::Label(label) if is_bare(label) => f.write_str(label),
            Self::Label(label) => write!(f, "\"{}\"", label.replace('"', "\"\"")),
        }
    }
}

/// Returns whether a label needs no quotes.
pub(super) fn is_bare(label: &str) -> bool {
    let Ok(tokens) = tokens(label) else { return false };
    let texts: Vec<&str> = tokens.iter().filter_map(|(token, _)| token.text()).collect();
    let begins = matches!(tokens.first(), Some((Token::Word(_), _)));
    begins && texts.len() == tokens.len() && texts.join(" ") == label && matches!(vector(label), Ok(None))
}
