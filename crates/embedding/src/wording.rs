//! Counts and other numbers in sentences, the same in all messages.

/// Returns the number with thousands separated: `10,000`.
#[must_use]
pub fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a count and its noun: `1 color`, `10 colors`.
#[must_use]
pub fn plural(n: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(n), if n == 1 { "" } else { "s" })
}

/// Returns the number with so many decimals: `0.500`. What is rounded to zero has no sign: `0.000`.
#[must_use]
pub fn fixed(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.bytes().all(|byte| matches!(byte, b'0' | b'.')) => zero.to_owned(),
        _ => text,
    }
}

/// Returns which of several it is: `1st`, `2nd`, `15th`.
#[must_use]
pub fn ordinal(n: usize) -> String {
    let ending = match (n % 10, n % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    count(n) + ending
}

/// Returns what the nearest rows are called, after "the" or "its": `nearest`, `15 nearest`.
#[must_use]
pub fn nearest(k: usize) -> String {
    if k == 1 { "nearest".to_owned() } else { format!("{} nearest", count(k)) }
}

/// Lists texts, and says how many are left out if there are more than `most`: `a, b, and 3 more`.
#[must_use]
pub fn listed<T: AsRef<str>>(texts: impl IntoIterator<Item = T>, most: usize) -> String {
    let (mut list, mut more) = (String::new(), 0);
    for (place, text) in texts.into_iter().enumerate() {
        if place < most {
            list += if place > 0 { ", " } else { "" };
            list += text.as_ref();
        } else {
            more += 1;
        }
    }
    if more > 0 { format!("{list}, and {} more", count(more)) } else { list }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_thousands_separators() {
        for (n, expected) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(n), expected);
        }
        assert_eq!((plural(1, "row"), plural(1200, "row")), ("1 row".into(), "1,200 rows".into()));
    }

    #[test]
    fn zero_has_no_sign() {
        for (number, decimals, expected) in [
            (-0.0, 0, "0"),
            (-0.0004, 3, "0.000"),
            (-0.0006, 3, "-0.001"),
            (-0.4, 0, "0"),
            (0.0004, 3, "0.000"),
            (-10.0, 0, "-10"),
            (12.345, 1, "12.3"),
            (f64::NEG_INFINITY, 1, "-inf"),
            (f64::NAN, 1, "NaN"),
        ] {
            assert_eq!(fixed(number, decimals), expected, "{number}");
        }
    }

    #[test]
    fn ordinals_end_as_they_are_spoken() {
        for (n, expected) in [
            (1, "1st"),
            (2, "2nd"),
            (3, "3rd"),
            (4, "4th"),
            (11, "11th"),
            (12, "12th"),
            (13, "13th"),
            (21, "21st"),
            (112, "112th"),
            (1022, "1,022nd"),
        ] {
            assert_eq!(ordinal(n), expected);
        }
        assert_eq!([1, 15, 0].map(nearest), ["nearest", "15 nearest", "0 nearest"]);
    }

    #[test]
    fn lists_say_how_many_are_left_out() {
        for (texts, most, expected) in
            [(&[][..], 2, ""), (&["a"], 2, "a"), (&["a", "b"], 2, "a, b"), (&["a", "b", "c"], 2, "a, b, and 1 more")]
        {
            assert_eq!(listed(texts, most), expected);
        }
    }
}
