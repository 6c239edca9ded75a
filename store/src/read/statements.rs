//! The statements that a query executes.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::queries::Queries;
use super::reader::Reader;

impl Reader {
    /// The statements that run while `run` runs, with their values. A statement that SQLite does
    /// not let a connection trace is left out.
    pub(super) fn statements_of(&mut self, run: &mut dyn FnMut(&dyn Queries)) -> Vec<String> {
        let executed = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&executed);
        let trace = move |event: TraceEvent<'_>| {
            let TraceEvent::Stmt(statement, _) = event else {
                return;
            };
            let sql = statement.expanded_sql();
            let sql = sql.unwrap_or_else(|| statement.sql().into_owned());
            let mut executed = sink.lock().unwrap_or_else(PoisonError::into_inner);
            executed.push(sql);
        };
        let is_traced = self.trace(Some(trace));
        run(self);
        if is_traced {
            self.trace(None::<fn(TraceEvent<'_>)>);
        }
        let mut executed = executed.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *executed)
    }

    fn trace<F: FnMut(TraceEvent<'_>) + Send + 'static>(&mut self, trace: Option<F>) -> bool {
        let connection = self.connection_mut();
        connection
            .trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, trace)
            .is_ok()
    }
}
