//! The command line.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};
use whose::UnattributedReason;
use whose_store::{GroupBy, Query, ScoreFilter, SearchFilter, Timestamp, UnattributedFilter};

use crate::byte_size::ByteSize;
use crate::gate::CoverageArgs;
use crate::time_arg;

const AFTER_HELP: &str = "\
Examples:
  whose users --db support.db           list the users, last seen first
  whose audit --user alice              list the records of alice in time order
  whose audit --user alice --since 2h   only the last two hours
  whose audit --session s-1             list the records of a session
  whose audit --conversation thread-7   list the records of a conversation
  whose audit --actor operator-2        list what an operator did, for every user
  whose explain --record 42             why record 42 has its user, or has none
  whose sessions --user alice           list the sessions of alice
  whose cost --by model                 list the cost of each model
  whose cost --by agent                 list the cost of each agent
  whose cost --by tag:plan --json       the cost by the tag `plan`, as JSON
  whose cost --prices our-prices.csv    the cost at your own prices
  whose scores --name helpful           list the scores with that name
  whose errors                          list the groups of errors
  whose errors --user alice             only errors of alice
  whose jobs                            list the monitored jobs, and what they missed
  whose coverage                        list the call sites without a user
  whose coverage --fail-under 98        fail if less than 98% have a user
  whose unattributed                    list the newest records without a user
  whose search refund paris             the newest records with both words
  whose search '\"card declined\" time*'  search for a phrase and a prefix
  whose search refund --user alice      only records of alice
  whose backup copy.db                  copy the store, also while it is in use
  whose forget --user alice             erase a user, after a confirmation
  whose keep --days 30 --max-size 10GB  erase old records

Tables use the width of the terminal, or COLUMNS, or 80 columns: wide rows
continue on the next line, long ids and paths are shortened in the middle, long
messages are truncated. `--wide` and `--json` shorten nothing. Lost records are
reported below the table and on stderr.

Exit codes:
  0  success
  1  unknown user, session, conversation, actor or record, or old pages remain after an erasure
  2  the store, the price table, the baseline or the command line is invalid
  3  coverage is below --fail-under
";

/// Query a store of records: who did what, in which session, at what cost
#[derive(Debug, Parser)]
#[command(name = "whose", version, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The store; it may be in use by a running process
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "WHOSE_DB",
        default_value = "whose.db"
    )]
    pub(crate) db: PathBuf,
    /// Print complete and exact JSON instead of a table
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print each row on one line of any width, without truncation
    #[arg(long, global = true)]
    pub(crate) wide: bool,
    /// Limit the rows; 0 prints all
    #[arg(long, global = true, value_name = "COUNT", default_value_t = Query::DEFAULT_LIMIT)]
    pub(crate) limit: usize,
    /// Only records since this time: `2026-11-28T22:30:00Z`, a date, or a duration before now such
    /// as `2h` or `30d`
    #[arg(long, global = true, value_name = "TIME", value_parser = time_arg::parse_time)]
    since: Option<Timestamp>,
    /// Only records before this time
    #[arg(long, global = true, value_name = "TIME", value_parser = time_arg::parse_time)]
    until: Option<Timestamp>,
    /// A CSV file with prices that replace the builtin ones: `model,input,output`, in US dollars
    /// per million tokens
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
}

impl Options {
    /// The query with the limit and the time range of the options.
    pub(crate) fn query(&self) -> Query {
        let query = match self.limit {
            0 => Query::all(),
            rows => Query::new().limit(rows),
        };
        let query = self.since.map_or(query, |time| query.since(time));
        self.until.map_or(query, |time| query.until(time))
    }

    /// Whether the time range has a start or an end.
    pub(crate) fn has_range(&self) -> bool {
        self.since.is_some() || self.until.is_some()
    }

    /// Whether the time range is empty.
    pub(crate) fn is_empty_range(&self) -> bool {
        matches!((self.since, self.until), (Some(since), Some(until)) if since >= until)
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the users: first and last seen, records, tokens, cost
    Users,
    /// List the records of a user, a session, a conversation or an actor, oldest first; those of a
    /// user or a session include the records from before the login
    #[command(group = clap::ArgGroup::new("whose").required(true))]
    Audit {
        /// The id of the user
        #[arg(long, value_name = "ID", group = "whose")]
        user: Option<String>,
        /// The id of the session
        #[arg(long, value_name = "ID", group = "whose")]
        session: Option<String>,
        /// The id of the conversation; no index serves it, so the whole time range is read
        #[arg(long, value_name = "ID", group = "whose")]
        conversation: Option<String>,
        /// The id of an operator, agent or service that acted for users; reads the whole time range too
        #[arg(long, value_name = "ID", group = "whose")]
        actor: Option<String>,
    },
    /// Explain why a record has its user and its session: which kind of frame set them, and where
    Explain {
        /// The number of the record: `whose audit --wide` lists the numbers
        #[arg(long, value_name = "NUMBER")]
        record: i64,
    },
    /// List the sessions, last seen first
    Sessions {
        /// Only sessions of this user; the counts cover the whole session
        #[arg(long, value_name = "ID")]
        user: Option<String>,
    },
    /// List the cost of models at list prices, highest first
    Cost {
        /// The grouping: `user`, `model`, `session`, `conversation`, `agent`, `tool`, `service`, `day`,
        /// `tag:KEY` or `attr:KEY`
        #[arg(long, value_name = "GROUP", default_value_t)]
        by: GroupBy,
    },
    /// List the scores, oldest first, and a summary for each name
    Scores(ScoreArgs),
    /// List the groups of errors by the number of users affected
    Errors {
        /// Only errors of this user; the counts cover the whole group
        #[arg(long, value_name = "ID")]
        user: Option<String>,
    },
    /// List the monitored jobs by name: the last run, failures, overruns and missed starts
    ///
    /// A start is missed if none came one interval after the start before, within a grace of a tenth
    /// of the interval (at least a minute, at most an hour). With `--until`, the jobs as of that time;
    /// `--since` limits the counts and hides no job.
    Jobs,
    /// Search for records that contain all words in name, message, fields or error, newest first
    ///
    /// Double quotes make a phrase; `*` at the end of a word matches any suffix. No other character
    /// is special. If a word is the id of a user or session, or the email address of a user, the
    /// output includes the command that lists its records.
    Search(SearchArgs),
    /// List the call sites by their share of records without a user or session, with the reasons
    ///
    /// With `--fail-under`, a gate for CI: it prints the share with a user and the call sites without
    /// one, and exits with code 3 if the share is too small.
    Coverage(CoverageArgs),
    /// List the records without a user that no login explains, newest first
    Unattributed(UnattributedArgs),
    /// Copy the store into a new file while programs write to it
    Backup {
        /// The new file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Erase one user: all records, and the data that only they refer to, from the file and its log
    ///
    /// Without `--yes`, shows what would be erased and asks for confirmation. From then on, earlier
    /// records of the user are rejected, including those that wait in another process. Records of
    /// other users that mention the user stay and are counted. The whole file is rewritten; writers
    /// wait meanwhile.
    Forget(ForgetArgs),
    /// Erase the oldest records and the data that only they refer to, while programs write
    Keep(KeepArgs),
}

impl Command {
    /// The name of a command that copies or erases, and so has no time range.
    pub(crate) fn without_query(&self) -> Option<&'static str> {
        match self {
            Self::Backup { .. } => Some("backup"),
            Self::Forget(_) => Some("forget"),
            Self::Keep(_) => Some("keep"),
            _ => None,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct UnattributedArgs {
    /// Only records with this reason
    #[arg(long, value_name = "REASON", value_parser = PossibleValuesParser::new(missing_user_reasons()))]
    pub(crate) reason: Option<String>,
    /// Only records after the one with this id: the next page
    #[arg(long, value_name = "ID")]
    before: Option<i64>,
}

/// The reasons of records whose user is missing. A user that is missing on purpose is in no answer of
/// the command.
fn missing_user_reasons() -> impl Iterator<Item = &'static str> {
    let on_purpose = [UnattributedReason::Anonymous, UnattributedReason::Withheld];
    let reasons = UnattributedReason::ALL.into_iter();
    reasons
        .filter(move |reason| !on_purpose.contains(reason))
        .map(UnattributedReason::as_str)
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

#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// The words to search for, in any order
    #[arg(required = true, value_name = "WORDS")]
    words: Vec<String>,
    /// Only records of this user
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// Only records of this session
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// Only records after the one with this id: the next page
    #[arg(long, value_name = "ID")]
    before: Option<i64>,
}

impl SearchArgs {
    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }

    pub(crate) fn filter(&self) -> SearchFilter {
        let mut filter = SearchFilter::new(self.words.join(" "));
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
}

impl ScoreArgs {
    pub(crate) fn filter(&self) -> ScoreFilter {
        let set = |filter, value: &Option<String>, set: fn(ScoreFilter, String) -> ScoreFilter| {
            match value {
                Some(value) => set(filter, value.clone()),
                None => filter,
            }
        };
        let filter = set(ScoreFilter::new(), &self.user, ScoreFilter::user);
        let filter = set(filter, &self.session, ScoreFilter::session);
        let filter = set(filter, &self.conversation, ScoreFilter::conversation);
        set(filter, &self.name, ScoreFilter::name)
    }
}

#[derive(Debug, Args)]
pub(crate) struct ForgetArgs {
    /// The id of the user
    #[arg(long, value_name = "ID")]
    pub(crate) user: String,
    /// Do not ask for confirmation
    #[arg(long)]
    pub(crate) yes: bool,
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_definition_is_valid() {
        use clap::CommandFactory;

        Cli::command().debug_assert();
    }

    #[test]
    fn options_are_accepted_before_and_after_command() {
        for words in [["whose", "--json", "users"], ["whose", "users", "--json"]] {
            assert!(Cli::try_parse_from(words).unwrap().options.json);
        }
    }
}
