//! The command `hold`.

use std::io::Write;

use whose_store::Eraser;

use crate::api::write_json;
use crate::command_line::args::HoldArgs;
use crate::command_line::cli::Options;
use crate::command_line::error::CommandError;
use crate::values::{escape, format_time};

/// Puts a user on hold, ends a hold, or lists the users on hold.
pub(crate) fn hold(
    options: &Options,
    arguments: &HoldArgs,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let eraser = Eraser::open(&options.db)?;
    match &arguments.user {
        Some(user) if arguments.release => {
            let text = match eraser.release(user)? {
                true => "is no longer on hold",
                false => "was not on hold",
            };
            writeln!(out, "{} {text}", escape(user))?;
        }
        Some(user) => {
            eraser.hold(user, &arguments.reason)?;
            writeln!(
                out,
                "{} is on hold: `whose keep` and `whose forget` do not erase this user",
                escape(user)
            )?;
        }
        None if options.json => {
            write_json(out, &eraser.holds()?).map_err(std::io::Error::from)?;
        }
        None => {
            let holds = eraser.holds()?;
            if holds.is_empty() {
                writeln!(out, "no user is on hold")?;
            }
            for hold in holds {
                let (user, reason) = (escape(&hold.user), escape(&hold.reason));
                writeln!(out, "{user}, since {}: {reason}", format_time(hold.since))?;
            }
        }
    }
    Ok(())
}
