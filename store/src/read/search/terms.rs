//! Conditions as SQL about the record `r`.

use rusqlite::types::Value;

use super::driver::FIRST_FREE_PARAMETER;
use super::value_test::{Comparison, ValueTest};

/// SQL for the row id of the user, also of one who was identified later.
pub(super) const ANY_USER: &str = "coalesce(r.user, (SELECT l.user FROM gaps n
    JOIN links l ON l.isolated = n.isolated WHERE n.record = r.id AND r.start < l.time))";
/// SQL for the row id of the user who was identified later.
const LATE_USER: &str = "(SELECT l.user FROM gaps n JOIN links l ON l.isolated = n.isolated
    WHERE n.record = r.id AND r.start < l.time)";
/// SQL for the row id of the session, also of one that was identified later.
const ANY_SESSION: &str = "coalesce(r.session, CASE WHEN r.user IS NULL THEN (SELECT ls.id
    FROM gaps n JOIN links l ON l.isolated = n.isolated JOIN sessions ls ON ls.id = l.session
    WHERE n.record = r.id AND r.start < l.time) END)";

/// Terms that are joined by `AND`, and the values of their parameters.
#[derive(Default)]
pub(super) struct Terms {
    pub(super) sql: Vec<String>,
    pub(super) values: Vec<Value>,
}

impl Terms {
    /// Adds a term. A term of NULL is not true.
    pub(super) fn push(&mut self, sql: &str, is_negated: bool) {
        self.sql.push(match is_negated {
            true => format!("({sql}) IS NOT TRUE"),
            false => format!("({sql})"),
        });
    }

    /// The parameter that stands for a value.
    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", FIRST_FREE_PARAMETER + self.values.len() - 1)
    }

    /// The list of row ids for `IN`.
    fn ids(&mut self, ids: &[i64]) -> String {
        let list = serde_json::to_string(ids).unwrap_or_default();
        format!("(SELECT value FROM json_each({}))", self.bind(list))
    }

    /// Whether a text fulfils the test. The text is not NULL where the record has one.
    fn text(&mut self, text: &str, test: &ValueTest) -> String {
        match test {
            ValueTest::Is(value) => {
                let value = self.bind(value.clone());
                format!("{text} = {value}")
            }
            // A blob: the functions of texts end at a NUL character.
            ValueTest::StartsWith(start) => {
                let length = i64::try_from(start.len()).unwrap_or(i64::MAX);
                let (length, start) = (self.bind(length), self.bind(start.as_bytes().to_vec()));
                format!("substr(CAST({text} AS BLOB), 1, {length}) = {start}")
            }
            ValueTest::Present => format!("{text} IS NOT NULL"),
            ValueTest::Number(..) => "FALSE".to_owned(),
        }
    }

    /// Whether a number fulfils the test.
    fn number(&mut self, number: &str, test: &ValueTest) -> String {
        match test {
            ValueTest::Present => format!("{number} IS NOT NULL"),
            ValueTest::Number(comparison, value) => {
                let value = self.bind(*value);
                format!("{number} {} {value}", Comparison::as_str(*comparison))
            }
            ValueTest::Is(_) | ValueTest::StartsWith(_) => "FALSE".to_owned(),
        }
    }

    pub(super) fn push_sites(&mut self, sites: &[i64], is_negated: bool) {
        let sql = format!("r.site IN {}", self.ids(sites));
        self.push(&sql, is_negated);
    }

    pub(super) fn push_user(&mut self, user: i64, is_negated: bool) {
        let sql = self.users(&[user]);
        self.push(&sql, is_negated);
    }

    pub(super) fn push_session(&mut self, session: i64, is_negated: bool) {
        let session = self.bind(session);
        let sql = format!("{ANY_SESSION} = {session}");
        self.push(&sql, is_negated);
    }

    /// Skips records whose JSON cannot have a field that fulfils the test. A writer escapes neither
    /// these characters nor the parts of numbers.
    pub(super) fn push_field_hint(&mut self, key: &str, test: &ValueTest) {
        let is_plain = |text: &str| {
            let mut bytes = text.bytes();
            bytes.all(|byte| byte.is_ascii_alphanumeric() || b" .-_:".contains(&byte))
        };
        let hint = match test {
            ValueTest::Is(value) if is_plain(value) => value,
            _ if is_plain(key) => key,
            _ => return,
        };
        let hint = self.bind(hint.to_owned());
        let sql = format!(
            "instr(r.fields, {hint}) > 0
             OR (SELECT instr(t.fields, {hint}) FROM texts t WHERE t.id = r.text) > 0"
        );
        self.push(&sql, false);
    }

    pub(super) fn traits(&mut self, traits: &[i64]) -> String {
        format!("r.traits IN {}", self.ids(traits))
    }

    /// The source of the user is that of one of the traits, or `late`.
    pub(super) fn source(&mut self, traits: &[i64], is_late: bool) -> String {
        let is_late = if is_late { "TRUE" } else { "FALSE" };
        format!(
            "CASE WHEN r.user IS NULL AND {LATE_USER} IS NOT NULL THEN {is_late}
             ELSE r.traits IN {} END",
            self.ids(traits)
        )
    }

    pub(super) fn users(&mut self, users: &[i64]) -> String {
        format!("{ANY_USER} IN {}", self.ids(users))
    }

    pub(super) fn any_user() -> String {
        format!("{ANY_USER} IS NOT NULL")
    }

    pub(super) fn session(&mut self, test: &ValueTest) -> String {
        if *test == ValueTest::Present {
            return format!("{ANY_SESSION} IS NOT NULL");
        }
        let condition = self.text("s.sid", test);
        format!("EXISTS (SELECT 1 FROM sessions s WHERE s.id = {ANY_SESSION} AND {condition})")
    }

    pub(super) fn conversation(&mut self, test: &ValueTest) -> String {
        let condition = self.text("cv.cid", test);
        match test {
            ValueTest::Is(_) => {
                format!("r.scope IN (SELECT cv.scope FROM conversations cv WHERE {condition})")
            }
            _ => format!(
                "EXISTS (SELECT 1 FROM conversations cv WHERE cv.scope = r.scope AND {condition})"
            ),
        }
    }

    /// The actor is anywhere in the chain of the scope, or in that of the login that came later.
    pub(super) fn actor(&mut self, test: &ValueTest) -> String {
        let innermost = self.text("a.aid", test);
        let any = self.text("(value ->> 'id')", test);
        // A forged chain need not be JSON.
        let chain = format!(
            "({innermost} OR EXISTS (SELECT 1
               FROM json_each(iif(json_valid(a.chain), a.chain, '[]')) WHERE {any}))"
        );
        format!(
            "EXISTS (SELECT 1 FROM actors a WHERE a.scope = r.scope AND {chain})
             OR (r.user IS NULL AND EXISTS (SELECT 1 FROM gaps n
               JOIN links a ON a.isolated = n.isolated
               WHERE n.record = r.id AND r.start < a.time AND a.aid IS NOT NULL AND {chain}))"
        )
    }

    pub(super) fn model(&mut self, models: &[i64]) -> String {
        let models = self.ids(models);
        format!("EXISTS (SELECT 1 FROM usages g WHERE g.record = r.id AND g.model IN {models})")
    }

    /// The column `agent` or `tool` of a model call.
    pub(super) fn call_text(&mut self, column: &str, test: &ValueTest) -> String {
        let condition = self.text(&format!("nullif(g.{column}, '')"), test);
        format!("EXISTS (SELECT 1 FROM usages g WHERE g.record = r.id AND {condition})")
    }

    pub(super) fn tokens(&mut self, test: &ValueTest) -> String {
        let condition = self.number("(max(g.input_tokens, 0) + max(g.output_tokens, 0))", test);
        format!("EXISTS (SELECT 1 FROM usages g WHERE g.record = r.id AND {condition})")
    }

    pub(super) fn duration(&mut self, test: &ValueTest) -> String {
        self.number("max(r.duration, 0)", test)
    }

    pub(super) fn fingerprint(&mut self, test: &ValueTest) -> String {
        let condition = self.hex("f.fingerprint", test);
        format!("EXISTS (SELECT 1 FROM failures f WHERE f.record = r.id AND {condition})")
    }

    pub(super) fn trace(&mut self, test: &ValueTest) -> String {
        self.hex("r.trace", test)
    }

    /// Whether the hexadecimal digits of a blob fulfil the test, in any case.
    fn hex(&mut self, blob: &str, test: &ValueTest) -> String {
        match test {
            ValueTest::Is(digits) => match parse_hex(digits) {
                Some(bytes) => {
                    let bytes = self.bind(bytes);
                    format!("{blob} = {bytes}")
                }
                None => "FALSE".to_owned(),
            },
            ValueTest::StartsWith(start) => {
                let start = ValueTest::StartsWith(start.to_ascii_uppercase());
                let condition = self.text(&format!("hex({blob})"), &start);
                format!("{blob} IS NOT NULL AND {condition}")
            }
            ValueTest::Present => format!("{blob} IS NOT NULL"),
            ValueTest::Number(..) => "FALSE".to_owned(),
        }
    }
}

/// The bytes of hexadecimal digits.
pub(super) fn parse_hex(digits: &str) -> Option<Vec<u8>> {
    let digit = |c: &u8| char::from(*c).to_digit(16);
    let bytes = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
        _ => None,
    };
    bytes.map(byte).collect()
}
