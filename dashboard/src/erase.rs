//! The commands that erase: `forget` and `keep`.

use std::fmt;
use std::io::{self, BufRead, IsTerminal, Write};
use std::str::FromStr;

use clap::Args;
use serde::Serialize;
use whose_store::{Eraser, ForgetPreview, Forgotten, Keep, Kept, Mentions, Remnant};

use crate::cli::Options;
use crate::json;
use crate::run::Failure;
use crate::text::{counted, is_hostile, shown};

#[derive(Debug, Args)]
pub(crate) struct ForgetArgs {
    /// The id of the user
    #[arg(long, value_name = "ID")]
    user: String,
    /// Erase without asking
    #[arg(long)]
    yes: bool,
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
    days: Option<u32>,
    /// Only so many of the newest records that the file has at most that size: `10GB`, `500MiB`
    #[arg(long, value_name = "SIZE")]
    max_size: Option<Bytes>,
}

/// A size in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bytes(u64);

/// The units, the longest names first.
const UNITS: [(&str, u64); 9] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("B", 1),
];

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unit = UNITS.iter().find_map(|(name, bytes)| {
            let number = text.strip_suffix(name)?.trim_end();
            Some((number, *bytes))
        });
        unit.and_then(|(number, bytes)| number.parse::<u64>().ok()?.checked_mul(bytes))
            .filter(|bytes| *bytes > 0)
            .map(Self)
            .ok_or_else(|| "a size is a whole number and a unit, such as 10GB or 500MiB".to_owned())
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
        match units.into_iter().find(|(bytes, _)| self.0 >= *bytes) {
            Some((bytes, unit)) => write!(f, "{:.1} {unit}", self.0 as f64 / bytes as f64),
            None => write!(f, "{} bytes", self.0),
        }
    }
}

/// Erases a user, once somebody has agreed.
pub(crate) fn forget(
    options: &Options,
    arguments: &ForgetArgs,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let eraser = Eraser::open(&options.db)?;
    let id = shown(&arguments.user);
    if !arguments.yes {
        let preview = eraser.preview(&arguments.user)?;
        // Standard output is for what was erased, also where another program reads it.
        io::stderr().write_all(preview_text(&id, &preview).as_bytes())?;
        agree(&id)?;
    }
    let forgotten = eraser.forget(&arguments.user)?;
    if options.json {
        print_json(&forgotten, out)?;
    } else {
        out.write_all(forgotten_text(&id, &forgotten).as_bytes())?;
    }
    match &forgotten.remnant {
        Some(remnant) => Err(Failure::Remnant(remnant.clone())),
        None => Ok(()),
    }
}

/// Erases what is too old, or too much.
pub(crate) fn keep(
    options: &Options,
    arguments: &KeepArgs,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let mut keep = Keep::new();
    if let Some(days) = arguments.days {
        keep = keep.days(days);
    }
    if let Some(Bytes(bytes)) = arguments.max_size {
        keep = keep.max_bytes(bytes);
    }
    let kept = Eraser::open(&options.db)?.keep(&keep)?;
    if options.json {
        return print_json(&kept, out);
    }
    Ok(out.write_all(kept_text(&kept).as_bytes())?)
}

fn print_json(answer: &impl Serialize, out: &mut dyn Write) -> Result<(), Failure> {
    Ok(json::write(out, answer).map_err(io::Error::from)?)
}

/// Asks on a terminal; where there is none, nobody agrees.
fn agree(id: &str) -> Result<(), Failure> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::NotAgreed(
            "nothing is erased: there is no terminal to ask on; add --yes to erase",
        ));
    }
    eprint!("Erase all of this? It cannot be undone. [y/N] {id}: ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::NotAgreed("nothing is erased")),
    }
}

fn preview_text(id: &str, preview: &ForgetPreview) -> String {
    let late = match preview.late_records {
        0 => String::new(),
        late => format!(" and {} from before a login", counted(late, "record")),
    };
    let mut text = format!(
        "{id} has {}{late}, in {}\n",
        counted(preview.records, "record"),
        counted(preview.sessions, "session")
    );
    if let Some(time) = preview.forgotten {
        text += &format!("{id} was forgotten before, at {time:.3}\n");
    }
    text + &mentions_text(&preview.mentions)
}

fn forgotten_text(id: &str, forgotten: &Forgotten) -> String {
    let swept = &forgotten.swept;
    let late = match forgotten.late_records {
        0 => String::new(),
        late => format!(" ({} from before a login)", counted(late, "record")),
    };
    format!(
        "erased {id}: {}{late}; {}, {} and {} that nothing else refers to\n\
         records of {id} that began before {:.3} are not stored any more\n{}",
        counted(forgotten.records, "record"),
        counted(swept.texts, "text"),
        counted(swept.sessions, "session"),
        counted(swept.scopes, "scope"),
        forgotten.before,
        mentions_text(&forgotten.mentions)
    )
}

/// What stays, for others have recorded it.
fn mentions_text(mentions: &Mentions) -> String {
    let mut text = String::new();
    for (words, records) in &mentions.searches {
        if *records > 0 {
            text += &format!(
                "not erased: {} of others with these words: whose search {}\n",
                counted(*records, "record"),
                shell_quoted(&format!("\"{}\"", words.replace('"', " ")))
            );
        }
    }
    if mentions.unsearched > 0 {
        text += &format!(
            "not erased: {} of others with tags, extra, contexts, breadcrumbs or backtraces that \
             hold the id or the email\n",
            counted(mentions.unsearched, "place")
        );
    }
    for user in &mentions.same_email {
        text += &format!(
            "not erased: another user with the same email: {}\n",
            shown(user)
        );
    }
    text
}

/// A word as a shell takes it; where a terminal would obey it, it is shown escaped, for reading.
fn shell_quoted(word: &str) -> String {
    match word.chars().any(is_hostile) {
        true => shown(word).into_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

fn kept_text(kept: &Kept) -> String {
    let swept = &kept.swept;
    let mut text = format!(
        "erased {}; {}, {}, {} and {} that nothing refers to any more\n\
         {} left; the file has {}, and had {}\n",
        counted(kept.records, "record"),
        counted(swept.texts, "text"),
        counted(swept.users, "user"),
        counted(swept.sessions, "session"),
        counted(swept.scopes, "scope"),
        counted(kept.left, "record"),
        Bytes(kept.bytes),
        Bytes(kept.bytes_before)
    );
    if kept.log_bytes > 0 {
        text += &format!(
            "an open reader holds up the log ({}): the file gets smaller once that reader is \
             closed\n",
            Bytes(kept.log_bytes)
        );
    }
    text
}

/// Says what is left in the file, and what to do.
pub(crate) fn remnant_text(remnant: &Remnant) -> String {
    let what = match remnant {
        Remnant::Log { bytes } => format!(
            "the rows are gone, but a reader that is open holds up the log, and {bytes} bytes of \
             the log still hold old pages: close the reader"
        ),
        Remnant::File { reason } => format!(
            "the rows are gone, but the file could not be rewritten, and free places in it may \
             still hold old bytes ({reason}): make room for two more copies of the file"
        ),
        _ => "the rows are gone, but old pages are left".to_owned(),
    };
    format!("{what}, then run the same command again")
}

#[cfg(test)]
mod tests {
    use super::Bytes;

    #[test]
    fn size_needs_a_number_and_a_unit() {
        let sizes = [
            ("10GB", 10_000_000_000),
            ("1 MiB", 1 << 20),
            ("5kB", 5_000),
            ("7B", 7),
        ];
        for (text, bytes) in sizes {
            assert_eq!(text.parse(), Ok(Bytes(bytes)), "{text}");
        }
        for text in ["", "10", "GB", "-1GB", "1.5GB", "0GB", "10gb", "99999999TB"] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
    }
}
