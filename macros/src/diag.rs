//! Errors of a macro call: collected while parsing, reported together.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use std::fmt::Display;

/// The errors of one macro call, in the order of their discovery.
#[derive(Default)]
pub(crate) struct Errors(Vec<syn::Error>);

impl Errors {
    /// Adds an error at one token.
    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.0.push(syn::Error::new(span, message));
    }

    /// Adds an error over several tokens.
    pub(crate) fn over(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.0.push(syn::Error::new_spanned(tokens, message));
    }

    /// Adds an error of the parser.
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.0.push(error);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns one `compile_error!` for each error.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.iter().map(syn::Error::to_compile_error).collect()
    }
}

/// Returns the unchanged item, followed by the errors.
pub(crate) fn rejected(mut item: TokenStream, errors: Errors) -> TokenStream {
    item.extend(errors.into_tokens());
    item
}

/// Formats names for a sentence: `` `a`, `b` and `c` ``.
pub(crate) fn listed<T: Display>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// Returns the candidate nearest to `word`, if its distance is small enough for a suggestion.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let near = |candidate: &str| {
        // One typo in a short word, two in a longer one: a wider search would mislead.
        let allowed = if word.len().min(candidate.len()) < 5 {
            1
        } else {
            2
        };
        Some(distance(word, candidate)).filter(|d| *d <= allowed)
    };
    candidates
        .into_iter()
        .filter_map(|candidate| near(candidate).map(|d| (d, candidate)))
        .min_by_key(|(d, _)| *d)
        .map(|(_, candidate)| candidate)
}

/// Returns the number of letters to change, insert, delete or swap with the next one.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if swapped {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_name_is_at_most_two_edits_away() {
        let names = ["session", "session_id", "segment", "user"];
        assert_eq!(nearest("sesion", names), Some("session"));
        assert_eq!(nearest("session_di", names), Some("session_id"));
        assert_eq!(nearest("usr", names), Some("user"));
        assert_eq!(nearest("usrr", names), Some("user"));
        assert_eq!(nearest("uxxr", names), None);
        assert_eq!(nearest("tenant", names), None);
    }

    #[test]
    fn distance_counts_each_kind_of_edit_once() {
        assert_eq!(distance("", ""), 0);
        assert_eq!(distance("ab", ""), 2);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abd"), 1);
        assert_eq!(distance("abc", "acb"), 1);
        assert_eq!(distance("abc", "abcd"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn listed_names_form_a_sentence() {
        assert_eq!(listed(Vec::<String>::new()), "");
        assert_eq!(listed(["a"]), "`a`");
        assert_eq!(listed(["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
