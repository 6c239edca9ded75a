use crate::limits::CUT;

/// A text that is searched.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    /// Without the mark of a cut.
    pub(super) body: &'a str,
    /// Whether the text was cut at a limit: a secret at its end may have gone on.
    pub(super) is_cut: bool,
}

/// What is at a place of a text.
pub(super) enum Found {
    /// Nothing begins before `until`, which is past the place.
    Nothing { until: usize },
    /// From `start` to `end`, both at character boundaries.
    Secret {
        start: usize,
        end: usize,
        mark: &'static str,
    },
}

impl<'a> Text<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let cut = text.strip_suffix(CUT);
        Self {
            body: cut.unwrap_or(text),
            is_cut: cut.is_some(),
        }
    }

    pub(super) fn byte(self, at: usize) -> Option<u8> {
        self.body.as_bytes().get(at).copied()
    }

    /// Whether a secret that ends at `end` may have gone on behind the cut.
    pub(super) fn is_cut_at(self, end: usize) -> bool {
        self.is_cut && end == self.body.len()
    }

    /// Where the run of bytes that `is_in` takes ends, which begins at `at`.
    pub(super) fn run(self, at: usize, is_in: impl Fn(u8) -> bool) -> usize {
        let run = self.body.as_bytes()[at..].iter();
        at + run.take_while(|byte| is_in(**byte)).count()
    }

    /// Whether a word can begin at `at`: no letter and no digit is before it, but one that belongs
    /// to an escape such as `\n` or `%20`.
    pub(super) fn is_start(self, at: usize) -> bool {
        let before = |back: usize| at.checked_sub(back).and_then(|at| self.byte(at));
        match before(1) {
            Some(byte) if byte.is_ascii_alphanumeric() => {
                let is_escape = before(2) == Some(b'\\') && b"nrt0".contains(&byte);
                let is_percent = before(3) == Some(b'%')
                    && byte.is_ascii_hexdigit()
                    && before(2).is_some_and(|byte| byte.is_ascii_hexdigit());
                is_escape || is_percent
            }
            _ => true,
        }
    }

    /// Whether a UUID begins at `at`, whose groups of digits are no number of a card.
    pub(super) fn is_uuid(self, at: usize) -> bool {
        const LENGTH: usize = 36;
        let Some(shape) = self.body.as_bytes().get(at..at + LENGTH) else {
            return false;
        };
        let has_shape = shape.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
        let goes_on = self
            .byte(at + LENGTH)
            .is_some_and(|byte| byte.is_ascii_alphanumeric());
        has_shape && !goes_on && self.is_start(at)
    }
}
