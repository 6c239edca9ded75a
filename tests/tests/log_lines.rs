//! Every line of `fmt` shows the user and the session.

use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;
use whose_tests::log_buffer::LogBuffer;

/// Runs `f` under a plain-text log layer and the layer of `whose`.
fn with_text<R>(lines: &LogBuffer, f: impl FnOnce() -> R) -> R {
    let text = fmt::layer().with_ansi(false).with_writer(lines.clone());
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(text.map_event_format(whose::fmt::attributed));
    tracing::subscriber::with_default(subscriber, f)
}

/// Logs as code that does not use `whose`.
fn foreign_code() {
    let span = tracing::info_span!("foreign", step = 1);
    span.in_scope(|| tracing::info!("from inside"));
}

#[test]
fn text_line_shows_user_and_session() {
    let lines = LogBuffer::default();
    with_text(&lines, || {
        whose::user("alice").session("s-1").in_scope(foreign_code);
        assert!(
            lines.take().ends_with(
                "foreign{step=1}: log_lines: from inside user.id=alice session.id=s-1\n"
            )
        );

        foreign_code();
        assert!(lines.take().ends_with("from inside\n"), "no user is shown");

        // A span carries its user to another thread.
        let span = whose::user("alice").in_scope(|| tracing::info_span!("work"));
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                tracing::dispatcher::with_default(&dispatch, || {
                    span.in_scope(|| tracing::info!("there"))
                });
            });
        });
        assert!(lines.take().ends_with("there user.id=alice\n"));

        // A line shows the explicit user of an event once, without the current user.
        whose::user("alice").in_scope(|| tracing::info!(user.id = "bob", "explicit"));
        let line = lines.take();
        assert!(
            line.contains("user.id=\"bob\"") && !line.contains("alice"),
            "{line}"
        );
    });
}

#[test]
fn line_shows_the_innermost_actor_after_the_policy() {
    let lines = LogBuffer::default();
    let acting = || {
        let operator = whose::user("alice").actor("operator-2");
        operator.in_scope(|| whose::actor(whose::Actor::agent("planner")).in_scope(foreign_code));
        whose::user("bob").in_scope(foreign_code);
    };
    with_text(&lines, acting);
    let text = lines.take();
    let ends: Vec<_> = text
        .lines()
        .map(|line| line.split_once("inside ").unwrap().1)
        .collect();
    assert_eq!(
        ends,
        ["user.id=alice whose.actor.id=planner", "user.id=bob"]
    );

    let json = fmt::layer().json().with_writer(lines.clone());
    let policy = whose::Policy::new().drop("whose.actor.id");
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer().with_policy(policy).unwrap())
        .with(json.map_event_format(whose::fmt::attributed));
    tracing::subscriber::with_default(subscriber, || {
        let agent = whose::user("alice").actor(whose::Actor::agent("planner"));
        agent.in_scope(foreign_code);
    });
    let line: serde_json::Value = serde_json::from_str(&lines.take()).unwrap();
    assert_eq!(line["user.id"], "alice");
    assert!(line.get("whose.actor.id").is_none(), "{line}");
}

#[test]
fn hostile_id_cannot_forge_line_or_field() {
    let lines = LogBuffer::default();
    with_text(&lines, || {
        whose::user("a session.id=admin\nINFO forged").in_scope(|| tracing::info!("x"));
    });
    let text = lines.take();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(
        text.ends_with("x user.id=\"a session.id=admin\\nINFO forged\"\n"),
        "{text}"
    );
}

#[test]
fn json_line_stays_json_with_user_and_session() {
    let lines = LogBuffer::default();
    let subscriber = tracing_subscriber::registry().with(whose::layer()).with(
        fmt::layer()
            .json()
            .with_writer(lines.clone())
            .map_event_format(whose::fmt::attributed),
    );
    tracing::subscriber::with_default(subscriber, || {
        whose::user("al\"ice\n\u{1}")
            .session("s-1")
            .in_scope(foreign_code);
        foreign_code();
    });
    let text = lines.take();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["user.id"], "al\"ice\n\u{1}");
    assert_eq!(lines[0]["session.id"], "s-1");
    assert_eq!(lines[0]["fields"]["message"], "from inside");
    assert!(lines[1].get("user.id").is_none() && lines[1]["fields"]["message"] == "from inside");
}

#[test]
fn colours_follow_fmt_layer() {
    let lines = LogBuffer::default();
    let subscriber = tracing_subscriber::registry().with(whose::layer()).with(
        fmt::layer()
            .with_ansi(true)
            .with_writer(lines.clone())
            .map_event_format(whose::fmt::attributed),
    );
    tracing::subscriber::with_default(subscriber, || {
        whose::user("alice").in_scope(|| tracing::info!("x"))
    });
    let line = lines.take();
    assert!(
        line.contains("\u{1b}[32m") && line.contains("user.id=alice"),
        "{line:?}"
    );
}

#[test]
fn compact_and_pretty_lines_show_user_and_session() {
    let lines = LogBuffer::default();
    let compact = fmt::layer()
        .compact()
        .with_ansi(false)
        .with_writer(lines.clone());
    let pretty = fmt::layer()
        .pretty()
        .with_ansi(false)
        .with_writer(lines.clone());
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(compact.map_event_format(whose::fmt::attributed))
        .with(pretty.map_event_format(whose::fmt::attributed));
    tracing::subscriber::with_default(subscriber, || {
        whose::user("alice").in_scope(|| tracing::info!("x"))
    });
    assert_eq!(lines.take().matches("user.id=alice").count(), 2);
}
