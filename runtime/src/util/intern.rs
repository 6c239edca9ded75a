//! Interned texts, which live as long as the process.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

/// The most texts: more targets and files than a program has, and a limit for a program that creates
/// targets from the input of its users.
const MOST: usize = 4_096;
/// The longest text, in bytes. With this limit the texts take at most 4 MiB.
const LONGEST: usize = 1_024;

static TEXTS: RwLock<Option<HashSet<&'static str>>> = RwLock::new(None);

/// The interned text; `None` for a text that is too long, or new while the table is full.
pub(crate) fn interned(text: &str) -> Option<&'static str> {
    known(text).or_else(|| (text.len() <= LONGEST).then(|| keep(text, MOST)).flatten())
}

/// As [`interned`], without a limit: for the files of call sites, whose number is bounded by the
/// program.
pub(crate) fn interned_file(file: &str) -> &'static str {
    known(file)
        .or_else(|| keep(file, usize::MAX))
        .unwrap_or_default()
}

fn known(text: &str) -> Option<&'static str> {
    let texts = TEXTS.read().unwrap_or_else(PoisonError::into_inner);
    texts.as_ref()?.get(text).copied()
}

fn keep(text: &str, most: usize) -> Option<&'static str> {
    let mut texts = TEXTS.write().unwrap_or_else(PoisonError::into_inner);
    let texts = texts.get_or_insert_default();
    // Another thread may have interned the text meanwhile.
    if let Some(kept) = texts.get(text) {
        return Some(kept);
    }
    (texts.len() < most).then(|| {
        let kept: &'static str = Box::leak(text.into());
        texts.insert(kept);
        kept
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_interned_twice_is_stored_once() {
        let kept = interned(&String::from("src/kept.rs")).unwrap();
        let again = interned(&String::from("src/kept.rs")).unwrap();
        assert!(std::ptr::eq(kept, again));
        assert!(std::ptr::eq(kept, interned_file("src/kept.rs")));
    }

    #[test]
    fn long_text_is_interned_only_for_program_files() {
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(interned(&long[1..]), Some(&long[1..]));
        assert_eq!(interned(&long), None);
        assert_eq!(interned_file(&long), long);
    }
}
