use std::fmt;
use std::sync::Arc;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::bridges::fmt::hooks::LineHooks;
use crate::bridges::fmt::line::Line;
use crate::bridges::fmt::line_format::LineFormat;
use crate::bridges::fmt::shown::{JsonMembers, Shown};
use crate::layer::{
    apply_hooks, explicit_of, protect_line, with_frames_under, FormatId, NotedHooks,
};
use crate::pipeline::LogLine;
use crate::resolve::resolve;

/// Adds `user.id` and `session.id` to every line of a format, text or JSON.
///
/// Where an operator, an agent or a service acts for the user, the line also has `whose.actor.id`,
/// the id of the innermost actor. In a line of JSON, the ids are members of the object.
///
/// The line has the same user, session and actor as the record of the event, also for events of crates
/// that do not use `whose`, and for records of the `log` crate:
///
/// - What a hook of the layer ([`Layer::with_before_record`](crate::Layer::with_before_record))
///   removes from the record is not added to the line. A hook that drops the record drops no line.
/// - A [`Policy`](crate::Policy) of the layer applies to the added ids as it does to records:
///   `user.hash` replaces `user.id` where the policy pseudonymises the id. A
///   [`Scrubber`](crate::Scrubber) of the policy searches the whole line.
///
/// Neither the hooks nor the rules of the policy change what the format itself prints, which are the
/// message and the fields of spans and events.
///
/// Add the layer of `whose` before the `fmt` layer. In the other order, the line is written before
/// the record is made, and the hooks run a second time, for the line.
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
        hooks: LineHooks::default(),
        id: FormatId::new(),
    }
}

/// A format that adds user, session and actor to each line; [`attributed`] makes one.
#[derive(Clone, Debug)]
pub struct Attributed<F, T> {
    plain: Format<F, T>,
    colored: Format<F, T>,
    is_json: bool,
    hooks: LineHooks,
    id: FormatId,
}

impl<F, T> Attributed<F, T> {
    /// Adds a hook that sees each line before it is written, and can add values to the line or
    /// remove ids. A hook that returns `false` drops the line, which is counted in
    /// [`Stats::dropped_lines`](crate::Stats).
    ///
    /// Hooks run in the order in which they are added, after the hooks of the layer and before its
    /// [`Policy`](crate::Policy): the policy applies to what the hooks add. A hook that panics is
    /// counted in [`Stats::hook_panics`](crate::Stats), and its line has no ids. So has the line of
    /// an event that a hook emits.
    ///
    /// ```
    /// use tracing_subscriber::{fmt, prelude::*};
    ///
    /// let format = fmt::layer().json().map_event_format(|format| {
    ///     whose::fmt::attributed(format).with_before_line(|line| {
    ///         let plan = line.attribution().tag("plan").map(str::to_owned);
    ///         line.add("tag.plan", plan);
    ///         line.metadata().target() != "noisy::health"
    ///     })
    /// });
    /// # let _ = tracing_subscriber::registry().with(whose::layer()).with(format);
    /// ```
    #[must_use]
    pub fn with_before_line(
        mut self,
        hook: impl Fn(&mut Line<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.hooks.push(Arc::new(hook));
        self
    }
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
        // Read first: a value that is printed may emit an event of its own.
        let noted = NotedHooks::take(event, self.id);
        // The decision about colours is available here, and a format accepts it, but a writer does
        // not.
        let colored = writer.has_ansi_escapes() && !self.is_json;
        let format = if colored { &self.colored } else { &self.plain };
        let mut line = String::new();
        format.format_event(ctx, Writer::new(&mut line), event)?;

        let explicit = explicit_of(event);
        let explicit = explicit.as_deref();
        let mut at = with_frames_under(event, |frames| resolve(explicit, frames));
        apply_hooks(event, noted, &mut at);
        let mut added = Vec::new();
        if !self.hooks.is_empty() {
            let mut shown = Line::new(event.metadata(), &mut at);
            if !self.hooks.run(&mut shown) {
                return Ok(());
            }
            added = shown.into_added();
        }
        let protected = LogLine {
            attribution: &mut at,
            text: &mut line,
            added: &mut added,
            is_json: self.is_json,
        };
        protect_line(event, protected);
        // The format already prints the fields of the event, so ids among them are not added again.
        let sets_user = explicit.is_some_and(|data| !data.user.is_unset());
        let sets_session = explicit.is_some_and(|data| data.session.is_some());
        let shown = Shown::new(&at, &added)
            .without_user(sets_user)
            .without_session(sets_session);

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
