//! `whose scores` and `whose cost --by agent` with the real binary and a real store.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use support::{HOSTILE, as_alice, json, line, stdout, store_of, whose, wide};

#[test]
fn scores_table_has_values_and_a_summary_for_each_name() {
    let folder = store_of(
        |it| it,
        || {
            as_alice(|| {
                let thread = whose::conversation("thread-7");
                thread.in_scope(|| whose::score("helpful", true).comment("exact").record());
                whose::score("helpful", false).record();
                whose::score("latency", 0.125).record();
            });
            whose::user("bob").in_scope(|| whose::score("latency", 1.5).record());
        },
    );
    let table = wide(folder.path(), &["scores"]);
    let expected = "4 scores
  helpful: 2 scores, mean 0.5, min 0, max 1 (false 1, true 1)
  latency: 2 scores, mean 0.8125, min 0.125, max 1.5
";
    assert!(table.ends_with(expected), "{table}");
    let row = line(&table, &table.lines().nth(1).unwrap()[..19]);
    assert_eq!(
        row[1..],
        ["helpful", "true", "alice", "s-1", "thread-7", "exact"]
    );
    let of_alice = stdout(folder.path(), &["scores", "--user", "alice"]);
    assert!(of_alice.contains("3 scores\n"), "{of_alice}");
    for filter in [["--session", "s-1"], ["--conversation", "thread-7"]] {
        let of = stdout(folder.path(), &["scores", filter[0], filter[1]]);
        assert!(!of.contains("1.5"), "{of}");
    }
    let answer = json(folder.path(), &["scores", "--name", "latency"]);
    assert_eq!(answer["rows"][1]["value"], 1.5);
    assert_eq!(answer["rows"][1]["user"], "bob");
    assert_eq!(answer["summary"][0]["mean"], 0.8125);
    let trail = wide(folder.path(), &["audit", "--user", "alice"]);
    assert!(trail.contains("helpful true") && trail.contains("latency 0.125"));
}

#[test]
fn store_without_scores_states_so() {
    let folder = store_of(|it| it, || as_alice(|| tracing::info!("hello")));
    assert_eq!(stdout(folder.path(), &["scores"]), "no scores\n");
}

#[test]
fn unknown_conversation_is_an_error_with_advice() {
    let folder = store_of(|it| it, || as_alice(|| tracing::info!("hello")));
    for command in ["audit", "scores"] {
        let output = whose(folder.path(), &[command, "--conversation", "none"]);
        assert_eq!(output.status.code(), Some(1));
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("no conversation \"none\""), "{error}");
        assert!(error.contains("whose cost --by conversation"), "{error}");
    }
}

#[whose::trace(kind = agent, name = "plan")]
fn plan() {
    look_up();
}

#[whose::trace(kind = tool)]
fn look_up() {
    whose::usage("gpt-4o").input_tokens(1_000_000).record();
}

#[test]
fn cost_by_agent_and_by_tool_has_a_row_for_calls_outside() {
    let folder = store_of(
        |it| it,
        || {
            as_alice(|| {
                plan();
                whose::usage("gpt-4o").input_tokens(1_000_000).record();
            });
        },
    );
    for (by, name) in [("agent", "plan"), ("tool", "look_up")] {
        let table = wide(folder.path(), &["cost", "--by", by]);
        assert_eq!(line(&table, name)[1], "1", "{table}");
        assert_eq!(line(&table, &format!("(no {by})"))[1], "1", "{table}");
        let rows = json(folder.path(), &["cost", "--by", by]);
        let keys: Vec<_> = [0, 1].map(|row| rows["rows"][row]["key"].clone()).into();
        assert!(keys.contains(&name.into()), "{keys:?}");
    }
    let trail = wide(folder.path(), &["audit", "--user", "alice"]);
    let calls = trail.matches("gpt-4o 1,000,000 -> 0 tokens").count();
    assert_eq!(calls, 2, "the tool around a call is not its name:\n{trail}");
    let output = whose(folder.path(), &["cost", "--by", "weather"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("`agent`, `tool`"), "{error}");
}

#[test]
fn hostile_names_of_scores_and_agents_are_escaped() {
    let folder = store_of(
        |it| it,
        || {
            whose::score(HOSTILE, HOSTILE).comment(HOSTILE).record();
            tracing::info!(
                gen_ai.request.model = "m",
                gen_ai.usage.input_tokens = 1,
                gen_ai.agent.name = HOSTILE
            );
        },
    );
    for command in [&["scores"][..], &["cost", "--by", "agent"]] {
        let table = stdout(folder.path(), command);
        assert!(!table.contains(['\u{1b}', '\u{202e}']), "{table:?}");
        assert!(table.contains("mallory"), "{table}");
    }
}
