//! From a command to an answer, or to a failure with its exit code.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use whose_store::{
    CostReport, GroupBy, LostRecords, Prices, Query, Reader, RecordRow, Remaining, Rows, StoreError,
};

use crate::cli::{Cli, Command, Options, SearchArgs};
use crate::error::CommandError;
use crate::format::{MAX_MESSAGE, escape, pluralize, truncate};
use crate::json::{self, RowArray};
use crate::output::{self, Output};
use crate::table::{Printer, Table};
use crate::views::{self, CoverageSums, ErrorSums};
use crate::{backup, erase};

/// So many rows are laid out together.
const PAGE: usize = 100;

/// Answers the command on stdout.
pub(crate) fn run(cli: &Cli) -> Result<(), CommandError> {
    let options = &cli.options;
    if options.is_empty_range() {
        return Err(CommandError::EmptyRange);
    }
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
        _ => {}
    }
    let mut reader = Reader::open(&options.db)?;
    if let Some(path) = &options.prices {
        reader = reader.with_prices(load_prices(path)?);
    }
    let query = options.query();
    let losses = reader.losses(&query.unlimited())?;
    for line in views::losses(&losses) {
        eprintln!("whose: {line}");
    }
    let mut runner = Runner {
        reader: &reader,
        query,
        options,
        losses,
        out,
    };
    runner.run(&cli.command)?;
    Ok(runner.out.flush()?)
}

struct Runner<'a> {
    reader: &'a Reader,
    query: Query,
    options: &'a Options,
    losses: Vec<LostRecords>,
    out: Output<io::StdoutLock<'static>>,
}

/// What was printed of the rows of an answer.
struct PrintedRows<T> {
    rows: u64,
    last: Option<T>,
    more: Remaining,
}

impl<'a> Runner<'a> {
    fn run(&mut self, command: &Command) -> Result<(), CommandError> {
        let (reader, query) = (self.reader, self.query);
        match command {
            Command::Users => self.users(),
            Command::Audit { user, session } => match (user, session) {
                (Some(user), _) => self.trail(reader.audit(user, &query)?, user, false),
                (None, Some(id)) => self.trail(reader.session_records(id, &query)?, id, true),
                // The command line asks for one of them.
                (None, None) => Ok(()),
            },
            Command::Sessions { user } => {
                let sessions = reader.sessions(user.as_deref(), &query)?;
                let Some(printed) = self.print_rows(sessions, views::sessions())? else {
                    return Ok(());
                };
                let note = pluralize(printed.rows, "session");
                self.print_notes(vec![note], &printed)
            }
            Command::Cost { by } => self.cost(by),
            Command::Errors { user } => self.errors(user.as_deref()),
            Command::Coverage => self.coverage(),
            Command::Unattributed(arguments) => {
                let records = reader.unattributed(&arguments.filter(), &query)?;
                self.unattributed(records)
            }
            Command::Search(arguments) => self.search(arguments),
            // Done before the file is opened for queries.
            Command::Forget(_) | Command::Keep(_) => Ok(()),
            Command::Backup { file } => {
                let made = backup::backup(reader, file)?;
                Ok(self.out.write_all(made.as_bytes())?)
            }
        }
    }

    fn users(&mut self) -> Result<(), CommandError> {
        let users = self.reader.users(&self.query)?;
        if self.options.json {
            return self.print_json(users);
        }
        let (rows, last) = self.print_table(users, views::users(), |_| ())?;
        // The rows are to be seen while the records are counted; and who has seen enough of them
        // is not kept waiting.
        self.out.flush()?;
        let totals = self.reader.totals(&self.query)?;
        let more = totals.users.saturating_sub(rows);
        let more = Remaining::from(more);
        self.print_notes(
            views::user_notes(&totals),
            &PrintedRows { rows, last, more },
        )
    }

    fn trail(
        &mut self,
        records: Rows<'a, RecordRow>,
        id: &str,
        of_session: bool,
    ) -> Result<(), CommandError> {
        let Some(printed) = self.print_rows(records, views::trail(of_session))? else {
            return Ok(());
        };
        let note = format!("{} of {}", pluralize(printed.rows, "record"), escape(id));
        self.print_notes(vec![note], &printed)
    }

    fn cost(&mut self, by: &GroupBy) -> Result<(), CommandError> {
        let CostReport {
            mut rows,
            unpriced,
            total,
            ..
        } = self.reader.cost(by, &self.query)?;
        if self.options.json {
            #[derive(Serialize)]
            struct Report<R, U, T> {
                rows: R,
                unpriced: U,
                total: T,
            }
            let array = RowArray::new(&mut rows);
            let report = Report {
                rows: &array,
                unpriced,
                total,
            };
            let written = json::write(&mut self.out, &report);
            json_result(written, array.error())?;
            return self.warn_about_more(&rows.remaining()?);
        }
        let Some(printed) = self.print_rows(rows, views::costs(by))? else {
            return Ok(());
        };
        self.print_notes(views::cost_notes(&total, &unpriced), &printed)
    }

    /// All kinds are counted, also those past the limit: there are few.
    fn errors(&mut self, user: Option<&str>) -> Result<(), CommandError> {
        if self.options.json {
            return self.print_json(self.reader.errors(user, &self.query)?);
        }
        let mut sums = ErrorSums::default();
        let groups = self.reader.errors(user, &self.query.unlimited())?;
        let printed = self.print_first(groups, views::errors(), |group| sums.add(group))?;
        self.print_notes(sums.notes(), &printed)
    }

    fn coverage(&mut self) -> Result<(), CommandError> {
        if self.options.json {
            return self.print_json(self.reader.coverage(&self.query)?);
        }
        let mut sums = CoverageSums::default();
        let sites = self.reader.coverage(&self.query.unlimited())?;
        let printed = self.print_first(sites, views::coverage(), |site| sums.add(site))?;
        self.print_notes(sums.notes(), &printed)
    }

    fn unattributed(&mut self, records: Rows<'a, RecordRow>) -> Result<(), CommandError> {
        let Some(printed) = self.print_rows(records, views::unattributed())? else {
            return Ok(());
        };
        let count = pluralize(printed.rows, "record");
        let note = match (printed.rows, next_page_hint(&printed)) {
            (0, _) => "every record has a user, or has none on purpose".to_owned(),
            (_, Some(next_page_hint)) => {
                format!("the newest {count} without a user; {next_page_hint}")
            }
            (_, None) => {
                format!("{count} without a user; `whose coverage` counts them by call site")
            }
        };
        self.print_notes(vec![note], &printed)
    }

    fn search(&mut self, arguments: &SearchArgs) -> Result<(), CommandError> {
        let identities = self.identities(arguments.words())?;
        let records = self.reader.search(&arguments.filter(), &self.query)?;
        if self.options.json {
            for line in identities {
                eprintln!("whose: {line}");
            }
            return self.print_json(records);
        }
        let words = arguments.words().join(" ");
        let words = escape(&truncate(&words, MAX_MESSAGE)).into_owned();
        let Some(printed) = self.print_rows(records, views::search_results())? else {
            return Ok(());
        };
        let count = pluralize(printed.rows, "record");
        let says = if printed.rows == 1 { "says" } else { "say" };
        let note = match (printed.rows, next_page_hint(&printed)) {
            (0, _) => format!("no record says {words}"),
            (_, Some(next_page_hint)) => {
                format!("the newest {count} that {says} {words}; {next_page_hint}")
            }
            (_, None) => format!("{count} that {says} {words}"),
        };
        let notes = std::iter::once(note).chain(identities);
        self.print_notes(notes.collect(), &printed)
    }

    /// Who is meant by the words of a search: records are searched by what they say, and not by
    /// whose they are.
    fn identities(&self, words: &[String]) -> Result<Vec<String>, CommandError> {
        /// So many words are looked up.
        const MAX_WORDS: usize = 8;
        let mut lines = Vec::new();
        for word in words.iter().take(MAX_WORDS) {
            let word = word.trim_matches('"');
            lines.extend(views::identities(word, &self.reader.find_identity(word)?));
        }
        Ok(lines)
    }

    /// Prints the rows as JSON, or as a table; `None`: there is nothing more to say.
    fn print_rows<T: Serialize + 'static>(
        &mut self,
        mut rows: Rows<'_, T>,
        table: Table<T>,
    ) -> Result<Option<PrintedRows<T>>, CommandError> {
        if self.options.json {
            self.print_json(rows)?;
            return Ok(None);
        }
        let (count, last) = self.print_table(&mut rows, table, |_| ())?;
        self.out.flush()?;
        let more = rows.remaining()?;
        Ok(Some(PrintedRows {
            rows: count,
            last,
            more,
        }))
    }

    /// Prints the first rows of all, as many as were asked for.
    fn print_first<T: 'static>(
        &mut self,
        mut rows: Rows<'_, T>,
        table: Table<T>,
        mut visit: impl FnMut(&T),
    ) -> Result<PrintedRows<T>, CommandError> {
        let limit = match self.options.limit {
            0 => usize::MAX,
            limit => limit,
        };
        let (count, last) = self.print_table(rows.by_ref().take(limit), table, &mut visit)?;
        let mut more = 0;
        for row in rows {
            visit(&row?);
            more += 1;
        }
        Ok(PrintedRows {
            rows: count,
            last,
            more: Remaining::from(more),
        })
    }

    /// Prints a table page by page; gives how many rows it has, and the last one.
    fn print_table<T: 'static>(
        &mut self,
        rows: impl Iterator<Item = Result<T, StoreError>>,
        table: Table<T>,
        mut visit: impl FnMut(&T),
    ) -> Result<(u64, Option<T>), CommandError> {
        let width = (!self.options.wide).then(output::table_width);
        let mut printer = Printer::new(table, width);
        let (mut page, mut count, mut last) = (Vec::with_capacity(PAGE), 0, None);
        for row in rows {
            let row = row?;
            visit(&row);
            count += 1;
            page.push(row);
            if page.len() == PAGE {
                printer.page(&page, &mut self.out)?;
                last = page.pop();
                page.clear();
            }
        }
        printer.page(&page, &mut self.out)?;
        Ok((count, page.pop().or(last)))
    }

    fn print_json<T: Serialize>(&mut self, mut rows: Rows<'_, T>) -> Result<(), CommandError> {
        let array = RowArray::new(&mut rows);
        let written = json::write(&mut self.out, &array);
        json_result(written, array.error())?;
        self.warn_about_more(&rows.remaining()?)
    }

    /// Says on stderr that an array is not all: it stays an array.
    fn warn_about_more(&mut self, more: &Remaining) -> Result<(), CommandError> {
        self.out.flush()?;
        if more.count > 0 {
            eprintln!("whose: … {more} more: --limit 0 gives all");
        }
        Ok(())
    }

    /// Prints the notes below a table.
    fn print_notes<T>(
        &mut self,
        notes: Vec<String>,
        printed: &PrintedRows<T>,
    ) -> Result<(), CommandError> {
        if printed.rows > 0 {
            writeln!(self.out)?;
        }
        for line in notes.into_iter().chain(views::losses(&self.losses)) {
            writeln!(self.out, "{line}")?;
        }
        if printed.more.count > 0 {
            writeln!(self.out, "… {} more: --limit 0 shows all", printed.more)?;
        }
        Ok(())
    }
}

/// How the next page is asked for, where there is one.
fn next_page_hint(printed: &PrintedRows<RecordRow>) -> Option<String> {
    let last = printed.last.as_ref().filter(|_| printed.more.count > 0)?;
    Some(format!("older ones: --before {}", last.id))
}

/// What went wrong, in the store before all.
fn json_result(
    written: serde_json::Result<()>,
    error: Option<StoreError>,
) -> Result<(), CommandError> {
    match error {
        Some(error) => Err(error.into()),
        None => Ok(written.map_err(io::Error::from)?),
    }
}

fn load_prices(path: &Path) -> Result<Prices, CommandError> {
    let unreadable = |source| CommandError::PriceFile {
        path: path.to_path_buf(),
        source,
    };
    let table = std::fs::read_to_string(path).map_err(unreadable)?;
    let invalid = |source| CommandError::PriceTable {
        path: path.to_path_buf(),
        source,
    };
    Prices::builtin().with_csv(&table).map_err(invalid)
}
