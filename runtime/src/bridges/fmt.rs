//! User, session and actor on the log lines of `tracing_subscriber`'s `fmt` layer.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Compact, Format, Full, Json, Pretty, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::layer::{explicit_of, protect_line, with_frames_under};
use crate::model::User;
use crate::names::attribution;
use crate::pipeline::LogLine;
use crate::resolve::resolve;

/// Adds `user.id` and `session.id` to every line of a format, text or JSON.
///
/// Where an operator, an agent or a service acts for the user, the line also has `whose.actor.id`,
/// the id of the innermost actor.
///
/// The line has the same user, session and actor as the record of the event, also for events of crates
/// that do not use `whose`. A [`Policy`](crate::Policy) of the layer applies to the added ids as it
/// does to records: `user.hash` replaces `user.id` where the policy pseudonymises the id. A
/// [`Scrubber`](crate::Scrubber) of the policy searches the whole line. The rules of the policy do
/// not apply to what the format itself prints, which are the fields of spans and events.
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
    F: LineFormat,
    Format<F, T>: Clone,
{
    Attributed {
        plain: format.clone().with_ansi(false),
        colored: format.with_ansi(true),
        is_json: F::IS_JSON,
    }
}

/// A format of `tracing_subscriber`: [`Full`], [`Compact`], [`Pretty`] or [`Json`].
///
/// The trait is sealed: `tracing_subscriber` formats lines with these four types only.
pub trait LineFormat: sealed::Sealed {
    /// Whether a line is a JSON object.
    const IS_JSON: bool;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! line_formats {
    ($($format:ty: $is_json:literal),*) => {$(
        impl sealed::Sealed for $format {}

        impl LineFormat for $format {
            const IS_JSON: bool = $is_json;
        }
    )*};
}

line_formats!(Full: false, Compact: false, Pretty: false, Json: true);

/// A format that adds user, session and actor to each line; [`attributed`] makes one.
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
        // The decision about colours is available here, and a format accepts it, but a writer does
        // not.
        let colored = writer.has_ansi_escapes() && !self.is_json;
        let format = if colored { &self.colored } else { &self.plain };
        let mut line = String::new();
        format.format_event(ctx, Writer::new(&mut line), event)?;

        let explicit = explicit_of(event);
        let explicit = explicit.as_deref();
        let mut at = with_frames_under(event, |frames| resolve(explicit, frames));
        let protected = LogLine {
            attribution: &mut at,
            text: &mut line,
            is_json: self.is_json,
        };
        protect_line(event, protected);
        // The format already prints the fields of the event, so ids among them are not added again.
        let sets_user = explicit.is_some_and(|data| !data.user.is_unset());
        let sets_session = explicit.is_some_and(|data| data.session.is_some());
        let shown = Shown {
            user: at.user_id().filter(|_| !sets_user),
            hash: at.user().and_then(User::hash).filter(|_| !sets_user),
            session: at.session_id().filter(|_| !sets_session),
            actor: at.actor_id(),
        };

        if self.is_json {
            let end = line.trim_end().len().saturating_sub(1);
            let (head, tail) = line.split_at_checked(end).unwrap_or((&line, ""));
            write!(writer, "{head}{}{tail}", JsonMembers(shown))
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
    actor: Option<&'a str>,
}

impl<'a> Shown<'a> {
    fn pairs(self) -> impl Iterator<Item = (&'static str, &'a str)> {
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

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (key, id) in self.pairs() {
            // Quote an id with spaces, quotes or control characters, so that it cannot pass for
            // further fields.
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

struct JsonMembers<'a>(Shown<'a>);

impl fmt::Display for JsonMembers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (key, id) in self.0.pairs() {
            write!(f, ",\"{key}\":\"")?;
            for c in id.chars() {
                match c {
                    '"' | '\\' => write!(f, "\\{c}")?,
                    // Escape characters that a terminal obeys, hides or reorders, as in a line of
                    // text.
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
