//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use whose_store::{Query, Timestamp};

#[cfg(feature = "mcp")]
use crate::command_line::args::McpArgs;
use crate::command_line::args::{
    AccessesArgs, ExportArgs, ForgetArgs, HoldArgs, KeepArgs, LiveArgs, ReasonArgs, ReplayArgs,
    ScoreArgs, SearchArgs, ServeArgs, UnattributedArgs,
};
use crate::command_line::cost_args::{CostArgs, GraphArgs};
use crate::command_line::gate::CoverageArgs;
use crate::values::parse_time;

const AFTER_HELP: &str = "\
Examples:
  whose users --db support.db           list the users, last seen first
  whose audit --user alice              list the records of alice in time order
  whose audit --user alice --since 2h   only the last two hours
  whose audit --session s-1             list the records of a session
  whose audit --conversation thread-7   list the records of a conversation
  whose audit --actor operator-2        list the records of an operator's work
  whose explain --record 42             why record 42 has its user, or has none
  whose sessions --user alice           list the sessions of alice
  whose cost --by model                 list the cost of each model
  whose cost --by agent                 list the cost of each agent
  whose cost --by tag:plan --json       the cost by the tag `plan`, as JSON
  whose cost --prices our-prices.csv    the cost at your own prices
  whose cost --over day --user alice    the cost of alice on each day
  whose cost --only model=gpt-4o        the cost of one model, by user
  whose graph --user alice              list what alice's agents called
  whose scores --name helpful           list the scores with that name
  whose errors                          list the groups of errors
  whose errors --user alice             only errors of alice
  whose jobs                            list the monitored jobs and missed starts
  whose replay --session s-1            the traces of a session, as waterfalls
  whose replay --session s-1 --at 10m   who was current ten minutes ago
  whose live --class error              print errors as they are written
  whose health                          sizes, lost records and refused writes
  whose coverage                        list the call sites without a user
  whose coverage --fail-under 98        fail if less than 98% have a user
  whose unattributed                    list the newest records without a user
  whose search refund paris             the newest records with both words
  whose search '\"card declined\" time*'  search for a phrase and a prefix
  whose search refund --user alice      only records of alice
  whose accesses --user alice           list who looked at the records of alice
  whose accesses --verify               check that no row of that list was changed
  whose export --user alice             write all records of alice as lines of JSON
  whose search 'level:error -user:*'    errors without a user
  whose search 'model:gpt* cost:>0.01 tag.plan:pro since:1d'
  whose serve                           show the pages in a browser
  whose mcp                             answer a coding agent on stdin and stdout
  whose backup copy.db                  copy the store, also while it is in use
  whose check                           check the file for damage
  whose forget --user alice             erase a user, after a confirmation
  whose keep --days 30 --max-size 10GB  erase old records
  whose keep --days 30 --at-least errors=180
  whose hold --user alice --reason 'case 17'

Tables use the width of the terminal, or COLUMNS, or 80 columns: wide rows
continue on the next line, long ids and paths are shortened in the middle, long
messages are truncated. `--wide` and `--json` shorten nothing. Lost records are
reported below the table and on stderr.

Exit codes:
  0  success
  1  unknown user, session, conversation, actor or record, or old pages remain
     after an erasure, or the file is damaged, or the access log was changed
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
    #[arg(long, global = true, value_name = "TIME", value_parser = parse_time)]
    since: Option<Timestamp>,
    /// Only records before this time
    #[arg(long, global = true, value_name = "TIME", value_parser = parse_time)]
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
        /// The id of the conversation; the query scans the whole time range
        #[arg(long, value_name = "ID", group = "whose")]
        conversation: Option<String>,
        /// The id of an operator, agent or service that acted for users; the query scans the whole
        /// time range
        #[arg(long, value_name = "ID", group = "whose")]
        actor: Option<String>,
        #[command(flatten)]
        why: ReasonArgs,
    },
    /// Explain why a record has its user and its session: which kind of frame set them, and where
    Explain {
        /// The number of the record: `whose audit --wide` lists the numbers
        #[arg(long, value_name = "NUMBER")]
        record: i64,
        #[command(flatten)]
        why: ReasonArgs,
    },
    /// Print the traces of a session, or one trace, as waterfalls; or who was current at a time
    Replay(ReplayArgs),
    /// Print new records as they are written, until Ctrl-C
    ///
    /// One record is one line: the time in UTC, the class, the user, and what happened. `--json` prints
    /// one JSON object on each line. If records come faster than the command prints, stderr has their
    /// number.
    Live(LiveArgs),
    /// Print the size of the store, its lost records, and what the processes counted
    Health,
    /// List the sessions, last seen first
    Sessions {
        /// Only sessions of this user; the counts cover the whole session
        #[arg(long, value_name = "ID")]
        user: Option<String>,
        #[command(flatten)]
        why: ReasonArgs,
    },
    /// List the cost of models at list prices, highest first
    Cost(CostArgs),
    /// List who called what: agents, tools, models and services, with calls, errors, latency and cost
    Graph(GraphArgs),
    /// List the scores, oldest first, and a summary for each name
    Scores(ScoreArgs),
    /// List the groups of errors by the number of users affected
    Errors {
        /// Only errors of this user; the counts cover the whole group
        #[arg(long, value_name = "ID")]
        user: Option<String>,
        #[command(flatten)]
        why: ReasonArgs,
    },
    /// List the monitored jobs by name: the last run, failures, overruns and missed starts
    ///
    /// A start is expected one interval after the start before it, and is missed after a grace of a
    /// tenth of the interval (at least a minute, at most an hour). `--until` lists the jobs as of that
    /// time; `--since` limits the counts and hides no job.
    Jobs,
    /// Search for records that contain all words and fulfil all conditions, newest first
    ///
    /// Words match in name, message, fields or error. Double quotes make a phrase; `*` at the end of
    /// a word matches any suffix. A condition is `field:value`:
    ///
    /// user, session, conversation, actor, type, level, kind, name, target, service, source, reason,
    /// failed, model, provider, agent, tool, trace, fingerprint, tag.KEY, field.KEY, and @KEY for an
    /// attribute of the user. `field:*` finds every record with a value, `field:start*` a value that
    /// begins so. `-` before a word or a condition excludes records.
    ///
    /// `duration:>100ms`, `cost:>=0.01` and `tokens:<1000` compare numbers, and so do tag.KEY,
    /// field.KEY and @KEY. `since:1h` and `until:2026-11-28` limit the time. Quotes are for values
    /// with blanks: `name:"a b"`.
    ///
    /// If a word is the id of a user or session, or the email address of a user, the output includes
    /// the command that lists its records.
    Search(SearchArgs),
    /// List the call sites by their share of records without a user or session, with the reasons
    ///
    /// With `--fail-under`, a gate for CI: it prints the share with a user and the call sites without
    /// one, and exits with code 3 if the share is too small.
    Coverage(CoverageArgs),
    /// List the records without a user that no login explains, newest first
    Unattributed(UnattributedArgs),
    /// List who looked at the records of whom, newest first, or check that the list is complete
    ///
    /// Every command, page and tool that shows the records of one user adds a row before it shows them.
    /// `sqlite3` on the file, and programs that read the file by themselves, add none.
    Accesses(AccessesArgs),
    /// Write all records of a user, oldest first, for the user or for another program
    ///
    /// `--limit` does not apply. The access log has a row for the export.
    Export(ExportArgs),
    /// Serve the pages of the store to a browser, until Ctrl-C
    ///
    /// The server answers on this machine alone, unless `--listen` and `--token` say otherwise. Each
    /// page that shows one person adds a row to the access log.
    Serve(ServeArgs),
    /// Answer the queries of a coding agent on stdin and stdout, by the Model Context Protocol
    ///
    /// The agent starts the command, and the command ends when the agent closes stdin. Its tools change
    /// nothing. Each call that shows the records of one person adds a row to the access log, with the
    /// reason of the call or that of `--reason`. `sqlite3` on the file adds none.
    #[cfg(feature = "mcp")]
    Mcp(McpArgs),
    /// Copy the store into a new file while programs write to it
    Backup {
        /// The new file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Check every page, row and index of the file, also while programs write to it
    Check,
    /// Rewrite the file without free space; writers wait meanwhile
    Vacuum,
    /// Erase one user: all records, and the data that only they refer to, from the file and its log
    ///
    /// Without `--yes`, shows what would be erased and asks for confirmation. From then on, earlier
    /// records of the user are rejected, including those that wait in another process. Records of
    /// other users that mention the user stay and are counted. The whole file is rewritten; writers
    /// wait meanwhile.
    Forget(ForgetArgs),
    /// Erase the oldest records and the data that only they refer to, while programs write
    Keep(KeepArgs),
    /// Keep the records of a user from being erased, until the hold is released
    Hold(HoldArgs),
}

impl Command {
    /// The name of a command that copies, erases or shows one record, and so has no time range.
    pub(crate) fn without_query(&self) -> Option<&'static str> {
        match self {
            Self::Backup { .. } => Some("backup"),
            Self::Check => Some("check"),
            Self::Vacuum => Some("vacuum"),
            Self::Explain { .. } => Some("explain"),
            Self::Forget(_) => Some("forget"),
            Self::Keep(_) => Some("keep"),
            Self::Live(_) => Some("live"),
            Self::Hold(_) => Some("hold"),
            Self::Serve(_) => Some("serve"),
            #[cfg(feature = "mcp")]
            Self::Mcp(_) => Some("mcp"),
            _ => None,
        }
    }
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
