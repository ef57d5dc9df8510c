//! Fuzzy matching of names.

/// Returns how well `typed` fits `name`, where more is better, and the characters of `name` at
/// which it is found. Returns `None` if it does not fit. All letters must occur in order, without
/// the spaces. Letters at the beginning of words and next to each other count more.
pub(crate) fn fit(typed: &str, name: &str) -> Option<(i32, Vec<usize>)> {
    let wanted: Vec<char> = typed.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let name: Vec<char> = name.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect();
    if wanted.is_empty() {
        return Some((0, Vec::new()));
    }
    let starts = name.iter().enumerate().filter(|(_, c)| **c == wanted[0]).map(|(at, _)| at);
    starts.filter_map(|start| from(&wanted, &name, start)).max_by_key(|(score, _)| *score)
}

/// Finds each letter from `start` on: at the next beginning of a word that has it, else at its next
/// occurrence.
fn from(wanted: &[char], name: &[char], start: usize) -> Option<(i32, Vec<usize>)> {
    let begins = |at: usize| at == 0 || !name[at - 1].is_alphanumeric();
    let mut places: Vec<usize> = Vec::with_capacity(wanted.len());
    let mut score = 0;
    let mut next = start;
    for &c in wanted {
        let beside = (next < name.len() && name[next] == c).then_some(next);
        let word = || (next..name.len()).find(|&at| name[at] == c && begins(at));
        let any = || (next..name.len()).find(|&at| name[at] == c);
        let at = beside.or_else(word).or_else(any)?;
        score += if begins(at) { 8 } else { 0 };
        score += if places.last().is_some_and(|last| last + 1 == at) { 5 } else { 0 };
        score -= i32::try_from(at - next).unwrap_or(i32::MAX).min(6);
        places.push(at);
        next = at + 1;
    }
    let rest = i32::try_from(name.len()).unwrap_or(i32::MAX) / 8;
    Some((score - rest, places))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fit_finds_letters_in_order() {
        for (typed, name) in [("", "Fit"), ("fv", "Fit to view"), ("tsne", "Project with t-SNE"), ("É t", "été")] {
            assert!(fit(typed, name).is_some(), "{typed} in {name}");
        }
        for (typed, name) in [("vf", "Fit to view"), ("fitt t o viewx", "Fit to view"), ("x", "")] {
            assert!(fit(typed, name).is_none(), "{typed} in {name}");
        }
        assert_eq!(fit("fv", "Fit to view").unwrap().1, [0, 7]);
    }

    #[test]
    fn fit_prefers_beginnings_and_adjacent_letters() {
        let better = |typed: &str, first: &str, second: &str| {
            assert!(fit(typed, first).unwrap().0 > fit(typed, second).unwrap().0, "{typed}: {first}, {second}");
        };
        better("sel", "Select all", "Close all");
        better("um", "Project with UMAP", "Put metadata beside the data");
        better("ft", "Fit to view", "Shift");
    }
}
