//! Pasted text: cut to one line of bounded length.
//!
//! A field lays out all of its text whenever it changes, so megabytes would block the window. No
//! name, path or pattern is that long.

use egui::{Context, Event};

/// The greatest number of characters that are pasted at once.
pub const PASTED: usize = 4096;

/// The greatest number of characters in a field.
pub const FIELD: usize = 4 * PASTED;

/// Cuts what is pasted into a field in this frame. Returns how many characters were left out.
pub fn tame(ctx: &Context) -> usize {
    if !ctx.text_edit_focused() {
        return 0;
    }
    ctx.input_mut(|input| {
        let pasted = input.events.iter_mut().filter_map(|event| match event {
            Event::Paste(text) => Some(tamed(text)),
            _ => None,
        });
        pasted.sum()
    })
}

/// Cuts `text`, and replaces control characters by spaces. Returns how many characters were left
/// out.
fn tamed(text: &mut String) -> usize {
    let end = text.char_indices().nth(PASTED).map(|(end, _)| end);
    let left_out = end.map_or(0, |end| text[end..].chars().count());
    text.truncate(end.unwrap_or(text.len()));
    if text.contains(char::is_control) {
        *text = text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    }
    left_out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_text_is_one_line_of_bounded_length() {
        let check = |text: &str, expected: &str, left_out: usize| {
            let mut text = text.to_owned();
            assert_eq!((tamed(&mut text), text.as_str()), (left_out, expected));
        };
        check("a word", "a word", 0);
        check("a\r\nb\0c\u{1b}[31m\t", "a  b c [31m ", 0);
        check("", "", 0);
        check(&"é".repeat(PASTED), &"é".repeat(PASTED), 0);
        check(&"é".repeat(PASTED + 7), &"é".repeat(PASTED), 7);
    }
}
