//! Running a command.

use std::io::{self, Write};

use serde::Serialize;
use whose_store::{Queries, Query, Reader, RecordRow, Remaining, Rows, ScoreFilter, ScoreReport};

use crate::command_line::args::{ReasonArgs, SearchArgs};
use crate::command_line::cli::{Cli, Command, Options};
use crate::command_line::error::CommandError;
use crate::command_line::format::{MAX_MESSAGE, truncate};
use crate::command_line::log_view::{ViewLog, log_view};
use crate::command_line::output::Output;
use crate::command_line::price_table::prices;
use crate::command_line::printer::{PrintedRows, Printer, next_page_hint};
use crate::command_line::views::{self, CoverageSums, ErrorSums, JobSums};
use crate::command_line::{
    accesses, backup, check, costs, erase, export, gate, health, hold, live, replay, serve, vacuum,
};
use crate::query_language::SearchText;
use crate::values::{escape, pluralize};

/// Runs the command, and prints its output on stdout.
pub(crate) fn run(cli: &Cli) -> Result<(), CommandError> {
    check_range(cli)?;
    let options = &cli.options;
    let mut out = Output::new(io::stdout().lock());
    match &cli.command {
        Command::Forget(arguments) => {
            let erased = erase::forget(options, arguments, &mut out);
            out.flush()?;
            return erased;
        }
        Command::Keep(arguments) => {
            let erased = erase::keep(options, arguments, &mut out);
            out.flush()?;
            return erased;
        }
        Command::Hold(arguments) => return hold::hold(options, arguments, &mut out),
        Command::Check => return check::check(options, &mut out),
        Command::Vacuum => return vacuum::vacuum(options, &mut out),
        _ => {}
    }
    let prices = prices(options)?;
    if let Command::Serve(arguments) = &cli.command {
        return serve::serve(options, arguments, prices, &mut out);
    }
    if let Command::Live(arguments) = &cli.command {
        return live::live(options, arguments, prices, &mut out);
    }
    let reader = Reader::open(&options.db)?.with_prices(prices);
    let query = options.query();
    let losses = reader.losses(&query.unlimited())?;
    for line in views::losses(&losses) {
        eprintln!("whose: {line}");
    }
    let mut runner = Runner {
        reader: &reader,
        query,
        options,
        printer: Printer::new(options, losses, out),
    };
    runner.run(&cli.command)?;
    runner.printer.flush()
}

/// Checks that the command takes a time range, and that the range is not empty.
pub(super) fn check_range(cli: &Cli) -> Result<(), CommandError> {
    let options = &cli.options;
    if let Some(command) = cli.command.without_query().filter(|_| options.has_range()) {
        return Err(CommandError::RangeWithoutQuery(command));
    }
    match options.is_empty_range() {
        true => Err(CommandError::EmptyRange),
        false => Ok(()),
    }
}

/// Runs one query command.
struct Runner<'a> {
    reader: &'a Reader,
    query: Query,
    options: &'a Options,
    printer: Printer<'a>,
}

impl<'a> Runner<'a> {
    fn run(&mut self, command: &Command) -> Result<(), CommandError> {
        let (reader, query) = (self.reader, self.query);
        match command {
            Command::Users => self.users(),
            Command::Audit {
                user,
                session,
                conversation,
                actor,
                why,
            } => match (user, session, conversation, actor) {
                (Some(user), ..) => {
                    self.log_view("audit", Some(user), why)?;
                    self.trail(reader.audit(user, &query)?, user, None)
                }
                (_, Some(id), ..) => self.trail(reader.session_records(id, &query)?, id, Some(why)),
                (.., Some(id), _) => {
                    self.trail(reader.conversation_records(id, &query)?, id, Some(why))
                }
                (.., Some(id)) => self.trail(reader.actor_records(id, &query)?, id, Some(why)),
                // The command line requires one of them.
                (None, None, None, None) => Ok(()),
            },
            Command::Explain { record, why } => self.explain(*record, why),
            Command::Replay(arguments) => {
                replay::replay(reader, &query, arguments, self.options, &mut self.printer)
            }
            Command::Health => health::health(reader, &query, self.options, &mut self.printer),
            Command::Sessions { user, why } => {
                self.log_view("sessions", user.as_deref(), why)?;
                let sessions = reader.sessions(user.as_deref(), &query)?;
                let Some(printed) = self.printer.print_rows(sessions, views::sessions())? else {
                    return Ok(());
                };
                let note = pluralize(printed.rows, "session");
                self.printer.print_notes(vec![note], &printed)
            }
            Command::Cost(arguments) => {
                self.log_view("cost", arguments.viewed_user(), &arguments.why)?;
                costs::cost(reader, &query, arguments, self.options, &mut self.printer)
            }
            Command::Graph(arguments) => {
                self.log_view("graph", arguments.user.as_deref(), &arguments.why)?;
                let filter = arguments.filter();
                costs::graph(reader, &query, &filter, self.options, &mut self.printer)
            }
            Command::Scores(arguments) => {
                let (user, why) = arguments.viewed();
                self.log_view("scores", user, why)?;
                self.scores(&arguments.filter())
            }
            Command::Errors { user, why } => {
                self.log_view("errors", user.as_deref(), why)?;
                self.errors(user.as_deref())
            }
            Command::Jobs => self.jobs(),
            Command::Coverage(arguments) if arguments.is_gate() => {
                gate::run(reader, &query, self.options, arguments, &mut self.printer)
            }
            Command::Coverage(_) => self.coverage(),
            Command::Unattributed(arguments) => {
                let records = reader.unattributed(&arguments.filter(), &query)?;
                self.unattributed(records, arguments.reason.as_deref())
            }
            Command::Search(arguments) => self.search(arguments),
            Command::Accesses(arguments) => {
                accesses::run(reader, &query, self.options, arguments, &mut self.printer)
            }
            Command::Export(arguments) => {
                self.log_view("export", Some(&arguments.user), &arguments.why)?;
                export::export(reader, &query, arguments, self.printer.out())
            }
            // `run` has executed these before it opened the file for queries.
            Command::Forget(_)
            | Command::Keep(_)
            | Command::Serve(_)
            | Command::Live(_)
            | Command::Check
            | Command::Hold(_)
            | Command::Vacuum => Ok(()),
            // The entry point has executed it.
            #[cfg(feature = "mcp")]
            Command::Mcp(_) => Ok(()),
            Command::Backup { file } => {
                let report = backup::backup(reader, file)?;
                if self.options.json {
                    return self.printer.print_json_value(&report, || None);
                }
                self.printer.print_text(&report.text())
            }
        }
    }

    /// Logs that the command shows the records of a user.
    fn log_view(
        &self,
        command: &str,
        user: Option<&str>,
        why: &ReasonArgs,
    ) -> Result<(), CommandError> {
        match user {
            Some(user) => log_view(&self.options.db, command, user, why.reason.as_deref()),
            None => Ok(()),
        }
    }

    fn users(&mut self) -> Result<(), CommandError> {
        let users = self.reader.users(&self.query)?;
        if self.options.json {
            return self.printer.print_json(users);
        }
        let (rows, last) = self
            .printer
            .print_table(users, views::users(), |_| Ok(()))?;
        // The rows appear while the records are counted, and a closed pipe ends the command early.
        self.printer.flush()?;
        let totals = self.reader.totals(&self.query)?;
        let more = totals.users.saturating_sub(rows);
        let more = Remaining::from(more);
        self.printer.print_notes(
            views::user_notes(&totals),
            &PrintedRows { rows, last, more },
        )
    }

    /// Prints a trail. With `of_users`, the trail is of several users: each of them is logged, with the
    /// reason.
    fn trail(
        &mut self,
        records: Rows<'a, RecordRow>,
        id: &str,
        of_users: Option<&ReasonArgs>,
    ) -> Result<(), CommandError> {
        let mut log = of_users.map(|why| ViewLog::new(&self.options.db, "audit", why));
        let table = views::trail(log.is_some());
        let before = |record: &RecordRow| match &mut log {
            Some(log) => log.log(record.user.as_deref()),
            None => Ok(()),
        };
        let Some(printed) = self.printer.print_rows_after(records, table, before)? else {
            return Ok(());
        };
        let note = format!("{} of {}", pluralize(printed.rows, "record"), escape(id));
        self.printer.print_notes(vec![note], &printed)
    }

    fn explain(&mut self, id: i64, why: &ReasonArgs) -> Result<(), CommandError> {
        let record = self.reader.record(id)?;
        let record = record.ok_or(CommandError::UnknownRecord(id))?;
        self.log_view("explain", record.user.as_deref(), why)?;
        if self.options.json {
            return self.printer.print_json_value(&record, || None);
        }
        let width = self.printer.width().unwrap_or(usize::MAX);
        self.printer.print_text(&views::explanation(&record, width))
    }

    fn scores(&mut self, filter: &ScoreFilter) -> Result<(), CommandError> {
        let ScoreReport { rows, summary, .. } = self.reader.scores(filter, &self.query)?;
        if self.options.json {
            #[derive(Serialize)]
            struct Sums<S> {
                summary: S,
            }
            return self.printer.print_json_report(rows, Sums { summary });
        }
        let Some(printed) = self.printer.print_rows(rows, views::scores())? else {
            return Ok(());
        };
        self.printer
            .print_notes(views::score_notes(&summary, filter), &printed)
    }

    /// Sums all groups, including those past the limit, since there are few.
    fn errors(&mut self, user: Option<&str>) -> Result<(), CommandError> {
        if self.options.json {
            return self
                .printer
                .print_json(self.reader.errors(user, &self.query)?);
        }
        let mut sums = ErrorSums::default();
        let groups = self.reader.errors(user, &self.query.unlimited())?;
        let printed = self
            .printer
            .print_first(groups, views::errors(), |group| sums.add(group))?;
        self.printer.print_notes(sums.notes(), &printed)
    }

    /// Sums all jobs, including those past the limit, since there are few.
    fn jobs(&mut self) -> Result<(), CommandError> {
        if self.options.json {
            return self.printer.print_json(self.reader.jobs(&self.query)?);
        }
        let mut sums = JobSums::default();
        let jobs = self.reader.jobs(&self.query.unlimited())?;
        let printed = self
            .printer
            .print_first(jobs, views::jobs(), |job| sums.add(job))?;
        self.printer.print_notes(sums.notes(), &printed)
    }

    fn coverage(&mut self) -> Result<(), CommandError> {
        if self.options.json {
            return self.printer.print_json(self.reader.coverage(&self.query)?);
        }
        let mut sums = CoverageSums::default();
        let sites = self.reader.coverage(&self.query.unlimited())?;
        let printed = self
            .printer
            .print_first(sites, views::coverage(), |site| sums.add(site))?;
        self.printer.print_notes(sums.notes(), &printed)
    }

    fn unattributed(
        &mut self,
        records: Rows<'a, RecordRow>,
        reason: Option<&str>,
    ) -> Result<(), CommandError> {
        let Some(printed) = self.printer.print_rows(records, views::unattributed())? else {
            return Ok(());
        };
        let count = pluralize(printed.rows, "record");
        let note = match (printed.rows, next_page_hint(&printed)) {
            (0, _) => views::no_unattributed(reason),
            (_, Some(hint)) => {
                format!("the newest {count} without a user; {hint}")
            }
            (_, None) => {
                format!("{count} without a user; `whose coverage` counts them by call site")
            }
        };
        self.printer.print_notes(vec![note], &printed)
    }

    fn search(&mut self, arguments: &SearchArgs) -> Result<(), CommandError> {
        let words = arguments.text();
        let parsed = SearchText::parse(&words);
        if !parsed.errors.is_empty() {
            return Err(CommandError::Search {
                text: words,
                errors: parsed.errors,
            });
        }
        // A search for an unknown user finds nothing. An option with an unknown user is a mistake.
        if let Some(user) = &arguments.user {
            self.log_view("search", Some(user), &arguments.why)?;
            drop(self.reader.audit(user, &Query::new().limit(0))?);
        }
        if let Some(session) = &arguments.session {
            drop(
                self.reader
                    .session_records(session, &Query::new().limit(0))?,
            );
        }
        for user in parsed.known_users(self.reader)? {
            self.log_view("search", Some(&user), &arguments.why)?;
        }
        let identities = self.identities(&parsed)?;
        let records = self
            .reader
            .search(&arguments.filter(&parsed), &self.query)?;
        if self.options.json {
            for line in identities {
                eprintln!("whose: {line}");
            }
            return self.printer.print_json(records);
        }
        let words = escape(&truncate(&words, MAX_MESSAGE)).into_owned();
        let Some(printed) = self.printer.print_rows(records, views::search_results())? else {
            return Ok(());
        };
        let count = pluralize(printed.rows, "record");
        let verb = match (parsed.is_words(), printed.rows) {
            (true, 0 | 1) => "contains",
            (true, _) => "contain",
            (false, 0 | 1) => "matches",
            (false, _) => "match",
        };
        let note = match (printed.rows, next_page_hint(&printed)) {
            (0, _) => format!("no record {verb} {words}"),
            (_, Some(hint)) => {
                format!("the newest {count} that {verb} {words}; {hint}")
            }
            (_, None) => format!("{count} that {verb} {words}"),
        };
        let notes = std::iter::once(note).chain(identities);
        self.printer.print_notes(notes.collect(), &printed)
    }

    /// The users and sessions that the words of a search identify. The search itself matches texts.
    fn identities(&self, text: &SearchText) -> Result<Vec<String>, CommandError> {
        /// The most words that are looked up.
        const MAX_WORDS: usize = 8;
        let mut lines = Vec::new();
        for word in text.words().take(MAX_WORDS) {
            lines.extend(views::identities(word, &self.reader.find_identity(word)?));
        }
        Ok(lines)
    }
}
