//! Takes out of texts what is written for programs: tags and entities of HTML, and addresses.

use std::borrow::Cow;

/// What is left of HTML whose signs were taken out is left out if at least this many of these words
/// are there: "amp" alone may be the subject.
pub(super) const LEAST_LEFT: usize = 3;
pub(super) const LEFT: &str = "amp br div gt href http https img lt nbsp quot span src www";

/// Of these, those that are left out in any case.
pub(super) const NO_WORDS: [&str; 5] = ["href", "http", "https", "nbsp", "www"];

/// Tags are at most this long, in bytes.
const LONGEST_TAG: usize = 2000;

/// Returns a text without tags and addresses, with letters for their entities and spaces for others.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    // Some is escaped twice.
    for _ in 0..2 {
        if text.contains('&') {
            text = unescaped(&text).into();
        }
    }
    if text.contains('<') {
        text = without_tags(&text).into();
    }
    if text.contains("://") || text.contains("www.") {
        text = without_addresses(&text).into();
    }
    text
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        plain.push_str(&rest[..start]);
        rest = &rest[start + 1..];
        // The longest name of HTML has 31 letters.
        let end = rest.bytes().take(33).position(|byte| byte == b';');
        if let Some((end, character)) = end.and_then(|end| Some((end, entity(&rest[..end])?))) {
            plain.push(character);
            rest = &rest[end + 1..];
        } else {
            plain.push('&');
        }
    }
    plain + rest
}

/// Letters with accents, by the ends of their names.
const ACCENTS: [(&str, &str, &str); 8] = [
    ("grave", "AEIOUaeiou", "ÀÈÌÒÙàèìòù"),
    ("acute", "AEIOUYaeiouy", "ÁÉÍÓÚÝáéíóúý"),
    ("circ", "AEIOUaeiou", "ÂÊÎÔÛâêîôû"),
    ("tilde", "ANOano", "ÃÑÕãñõ"),
    ("uml", "AEIOUaeiouy", "ÄËÏÖÜäëïöüÿ"),
    ("cedil", "Cc", "Çç"),
    ("ring", "Aa", "Åå"),
    ("slash", "Oo", "Øø"),
];

/// The character of an entity: itself if it matters for words and tags, else a space. Returns `None`
/// for what is none.
fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        return Some(char::from_u32(code).filter(|character| !character.is_control()).unwrap_or(' '));
    }
    if name.len() < 2 || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let accented = |(accent, letters, with): &(&str, &str, &str)| {
        let letter = name.strip_suffix(accent)?;
        letters.chars().zip(with.chars()).find(|(plain, _)| letter.len() == 1 && letter.contains(*plain))
    };
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "apos" | "rsquo" => '\'',
        "szlig" => 'ß',
        "aelig" => 'æ',
        "AElig" => 'Æ',
        _ => ACCENTS.iter().find_map(accented).map_or(' ', |(_, with)| with),
    })
}

fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        let length = tag(rest);
        plain.push(' ');
        rest = &rest[length.unwrap_or(1)..];
    }
    plain + rest
}

/// The length of the tag or comment that a text begins with; of a script or style up to its end.
/// Returns `None` if the text begins with something else, such as "a < b".
fn tag(text: &str) -> Option<usize> {
    if let Some(comment) = text.strip_prefix("<!--") {
        return comment.find("-->").map(|end| end + "<!---->".len());
    }
    let inner = text.strip_prefix('<')?;
    let end = inner.bytes().take(LONGEST_TAG).position(|byte| byte == b'>' || byte == b'<')?;
    if inner.as_bytes()[end] == b'<' {
        return None;
    }
    let (inner, length) = (&inner[..end], end + "<>".len());
    if inner.starts_with('!') {
        return Some(length);
    }
    let name = inner.strip_prefix('/').unwrap_or(inner);
    let after = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'));
    let is_named = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let has_attributes = after.starts_with(|c: char| c.is_ascii_whitespace() || c == '/') && after.contains('=');
    if !is_named || !(has_attributes || after.trim_matches(['/', ' ', '\t', '\r', '\n']).is_empty()) {
        return None;
    }
    let name = &inner[..inner.len() - after.len()];
    let code = ["script", "style"].into_iter().find(|code| name.eq_ignore_ascii_case(code));
    let closes = code.and_then(|code| {
        let mut ends = text[length..].match_indices("</").map(|(at, _)| length + at);
        ends.find(|&at| {
            text.as_bytes()[at + 2..].get(..code.len()).is_some_and(|end| end.eq_ignore_ascii_case(code.as_bytes()))
        })
    });
    Some(closes.unwrap_or(length))
}

fn without_addresses(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = address(rest) {
        plain.push_str(&rest[..start]);
        plain.push(' ');
        let is_end = |c: char| c.is_whitespace() || !c.is_ascii() || "<>\"()[]{}|".contains(c);
        rest = &rest[start..];
        rest = &rest[rest.find(is_end).unwrap_or(rest.len())..];
    }
    plain + rest
}

/// Where the first address of a text begins: with its scheme, or with "www.".
fn address(text: &str) -> Option<usize> {
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let mut schemes = text.match_indices("://").map(|(at, _)| text[..at].trim_end_matches(is_scheme).len()..at);
    let scheme = schemes.find(|scheme| !scheme.is_empty()).map(|scheme| scheme.start);
    let is_first = |at: &usize| !text[..*at].ends_with(|before: char| before.is_ascii_alphanumeric());
    let www = text.match_indices("www.").map(|(at, _)| at).find(is_first);
    scheme.into_iter().chain(www).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_lose_what_is_no_word() {
        let words = |text: &str| plain(text).split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
        let check = |text: &str, expected: &str| assert_eq!(words(text), expected, "{text}");
        check("a plain text", "a plain text");
        check("one<br />two<BR>three</p>four", "one two three four");
        check("<a href=\"http://x.org/a?b=c&amp;d\" title='t'>the link</a>", "the link");
        check("<!DOCTYPE html><!-- a <b>comment</b> --><w:p>text</w:p>", "text");
        check("<style type=\"text/css\">p { color: red }</STYLE>shown<script>var x = 1 < 2;</script>", "shown");
        check("if a < b and c > d, or a <b and c> d", "if a b and c > d, or a b and c> d");
        check("5&nbsp;km &quot;far&quot; &hellip;", "5 km far");
        check("don&#39;t don&rsquo;t don&#x27;t", "don't don't don't");
        check("caf&eacute; &Uuml;ber stra&szlig;e &ntilde; &#233;t&#xE9;", "café Über straße ñ été");
        check("&lt;br /&gt;&amp;nbsp;&amp;lt;i&amp;gt;twice", "twice");
        check("AT&T; R&D; Q&A a && b & c;", "AT&T; R&D; Q&A a && b & c;");
        check("see http://example.com/a-b_c?d=e#f and (www.example.org) or ftp://x", "see and ( ) or");
        check("请看https://example.com/a吧很好", "请看 吧很好");
        check("awww. so cute :// ://", "awww. so cute :// ://");
        check("<http://example.com> & <", "> &");
        check("é&é;<é>&#;&#xFFFFFFFF;&#0;", "é&é; é>&#;");
    }
}
