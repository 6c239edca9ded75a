//! A cache key of several texts. Different lists of texts have different keys.

/// Replaces the length of a text that is absent.
const ABSENT: u32 = u32::MAX;

/// Encodes one key after another into the same buffer.
#[derive(Default)]
pub(super) struct CompositeKey(Vec<u8>);

impl CompositeKey {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn push(&mut self, text: &str) {
        // No text is 4 GiB long: the runtime truncates each text to its limit.
        let bytes = u32::try_from(text.len()).unwrap_or(ABSENT - 1);
        self.0.extend_from_slice(&bytes.to_ne_bytes());
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(super) fn push_optional(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.push(text),
            None => self.end_list(),
        }
    }

    /// Ends a list of texts.
    pub(super) fn end_list(&mut self) {
        self.0.extend_from_slice(&ABSENT.to_ne_bytes());
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether the key contains no text.
    pub(super) fn is_empty(&self) -> bool {
        let absent = ABSENT.to_ne_bytes();
        self.0.chunks(absent.len()).all(|part| part == absent)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn key(parts: &[Option<String>]) -> Vec<u8> {
        let mut key = CompositeKey::default();
        parts
            .iter()
            .for_each(|part| key.push_optional(part.as_deref()));
        key.as_bytes().to_vec()
    }

    proptest! {
        #[test]
        fn distinct_text_lists_have_distinct_keys(
            lists in prop::collection::vec(
                prop::collection::vec(prop::option::of("[a\0\u{1}\u{ff}]{0,6}"), 0..4),
                2..40,
            ),
        ) {
            let mut seen = HashMap::new();
            for list in &lists {
                let before = *seen.entry(key(list)).or_insert(list);
                prop_assert_eq!(before, list);
            }
        }
    }

    #[test]
    fn key_without_texts_is_empty() {
        let texts = |parts: &[Option<&str>]| {
            let mut key = CompositeKey::default();
            parts.iter().for_each(|part| key.push_optional(*part));
            key.is_empty()
        };
        assert!(texts(&[]) && texts(&[None, None]));
        assert!(!texts(&[None, Some("")]) && !texts(&[Some("a"), None]));
    }
}
