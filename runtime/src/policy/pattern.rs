/// A pattern for names of values: `*` matches any number of characters, including none, and dots.
///
/// A name is a path of segments with dots between them, from the container to the value:
/// `extra.payment.card.number`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Box<str>);

impl Pattern {
    pub(crate) fn new(pattern: &str) -> Self {
        Self(pattern.into())
    }

    /// Whether the pattern matches `prefix` followed by `key`, or a container of that name:
    /// `extra.payment` matches `extra.payment.card` too.
    ///
    /// The name comes in two parts so that the name of a tag or an attribute needs no allocation.
    pub(crate) fn is_of(&self, prefix: &str, key: &str) -> bool {
        self.is_of_rest(Name(prefix.as_bytes(), key.as_bytes()), 0)
    }

    /// As [`is_of`](Self::is_of), but the pattern may also match the end of the path: `card`
    /// matches `extra.payment.card` too, as `*.card` does.
    pub(crate) fn reaches(&self, prefix: &str, key: &str) -> bool {
        let name = Name(prefix.as_bytes(), key.as_bytes());
        let mut begin = 0;
        loop {
            if self.is_of_rest(name, begin) {
                return true;
            }
            // A leading star already matches every beginning.
            let is_any = self.0.starts_with('*');
            match (begin..name.len()).find(|at| name.get(*at) == Some(b'.')) {
                Some(dot) if !is_any => begin = dot + 1,
                _ => return false,
            }
        }
    }

    /// Whether the pattern matches the path from `begin` on.
    fn is_of_rest(&self, name: Name<'_>, begin: usize) -> bool {
        let pattern = self.0.as_bytes();
        let (mut at, mut in_name) = (0, begin);
        // The position of the last `*`, and how much of the name the `*` matches so far.
        let mut star = None;
        loop {
            match (pattern.get(at), name.get(in_name)) {
                (Some(b'*'), _) => {
                    star = Some((at, in_name));
                    at += 1;
                }
                (None, None | Some(b'.')) => return true,
                (Some(expected), Some(byte)) if *expected == byte => {
                    at += 1;
                    in_name += 1;
                }
                (_, byte) => {
                    let Some((after, taken)) = star.filter(|_| byte.is_some()) else {
                        return false;
                    };
                    star = Some((after, taken + 1));
                    (at, in_name) = (after + 1, taken + 1);
                }
            }
        }
    }
}

/// A name in two parts.
#[derive(Clone, Copy)]
struct Name<'a>(&'a [u8], &'a [u8]);

impl Name<'_> {
    fn len(self) -> usize {
        self.0.len() + self.1.len()
    }

    #[inline]
    fn get(self, at: usize) -> Option<u8> {
        match self.0.get(at) {
            Some(byte) => Some(*byte),
            None => self.1.get(at - self.0.len()).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(matches: fn(&Pattern, &str, &str) -> bool, cases: &[(&str, &str, bool)]) {
        for (pattern, name, expected) in cases {
            for cut in (0..=name.len()).filter(|at| name.is_char_boundary(*at)) {
                let (prefix, key) = name.split_at(cut);
                let found = matches(&Pattern::new(pattern), prefix, key);
                assert_eq!(found, *expected, "{pattern} on {prefix}|{key}");
            }
        }
    }

    #[test]
    fn star_matches_any_run_and_other_characters_match_literally() {
        check(
            Pattern::is_of,
            &[
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
                ("*.id", "a.id.b", true),
                ("*.id", "a.idx.b", false),
                ("a*b*c", "a-b-b-c", true),
                ("a*b*c", "a-c-b", false),
                ("**é*", "café au lait", true),
                ("[a]", "a", false),
            ],
        );
    }

    #[test]
    fn pattern_matches_nested_names() {
        check(
            Pattern::is_of,
            &[
                ("extra.payment", "extra.payment.card.number", true),
                ("extra.payment", "extra.payments", false),
                ("extra.pay*.card", "extra.payment.card.number", true),
                ("payment", "extra.payment.card", false),
            ],
        );
    }

    #[test]
    fn pattern_matches_from_any_segment() {
        check(
            Pattern::reaches,
            &[
                ("card", "card", true),
                ("card", "extra.card", true),
                ("card", "extra.payment.card.number", true),
                ("card", "extra.mycard", false),
                ("card", "extra.cards", false),
                ("payment.card", "extra.payment.card", true),
                ("payment.*r", "extra.payment.card.number", true),
                ("*.card*", "extra.payment.cards", true),
                ("user.email", "breadcrumb.user.email", true),
                ("é", "a.é", true),
                ("", "a.", true),
            ],
        );
    }
}
