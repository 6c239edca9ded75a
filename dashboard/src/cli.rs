//! What can be asked on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use whose_store::{GroupBy, Query, SearchFilter, Timestamp, UnattributedFilter};

use crate::byte_size::ByteSize;
use crate::time_arg;

const AFTER_HELP: &str = "\
Examples:
  whose users --db support.db           who is in the store, the one last seen first
  whose audit --user alice              everything that is Alice's, in time order
  whose audit --user alice --since 2h   the same of the last two hours
  whose audit --session s-1             everything that is part of a session
  whose sessions --user alice           the sessions that she took part in
  whose cost --by model                 what each model cost, and which have no price
  whose cost --by tag:plan --json       the same by the tag `plan`, for programs
  whose cost --prices our-prices.csv    with prices of your own
  whose errors                          which errors there are, and how many users they hit
  whose errors --user alice             those that hit Alice
  whose coverage                        the call sites that emit without a user, and why
  whose unattributed                    the newest records without a user, and why
  whose search refund paris             the newest records that say both words
  whose search '\"card declined\" time*'  a phrase, and a word that begins so
  whose search refund --user alice      only what is Alice's
  whose backup copy.db                  a copy of the store, also while it is written
  whose forget --user alice             erase all that is Alice's, after a question
  whose keep --days 30 --max-size 10GB  erase what is older, or more

A table is as wide as the terminal, or as COLUMNS says, or 80 columns: rows are folded, long ids and
paths are shortened in the middle, long messages at the end. `--wide` and `--json` shorten nothing.
What was lost before it was written is told below the table and on stderr.

Exit codes: 0 answered; 1 there is no such user or session, or old pages are left; 2 the store, the
price table or the command line cannot be read.";

/// Whose span is it? Reads a store of records: who did what, in which session, what it cost.
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
    /// The store; it can be in use by a running process
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "WHOSE_DB",
        default_value = "whose.db"
    )]
    pub(crate) db: PathBuf,
    /// Answer in JSON, complete and exact, instead of a table
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// One line for each row, however wide, with nothing shortened
    #[arg(long, global = true)]
    pub(crate) wide: bool,
    /// How many rows at most; 0: all
    #[arg(long, global = true, value_name = "COUNT", default_value_t = Query::DEFAULT_LIMIT)]
    pub(crate) limit: usize,
    /// Only records from that time on: `2026-11-28T22:30:00Z`, a date, or a duration back such as
    /// `2h` or `30d`
    #[arg(long, global = true, value_name = "TIME", value_parser = time_arg::parse_time)]
    since: Option<Timestamp>,
    /// Only records before that time
    #[arg(long, global = true, value_name = "TIME", value_parser = time_arg::parse_time)]
    until: Option<Timestamp>,
    /// A CSV of prices that go before the builtin ones: `model,input,output`, in US dollars per
    /// million tokens
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
}

impl Options {
    /// The query for as many rows as were asked for.
    pub(crate) fn query(&self) -> Query {
        let query = match self.limit {
            0 => Query::all(),
            rows => Query::new().limit(rows),
        };
        let query = self.since.map_or(query, |time| query.since(time));
        self.until.map_or(query, |time| query.until(time))
    }

    /// Whether no time can be in the range.
    pub(crate) fn is_empty_range(&self) -> bool {
        matches!((self.since, self.until), (Some(since), Some(until)) if since >= until)
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Who is in the store: first and last seen, records, tokens, cost
    Users,
    /// Everything that is one user's, or part of one session, the oldest first, with what came
    /// before the login
    #[command(group = clap::ArgGroup::new("whose").required(true))]
    Audit {
        /// The id of the user
        #[arg(long, value_name = "ID", group = "whose")]
        user: Option<String>,
        /// The id of the session
        #[arg(long, value_name = "ID", group = "whose")]
        session: Option<String>,
    },
    /// The sessions, the one last seen first
    Sessions {
        /// Only those with records of this user; the figures stay those of the whole session
        #[arg(long, value_name = "ID")]
        user: Option<String>,
    },
    /// What models cost, the dearest first, at list prices
    Cost {
        /// What to group by: `user`, `model`, `session` or `tag:KEY`
        #[arg(long, value_name = "WHAT", default_value_t)]
        by: GroupBy,
    },
    /// The kinds of errors that there are, the one that hit most users first
    Errors {
        /// Only those that hit this user; the figures stay those of the whole kind
        #[arg(long, value_name = "ID")]
        user: Option<String>,
    },
    /// What says all of these words, in its name, message, fields or error, the newest first
    ///
    /// Words in double quotes are a phrase; a `*` at the end of a word stands for any ending. No
    /// other character means anything. A word that is the id of a user or of a session, or the
    /// email address of a user, is told with the command that shows it.
    Search(SearchArgs),
    /// The share of what each call site emits that has no user or no session, and why, the worst
    /// first
    Coverage,
    /// The records without a user that no login explains, the newest first
    Unattributed(UnattributedArgs),
    /// Copy the store into a new file while programs go on writing
    Backup {
        /// The new file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Erase one user: the records, and everything that only they refer to, from the file and its
    /// log
    ///
    /// Without `--yes` it shows what would be erased and asks. Records that began before are not
    /// stored any more, also where another process has them still. What others say of the user
    /// stays, and is counted. The whole file is rewritten; writers wait meanwhile.
    Forget(ForgetArgs),
    /// Erase the oldest records, with what only they refer to, while others write
    Keep(KeepArgs),
}

#[derive(Debug, Args)]
pub(crate) struct UnattributedArgs {
    /// Only those without a user for that reason: `no_scope`, `global_only`, `no_isolated_scope`,
    /// `unset`
    #[arg(long, value_name = "REASON")]
    reason: Option<String>,
    /// Only records that come after the one of this number: the next page
    #[arg(long, value_name = "NUMBER")]
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

#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// What to search for; the order is of no importance
    #[arg(required = true, value_name = "WORDS")]
    words: Vec<String>,
    /// Only what is this user's
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// Only what is part of this session
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// Only records that come after the one of this number: the next page
    #[arg(long, value_name = "NUMBER")]
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
pub(crate) struct ForgetArgs {
    /// The id of the user
    #[arg(long, value_name = "ID")]
    pub(crate) user: String,
    /// Erase without asking
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct KeepArgs {
    /// Only records that ended within so many days
    #[arg(
        long,
        value_name = "DAYS",
        required_unless_present = "max_size",
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub(crate) days: Option<u32>,
    /// Only so many of the newest records that the file has at most that size: `10GB`, `500MiB`
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
