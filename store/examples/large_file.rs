//! Creates a large store, to measure queries.
//!
//! ```text
//! cargo run --release -p whose-store --example large_file -- one-user 2000000 one_user.db
//! cargo run --release -p whose-store --example large_file -- many-users 1000000 many_users.db
//! cargo run --release -p whose-store --example large_file -- errors 1000000 errors.db
//! cargo run --release -p whose-store --example large_file -- conversations 100000 conversations.db
//! ```
//!
//! `one-user` makes that many records: nine of ten belong to the user `alice`, the others to 1,000
//! users. `many-users` makes that many users, each with a session and two records, one of which is
//! a model call. `errors` makes that many errors, in 1,000 groups and of 10,000 users.
//! `conversations` makes that many conversations of ten records each: the span of an agent, the span of
//! a tool, seven model calls and a score.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use tracing::info_span;
use tracing_subscriber::prelude::*;
use whose::{RecordSink, User};
use whose_store::{Store, WhenFull};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (shape, count, path) = (arguments.next(), arguments.next(), arguments.next());
    let usage = "usage: large_file one-user|many-users|errors|conversations COUNT FILE";
    let (Some(shape), Some(count), Some(path)) = (shape, count, path) else {
        return Err(usage.into());
    };
    let make: fn(u32) = match shape.as_str() {
        "one-user" => one_user,
        "many-users" => many_users,
        "errors" => errors,
        "conversations" => conversations,
        _ => return Err(usage.into()),
    };
    let count: u32 = count
        .parse()
        .map_err(|_| format!("{count:?} is no whole number"))?;
    let path = PathBuf::from(path);
    if path.exists() {
        return Err(format!("{} already exists: use another path", path.display()).into());
    }
    let store = Store::builder(&path).when_full(WhenFull::Block).open()?;
    let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(store.clone()));
    tracing::subscriber::with_default(subscriber, || make(count));
    let _ = store.flush(Duration::from_secs(600));
    println!("{:?}", store.stats());
    Ok(())
}

fn one_user(records: u32) {
    for number in 0..records {
        let user = match number % 10 {
            0 => format!("user-{}", number / 10 % 1_000),
            _ => "alice".to_owned(),
        };
        let session = format!("session-{user}-{}", number / 1_000);
        whose::user(user).session(session).in_scope(|| {
            let method = ["GET", "POST"][number as usize % 2];
            let path = format!("/orders/{}", number % 5_000);
            drop(info_span!(
                "request",
                http.request.method = method,
                url.path = path,
                http.response.status_code = 200
            ));
        });
    }
}

fn many_users(users: u32) {
    for number in 0..users {
        let user = User::new(format!("user-{number:07}"))
            .with_email(format!("user-{number:07}@example.com"));
        let session = format!("session-{number:07}");
        whose::user(user).session(session).in_scope(|| {
            drop(info_span!("request", number));
            whose::usage("gpt-4o-mini")
                .input_tokens(1_000 + u64::from(number % 100))
                .output_tokens(200)
                .record();
        });
    }
}

fn errors(errors: u32) {
    for number in 0..errors {
        let session = format!("session-{}", number / 10);
        whose::user(format!("user-{}", number % 10_000))
            .session(session)
            .in_scope(|| {
                let kind = number % 1_000;
                let kind: String = [kind / 100, kind / 10 % 10, kind % 10]
                    .map(|digit| char::from(b'a' + digit as u8))
                    .into_iter()
                    .collect();
                whose::capture_message(format!("step {kind} refused order {number}"));
            });
    }
}

fn conversations(conversations: u32) {
    for number in 0..conversations {
        let user = whose::user(format!("user-{}", number % 1_000));
        let user = user.session(format!("session-{}", number / 10));
        let thread = user.conversation(format!("thread-{number}"));
        thread.in_scope(|| {
            let agent = info_span!(
                "invoke_agent",
                gen_ai.operation.name = "invoke_agent",
                gen_ai.agent.name = ["plan", "research", "answer"][number as usize % 3]
            );
            let tool = info_span!(
                parent: &agent,
                "execute_tool",
                gen_ai.operation.name = "execute_tool",
                gen_ai.tool.name = "look_up_order"
            );
            for call in 0..7 {
                let span = if call < 3 { &tool } else { &agent };
                span.in_scope(|| {
                    whose::usage("gpt-4o-mini")
                        .input_tokens(1_000 + u64::from(number % 100))
                        .output_tokens(200)
                        .record();
                });
            }
            whose::score("helpful", number % 4 > 0).record();
        });
    }
}
