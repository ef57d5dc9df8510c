//! Several files as one input: each begins with a line `==> NAME <==`, as `head` prints them.

const BEGIN: &[u8] = b"\n==> ";
const END: &[u8] = b" <==\n";
/// The most files of an input.
const MOST: usize = 16;

/// Returns the files of `input` with their names. What comes before the first line is left out, and
/// so are names that are not those of files below a folder.
pub(crate) fn split(input: &[u8]) -> Vec<(String, &[u8])> {
    let first = input.starts_with(&BEGIN[1..]).then_some(BEGIN.len() - 1);
    let others = input.windows(BEGIN.len()).enumerate().filter(|(_, window)| *window == BEGIN);
    let names = first.into_iter().chain(others.map(|(at, _)| at + BEGIN.len()));
    // Where a name is, and where it ends.
    let lines: Vec<(usize, usize)> = names.filter_map(|at| Some((at, at + name_length(&input[at..])?))).collect();
    let ends = lines.iter().skip(1).map(|(next, _)| next - BEGIN.len()).chain([input.len()]);
    let files = lines.iter().zip(ends).filter_map(|(&(at, name_end), end)| {
        Some((sound(&input[at..name_end])?, input.get(name_end + END.len()..end).unwrap_or_default()))
    });
    files.take(MOST).collect()
}

/// The length of the name that begins here, if the line is one.
fn name_length(rest: &[u8]) -> Option<usize> {
    let line = rest.iter().take(100).position(|&byte| byte == b'\n')?;
    (line + 1).checked_sub(END.len()).filter(|&length| &rest[length..=line] == END)
}

/// Returns the input of `files`.
pub(crate) fn join<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut input = Vec::new();
    for (name, bytes) in files {
        let begin = if input.is_empty() { &BEGIN[1..] } else { BEGIN };
        [begin, name.as_bytes(), END, bytes].iter().for_each(|part| input.extend_from_slice(part));
    }
    input
}

/// A relative path without `..`.
fn sound(name: &[u8]) -> Option<String> {
    let name = str::from_utf8(name).ok()?;
    let is_known = |character: char| character.is_ascii_alphanumeric() || "._-%=/".contains(character);
    let is_sound = |part: &str| !part.is_empty() && part != "." && part != "..";
    let parts = name.split('/').count();
    (parts <= 5 && name.chars().all(is_known) && name.split('/').all(is_sound)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_split_as_joined() {
        let files: [(&str, &[u8]); 3] = [("a/b.npy", b"\n==> x"), ("c", b""), ("d.tsv", b"1\n\n2\n")];
        let input = join(files);
        assert_eq!(split(&input), files.map(|(name, bytes)| (name.to_owned(), bytes)));
    }

    #[test]
    fn names_elsewhere_are_left_out() {
        for name in ["../x", "/x", "a/../../x", "a//x", ".", "a b", ""] {
            assert!(split(&join([(name, &b"1"[..])])).is_empty(), "{name}");
        }
    }
}
