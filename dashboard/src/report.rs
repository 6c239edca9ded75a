//! Each answer as a table.

use whose_store::{By, CostReport, Counts, RecordRow, SessionRow, Totals, Usage, UserRow};

use crate::table::Report;
use crate::text::{amounts, counted, cut, duration, number, or_none, shown, time};

/// The longest message in a table; JSON has the whole.
pub(crate) const MESSAGE: usize = 80;

pub(crate) fn users(users: &[UserRow], totals: &Totals) -> Report {
    let name = |user: &UserRow| or_none(user.full_name.as_deref().or(user.username.as_deref()));
    let report = Report::new()
        .texts("user", users.iter().map(|user| or_none(user.id.as_deref())))
        .texts(
            "email",
            users.iter().map(|user| or_none(user.email.as_deref())),
        )
        .unless_empty()
        .texts("name", users.iter().map(name))
        .unless_empty()
        .texts("first seen", users.iter().map(|user| time(user.first_seen)))
        .texts("last seen", users.iter().map(|user| time(user.last_seen)))
        .numbers("sessions", users.iter().map(|user| number(user.sessions)));
    let report = with_counts(report, users.iter().map(|user| user.counts));
    let report = with_usage(report, users.iter().map(|user| user.usage));
    let report = match users.iter().any(|user| user.late > 0) {
        true => report.numbers("before login", users.iter().map(|user| number(user.late))),
        false => report,
    };
    let report = report.note(format!(
        "{}, {}",
        counted(totals.users, "user"),
        counted(totals.counts.records(), "record")
    ));
    match totals.without_user {
        0 => report,
        bare => report.note(format!(
            "{} without a user: `whose coverage` names the call sites",
            counted(bare, "record")
        )),
    }
}

pub(crate) fn audit(user: &str, trail: &[RecordRow]) -> Report {
    let costs: Vec<_> = trail.iter().map(|record| record.cost_usd).collect();
    Report::new()
        .texts("time", trail.iter().map(|record| time(record.time)))
        .texts(
            "type",
            trail.iter().map(|record| record.record_type.clone()),
        )
        .texts("level", trail.iter().map(|record| record.level.clone()))
        .texts(
            "kind",
            trail.iter().map(|record| or_none(record.kind.as_deref())),
        )
        .unless_empty()
        .texts("what", trail.iter().map(what))
        .texts(
            "session",
            trail
                .iter()
                .map(|record| or_none(record.session.as_deref())),
        )
        .unless_empty()
        .texts(
            "user from",
            trail
                .iter()
                .map(|record| or_none(record.user_source.as_deref())),
        )
        .numbers(
            "took",
            trail.iter().map(|record| duration(record.duration_ns)),
        )
        .texts(
            "model",
            trail.iter().map(|record| or_none(record.model.as_deref())),
        )
        .unless_empty()
        .numbers("cost", amounts(&costs))
        .unless_empty()
        .note(format!(
            "{} of {}",
            counted(trail.len() as u64, "record"),
            shown(user)
        ))
}

/// What a line of the trail says: the name of a span, the message of an event or error.
pub(crate) fn what(record: &RecordRow) -> String {
    let message = record
        .message
        .as_deref()
        .map(|message| cut(message, MESSAGE));
    match (record.record_type.as_str(), message) {
        ("span", None) => shown(&record.name).into_owned(),
        ("span", Some(message)) => format!("{} failed: {}", shown(&record.name), shown(&message)),
        (_, Some(message)) => shown(&message).into_owned(),
        (_, None) => match &record.model {
            Some(model) => format!("usage of {}", shown(model)),
            None => shown(&record.name).into_owned(),
        },
    }
}

pub(crate) fn sessions(sessions: &[SessionRow]) -> Report {
    let users = |session: &SessionRow| {
        let users: Vec<_> = session.users.iter().map(|user| shown(user)).collect();
        if users.is_empty() {
            or_none(None)
        } else {
            users.join(", ")
        }
    };
    let report = Report::new()
        .texts(
            "session",
            sessions
                .iter()
                .map(|session| shown(&session.id).into_owned()),
        )
        .texts("users", sessions.iter().map(users))
        .texts(
            "first seen",
            sessions.iter().map(|session| time(session.first_seen)),
        )
        .texts(
            "last seen",
            sessions.iter().map(|session| time(session.last_seen)),
        );
    let report = with_counts(report, sessions.iter().map(|session| session.counts));
    with_usage(report, sessions.iter().map(|session| session.usage))
        .note(counted(sessions.len() as u64, "session"))
}

pub(crate) fn cost(by: &By, answer: &CostReport) -> Report {
    let title = match by {
        By::Tag(key) => format!("tag {}", shown(key)),
        other => other.to_string(),
    };
    let price = |price: &whose_store::Price| {
        let day = price
            .as_of
            .as_deref()
            .map(|day| format!(" of {}", shown(day)));
        format!("{}{}", shown(&price.model), day.unwrap_or_default())
    };
    let keys = answer.rows.iter().map(|row| match &row.key {
        Some(key) => shown(key).into_owned(),
        None => format!("(no {title})"),
    });
    let prices = answer
        .rows
        .iter()
        .map(|row| row.price.as_ref().map_or(or_none(None), price));
    let calls = answer.rows.iter().map(|row| number(row.usage.calls));
    let report = Report::new()
        .texts(&title, keys)
        .numbers("calls", calls)
        .texts("at the price of", prices)
        .unless_empty();
    let mut report = with_usage(report, answer.rows.iter().map(|row| row.usage));
    if answer.total.calls == 0 {
        return report.note("no calls of models");
    }
    let total = amounts(&[Some(answer.total.cost_usd.unwrap_or_default())]).concat();
    report = report.note(format!(
        "{total} at list prices for {}",
        counted(answer.total.calls - answer.total.unpriced_calls, "call")
    ));
    if !answer.unpriced.is_empty() {
        report = report.note(format!(
            "{} of models without a price, whose cost is unknown (give them one by --prices FILE):",
            counted(answer.total.unpriced_calls, "call")
        ));
    }
    answer.unpriced.iter().fold(report, |report, model| {
        let tokens = counted(model.input_tokens + model.output_tokens, "token");
        let calls = counted(model.calls, "call");
        report.note(format!("  {}: {calls}, {tokens}", shown(&model.model)))
    })
}

fn with_counts(report: Report, counts: impl Iterator<Item = Counts> + Clone) -> Report {
    report
        .numbers("spans", counts.clone().map(|counts| number(counts.spans)))
        .numbers("events", counts.clone().map(|counts| number(counts.events)))
        .numbers("errors", counts.map(|counts| number(counts.errors)))
}

fn with_usage(report: Report, usage: impl Iterator<Item = Usage> + Clone) -> Report {
    let costs: Vec<_> = usage.clone().map(|usage| usage.cost_usd).collect();
    report
        .numbers(
            "tokens in",
            usage.clone().map(|usage| number(usage.input_tokens)),
        )
        .numbers(
            "tokens out",
            usage.clone().map(|usage| number(usage.output_tokens)),
        )
        .numbers("cost", amounts(&costs))
        .numbers(
            "unpriced calls",
            usage.map(|usage| number(usage.unpriced_calls)),
        )
        .unless_empty()
}
