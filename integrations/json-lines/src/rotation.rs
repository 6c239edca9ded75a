//! When a new file begins, and the names of the files.

use std::time::SystemTime;

use tracing_appender::rolling;
use whose::Timestamp;

/// How often a new file begins, in UTC.
///
/// | rotation | name of a file with the prefix `whose` and the suffix `jsonl` |
/// |---|---|
/// | `Daily` | `whose.2026-11-29.jsonl` |
/// | `Hourly` | `whose.2026-11-29-20.jsonl` |
/// | `Minutely` | `whose.2026-11-29-20-03.jsonl` |
/// | `Never` | `whose.jsonl` |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rotation {
    /// A new file each day.
    #[default]
    Daily,
    /// A new file each hour.
    Hourly,
    /// A new file each minute.
    Minutely,
    /// One file.
    Never,
}

impl Rotation {
    pub(crate) fn of_appender(self) -> rolling::Rotation {
        match self {
            Self::Daily => rolling::Rotation::DAILY,
            Self::Hourly => rolling::Rotation::HOURLY,
            Self::Minutely => rolling::Rotation::MINUTELY,
            Self::Never => rolling::Rotation::NEVER,
        }
    }

    /// The length of the date in a name.
    fn date_length(self) -> usize {
        match self {
            Self::Daily => "2026-11-29".len(),
            Self::Hourly => "2026-11-29-20".len(),
            Self::Minutely => "2026-11-29-20-03".len(),
            Self::Never => 0,
        }
    }

    fn date(self, time: SystemTime) -> String {
        let text = Timestamp::from(time).to_string();
        let digits = text.chars().take(self.date_length());
        digits
            .map(|c| if c.is_ascii_digit() { c } else { '-' })
            .collect()
    }

    fn is_date(self, text: &str) -> bool {
        let is_part = |(at, c): (usize, char)| match at {
            4 | 7 | 10 | 13 => c == '-',
            _ => c.is_ascii_digit(),
        };
        text.len() == self.date_length() && text.char_indices().all(is_part)
    }
}

/// The names of the files of one sink.
#[derive(Clone, Debug)]
pub(crate) struct FileNames {
    pub(crate) rotation: Rotation,
    pub(crate) prefix: String,
    pub(crate) suffix: String,
}

impl FileNames {
    /// The name of the file at that time, as `tracing_appender` forms it.
    pub(crate) fn name_at(&self, time: SystemTime) -> String {
        let date = self.rotation.date(time);
        let parts = [&*self.prefix, &*date, &*self.suffix];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(".")
    }

    /// Whether a file with that name is one of the files of the sink.
    pub(crate) fn is_own(&self, name: &str) -> bool {
        let part = |part: &str, dot: &str| match part {
            "" => String::new(),
            part if dot.is_empty() => format!("{part}."),
            part => format!("{dot}{part}"),
        };
        let date = name.strip_prefix(&*part(&self.prefix, ""));
        let date = date.and_then(|rest| rest.strip_suffix(&*part(&self.suffix, ".")));
        self.rotation != Rotation::Never && date.is_some_and(|date| self.rotation.is_date(date))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn names(rotation: Rotation, prefix: &str, suffix: &str) -> FileNames {
        FileNames {
            rotation,
            prefix: prefix.to_owned(),
            suffix: suffix.to_owned(),
        }
    }

    #[test]
    fn name_has_date_in_utc() {
        let time = UNIX_EPOCH + Duration::from_nanos(1_700_000_000_123_456_789);
        for (rotation, expected) in [
            (Rotation::Daily, "shop.2023-11-14.jsonl"),
            (Rotation::Hourly, "shop.2023-11-14-22.jsonl"),
            (Rotation::Minutely, "shop.2023-11-14-22-13.jsonl"),
            (Rotation::Never, "shop.jsonl"),
        ] {
            assert_eq!(names(rotation, "shop", "jsonl").name_at(time), expected);
        }
        assert_eq!(names(Rotation::Daily, "", "").name_at(time), "2023-11-14");
        assert_eq!(names(Rotation::Never, "", "log").name_at(time), "log");
    }

    #[test]
    fn own_names_are_told_from_similar_names() {
        let daily = names(Rotation::Daily, "shop", "jsonl");
        assert!(daily.is_own("shop.2023-11-14.jsonl"));
        for other in [
            "shop.jsonl",
            "shop.prices.jsonl",
            "shop.2023-11-14-22.jsonl",
            "shop.2023-11-14.jsonl.gz",
            "shop2.2023-11-14.jsonl",
            "shop.2023-11-1x.jsonl",
            "shop.2023é11-14.jsonl",
            "",
        ] {
            assert!(!daily.is_own(other), "{other}");
        }
        assert!(names(Rotation::Daily, "", "").is_own("2023-11-14"));
        assert!(!names(Rotation::Never, "shop", "jsonl").is_own("shop.jsonl"));
    }
}
