//! The command `live`.

use std::io::Write;
use std::time::Duration;

use whose_store::{AccessWay, LatestFilter, LatestRecords, Prices, RecordRow};

use crate::access::Viewer;
use crate::api::write_json_line;
use crate::command_line::args::LiveArgs;
use crate::command_line::cli::Options;
use crate::command_line::error::CommandError;
use crate::command_line::views;
use crate::logged_store::{AccessContext, LoggedStore, Reasons};
use crate::pages::PageError;
use crate::serve::ServeError;
use crate::url_query::UrlQuery;
use crate::values::pluralize;

/// How often the command asks the store.
const INTERVAL: Duration = Duration::from_millis(500);
/// The most records of one answer.
const MAX_ROWS: usize = 1_000;
/// The name of the view in the access log.
const VIEW: &str = "live";

/// Prints the records that were written last, and those that follow, until Ctrl-C.
pub(crate) fn live(
    options: &Options,
    arguments: &LiveArgs,
    prices: Prices,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let reasons = Reasons {
        default: arguments.why.reason.clone(),
        is_required: false,
    };
    let store = LoggedStore::open(&options.db, prices)?.with_reasons(reasons);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Io)?;
    let mut follower = Follower {
        store,
        filter: arguments.filter(),
        user: arguments.user.clone(),
        generation: 0,
        logged: None,
        printer: LinePrinter::new(options),
    };
    runtime.block_on(follower.follow(arguments.last, out))
}

/// The state of a command that follows the store.
struct Follower {
    store: LoggedStore,
    filter: LatestFilter,
    /// The user whose records are printed; `None` for the records of all users.
    user: Option<String>,
    /// The file that the records so far are from.
    generation: u64,
    /// The file whose access log has the view of the user.
    logged: Option<u64>,
    printer: LinePrinter,
}

impl Follower {
    async fn follow(&mut self, last: usize, out: &mut dyn Write) -> Result<(), CommandError> {
        let first = self.latest(None, last).await?;
        self.printer.print(&first, out)?;
        let (mut after, mut failure) = (first.newest, None);
        loop {
            tokio::time::sleep(INTERVAL).await;
            match self.latest(after.or(Some(0)), MAX_ROWS).await {
                Ok(_) if self.is_replaced() => {
                    eprintln!("whose: the records of another file follow");
                    after = None;
                }
                Ok(latest) => {
                    self.printer.print(&latest, out)?;
                    after = latest.newest;
                    failure = None;
                }
                // The file can come back. A failure that goes on is reported once.
                Err(error) => {
                    let error = error.to_string();
                    if failure.as_ref() != Some(&error) {
                        eprintln!("whose: {error}; trying again");
                        failure = Some(error);
                    }
                }
            }
        }
    }

    /// Whether the path names another file than before.
    fn is_replaced(&mut self) -> bool {
        let generation = self.store.generation();
        std::mem::replace(&mut self.generation, generation) != generation
    }

    /// The newest records. Those of one user are in the access log of their file before they are
    /// returned.
    async fn latest(
        &mut self,
        after: Option<i64>,
        max_rows: usize,
    ) -> Result<LatestRecords, PageError> {
        let filter = self.filter.clone();
        let filter = after.map_or(filter.clone(), |after| filter.after(after));
        let generation = self.store.generation();
        let (is_first, is_logged) = (self.logged.is_none(), self.logged == Some(generation));
        let unlogged: Vec<String> = self.user.iter().filter(|_| !is_logged).cloned().collect();
        let this = self.store.clone();
        let query = self.store.query(move |store| {
            let latest = store.latest(&filter, max_rows)?;
            // A file that took the place of the first may not know the user yet.
            let is_view = is_first || !latest.rows.is_empty();
            if is_view {
                let context = AccessContext::new(Viewer::account(), AccessWay::Command, VIEW);
                this.log_views(&context, &unlogged, &UrlQuery::default())?;
            }
            Ok((latest, is_view))
        });
        let (latest, is_view) = query.await?;
        if is_view {
            self.logged = Some(generation);
        }
        Ok(latest)
    }
}

/// Prints records, one on each line.
struct LinePrinter {
    is_json: bool,
    /// The width of a line; `None` for any width.
    width: Option<usize>,
}

impl LinePrinter {
    fn new(options: &Options) -> Self {
        Self {
            is_json: options.json,
            width: (!options.wide).then(super::output::table_width),
        }
    }

    /// Prints the records, the oldest first.
    fn print(&self, latest: &LatestRecords, out: &mut dyn Write) -> Result<(), CommandError> {
        if latest.omitted > 0 {
            eprintln!(
                "whose: {} came faster than this command prints: filter with --user or --class",
                pluralize(latest.omitted, "more record")
            );
        }
        for record in latest.rows.iter().rev() {
            self.line(record, out)?;
        }
        Ok(out.flush()?)
    }

    fn line(&self, record: &RecordRow, out: &mut dyn Write) -> Result<(), CommandError> {
        match self.is_json {
            true => write_json_line(out, record).map_err(std::io::Error::from)?,
            false => writeln!(out, "{}", views::live_line(record, self.width))?,
        }
        Ok(())
    }
}
