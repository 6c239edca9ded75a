use crate::diagnostics::truncate::CUT;

/// A text to search.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    /// The text without the truncation marker.
    pub(crate) body: &'a str,
    /// Whether the text was truncated: a secret at its end may be incomplete.
    pub(crate) is_cut: bool,
}

/// The result of a search at one position.
pub(crate) enum Found {
    /// No match begins before `until`, which is past the position.
    Nothing { until: usize },
    /// A match from `start` to `end`, both at character boundaries.
    Secret {
        start: usize,
        end: usize,
        mark: &'static str,
    },
}

impl<'a> Text<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let cut = text.strip_suffix(CUT);
        Self {
            body: cut.unwrap_or(text),
            is_cut: cut.is_some(),
        }
    }

    #[inline]
    pub(crate) fn byte(self, at: usize) -> Option<u8> {
        steps::add(1);
        self.body.as_bytes().get(at).copied()
    }

    /// The byte that is `back` bytes before `at`.
    #[inline]
    pub(crate) fn byte_before(self, at: usize, back: usize) -> Option<u8> {
        self.byte(at.checked_sub(back)?)
    }

    /// The text from `start` to `end`, both at ASCII characters.
    pub(crate) fn slice(self, start: usize, end: usize) -> &'a str {
        steps::add(end.saturating_sub(start));
        self.body.get(start..end).unwrap_or_default()
    }

    /// Whether a secret that ends at `end` may continue in the truncated part.
    pub(crate) fn is_cut_at(self, end: usize) -> bool {
        self.is_cut && end == self.body.len()
    }

    /// Whether the text contains `expected` at `at`.
    #[inline]
    pub(crate) fn has(self, at: usize, expected: &str) -> bool {
        let found = self.body.as_bytes().get(at..at + expected.len());
        steps::add(1);
        found == Some(expected.as_bytes())
    }

    /// As [`has`](Self::has), ignoring ASCII case.
    #[inline]
    pub(crate) fn has_word(self, at: usize, expected: &str) -> bool {
        let found = self.body.as_bytes().get(at..at + expected.len());
        steps::add(1);
        found.is_some_and(|found| found.eq_ignore_ascii_case(expected.as_bytes()))
    }

    /// The end of the run at `at` whose bytes satisfy `is_in`.
    pub(crate) fn run(self, at: usize, is_in: impl Fn(u8) -> bool) -> usize {
        self.run_at_most(at, usize::MAX, is_in)
    }

    /// As [`run`](Self::run), with a maximum length in bytes.
    pub(crate) fn run_at_most(self, at: usize, most: usize, is_in: impl Fn(u8) -> bool) -> usize {
        let run = self.body.as_bytes().get(at..).unwrap_or_default().iter();
        let length = run.take(most).take_while(|byte| is_in(**byte)).count();
        steps::add(length + 1);
        at + length
    }

    /// Whether a word can begin at `at`: no letter or digit is before it, except as part of an
    /// escape such as `\n` or `%20`.
    pub(crate) fn is_start(self, at: usize) -> bool {
        match self.byte_before(at, 1) {
            Some(byte) if byte.is_ascii_alphanumeric() => {
                let is_escape = self.byte_before(at, 2) == Some(b'\\') && b"nrt0".contains(&byte);
                let is_percent = self.byte_before(at, 3) == Some(b'%')
                    && byte.is_ascii_hexdigit()
                    && self
                        .byte_before(at, 2)
                        .is_some_and(|byte| byte.is_ascii_hexdigit());
                is_escape || is_percent
            }
            _ => true,
        }
    }

    /// Whether a UUID begins at `at`. Its groups of digits are not a card number.
    pub(crate) fn is_uuid(self, at: usize) -> bool {
        const LENGTH: usize = 36;
        if self.byte(at + 8) != Some(b'-') {
            return false;
        }
        let Some(shape) = self.body.as_bytes().get(at..at + LENGTH) else {
            return false;
        };
        steps::add(LENGTH);
        let has_shape = shape.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
        let goes_on = self
            .byte(at + LENGTH)
            .is_some_and(|byte| byte.is_ascii_alphanumeric());
        has_shape && !goes_on
    }
}

/// Counts the reads of a text, in tests only. The tests prove with the count that the search takes
/// linear time.
pub(crate) mod steps {
    #[cfg(test)]
    thread_local! {
        static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }

    #[cfg(test)]
    pub(crate) fn add(steps: usize) {
        STEPS.set(STEPS.get() + steps);
    }

    #[cfg(test)]
    pub(crate) fn take() -> usize {
        STEPS.take()
    }

    #[cfg(not(test))]
    #[inline(always)]
    pub(crate) fn add(_: usize) {}
}
