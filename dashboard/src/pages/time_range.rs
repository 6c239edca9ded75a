//! The time that a picture on a page covers.

use std::time::SystemTime;

use whose_store::{TimeParts, Timestamp};

use crate::url_query::{InvalidParameter, UrlQuery};

/// The time range of the URL in parts. Where the URL has no start or no end, the times of the first
/// and the last record; `None` without a record.
pub(super) fn time_parts(
    first_and_last: Option<(Timestamp, Timestamp)>,
    parts: usize,
    query: &UrlQuery,
) -> Result<Option<TimeParts>, InvalidParameter> {
    let (since, until) = (query.time("since")?, query.time("until")?);
    let Some((first, last)) = first_and_last else {
        return Ok(None);
    };
    let after_last = Timestamp::from_nanos(last.as_nanos().saturating_add(1));
    // `Last hour` ends at the present, although the newest record may be older.
    let present = since.map_or(after_last, |_| SystemTime::now().into());
    let until = until.unwrap_or_else(|| present.max(after_last));
    Ok(Some(TimeParts::new(since.unwrap_or(first), until, parts)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(query: &str) -> (Timestamp, Timestamp) {
        let times = [0, 41].map(|seconds| Timestamp::from_nanos(seconds * 1_000_000_000));
        let query = UrlQuery::parse(query);
        let parts = time_parts(Some(times.into()), 1, &query).unwrap().unwrap();
        (parts.start(0), parts.start(1))
    }

    #[test]
    fn range_without_ends_covers_the_records() {
        let (first, end) = ends("");
        assert_eq!(first, Timestamp::from_nanos(0));
        assert_eq!(end, Timestamp::from_nanos(41_000_000_001));
        assert_eq!(time_parts(None, 1, &UrlQuery::default()), Ok(None));
    }

    #[test]
    fn range_of_the_url_wins() {
        let (since, until) = ends("since=1970-01-01T00:00:07Z&until=1970-01-01T00:00:09Z");
        assert_eq!(since, Timestamp::from_nanos(7_000_000_000));
        assert_eq!(until, Timestamp::from_nanos(9_000_000_000));
        let before = Timestamp::from(SystemTime::now());
        assert!(ends("since=1h").1 >= before);
    }
}
