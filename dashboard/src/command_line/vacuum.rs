//! The command `vacuum`.

use std::io::Write;

use whose_store::Eraser;

use crate::api::write_json;
use crate::command_line::cli::Options;
use crate::command_line::error::CommandError;
use crate::values::ByteSize;

/// Rewrites the file without free space.
pub(crate) fn vacuum(options: &Options, out: &mut dyn Write) -> Result<(), CommandError> {
    let report = Eraser::open(&options.db)?.shrink()?;
    if options.json {
        return Ok(write_json(out, &report).map_err(std::io::Error::from)?);
    }
    let (bytes, before) = (ByteSize(report.bytes), ByteSize(report.bytes_before));
    writeln!(out, "the file has {bytes}, before {before}")?;
    if report.log_bytes > 0 {
        let log = ByteSize(report.log_bytes);
        writeln!(
            out,
            "an open reader blocks the log ({log}): the file shrinks when that reader is closed"
        )?;
    }
    Ok(())
}
