//! The tools.

use super::arguments::{
    AuditArguments, ConversationArguments, CostArguments, CostOverTimeArguments, CoverageArguments,
    ErrorArguments, ErrorsArguments, GraphArguments, HealthArguments, JobsArguments,
    RecordArguments, ScoresArguments, SearchArguments, SessionArguments, SessionsArguments,
    TraceArguments, UnattributedArguments, UserArguments, UsersArguments,
};
use super::tool::Tool;
use crate::pages::{
    AttributionView, ConversationView, CostView, ErrorView, ErrorsView, GraphView, HealthView,
    JobsView, PersonView, RecordView, ScoresView, SearchView, SessionView, SessionsView, TraceView,
    UnattributedView, UsersView,
};

/// The tools, in the order in which a client lists them.
pub(super) fn tools() -> Vec<Tool> {
    let mut tools = people();
    tools.extend(records());
    tools.extend(sums());
    tools
}

/// Who did what.
fn people() -> Vec<Tool> {
    vec![
        Tool::json::<UsersView, UsersArguments>(
            "users",
            "List the users, with first and last activity, and numbers of records, errors, tokens and cost \
             (US dollars). Find a user by the beginning of an id, an email address or a name with `q`.",
        ),
        Tool::json::<PersonView, UserArguments>(
            "user",
            "Summarise one user: name, attributes, numbers, cost, activity by day, the newest sessions and \
             conversations, who looked before, and the newest records. The access log gets a row.",
        ),
        Tool::text::<PersonView, AuditArguments>(
            "audit",
            "List what one user did, as a text: each record with its number, time, spans around it, and \
             what set the user; model calls with their messages where these are kept. Records from before a \
             login are included. The access log gets a row.",
        ),
        Tool::json::<SessionsView, SessionsArguments>(
            "sessions",
            "List the sessions (a visit, a job run), last seen first: users, times, numbers of records, \
             errors, tokens and cost.",
        ),
        Tool::text::<SessionView, SessionArguments>(
            "session",
            "Show what happened in one session, oldest first, as a text: the tree of spans of each trace \
             with log lines, errors and model calls inside. The access log gets a row for each user.",
        ),
        Tool::json::<ConversationView, ConversationArguments>(
            "conversation",
            "Show one conversation with models, of all users and sessions, oldest record first: requests, \
             model calls with their messages where these are kept, tools and log lines. The access log gets \
             a row for each user.",
        ),
        Tool::text::<TraceView, TraceArguments>(
            "trace",
            "Show one trace as a text: the tree of its spans with log lines, errors and model calls inside. \
             Pass `near`. The access log gets a row for each user.",
        ),
    ]
}

/// Single records.
fn records() -> Vec<Tool> {
    vec![
        Tool::json::<RecordView, RecordArguments>(
            "record",
            "Show one record in full, and explain why it has its user, session and actors: which kind of \
             frame set them, at which call site, and what to change in the program where the user is \
             missing. Also the span around the record, and the first records inside of a span. The access \
             log gets a row for each user.",
        ),
        Tool::json::<SearchView, SearchArguments>(
            "search",
            "Find records by words and conditions, newest first. A word that is the id of a user or session, \
             or an email address, is listed in `identities`. A search for `user:ID` adds a row to the access \
             log.",
        ),
        Tool::json::<UnattributedView, UnattributedArguments>(
            "unattributed",
            "List the newest records without a user that no login explains, with the reason and the call \
             site of each.",
        ),
    ]
}

/// Sums over many records.
fn sums() -> Vec<Tool> {
    vec![
        Tool::json::<ErrorsView, ErrorsArguments>(
            "errors",
            "List the groups of errors, those that hit most users first: fingerprint, last message, call \
             site, numbers, and `trend`, the errors in equal parts of the time.",
        ),
        Tool::json::<ErrorView, ErrorArguments>(
            "error",
            "Show one group of errors by its fingerprint: the users hit, and the newest errors in full, with \
             causes, spans, breadcrumbs, feature flags and backtrace.",
        ),
        Tool::json::<CostView, CostArguments>(
            "cost",
            "Sum what model calls cost, in groups, highest first: US dollars at list prices, calls and \
             tokens; and what was spent without a user, and by models without a known price.",
        ),
        Tool::json::<CostView, CostOverTimeArguments>(
            "cost_over_time",
            "Sum what model calls cost in each minute, hour, day or month: one series for each of the \
             `limit` groups with the highest cost, and `other` for the rest.",
        ),
        Tool::table::<GraphView, GraphArguments>(
            "graph",
            "List who called what, as a CSV table: services, agents, tools and models, with calls, errors, \
             durations (nanoseconds), tokens and cost (US dollars) of each edge.",
        ),
        Tool::json::<AttributionView, CoverageArguments>(
            "coverage",
            "List the call sites that make records without a user, most first: where the program loses the \
             user, the reasons, and the sources of the users of the other records.",
        ),
        Tool::json::<ScoresView, ScoresArguments>(
            "scores",
            "Summarise the scores (such as helpfulness) by name: numbers, means, shares of labels, and for \
             one name the means over time and the sessions with the worst scores. Scores of one `user` add \
             a row to the access log.",
        ),
        Tool::json::<JobsView, JobsArguments>(
            "jobs",
            "List the monitored jobs: the last run, its status, failures, overruns and missed starts.",
        ),
        Tool::json::<HealthView, HealthArguments>(
            "health",
            "Show the state of the store: sizes (bytes), first and last record, records that were lost, and \
             what the processes counted, such as refused writes and truncated values.",
        ),
    ]
}
