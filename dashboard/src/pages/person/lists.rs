//! The columns of sessions, of conversations and of changes of the profile.

use serde_json::Value as Json;
use whose_store::{ConversationRow, ProfileChange, SessionRow, Usage};

use crate::pages::components::{Table, Value};
use crate::url_query::href;

/// The columns of sessions; with the users, except on the page of one user.
pub(in crate::pages) fn session_table(has_users: bool) -> Table<SessionRow> {
    let table = Table::new("Sessions").column("session", |session: &SessionRow| Value::Link {
        text: session.id.clone(),
        href: href("/session", "id", &session.id),
    });
    let table = match has_users {
        true => table
            .column("user", |session| match session.users.first() {
                Some(user) => Value::Link {
                    text: user.clone(),
                    href: href("/person", "id", user),
                },
                None => Value::Missing,
            })
            .column("more users", |session| match session.user_count {
                0 | 1 => Value::Missing,
                count => Value::number(count - 1),
            })
            .column("first seen", |session| Value::Time(session.first_seen)),
        false => table,
    };
    table
        .column("last seen", |session| Value::Time(session.last_seen))
        .column("duration", |session| {
            let nanos = session.last_seen.as_nanos();
            let nanos = nanos.saturating_sub(session.first_seen.as_nanos());
            Value::Duration(nanos.max(0).unsigned_abs())
        })
        .column("records", |session| Value::Number {
            number: session.counts.records(),
            is_estimated: session.counts.is_estimated,
        })
        .column("errors", |session| Value::Number {
            number: session.counts.errors,
            is_estimated: session.counts.is_estimated,
        })
        .column("tokens", |session| tokens(&session.usage))
        .column("cost", |session| cost(&session.usage))
}

/// The columns of conversations.
pub(in crate::pages) fn conversation_table() -> Table<ConversationRow> {
    Table::new("Conversations")
        .column("conversation", |row: &ConversationRow| Value::Link {
            text: row.id.clone(),
            href: href("/conversation", "id", &row.id),
        })
        .column("last seen", |row| Value::Time(row.last_seen))
        .column("records", |row| Value::Number {
            number: row.counts.records(),
            is_estimated: row.counts.is_estimated,
        })
        .column("tokens", |row| tokens(&row.usage))
        .column("cost", |row| cost(&row.usage))
}

/// The columns of changes of a profile.
pub(super) fn change_table() -> Table<ProfileChange> {
    Table::new("Changes of the profile, newest first")
        .column("time", |change: &ProfileChange| Value::Time(change.time))
        .column("detail", |change| {
            let name = change.name.strip_prefix("attrs.").unwrap_or(&change.name);
            Value::Text(name.to_owned())
        })
        .column("from", |change| {
            change.before.as_ref().map_or(Value::Missing, text)
        })
        .column("to", |change| text(&change.after))
}

fn text(value: &Json) -> Value {
    let text = value.as_str().map(str::to_owned);
    Value::Text(text.unwrap_or_else(|| value.to_string()))
}

fn tokens(usage: &Usage) -> Value {
    match usage.calls {
        0 => Value::Missing,
        _ => Value::Number {
            number: usage.input_tokens + usage.output_tokens,
            is_estimated: usage.is_estimated,
        },
    }
}

fn cost(usage: &Usage) -> Value {
    usage
        .cost_usd
        .map_or(Value::Missing, |amount| Value::Amount {
            amount,
            is_estimated: usage.is_estimated,
        })
}
