//! The printed report of a run: users, costs, coverage, and the result of the check.

use std::path::Path;

use comfy_table::{CellAlignment, Table, presets};
use whose_store::{GroupBy, JobStatus, Queries, Query, Reader, StoreError, Usage, UserRow};

use crate::check::Verdict;
use crate::digest;
use crate::offline_model::OfflineModel;

/// The most rows of a table.
const ROWS: usize = 10;

/// A table. The columns after the first `texts` contain numbers.
fn table(texts: usize, header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header);
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(texts) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let lines = table.to_string();
    let lines: Vec<_> = lines
        .lines()
        .map(|line| format!(" {}", line.trim_end()))
        .collect();
    lines.join("\n")
}

fn cost(usage: &Usage) -> String {
    usage
        .cost_usd
        .map_or_else(|| "-".into(), |cost| cost.with_decimals(6))
}

/// Prints the users, highest cost first.
pub(crate) fn print_users(reader: &Reader) -> Result<(), StoreError> {
    let users = reader.users(&Query::all())?;
    let mut users = users.collect::<Result<Vec<_>, _>>()?;
    users.sort_by_key(|user| std::cmp::Reverse((user.usage.cost_usd, user.counts.records())));
    let more = users.len().saturating_sub(ROWS);
    println!("\nUsers ({})", users.len());
    let header = [
        "user", "plan", "sessions", "spans", "events", "errors", "tokens", "cost",
    ];
    println!(
        "{}",
        table(2, &header, users.iter().take(ROWS).map(user_row))
    );
    print_more(more);
    Ok(())
}

fn user_row(user: &UserRow) -> Vec<String> {
    let plan = user.attrs.get("plan").and_then(|plan| plan.as_str());
    vec![
        user.id.clone().unwrap_or_else(|| "-".into()),
        plan.unwrap_or("-").to_owned(),
        user.sessions.to_string(),
        user.counts.spans.to_string(),
        user.counts.events.to_string(),
        user.counts.errors.to_string(),
        (user.usage.input_tokens + user.usage.output_tokens).to_string(),
        cost(&user.usage),
    ]
}

/// Prints the cost by model, by agent and by conversation.
pub(crate) fn print_costs(reader: &Reader) -> Result<(), StoreError> {
    for (by, what) in [
        (GroupBy::Model, "model"),
        (GroupBy::Agent, "agent"),
        (GroupBy::Conversation, "conversation"),
    ] {
        let report = reader.cost(&by, &Query::all())?;
        let costs = report.rows.collect::<Result<Vec<_>, _>>()?;
        let more = costs.len().saturating_sub(ROWS);
        if costs.is_empty() {
            println!("\nNo model calls.");
            return Ok(());
        }
        println!("\nCost by {what}, at list prices");
        let header = [what, "calls", "input tokens", "output tokens", "cost"];
        let rows = costs.iter().take(ROWS).map(|row| {
            let usage = &row.usage;
            vec![
                row.key.clone().unwrap_or_else(|| "(none)".into()),
                usage.calls.to_string(),
                usage.input_tokens.to_string(),
                usage.output_tokens.to_string(),
                cost(usage),
            ]
        });
        println!("{}", table(1, &header, rows));
        print_more(more);
        for model in report.unpriced.iter().filter(|_| by == GroupBy::Model) {
            println!(
                "  {:?} has no price: the sums do not include its calls",
                model.model
            );
        }
    }
    Ok(())
}

/// Prints the call sites with records without a user.
pub(crate) fn print_coverage(reader: &Reader) -> Result<(), StoreError> {
    let totals = reader.totals(&Query::all())?;
    let records = totals.counts.records();
    let with_user = records - totals.without_user - totals.anonymous;
    println!(
        "\nCoverage: {with_user} of {records} records have a user ({})",
        percent(with_user, records)
    );
    println!("  The others: anonymous visitors, before a login, after a logout, the desk");
    let rows = reader.coverage(&Query::all())?;
    let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
    rows.retain(|row| row.without_user > 0);
    let more = rows.len().saturating_sub(ROWS);
    let rows = rows.into_iter().take(ROWS).map(|row| {
        let place = match (row.file, row.line) {
            (Some(file), Some(line)) => format!("{}:{line}", short(&file)),
            _ => row.target,
        };
        let name = match row.name.split_once(' ') {
            Some(("event", _)) => String::new(),
            _ => row.name,
        };
        let without = row.without_user;
        let share = percent(without, row.records);
        vec![
            row.record_type,
            name,
            place,
            row.records.to_string(),
            without.to_string(),
            share,
        ]
    });
    let header = ["type", "name", "call site", "records", "no user", ""];
    println!("{}", table(3, &header, rows));
    print_more(more);
    Ok(())
}

fn print_more(more: usize) {
    if more > 0 {
        println!("  … and {more} more");
    }
}

fn percent(part: u64, whole: u64) -> String {
    format!("{:.1} %", part as f64 * 100.0 / whole.max(1) as f64)
}

/// The last two parts of a path.
fn short(file: &str) -> String {
    let path = Path::new(file);
    let name = path.file_name().unwrap_or_default();
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    Path::new(folder).join(name).display().to_string()
}

/// Prints the result of the check.
pub(crate) fn print_verdict(verdict: &Verdict, requests: usize, outside: u64) {
    println!("\nCheck: the store against the expected records of {requests} requests");
    let wrong = verdict.wrong.len() as u64;
    let all = verdict.right + wrong + outside;
    for (label, count, what) in [
        ("records", all, "in the store"),
        (
            "right",
            verdict.right,
            "as expected: user, session, conversation, operator",
        ),
        (
            "  unattributed",
            verdict.without_user,
            "of these: anonymous, or after a logout",
        ),
        (
            "  operator's",
            verdict.acted_for,
            "of these: of a customer whom an operator acted for",
        ),
        (
            "wrong",
            wrong,
            "another user, session, conversation or operator",
        ),
        (
            "missing",
            verdict.missing_count,
            "fewer or more records than a request makes",
        ),
        (
            "outside",
            outside,
            "neither user nor session: records of the desk itself",
        ),
    ] {
        println!("  {label:<14}{count:>8}  {what}");
    }
    for problem in verdict.wrong.iter().take(ROWS) {
        println!("  WRONG    {problem}");
    }
    for problem in verdict.missing.iter().take(ROWS) {
        println!("  MISSING  {problem}");
    }
}

/// Prints commands for further queries.
pub(crate) fn print_next_commands(path: &Path, user: Option<&str>) {
    println!("\nQuery the store with:");
    println!("  export WHOSE_DB={}", path.display());
    let user = user.unwrap_or("ID");
    for command in [
        "users",
        &format!("audit --user {user}"),
        &format!("sessions --user {user}"),
        "audit --actor usr_olive",
        "cost --by agent",
        "scores --name short",
        "jobs",
        "coverage",
    ] {
        println!("  cargo run -p whose-dashboard -- {command}");
    }
}

/// Compares the tokens in the store with those of the offline model server. Returns whether they
/// are equal.
pub(crate) fn print_tokens(
    reader: &Reader,
    server: Option<&OfflineModel>,
) -> Result<bool, StoreError> {
    let Some(server) = server else {
        return Ok(true);
    };
    let usage = reader.totals(&Query::all())?.usage;
    let stored = [
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_tokens,
        usage.reasoning_tokens,
    ];
    let served = server.tokens();
    for (name, stored, served) in [
        ("tokens", stored[0] + stored[1], served[0] + served[1]),
        ("  cached", stored[2], served[2]),
        ("  reasoning", stored[3], served[3]),
    ] {
        println!("  {name:<14}{stored:>8}  in the store; the model server counted {served}");
    }
    Ok(stored == served)
}

/// Prints the runs of the nightly digest. Returns whether the digest ran once, and ended well.
pub(crate) fn print_digest(reader: &Reader) -> Result<bool, StoreError> {
    let mut runs = 0;
    let mut is_good = false;
    for job in reader.jobs(&Query::all())? {
        let job = job?;
        runs += job.runs;
        is_good = job.monitor == digest::NAME && job.status == JobStatus::Ok;
    }
    println!(
        "  {:<14}{runs:>8}  of 1, with its start and its end as check-ins",
        "digest"
    );
    Ok(runs == 1 && is_good)
}

/// Prints the result of the run.
pub(crate) fn print_conclusion(is_good: bool) {
    let conclusion = if is_good {
        "OK: every record has the expected user, session, conversation and\n      operator; none is missing"
    } else {
        "FAILED: the store does not contain the expected records"
    };
    println!("  {conclusion}");
}
