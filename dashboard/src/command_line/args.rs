//! The arguments of single commands.

use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use whose_store::{
    LatestFilter, RecordClass, RetentionClass, ScoreFilter, SearchFilter, Timestamp, TrailFilter,
    UnattributedFilter,
};

use crate::access::AccessToken;
use crate::query_language::SearchText;
use crate::values::{ByteSize, missing_user_reasons, parse_time};

#[derive(Debug, Args)]
pub(crate) struct UnattributedArgs {
    /// Only records with this reason
    #[arg(long, value_name = "REASON", value_parser = PossibleValuesParser::new(missing_user_reasons()))]
    pub(crate) reason: Option<String>,
    /// Only records after the one with this id: the next page
    #[arg(long, value_name = "ID")]
    before: Option<i64>,
}

impl UnattributedArgs {
    pub(crate) fn filter(&self) -> UnattributedFilter {
        let mut filter = UnattributedFilter::new();
        if let Some(reason) = &self.reason {
            filter = filter.reason(reason);
        }
        match self.before {
            Some(id) => filter.before(id),
            None => filter,
        }
    }
}

/// Why a person looks at the records of another.
#[derive(Debug, Args)]
pub(crate) struct ReasonArgs {
    /// Why you look at the records of this user: the access log keeps the text
    #[arg(long, value_name = "TEXT", env = "WHOSE_REASON")]
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// The address and the port to listen on; port 0 lets the system choose a free port. An address
    /// that other machines can reach needs `--token`
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7420")]
    pub(crate) listen: String,
    /// A secret of at least 16 characters that permits reading, or `NAME=SECRET`: the access log shows
    /// the name. Repeat the option for more tokens. Other users of the machine can see options, so
    /// prefer the environment variable
    #[arg(
        long,
        value_name = "TOKEN",
        env = "WHOSE_TOKEN",
        hide_env_values = true
    )]
    pub(crate) token: Vec<AccessToken>,
    /// A token that permits erasing a user from the page
    #[arg(
        long,
        value_name = "TOKEN",
        env = "WHOSE_FORGET_TOKEN",
        hide_env_values = true
    )]
    pub(crate) forget_token: Vec<AccessToken>,
    /// A token that permits sending records by OTLP over HTTP to `/v1/traces` and `/v1/logs`, and
    /// nothing else. Without this option, no records are taken. A sender sets
    /// OTEL_EXPORTER_OTLP_ENDPOINT to the URL of this server, and OTEL_EXPORTER_OTLP_HEADERS to
    /// `Authorization=Bearer%20TOKEN`
    #[cfg(feature = "ingest")]
    #[arg(
        long,
        value_name = "TOKEN",
        env = "WHOSE_INGEST_TOKEN",
        hide_env_values = true
    )]
    pub(crate) ingest_token: Vec<AccessToken>,
    /// A name that browsers use for this server, such as that of a reverse proxy
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Vec<String>,
    #[command(flatten)]
    pub(crate) why: ReasonArgs,
    /// Show the records of a person only after the viewer has stated a reason
    #[arg(long)]
    pub(crate) require_reason: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LiveArgs {
    /// Only records of this user
    #[arg(long, value_name = "ID")]
    pub(crate) user: Option<String>,
    /// Only records of this class: span, agent, model, tool, log, error, score, flag or job. May be
    /// repeated
    #[arg(long, value_name = "CLASS")]
    class: Vec<RecordClass>,
    /// The number of records to print that were written before
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    pub(crate) last: usize,
    #[command(flatten)]
    pub(crate) why: ReasonArgs,
}

impl LiveArgs {
    pub(crate) fn filter(&self) -> LatestFilter {
        let classes = self.class.iter().copied();
        let filter = classes.fold(LatestFilter::new(), LatestFilter::class);
        match &self.user {
            Some(user) => filter.user(user),
            None => filter,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    #[command(flatten)]
    subject: ReplaySubject,
    /// Print only who was current at this time: the innermost span that was open, or the last record
    /// before
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) at: Option<Timestamp>,
    #[command(flatten)]
    pub(crate) why: ReasonArgs,
}

/// What is replayed.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct ReplaySubject {
    /// The id of the session
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// The id of the trace; the query scans the whole time range
    #[arg(long, value_name = "ID")]
    trace: Option<String>,
}

impl ReplayArgs {
    pub(crate) fn filter(&self) -> TrailFilter {
        match (&self.subject.session, &self.subject.trace) {
            (Some(id), _) => TrailFilter::of_session(id),
            (None, id) => TrailFilter::of_trace(id.as_deref().unwrap_or_default()),
        }
    }
}

#[cfg(feature = "mcp")]
#[derive(Debug, Args)]
pub(crate) struct McpArgs {
    #[command(flatten)]
    pub(crate) why: ReasonArgs,
    /// Show the records of a person only to a call that states a reason
    #[arg(long)]
    pub(crate) require_reason: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AccessesArgs {
    /// Only views of the records of this user; a forgotten user is found too
    #[arg(long, value_name = "ID")]
    pub(crate) user: Option<String>,
    /// Only rows before the one with this number: the next page
    #[arg(long, value_name = "NUMBER")]
    pub(crate) before: Option<i64>,
    /// Check that no row was changed or removed, instead of listing the rows
    #[arg(long)]
    pub(crate) verify: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The id of the user
    #[arg(long, value_name = "ID")]
    pub(crate) user: String,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ExportFormat,
    #[command(flatten)]
    pub(crate) why: ReasonArgs,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum ExportFormat {
    /// One record as JSON on each line, complete and exact
    #[default]
    Jsonl,
    /// A table for spreadsheets
    Csv,
}

#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// Words, phrases and conditions; put `--` before one that begins with `-`
    #[arg(required = true, value_name = "WORDS")]
    words: Vec<String>,
    /// Only records of this user
    #[arg(long, value_name = "ID")]
    pub(crate) user: Option<String>,
    /// Only records of this session
    #[arg(long, value_name = "ID")]
    pub(crate) session: Option<String>,
    /// Only records after the one with this id: the next page
    #[arg(long, value_name = "ID")]
    before: Option<i64>,
    #[command(flatten)]
    pub(crate) why: ReasonArgs,
}

impl SearchArgs {
    /// The words as one text.
    pub(crate) fn text(&self) -> String {
        self.words.join(" ")
    }

    /// The filter of the parsed text and of the options.
    pub(crate) fn filter(&self, text: &SearchText) -> SearchFilter {
        let mut filter = match text.terms.is_empty() {
            true => SearchFilter::new(""),
            false => text.filter(),
        };
        if let Some(user) = &self.user {
            filter = filter.user(user);
        }
        if let Some(session) = &self.session {
            filter = filter.session(session);
        }
        match self.before {
            Some(before) => filter.before(before),
            None => filter,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ScoreArgs {
    /// Only scores of this user
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// Only scores of this session
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// Only scores of this conversation
    #[arg(long, value_name = "ID")]
    conversation: Option<String>,
    /// Only scores with this name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    why: ReasonArgs,
}

impl ScoreArgs {
    /// The user whose scores are listed, and why.
    pub(crate) fn viewed(&self) -> (Option<&str>, &ReasonArgs) {
        (self.user.as_deref(), &self.why)
    }

    pub(crate) fn filter(&self) -> ScoreFilter {
        let mut filter = ScoreFilter::new();
        if let Some(user) = &self.user {
            filter = filter.user(user);
        }
        if let Some(session) = &self.session {
            filter = filter.session(session);
        }
        if let Some(conversation) = &self.conversation {
            filter = filter.conversation(conversation);
        }
        match &self.name {
            Some(name) => filter.name(name),
            None => filter,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ForgetArgs {
    /// The id of the user
    #[arg(long, value_name = "ID")]
    pub(crate) user: String,
    /// Keep the records without their content, under a random id: counts and costs stay
    #[arg(long)]
    pub(crate) pseudonymise: bool,
    /// Do not ask for confirmation
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) why: ReasonArgs,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct KeepArgs {
    /// Keep only records that ended within this many days
    #[arg(
        long,
        value_name = "DAYS",
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub(crate) days: Option<u32>,
    /// Keep only the newest records that fit into a file of this size: `10GB`, `500MiB`
    #[arg(long, value_name = "SIZE")]
    pub(crate) max_size: Option<ByteSize>,
    /// Keep a class of records that many days at least, whatever the other limits are: `errors`,
    /// `calls` or `scores`. May be repeated
    #[arg(long, value_name = "CLASS=DAYS", value_parser = parse_least_age)]
    pub(crate) at_least: Vec<(RetentionClass, Duration)>,
}

/// Parses `errors=180`.
fn parse_least_age(text: &str) -> Result<(RetentionClass, Duration), String> {
    let parts = text.split_once('=');
    let parsed = parts.and_then(|(name, days)| {
        let class = RetentionClass::ALL
            .into_iter()
            .find(|it| it.as_str() == name)?;
        let days: u32 = days.trim_end_matches('d').parse().ok()?;
        Some((class, Duration::from_secs(u64::from(days) * 86_400)))
    });
    parsed.ok_or_else(|| {
        let names = RetentionClass::ALL.map(RetentionClass::as_str).join(", ");
        format!("expected one of {names}, `=` and a number of days, such as errors=180")
    })
}

#[derive(Debug, Args)]
pub(crate) struct HoldArgs {
    /// The user to put on hold. Without a user, lists the users on hold
    #[arg(long, value_name = "ID")]
    pub(crate) user: Option<String>,
    /// Why, such as the number of a case
    #[arg(
        long,
        value_name = "TEXT",
        requires = "user",
        default_value = "no reason given"
    )]
    pub(crate) reason: String,
    /// End the hold of the user
    #[arg(long, requires = "user", conflicts_with = "reason")]
    pub(crate) release: bool,
}
