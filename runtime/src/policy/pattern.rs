/// The name of a field, or several: `*` stands for any run of characters, none and dots included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Box<str>);

impl Pattern {
    pub(crate) fn new(pattern: &str) -> Self {
        Self(pattern.into())
    }

    /// Whether the pattern names `prefix` followed by `key`.
    ///
    /// They come apart so that nothing has to be allocated for the name of a tag or an attribute.
    pub(crate) fn matches(&self, prefix: &str, key: &str) -> bool {
        let (pattern, head, tail) = (self.0.as_bytes(), prefix.as_bytes(), key.as_bytes());
        let name = |at: usize| match head.get(at) {
            Some(byte) => Some(*byte),
            None => tail.get(at - head.len()).copied(),
        };
        let (mut at, mut in_name) = (0, 0);
        // Where the last `*` was, and how much of the name it stands for by now.
        let mut star = None;
        while let Some(byte) = name(in_name) {
            match pattern.get(at) {
                Some(b'*') => {
                    star = Some((at, in_name));
                    at += 1;
                }
                Some(expected) if *expected == byte => {
                    at += 1;
                    in_name += 1;
                }
                _ => {
                    let Some((after, taken)) = star else {
                        return false;
                    };
                    star = Some((after, taken + 1));
                    (at, in_name) = (after + 1, taken + 1);
                }
            }
        }
        pattern[at..].iter().all(|byte| *byte == b'*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run_of_characters_and_nothing_else_is_special() {
        for (pattern, name, expected) in [
            ("user.id", "user.id", true),
            ("user.id", "user.idx", false),
            ("user.id", "xuser.id", false),
            ("user.id", "userxid", false),
            ("user.*", "user.attrs.plan", true),
            ("user.*", "user.", true),
            ("user.*", "user", false),
            ("*", "", true),
            ("*", "anything", true),
            ("", "", true),
            ("", "a", false),
            ("*.id", "a.b.id", true),
            ("*.id", "a.id.b", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("**é*", "café au lait", true),
            ("[a]", "a", false),
        ] {
            for cut in (0..=name.len()).filter(|at| name.is_char_boundary(*at)) {
                let (prefix, key) = name.split_at(cut);
                let matches = Pattern::new(pattern).matches(prefix, key);
                assert_eq!(matches, expected, "{pattern} on {prefix}|{key}");
            }
        }
    }
}
