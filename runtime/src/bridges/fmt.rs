//! User and session on the lines of `tracing_subscriber`'s `fmt` layer.

use std::any::type_name;
use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::layer::{protect_line, with_frames_under, Fields};
use crate::model::{field_names, User};
use crate::pipeline::LogLine;
use crate::resolve::resolve;

/// Adds `user.id` and `session.id` to every line of a format, text or JSON.
///
/// The line shows whose the event is by the same rules as its record, so also for events of crates
/// that know nothing of `whose`. A [`Policy`](crate::Policy) of the layer holds for what is added
/// here as it does for records (`user.hash` stands where it has put a pseudonym), and its
/// [`Scrubber`](crate::Scrubber) searches the whole line; its rules do not hold for what the format
/// itself prints, the fields of spans and events.
///
/// ```
/// use tracing_subscriber::{fmt, prelude::*};
///
/// let subscriber = tracing_subscriber::registry()
///     .with(whose::layer())
///     .with(fmt::layer().map_event_format(whose::fmt::attributed));
/// tracing::subscriber::with_default(subscriber, || {
///     // … INFO my_app: hello user.id=alice session.id=s-1
///     whose::user("alice").session("s-1").in_scope(|| tracing::info!("hello"));
/// });
/// ```
pub fn attributed<F, T>(format: Format<F, T>) -> Attributed<F, T>
where
    Format<F, T>: Clone,
{
    Attributed {
        plain: format.clone().with_ansi(false),
        colored: format.with_ansi(true),
        // The type is only there with the feature `json` of the other crate; its name always is.
        is_json: type_name::<F>().ends_with("::Json"),
    }
}

/// A format whose lines say whose they are; made by [`attributed`].
#[derive(Clone, Debug)]
pub struct Attributed<F, T> {
    plain: Format<F, T>,
    colored: Format<F, T>,
    is_json: bool,
}

impl<S, N, F, T> FormatEvent<S, N> for Attributed<F, T>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    Format<F, T>: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        ctx: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        // Whether to colour is known here, and can be told to a format, not to a writer.
        let colored = writer.has_ansi_escapes() && !self.is_json;
        let format = if colored { &self.colored } else { &self.plain };
        let mut line = String::new();
        format.format_event(ctx, Writer::new(&mut line), event)?;

        let said = Fields::split_of(event.metadata(), |fields| event.record(fields));
        let explicit = said.explicit;
        let mut at = with_frames_under(event, |frames| resolve(explicit.as_ref(), frames));
        let protected = LogLine {
            attribution: &mut at,
            text: &mut line,
            is_json: self.is_json,
        };
        protect_line(event, protected);
        // What the event says itself is among its fields, which the format shows.
        let says_user = explicit.as_ref().is_some_and(|says| !says.user.is_unset());
        let says_session = explicit.as_ref().is_some_and(|says| says.session.is_some());
        let shown = Shown {
            user: at.user_id().filter(|_| !says_user),
            hash: at.user().and_then(User::hash).filter(|_| !says_user),
            session: at.session_id().filter(|_| !says_session),
        };

        if self.is_json {
            let end = line.trim_end().len().saturating_sub(1);
            let (head, tail) = line.split_at_checked(end).unwrap_or((&line, ""));
            write!(writer, "{head}{}{tail}", Json(shown))
        } else {
            let text = line.trim_end_matches('\n');
            write!(writer, "{text}{shown}{}", &line[text.len()..])
        }
    }
}

#[derive(Clone, Copy)]
struct Shown<'a> {
    user: Option<&'a str>,
    hash: Option<&'a str>,
    session: Option<&'a str>,
}

impl<'a> Shown<'a> {
    fn pairs(self) -> impl Iterator<Item = (&'static str, &'a str)> {
        [
            (field_names::USER_ID, self.user),
            (field_names::USER_HASH, self.hash),
            (field_names::SESSION_ID, self.session),
        ]
        .into_iter()
        .filter_map(|(key, id)| Some((key, id?)))
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (key, id) in self.pairs() {
            // An id with spaces, quotes or control characters must not pass for more fields.
            if id
                .chars()
                .all(|c| c.is_alphanumeric() || c.is_ascii_punctuation() && !"\"'=\\".contains(c))
            {
                write!(f, " {key}={id}")?;
            } else {
                write!(f, " {key}={id:?}")?;
            }
        }
        Ok(())
    }
}

struct Json<'a>(Shown<'a>);

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (key, id) in self.0.pairs() {
            write!(f, ",\"{key}\":\"")?;
            for c in id.chars() {
                match c {
                    '"' | '\\' => write!(f, "\\{c}")?,
                    // What a terminal obeys, hides or turns around, as in a line of text.
                    c if c != '\'' && c.escape_debug().len() > 1 => {
                        for unit in c.encode_utf16(&mut [0; 2]) {
                            write!(f, "\\u{unit:04x}")?;
                        }
                    }
                    c => write!(f, "{c}")?,
                }
            }
            f.write_str("\"")?;
        }
        Ok(())
    }
}
