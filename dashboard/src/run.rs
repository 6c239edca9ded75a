//! From a command to an answer, or to a failure with its exit code.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use whose_store::{
    CostReport, GroupBy, LostRecords, Prices, Query, Reader, RecordRow, Remaining, Rows, StoreError,
};

use crate::answer::{self, CoverageSums, ErrorSums};
use crate::cli::{Cli, Command, Options, SearchArgs};
use crate::failure::Failure;
use crate::json::{self, Streamed};
use crate::output::{self, Output};
use crate::table::{Printer, Table};
use crate::text::{MESSAGE, counted, cut, shown};
use crate::{backup, erase};

/// So many rows are laid out together.
const PAGE: usize = 100;

/// Answers the command on stdout.
pub(crate) fn run(cli: &Cli) -> Result<(), Failure> {
    let options = &cli.options;
    if options.is_empty_range() {
        return Err(Failure::EmptyRange);
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
        reader = reader.with_prices(own_prices(path)?);
    }
    let query = options.query();
    let losses = reader.losses(&query.unlimited())?;
    for line in answer::losses(&losses) {
        eprintln!("whose: {line}");
    }
    let mut answering = Answering {
        reader: &reader,
        query,
        options,
        losses,
        out,
    };
    answering.answer(&cli.command)?;
    Ok(answering.out.flush()?)
}

struct Answering<'a> {
    reader: &'a Reader,
    query: Query,
    options: &'a Options,
    losses: Vec<LostRecords>,
    out: Output<io::StdoutLock<'static>>,
}

/// What was printed of the rows of an answer.
struct Printed<T> {
    rows: u64,
    last: Option<T>,
    more: Remaining,
}

impl<'a> Answering<'a> {
    fn answer(&mut self, command: &Command) -> Result<(), Failure> {
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
                let Some(printed) = self.rows(sessions, answer::sessions())? else {
                    return Ok(());
                };
                let note = counted(printed.rows, "session");
                self.end(vec![note], &printed)
            }
            Command::Cost { by } => self.cost(by),
            Command::Errors { user } => self.errors(user.as_deref()),
            Command::Coverage => self.coverage(),
            Command::Unattributed(asked) => {
                let records = reader.unattributed(&asked.filter(), &query)?;
                self.unattributed(records)
            }
            Command::Search(asked) => self.search(asked),
            // Done before the file is opened for queries.
            Command::Forget(_) | Command::Keep(_) => Ok(()),
            Command::Backup { file } => {
                let made = backup::backup(reader, file)?;
                Ok(self.out.write_all(made.as_bytes())?)
            }
        }
    }

    fn users(&mut self) -> Result<(), Failure> {
        let users = self.reader.users(&self.query)?;
        if self.options.json {
            return self.json_rows(users);
        }
        let (rows, last) = self.print(users, answer::users(), |_| ())?;
        // The rows are to be seen while the records are counted; and who has seen enough of them
        // is not kept waiting.
        self.out.flush()?;
        let totals = self.reader.totals(&self.query)?;
        let more = totals.users.saturating_sub(rows);
        let more = Remaining::from(more);
        self.end(answer::user_notes(&totals), &Printed { rows, last, more })
    }

    fn trail(
        &mut self,
        records: Rows<'a, RecordRow>,
        id: &str,
        of_session: bool,
    ) -> Result<(), Failure> {
        let Some(printed) = self.rows(records, answer::trail(of_session))? else {
            return Ok(());
        };
        let note = format!("{} of {}", counted(printed.rows, "record"), shown(id));
        self.end(vec![note], &printed)
    }

    fn cost(&mut self, by: &GroupBy) -> Result<(), Failure> {
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
            let streamed = Streamed::new(&mut rows);
            let report = Report {
                rows: &streamed,
                unpriced,
                total,
            };
            let written = json::write(&mut self.out, &report);
            finish(written, streamed.failure())?;
            return self.tell_more(&rows.remaining()?);
        }
        let Some(printed) = self.rows(rows, answer::costs(by))? else {
            return Ok(());
        };
        self.end(answer::cost_notes(&total, &unpriced), &printed)
    }

    /// All kinds are counted, also those past the limit: there are few.
    fn errors(&mut self, user: Option<&str>) -> Result<(), Failure> {
        if self.options.json {
            return self.json_rows(self.reader.errors(user, &self.query)?);
        }
        let mut sums = ErrorSums::default();
        let kinds = self.reader.errors(user, &self.query.unlimited())?;
        let printed = self.first(kinds, answer::errors(), |kind| sums.add(kind))?;
        self.end(sums.notes(), &printed)
    }

    fn coverage(&mut self) -> Result<(), Failure> {
        if self.options.json {
            return self.json_rows(self.reader.coverage(&self.query)?);
        }
        let mut sums = CoverageSums::default();
        let sites = self.reader.coverage(&self.query.unlimited())?;
        let printed = self.first(sites, answer::coverage(), |site| sums.add(site))?;
        self.end(sums.notes(), &printed)
    }

    fn unattributed(&mut self, records: Rows<'a, RecordRow>) -> Result<(), Failure> {
        let Some(printed) = self.rows(records, answer::unattributed())? else {
            return Ok(());
        };
        let count = counted(printed.rows, "record");
        let note = match (printed.rows, older(&printed)) {
            (0, _) => "every record has a user, or has none on purpose".to_owned(),
            (_, Some(older)) => format!("the newest {count} without a user; {older}"),
            (_, None) => {
                format!("{count} without a user; `whose coverage` counts them by call site")
            }
        };
        self.end(vec![note], &printed)
    }

    fn search(&mut self, asked: &SearchArgs) -> Result<(), Failure> {
        let identities = self.identities(asked.words())?;
        let records = self.reader.search(&asked.filter(), &self.query)?;
        if self.options.json {
            for line in identities {
                eprintln!("whose: {line}");
            }
            return self.json_rows(records);
        }
        let words = asked.words().join(" ");
        let words = shown(&cut(&words, MESSAGE)).into_owned();
        let Some(printed) = self.rows(records, answer::found())? else {
            return Ok(());
        };
        let count = counted(printed.rows, "record");
        let says = if printed.rows == 1 { "says" } else { "say" };
        let note = match (printed.rows, older(&printed)) {
            (0, _) => format!("no record says {words}"),
            (_, Some(older)) => format!("the newest {count} that {says} {words}; {older}"),
            (_, None) => format!("{count} that {says} {words}"),
        };
        let notes = std::iter::once(note).chain(identities);
        self.end(notes.collect(), &printed)
    }

    /// Who is meant by the words of a search: records are searched by what they say, and not by
    /// whose they are.
    fn identities(&self, words: &[String]) -> Result<Vec<String>, Failure> {
        /// So many words are looked up.
        const MOST: usize = 8;
        let mut lines = Vec::new();
        for word in words.iter().take(MOST) {
            let word = word.trim_matches('"');
            lines.extend(answer::identities(word, &self.reader.find_identity(word)?));
        }
        Ok(lines)
    }

    /// Prints the rows as JSON, or as a table; `None`: there is nothing more to say.
    fn rows<T: Serialize + 'static>(
        &mut self,
        mut rows: Rows<'_, T>,
        table: Table<T>,
    ) -> Result<Option<Printed<T>>, Failure> {
        if self.options.json {
            self.json_rows(rows)?;
            return Ok(None);
        }
        let (count, last) = self.print(&mut rows, table, |_| ())?;
        self.out.flush()?;
        let more = rows.remaining()?;
        Ok(Some(Printed {
            rows: count,
            last,
            more,
        }))
    }

    /// Prints the first rows of all, as many as were asked for.
    fn first<T: 'static>(
        &mut self,
        mut rows: Rows<'_, T>,
        table: Table<T>,
        mut see: impl FnMut(&T),
    ) -> Result<Printed<T>, Failure> {
        let most = match self.options.limit {
            0 => usize::MAX,
            limit => limit,
        };
        let (count, last) = self.print(rows.by_ref().take(most), table, &mut see)?;
        let mut more = 0;
        for row in rows {
            see(&row?);
            more += 1;
        }
        Ok(Printed {
            rows: count,
            last,
            more: Remaining::from(more),
        })
    }

    /// Prints a table page by page; gives how many rows it has, and the last one.
    fn print<T: 'static>(
        &mut self,
        rows: impl Iterator<Item = Result<T, StoreError>>,
        table: Table<T>,
        mut see: impl FnMut(&T),
    ) -> Result<(u64, Option<T>), Failure> {
        let width = (!self.options.wide).then(output::width);
        let mut printer = Printer::new(table, width);
        let (mut page, mut count, mut last) = (Vec::with_capacity(PAGE), 0, None);
        for row in rows {
            let row = row?;
            see(&row);
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

    fn json_rows<T: Serialize>(&mut self, mut rows: Rows<'_, T>) -> Result<(), Failure> {
        let streamed = Streamed::new(&mut rows);
        let written = json::write(&mut self.out, &streamed);
        finish(written, streamed.failure())?;
        self.tell_more(&rows.remaining()?)
    }

    /// Says on stderr that an array is not all: it stays an array.
    fn tell_more(&mut self, more: &Remaining) -> Result<(), Failure> {
        self.out.flush()?;
        if more.count > 0 {
            eprintln!("whose: … {more} more: --limit 0 gives all");
        }
        Ok(())
    }

    /// Prints the notes below a table.
    fn end<T>(&mut self, notes: Vec<String>, printed: &Printed<T>) -> Result<(), Failure> {
        if printed.rows > 0 {
            writeln!(self.out)?;
        }
        for line in notes.into_iter().chain(answer::losses(&self.losses)) {
            writeln!(self.out, "{line}")?;
        }
        if printed.more.count > 0 {
            writeln!(self.out, "… {} more: --limit 0 shows all", printed.more)?;
        }
        Ok(())
    }
}

/// How the next page is asked for, where there is one.
fn older(printed: &Printed<RecordRow>) -> Option<String> {
    let last = printed.last.as_ref().filter(|_| printed.more.count > 0)?;
    Some(format!("older ones: --before {}", last.id))
}

/// What went wrong, in the store before all.
fn finish(written: serde_json::Result<()>, failure: Option<StoreError>) -> Result<(), Failure> {
    match failure {
        Some(failure) => Err(failure.into()),
        None => Ok(written.map_err(io::Error::from)?),
    }
}

fn own_prices(path: &Path) -> Result<Prices, Failure> {
    let unreadable = |source| Failure::PriceFile {
        path: path.to_path_buf(),
        source,
    };
    let table = std::fs::read_to_string(path).map_err(unreadable)?;
    let bad = |source| Failure::PriceTable {
        path: path.to_path_buf(),
        source,
    };
    Prices::builtin().with_csv(&table).map_err(bad)
}
