//! The view of one person: a summary, the sessions and conversations, and one timeline.

use maud::{Markup, html};
use serde::Serialize;
use whose_store::{
    AccessFilter, AccessRow, ConversationRow, DayActivity, ProfileChange, Queries, Query,
    SessionRow, TrailFilter, UserRow,
};

use super::day_chart::day_chart;
use super::lists::{change_table, conversation_table, session_table};
use crate::export::CsvTable;
use crate::pages::accesses::{AccessesView, who_looked};
use crate::pages::components::{
    PAGE_ROWS, TimelineOf, Value, class_filter, empty_state, facts, key_pager, list_pager,
    record_table, timeline, with_classes, without_page,
};
use crate::pages::list_page::ListPage;
use crate::pages::page_error::PageError;
use crate::pages::paging::{Order, RecordPage, RecordPager};
use crate::pages::view::{PageBody, PageContext, TextView, View, ViewText};
use crate::record_text::{outline, trace_trees};
use crate::url_query::{UrlQuery, href};
use crate::values::escape;

/// The rows of a printed page.
const PRINT_ROWS: usize = 1_000;
/// The days of the chart.
const DAYS: usize = 120;
/// The newest sessions and conversations of the page.
const LISTED: usize = 5;
/// The changes of the details on one page.
const CHANGES: usize = 10;
/// The parameter with the change after which the list of changes begins.
const CHANGES_AFTER: &str = "changes_after";
/// The parameter with the conversation after which the list of conversations begins.
const CONVERSATIONS_AFTER: &str = "conversations_after";

/// A person.
#[derive(Debug)]
pub(crate) struct PersonView;

/// The data of [`PersonView`].
#[derive(Debug, Serialize)]
pub(crate) struct Person {
    id: String,
    /// `None` if every record of the time range is from before a login.
    user: Option<UserRow>,
    days: Vec<DayActivity>,
    /// How the details of the person changed, newest first.
    profile_changes: Vec<ProfileChange>,
    /// The older changes.
    more_changes: u64,
    /// The id of the last change, if more follow: the value of `changes_after`.
    next_change: Option<String>,
    sessions: Vec<SessionRow>,
    conversations: Vec<ConversationRow>,
    /// The conversations that follow.
    more_conversations: u64,
    /// The last conversation, if more follow: the value of `conversations_after`.
    next_conversation: Option<String>,
    /// The newest views of this person before this one.
    accesses: Vec<AccessRow>,
    #[serde(flatten)]
    page: RecordPage,
}

impl View for PersonView {
    type Data = Person;

    const PATH: &'static str = "/person";

    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<Person, PageError> {
        let id = query.required("id")?.to_owned();
        let page = load_page(store, &id, query)?;
        let range = query.range(PAGE_ROWS)?;
        let listed = range.limit(LISTED);
        let changes = store.profile_changes(&id, &listed.unlimited())?;
        let name = |change: &ProfileChange| change.id.to_string();
        let changes = ListPage::read(changes, query.get(CHANGES_AFTER), CHANGES, name)?;
        let conversations = store.user_conversations(&id, &listed.unlimited())?;
        let name = |row: &ConversationRow| row.id.clone();
        let after = query.get(CONVERSATIONS_AFTER);
        let conversations = ListPage::read(conversations, after, LISTED, name)?;
        Ok(Person {
            user: store.user(&id, &range)?,
            days: store.user_days(&id, &range.limit(DAYS))?,
            profile_changes: changes.rows,
            more_changes: changes.more,
            next_change: changes.next,
            sessions: store
                .sessions(Some(&id), &listed)?
                .collect::<Result<_, _>>()?,
            conversations: conversations.rows,
            more_conversations: conversations.more,
            next_conversation: conversations.next,
            accesses: store
                .accesses(&AccessFilter::new().user(&id), &Query::new().limit(LISTED))?
                .collect::<Result<_, _>>()?,
            page,
            id,
        })
    }

    fn viewed_users(data: &Person, _query: &UrlQuery) -> Vec<String> {
        vec![data.id.clone()]
    }

    fn body(data: &Person, context: &PageContext) -> PageBody {
        let content = html! {
            @if let Some(user) = &data.user { (summary(user)) }
            (changes(data, context))
            (day_chart(&data.days))
            div.columns {
                (sessions(data, context))
                (conversations(data, context))
            }
            (records(data, context))
            (who_looked(&data.accesses, context))
            p.actions {
                a href=(href(AccessesView::PATH, "user", &data.id)) { "Everybody who looked" } " · "
                a href=(href("/forget", "user", &data.id)) { "Erase this person" }
            }
        };
        PageBody::new(escape(&data.id), content)
    }

    fn csv(data: &Person) -> CsvTable {
        record_table().csv(&data.page.records)
    }
}

impl TextView for PersonView {
    fn load_text(store: &dyn Queries, query: &UrlQuery) -> Result<ViewText, PageError> {
        let id = query.required("id")?;
        let mut page = load_page(store, id, query)?;
        // A tree is read from the top, whatever the order of the pages is.
        if order(query) == Order::NewestFirst {
            page.records.reverse();
        }
        let text = outline(&trace_trees(&page.records), &page.records);
        Ok(ViewText {
            text: format!("user {}\n\n{text}{}", escape(id), page.next_page()),
            users: vec![id.to_owned()],
        })
    }
}

fn load_page(store: &dyn Queries, id: &str, query: &UrlQuery) -> Result<RecordPage, PageError> {
    let most = if is_print(query) {
        PRINT_ROWS
    } else {
        PAGE_ROWS
    };
    let rows = query.page_rows(most)?;
    let pager = RecordPager {
        store,
        filter: with_classes(TrailFilter::of_user(id), query)?,
        order: order(query),
        range: query.range(rows)?,
        rows,
    };
    pager.page(query)
}

/// The parameter `order`: `oldest`, or the newest first.
fn order(query: &UrlQuery) -> Order {
    match query.get("order") {
        Some("oldest") => Order::OldestFirst,
        _ => Order::NewestFirst,
    }
}

fn is_print(query: &UrlQuery) -> bool {
    query.get("print").is_some()
}

fn summary(user: &UserRow) -> Markup {
    let usage = user.usage;
    let number = |number| Value::Number {
        number,
        is_estimated: user.counts.is_estimated,
    };
    let values = [
        ("name", Value::text(user.full_name.as_deref())),
        ("username", Value::text(user.username.as_deref())),
        ("email", Value::text(user.email.as_deref())),
        ("IP address", Value::text(user.ip_address.as_deref())),
        ("segment", Value::text(user.segment.as_deref())),
        ("first seen", Value::Time(user.first_seen)),
        ("last seen", Value::Time(user.last_seen)),
        ("sessions", Value::number(user.sessions)),
        ("records", number(user.counts.records())),
        ("errors", number(user.counts.errors)),
        (
            "before login",
            match user.late {
                0 => Value::Missing,
                late => number(late),
            },
        ),
        ("model calls", Value::number(usage.calls)),
        (
            "tokens",
            Value::number(usage.input_tokens + usage.output_tokens),
        ),
        (
            "cost",
            usage
                .cost_usd
                .map_or(Value::Missing, |amount| Value::Amount {
                    amount,
                    is_estimated: usage.is_estimated,
                }),
        ),
        (
            "calls without a price",
            match usage.unpriced_calls {
                0 => Value::Missing,
                calls => Value::number(calls),
            },
        ),
    ];
    html! {
        (facts(&values))
        @if !user.attrs.is_empty() {
            dl.facts.attributes aria-label="Attributes" {
                @for (name, value) in &user.attrs {
                    @let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    div { dt { (escape(name)) } dd { (Value::Text(value).html()) } }
                }
            }
        }
    }
}

fn changes(data: &Person, context: &PageContext) -> Markup {
    html! {
        @if !data.profile_changes.is_empty() {
            section {
                h2 { "Changes of the profile" }
                (change_table().html(&data.profile_changes, context))
                @let more = (data.more_changes, "older change");
                (list_pager(context, CHANGES_AFTER, data.next_change.as_deref(), more))
            }
        }
    }
}

fn sessions(data: &Person, context: &PageContext) -> Markup {
    let all = context.query.only(&["since", "until"]);
    let all = all.with("user", &*data.id);
    html! {
        @if !data.sessions.is_empty() {
            section {
                h2 { "Sessions" }
                (session_table(false).html(&data.sessions, context))
                p { a href=(all.href("/sessions")) { "All sessions of this person" } }
            }
        }
    }
}

fn conversations(data: &Person, context: &PageContext) -> Markup {
    html! {
        @if !data.conversations.is_empty() {
            section {
                h2 { "Conversations" }
                (conversation_table().html(&data.conversations, context))
                @let more = (data.more_conversations, "more conversation");
                (list_pager(context, CONVERSATIONS_AFTER, data.next_conversation.as_deref(), more))
            }
        }
    }
}

fn records(data: &Person, context: &PageContext) -> Markup {
    html! {
        section #timeline {
            div.heading {
                h2 { "Timeline" }
                (settings(context))
            }
            (class_filter(context))
            @if data.page.records.is_empty() {
                (empty_state(
                    "No record of this person matches.",
                    "Choose a longer time range, or show all classes of records.",
                ))
            } @else {
                (timeline(&data.page.records, TimelineOf::User))
                (key_pager(context, data.page.previous, data.page.next))
            }
        }
    }
}

fn settings(context: &PageContext) -> Markup {
    let base = without_page(&context.query);
    let is_oldest = order(&base) == Order::OldestFirst;
    let link = |name: &str, query: UrlQuery, is_current: bool| {
        let href = query.href(context.path);
        html! { a href=(href) hx-get=(href) aria-current=[is_current.then_some("true")] { (name) } }
    };
    html! {
        nav.settings aria-label="Order" {
            (link("Newest first", base.without("order"), !is_oldest))
            (link("Oldest first", base.with("order", "oldest"), is_oldest))
            a href=(base.href("/person.txt")) { "As text" }
            @if is_print(&base) {
                (link("Shorter page", base.without("print"), false))
            } @else {
                (link("Printable page", base.with("print", "1"), false))
            }
        }
    }
}
