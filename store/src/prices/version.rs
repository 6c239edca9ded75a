//! Version suffixes of model names.

/// Removes the version suffix of a name; `None` if there is none.
pub(super) fn strip(model: &str) -> Option<&str> {
    model
        .strip_suffix("-latest")
        .or_else(|| {
            strip_digits(model, "-@", 8, |date| {
                is_date(&date[..4], &date[4..6], &date[6..])
            })
        })
        .or_else(|| strip_dashed_date(model))
        .or_else(|| strip_digits(model, "-", 3, |_| true))
}

fn strip_digits<'a>(
    model: &'a str,
    separators: &str,
    digits: usize,
    is_version: impl Fn(&str) -> bool,
) -> Option<&'a str> {
    let (rest, tail) = split_tail(model, digits)?;
    let base = rest.strip_suffix(|separator| separators.contains(separator))?;
    (all_digits(tail) && is_version(tail)).then_some(base)
}

/// `-2024-08-06`.
fn strip_dashed_date(model: &str) -> Option<&str> {
    let (rest, date) = split_tail(model, 10)?;
    let base = rest.strip_suffix('-')?;
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    (parts.next().is_none() && is_date(year, month, day)).then_some(base)
}

fn split_tail(model: &str, bytes: usize) -> Option<(&str, &str)> {
    model.split_at_checked(model.len().checked_sub(bytes)?)
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_date(year: &str, month: &str, day: &str) -> bool {
    let within = |text: &str, digits: usize, range: std::ops::RangeInclusive<u16>| {
        text.len() == digits
            && all_digits(text)
            && text.parse().is_ok_and(|number| range.contains(&number))
    };
    within(year, 4, 2020..=2099) && within(month, 2, 1..=12) && within(day, 2, 1..=31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_suffix_is_date_latest_or_three_digits() {
        for (model, base) in [
            ("a-latest", Some("a")),
            ("a-20240806", Some("a")),
            ("a@20240806", Some("a")),
            ("a-2024-08-06", Some("a")),
            ("a-001", Some("a")),
            ("a", None),
            ("a-0613", None),
            ("a-20241306", None),
            ("a-2024-08-32", None),
            ("a-+24-08-06", None),
            ("a_001", None),
            ("é01", None),
        ] {
            assert_eq!(strip(model), base, "{model}");
        }
    }
}
