//! A file that has become shorter: whether it is damaged, and keeping a damaged file.

use std::fs;
use std::path::{Path, PathBuf};

use super::write_error::WriteError;
use crate::file_identity::ExpectedFile;
use crate::log::log_path;
use crate::schema;
use crate::stderr::warn;

/// The result of an integrity check without findings.
const INTACT: &str = "ok";

/// Whether a file that has shrunk to `size` bytes was vacuumed, and not damaged.
pub(super) fn is_intact(path: &Path, size: u64) -> bool {
    // A new connection: the writer's connection may have the pages in its cache.
    let Ok(fresh) = schema::open_for_reading(path, ExpectedFile::Any) else {
        return false;
    };
    let pragma = |name| {
        let value = fresh.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        value.map_or(u64::MAX, i64::unsigned_abs)
    };
    // Pages that are missing from the file may be in the log: `quick_check` reads them.
    let length = pragma("page_count").saturating_mul(pragma("page_size"));
    let check = || fresh.query_row("PRAGMA quick_check(1)", (), |row| row.get::<_, String>(0));
    length <= size || check().is_ok_and(|found| found == INTACT)
}

/// Renames a damaged file and its log, so that nothing is lost.
pub(super) fn move_aside(path: &Path) -> Result<(), WriteError> {
    let aside = &aside_path(path, "damaged");
    fs::rename(path, aside)?;
    if log_path(path).exists() {
        fs::rename(log_path(path), log_path(aside))?;
    }
    warn(path, &format!("the damaged file is kept as {aside:?}"));
    Ok(())
}

/// Renames the log of a file that was replaced, and that a reader keeps from being merged.
pub(super) fn move_log_aside(path: &Path) -> Result<(), WriteError> {
    let aside = log_path(&aside_path(path, "replaced"));
    fs::rename(log_path(path), &aside)?;
    let message = format!(
        "a reader blocks the log of the file that was replaced: the log is kept as {aside:?}, and \
         contains the newest records of that file"
    );
    warn(path, &message);
    Ok(())
}

fn aside_path(path: &Path, why: &str) -> PathBuf {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".{why}-{}", since.as_secs()));
    aside.into()
}
