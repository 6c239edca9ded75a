//! Keys that are made once for each name.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use opentelemetry::Key;
use whose::names::{attribution as names, gen_ai};

/// The most names that are kept for ever. Names of tags and extra values come from the code of the
/// application, so a program has few.
const CAPACITY: usize = 512;
const LONGEST: usize = 128;

static NAMES: RwLock<Option<HashSet<&'static str>>> = RwLock::new(None);

/// The names that most spans have.
const USUAL: [&str; 4] = [
    names::USER_ID,
    names::SESSION_ID,
    gen_ai::CONVERSATION_ID.name,
    names::ACTOR_ID,
];

/// The key of a name. A usual name is kept for ever, so a clone of its key costs nothing.
pub(crate) fn key(name: &str) -> Key {
    if let Some(known) = USUAL.into_iter().find(|known| *known == name) {
        return Key::from_static_str(known);
    }
    {
        let names = NAMES.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = names.as_ref().and_then(|names| names.get(name)) {
            return Key::from_static_str(known);
        }
    }
    let mut names = NAMES.write().unwrap_or_else(PoisonError::into_inner);
    let names = names.get_or_insert_default();
    if let Some(known) = names.get(name) {
        return Key::from_static_str(known);
    }
    if names.len() >= CAPACITY || name.len() > LONGEST {
        return Key::from(Arc::<str>::from(name));
    }
    let kept: &'static str = Box::leak(Box::from(name));
    names.insert(kept);
    Key::from_static_str(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_of_any_name_has_the_name() {
        for number in 0..CAPACITY + 10 {
            let name = format!("whose.tag.{number}");
            assert_eq!(key(&name).as_str(), name);
            assert_eq!(key(&name).as_str(), name);
        }
    }
}
