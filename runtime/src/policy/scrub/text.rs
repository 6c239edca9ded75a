use crate::diagnostics::truncate::CUT;

/// A text that is searched.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    /// Without the mark of a cut.
    pub(crate) body: &'a str,
    /// Whether the text was cut at a limit: a secret at its end may have gone on.
    pub(crate) is_cut: bool,
}

/// What is at a place of a text.
pub(crate) enum Found {
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

    /// The text from `start` to `end`, both of which are at ASCII characters.
    pub(crate) fn slice(self, start: usize, end: usize) -> &'a str {
        steps::add(end.saturating_sub(start));
        self.body.get(start..end).unwrap_or_default()
    }

    /// Whether a secret that ends at `end` may have gone on behind the cut.
    pub(crate) fn is_cut_at(self, end: usize) -> bool {
        self.is_cut && end == self.body.len()
    }

    /// Whether `expected` stands at `at`.
    #[inline]
    pub(crate) fn has(self, at: usize, expected: &str) -> bool {
        let found = self.body.as_bytes().get(at..at + expected.len());
        steps::add(1);
        found == Some(expected.as_bytes())
    }

    /// As [`has`](Self::has), in capital or small letters.
    #[inline]
    pub(crate) fn has_word(self, at: usize, expected: &str) -> bool {
        let found = self.body.as_bytes().get(at..at + expected.len());
        steps::add(1);
        found.is_some_and(|found| found.eq_ignore_ascii_case(expected.as_bytes()))
    }

    /// Where the run of bytes that `is_in` takes ends, which begins at `at`.
    pub(crate) fn run(self, at: usize, is_in: impl Fn(u8) -> bool) -> usize {
        self.run_at_most(at, usize::MAX, is_in)
    }

    /// As [`run`](Self::run), of at most that many bytes.
    pub(crate) fn run_at_most(self, at: usize, most: usize, is_in: impl Fn(u8) -> bool) -> usize {
        let run = self.body.as_bytes().get(at..).unwrap_or_default().iter();
        let length = run.take(most).take_while(|byte| is_in(**byte)).count();
        steps::add(length + 1);
        at + length
    }

    /// Whether a word can begin at `at`: no letter and no digit is before it, but one that belongs
    /// to an escape such as `\n` or `%20`.
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

    /// Whether what stands at `at` has the shape of a UUID, whose groups of digits are no number of a card.
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

/// How much of a text was looked at: in tests, which prove by the count that the search takes time
/// linear to the length.
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
