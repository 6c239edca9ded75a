//! The text of what `whose` adds to a line.

use std::fmt::{self, Write};

use crate::model::{Attribution, User, Value};
use crate::names::attribution;

/// The names and values that a line gets.
pub(super) struct Shown<'a> {
    user: Option<&'a str>,
    hash: Option<&'a str>,
    session: Option<&'a str>,
    actor: Option<&'a str>,
    added: &'a [(&'static str, Value)],
}

impl<'a> Shown<'a> {
    pub(super) fn new(at: &'a Attribution, added: &'a [(&'static str, Value)]) -> Self {
        Self {
            user: at.user_id(),
            hash: at.user().and_then(User::hash),
            session: at.session_id(),
            actor: at.actor_id(),
            added,
        }
    }

    /// Leaves out the user: the format already prints the id among the fields of the event.
    pub(super) fn without_user(self, is_printed: bool) -> Self {
        match is_printed {
            true => Self {
                user: None,
                hash: None,
                ..self
            },
            false => self,
        }
    }

    /// As [`without_user`](Self::without_user), for the session.
    pub(super) fn without_session(self, is_printed: bool) -> Self {
        Self {
            session: self.session.filter(|_| !is_printed),
            ..self
        }
    }

    fn ids(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        [
            (attribution::USER_ID, self.user),
            (attribution::USER_HASH, self.hash),
            (attribution::SESSION_ID, self.session),
            (attribution::ACTOR_ID, self.actor),
        ]
        .into_iter()
        .filter_map(|(key, id)| Some((key, id?)))
    }
}

/// The form of a line of text: ` user.id=alice session.id=s-1`.
impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (key, id) in self.ids() {
            write!(f, " {key}={}", Plain(id))?;
        }
        for (key, value) in self.added {
            write!(f, " {}=", Plain(key))?;
            match value.as_str() {
                Some(text) => write!(f, "{}", Plain(text))?,
                None => write!(f, "{value}")?,
            }
        }
        Ok(())
    }
}

/// A text without quotes, unless spaces, quotes or control characters in the text could pass for
/// further fields.
struct Plain<'a>(&'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain =
            |c: char| c.is_alphanumeric() || c.is_ascii_punctuation() && !"\"'=\\".contains(c);
        match self.0.chars().all(is_plain) {
            true => f.write_str(self.0),
            false => write!(f, "{:?}", self.0),
        }
    }
}

/// The form of a line of JSON: `,"user.id":"alice","session.id":"s-1"`.
pub(super) struct JsonMembers<'a>(pub(super) Shown<'a>);

impl fmt::Display for JsonMembers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (key, id) in self.0.ids() {
            write!(f, ",{}:{}", Quoted(key), Quoted(id))?;
        }
        for (key, value) in self.0.added {
            write!(f, ",{}:", Quoted(key))?;
            match value {
                Value::Str(text) => write!(f, "{}", Quoted(text))?,
                // JSON has no number for NaN and the infinities.
                Value::Float(number) if !number.is_finite() => {
                    write!(f, "{}", Quoted(&value.to_string()))?;
                }
                number => write!(f, "{number}")?,
            }
        }
        Ok(())
    }
}

/// A JSON string. Escapes also characters that a terminal obeys, hides or reorders, as in a line of
/// text.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                c if c != '\'' && c.escape_debug().len() > 1 => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        write!(f, "\\u{unit:04x}")?;
                    }
                }
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}
