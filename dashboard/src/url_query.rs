//! The query string of a URL, which holds the whole state of a page.

use std::fmt;
use std::str::FromStr;

use whose_store::{Query, Timestamp};

use crate::values::parse_time;

/// The names and values of a query string, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UrlQuery(Vec<(String, String)>);

impl UrlQuery {
    /// Parses the part of a URL after the `?`. No text is an error.
    pub(crate) fn parse(text: &str) -> Self {
        let pairs = form_urlencoded::parse(text.as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// The value of a name; `None` if the value is missing or empty, as in a form that was left
    /// blank.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let pair = self.0.iter().find(|(key, _)| key == name);
        pair.map(|(_, value)| &**value)
            .filter(|value| !value.is_empty())
    }

    /// The value of a name that the page cannot do without.
    pub(crate) fn required(&self, name: &'static str) -> Result<&str, InvalidParameter> {
        self.get(name).ok_or(InvalidParameter {
            name,
            reason: "the value is missing".to_owned(),
        })
    }

    /// The value of a name as another type.
    pub(crate) fn parsed<T: FromStr>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, InvalidParameter>
    where
        T::Err: fmt::Display,
    {
        let invalid = |error: T::Err| InvalidParameter {
            name,
            reason: error.to_string(),
        };
        self.get(name)
            .map(|text| text.parse().map_err(invalid))
            .transpose()
    }

    /// The value of a name as a time.
    pub(crate) fn time(&self, name: &'static str) -> Result<Option<Timestamp>, InvalidParameter> {
        let invalid = |reason| InvalidParameter { name, reason };
        self.get(name)
            .map(|text| parse_time(text).map_err(invalid))
            .transpose()
    }

    /// The time range `since` and `until`, with a limit of rows.
    pub(crate) fn range(&self, rows: usize) -> Result<Query, InvalidParameter> {
        let query = Query::new().limit(rows);
        let query = self.time("since")?.map_or(query, |time| query.since(time));
        Ok(self.time("until")?.map_or(query, |time| query.until(time)))
    }

    /// The rows of one page: the parameter `limit`, or else `most`; at least one, and at most `most`.
    pub(crate) fn page_rows(&self, most: usize) -> Result<usize, InvalidParameter> {
        Ok(self.parsed("limit")?.unwrap_or(most).clamp(1, most))
    }

    /// The query with another value of a name, in place of any value so far.
    pub(crate) fn with(&self, name: &str, value: impl Into<String>) -> Self {
        let mut query = self.without(name);
        query.0.push((name.to_owned(), value.into()));
        query
    }

    /// The query without a name.
    pub(crate) fn without(&self, name: &str) -> Self {
        let others = self.0.iter().filter(|(key, _)| key != name);
        Self(others.cloned().collect())
    }

    /// The query with only these names.
    pub(crate) fn only(&self, names: &[&str]) -> Self {
        let kept = self.0.iter().filter(|(key, _)| names.contains(&&**key));
        Self(kept.cloned().collect())
    }

    /// The names and values that are not empty.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter().map(|(name, value)| (&**name, &**value));
        pairs.filter(|(_, value)| !value.is_empty())
    }

    /// The URL of a path with this query.
    pub(crate) fn href(&self, path: &str) -> String {
        let mut serializer = form_urlencoded::Serializer::new(String::new());
        serializer.extend_pairs(self.pairs());
        match serializer.finish() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }
}

/// The URL of a path with one parameter.
pub(crate) fn href(path: &str, name: &str, value: &str) -> String {
    UrlQuery::default().with(name, value).href(path)
}

/// A parameter of a URL that a page cannot use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InvalidParameter {
    /// The name of the parameter.
    pub(crate) name: &'static str,
    /// What is wrong, and what is accepted.
    pub(crate) reason: String,
}

impl fmt::Display for InvalidParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.name, self.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_values_round_trip_through_href() {
        for id in [
            "../../etc",
            "a&b=c#d",
            "<script>",
            "ü 日本",
            "\u{202e}x",
            "+ %20",
        ] {
            let href = href("/person", "id", id);
            let query = UrlQuery::parse(href.split_once('?').unwrap().1);
            assert_eq!(query.get("id"), Some(id));
            assert!(!href.contains(['<', '#', ' ']), "{href}");
        }
    }

    #[test]
    fn replaced_value_appears_once() {
        let query = UrlQuery::parse("sort=cost&since=2h&sort=seen");
        assert_eq!(
            query.with("sort", "id").href("/users"),
            "/users?since=2h&sort=id"
        );
        assert_eq!(
            query.without("sort").without("since").href("/users"),
            "/users"
        );
    }

    #[test]
    fn limit_of_a_page_has_an_upper_bound() {
        let rows = |query| UrlQuery::parse(query).page_rows(100);
        assert_eq!(rows(""), Ok(100));
        assert_eq!(rows("limit=7"), Ok(7));
        assert_eq!(rows("limit=0"), Ok(1));
        assert_eq!(rows("limit=101"), Ok(100));
        assert_eq!(rows("limit=-1").unwrap_err().name, "limit");
    }

    #[test]
    fn invalid_time_names_its_parameter() {
        let error = UrlQuery::parse("since=yesterday").range(10).unwrap_err();
        assert_eq!(error.name, "since");
        assert!(error.to_string().contains("`2h`"), "{error}");
    }
}
