//! The commands `forget` and `keep`.

use std::io::{self, BufRead, IsTerminal, Write};

use serde::Serialize;
use whose_store::{
    Eraser, ForgetPreview, ForgetReport, Mentions, Retention, RetentionReport, StoreError,
};

use crate::api::write_json;
use crate::command_line::args::{ForgetArgs, KeepArgs};
use crate::command_line::cli::Options;
use crate::command_line::error::CommandError;
use crate::command_line::log_view::log_view;
use crate::values::ByteSize;
use crate::values::{escape, needs_escape, pluralize};

/// Erases a user, with `--yes` or after a confirmation on the terminal.
pub(crate) fn forget(
    options: &Options,
    arguments: &ForgetArgs,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let eraser = Eraser::open(&options.db)?;
    let id = escape(&arguments.user);
    if !arguments.yes {
        let preview = eraser.preview(&arguments.user)?;
        // The preview goes to stderr, since a program may read the result from stdout.
        io::stderr().write_all(preview_text(&id, &preview).as_bytes())?;
        confirm(&id, arguments.pseudonymise)?;
    }
    log_erasure(options, arguments)?;
    let report = match arguments.pseudonymise {
        true => eraser.pseudonymise(&arguments.user)?,
        false => eraser.forget(&arguments.user)?,
    };
    if options.json {
        print_json(&report, out)?;
    } else {
        out.write_all(report_text(&id, &report).as_bytes())?;
    }
    match &report.remnant {
        Some(remnant) => Err(CommandError::Remnant(remnant.clone())),
        None => Ok(()),
    }
}

/// Logs who erases whom. A user who was erased before, and one who only acted for others, has no row in
/// the file.
fn log_erasure(options: &Options, arguments: &ForgetArgs) -> Result<(), CommandError> {
    let reason = arguments.why.reason.as_deref();
    match log_view(&options.db, "forget", &arguments.user, reason) {
        Err(CommandError::Store(StoreError::UnknownUser { .. })) => Ok(()),
        logged => logged,
    }
}

/// Erases records by age and size.
pub(crate) fn keep(
    options: &Options,
    arguments: &KeepArgs,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let mut retention = Retention::new();
    if let Some(days) = arguments.days {
        retention = retention.days(days);
    }
    if let Some(ByteSize(bytes)) = arguments.max_size {
        retention = retention.max_bytes(bytes);
    }
    for (class, age) in &arguments.at_least {
        retention = retention.at_least(*class, *age);
    }
    let report = Eraser::open(&options.db)?.keep(&retention)?;
    if options.json {
        return print_json(&report, out);
    }
    Ok(out.write_all(retention_text(&report).as_bytes())?)
}

fn print_json(value: &impl Serialize, out: &mut dyn Write) -> Result<(), CommandError> {
    Ok(write_json(out, value).map_err(io::Error::from)?)
}

/// Asks for confirmation. Without a terminal, the answer is no.
fn confirm(id: &str, pseudonymise: bool) -> Result<(), CommandError> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(CommandError::NotConfirmed(
            "nothing is erased: there is no terminal for a confirmation, add --yes to erase",
        ));
    }
    let question = match pseudonymise {
        true => "Erase the content of all of this, and keep counts and costs under a random id?",
        false => "Erase all of this?",
    };
    eprint!("{question} It cannot be undone. [y/N] {id}: ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(CommandError::NotConfirmed("nothing is erased")),
    }
}

fn preview_text(id: &str, preview: &ForgetPreview) -> String {
    let late = match preview.late_records {
        0 => String::new(),
        late => format!(" and {} from before a login", pluralize(late, "record")),
    };
    let mut text = format!(
        "{id} has {}{late}, in {}\n",
        pluralize(preview.records, "record"),
        pluralize(preview.sessions, "session")
    );
    if let Some(time) = preview.forgotten {
        text += &format!("{id} was already forgotten at {time:.3}\n");
    }
    text + &mentions_text(&preview.mentions)
}

fn report_text(id: &str, report: &ForgetReport) -> String {
    let swept = &report.swept;
    let late = match report.late_records {
        0 => String::new(),
        late => format!(" ({} from before a login)", pluralize(late, "record")),
    };
    let unsent = match report.unsent {
        0 => String::new(),
        unsent => format!(
            " and {} that waited to be sent",
            pluralize(unsent, "record")
        ),
    };
    let kept = match &report.pseudonym {
        Some(pseudonym) => format!(
            "kept {} without content, as {pseudonym}\n",
            pluralize(report.pseudonymised, "record")
        ),
        None => String::new(),
    };
    format!(
        "{kept}erased {id}: {}{late}{unsent}; {}, {} and {} that nothing else refers to\n\
         records of {id} that began before {:.3} are rejected from now on\n{}",
        pluralize(report.records, "record"),
        pluralize(swept.texts, "text"),
        pluralize(swept.sessions, "session"),
        pluralize(swept.scopes, "scope"),
        report.before,
        mentions_text(&report.mentions)
    )
}

/// The mentions in records of others, which are not erased.
fn mentions_text(mentions: &Mentions) -> String {
    let mut text = String::new();
    for (words, records) in &mentions.searches {
        if *records > 0 {
            text += &format!(
                "not erased: {} of others that contain these words: whose search {}\n",
                pluralize(*records, "record"),
                shell_quoted(&format!("\"{}\"", words.replace('"', " ")))
            );
        }
    }
    if mentions.unsearched > 0 {
        text += &format!(
            "not erased: the id or the email in {} of others (tags, extra, contexts, breadcrumbs, \
             backtraces)\n",
            pluralize(mentions.unsearched, "value")
        );
    }
    if mentions.viewed > 0 {
        text += &format!(
            "not erased: {} of the access log, as the viewer\n",
            pluralize(mentions.viewed, "row")
        );
    }
    for user in &mentions.same_email {
        text += &format!(
            "not erased: another user with the same email: {}\n",
            escape(user)
        );
    }
    text
}

/// Quotes a word for a shell. A word with terminal control characters is escaped instead, for
/// reading.
fn shell_quoted(word: &str) -> String {
    match word.chars().any(needs_escape) {
        true => escape(word).into_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

fn retention_text(report: &RetentionReport) -> String {
    let swept = &report.swept;
    let mut text = format!(
        "erased {}; {}, {}, {} and {} that nothing refers to any more\n\
         {} left; the file has {}, before {}\n",
        pluralize(report.records, "record"),
        pluralize(swept.texts, "text"),
        pluralize(swept.users, "user"),
        pluralize(swept.sessions, "session"),
        pluralize(swept.scopes, "scope"),
        pluralize(report.left, "record"),
        ByteSize(report.bytes),
        ByteSize(report.bytes_before)
    );
    if report.log_bytes > 0 {
        text += &format!(
            "an open reader blocks the log ({}): the file shrinks when that reader is closed\n",
            ByteSize(report.log_bytes)
        );
    }
    text
}
