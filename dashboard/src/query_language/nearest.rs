//! The names that a mistyped name is close to.

use super::field::{FIELDS, KEYED};

/// The most letters that differ.
const MAX_DISTANCE: usize = 2;

/// States which names are accepted in place of an unknown one.
pub(super) fn accepted_names(name: &str) -> String {
    let name = name.to_lowercase();
    let is_near = |known: &str| {
        let is_start = name.len() > 1 && (known.starts_with(&name) || name.starts_with(known));
        is_start || distance(known, &name) <= MAX_DISTANCE.min(name.chars().count() / 2)
    };
    let names = FIELDS.iter().map(|field| field.name);
    let near: Vec<_> = names.clone().filter(|known| is_near(known)).collect();
    if !near.is_empty() {
        return format!("did you mean {}?", list(near.into_iter(), "or"));
    }
    let keyed = KEYED.iter().map(|(start, _)| match *start {
        "@" => "@KEY",
        "tag." => "tag.KEY",
        _ => "field.KEY",
    });
    format!("the fields are {}.", list(names.chain(keyed), "and"))
}

/// `a`, `b` and `c`.
pub(super) fn list<'a>(names: impl Iterator<Item = &'a str>, word: &str) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} {word} {last}", others.join(", ")),
        None => String::new(),
    }
}

/// The letters to insert, to delete or to replace, at most [`MAX_DISTANCE`] and one.
fn distance(known: &str, name: &str) -> usize {
    let name: Vec<char> = name.chars().take(known.len() + MAX_DISTANCE + 1).collect();
    let mut row: Vec<usize> = (0..=name.len()).collect();
    for (index, known) in known.chars().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        for (above, typed) in row.iter_mut().skip(1).zip(&name) {
            let replaced = diagonal + usize::from(known != *typed);
            diagonal = *above;
            left = replaced.min(left + 1).min(*above + 1);
            *above = left;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_changed_letters() {
        for (known, name, expected) in [
            ("user", "user", 0),
            ("user", "usr", 1),
            ("user", "users", 1),
            ("user", "uesr", 2),
            ("model", "", 5),
            ("session", "sesion", 1),
        ] {
            assert_eq!(distance(known, name), expected, "{known} {name}");
        }
    }

    #[test]
    fn near_names_are_listed_else_all() {
        assert_eq!(accepted_names("usr"), "did you mean `user`?");
        assert_eq!(accepted_names("Modle"), "did you mean `model`?");
        assert_eq!(accepted_names("user.id"), "did you mean `user`?");
        assert!(accepted_names("http").starts_with("the fields are `user`, "));
        assert!(accepted_names("x").ends_with(" and `@KEY`."));
    }
}
