//! What is refused, and what is said.

use super::support::{expand, expand_guard, messages, mistakes};
use crate::keys::Macro::{self, Trace, WithSession, WithUser};

const ITEM: &str = "fn f(query: &str, req: R) -> u8 { 1 }";

fn only(mac: Macro, args: &str) -> String {
    let found = mistakes(mac, args, ITEM);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

fn fine(mac: Macro, args: &str) {
    assert_eq!(mistakes(mac, args, ITEM), Vec::<String>::new());
}

#[test]
fn value_of_unknown_key_causes_one_error() {
    let properties = r#"properties = { "user.id": "{query}" }"#;
    assert_eq!(
        only(Trace, properties),
        "unknown key `properties`: write `fields(name = EXPR, ..)`"
    );
}

#[test]
fn all_errors_are_reported_and_the_item_is_kept() {
    let args =
        r#"usr = 1, kind = agnt, session_id = "", tags("a b" = 1), user_id, anonymous, anonymous"#;
    let expansion = expand(Trace, args, ITEM);
    let parts = [
        "did you mean `user`?",
        "no argument is named `user_id`",
        "`anonymous` is given twice",
        "an empty id is not a session",
        "this one has ' ' in it",
        "did you mean `agent`?",
    ];
    let found = messages(&expansion);
    assert_eq!(found.len(), parts.len(), "{found:#?}");
    for (said, part) in found.iter().zip(parts) {
        assert!(said.contains(part), "{said} lacks {part}");
    }
    assert!(
        expansion.contains("fn f (query : & str , req : R) -> u8 { 1 }"),
        "{expansion}"
    );
}

#[test]
fn invalid_argument_does_not_hide_the_next_error() {
    let found = mistakes(Trace, "user = =, kimd = agent, level = , skip", ITEM);
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found[2].contains("did you mean `kind`?"), "{found:?}");
}

#[test]
fn span_keys_outside_trace_are_rejected() {
    for key in [
        "name = \"n\"",
        "kind = tool",
        "fields(a = 1)",
        "output",
        "err",
        "input",
    ] {
        let said = only(WithUser, &format!("\"u\", {key}"));
        assert!(said.contains("is a key of `#[whose::trace]`"), "{said}");
        assert_eq!(
            messages(&expand_guard(&format!("user = 1, {key}"))).len(),
            1
        );
    }
}

#[test]
fn user_given_twice_is_rejected() {
    assert!(only(Trace, "user = 1, user_id = 2").contains("both set the user"));
    assert!(only(Trace, "user = 1, from = 2").contains("`user` is the same key"));
    assert!(only(WithUser, "1, user = 2").contains("the first expression is its value"));
    assert!(only(WithUser, "anonymous, 1 + 2").contains("only the first argument"));
    assert!(only(WithUser, "anonymous, id = 1").contains("remove it, or `id`"));
}

#[test]
fn missing_user_and_session_are_rejected() {
    assert!(only(WithUser, "").contains("no user is given"));
    assert!(only(WithUser, "session = 1").contains("no user is given"));
    assert!(only(WithSession, "user = 1").contains("no session is given"));
    assert!(only(WithSession, "from = 1").contains("`from` sets the user"));
    assert_eq!(messages(&expand_guard("")).len(), 1);
    assert_eq!(messages(&expand_guard("isolated")).len(), 0);
    fine(Trace, "");
    fine(WithUser, "anonymous");
    fine(WithUser, "email = query");
    fine(WithSession, "session = 1, from = 2");
}

#[test]
fn user_flags_without_user_are_rejected() {
    assert!(only(Trace, "identify").contains("needs a user"));
    assert!(only(Trace, "supplement").contains("add a field"));
    fine(Trace, "identify, user_id = 1");
    fine(Trace, "supplement, segment = 1");
}

#[test]
fn first_word_is_an_argument_or_a_constant() {
    assert!(
        only(WithUser, "who").contains("the arguments are `query` and `req`; write `user = EXPR`")
    );
    assert!(only(WithSession, "qury").contains("did you mean `query`?"));
    assert!(only(WithUser, "isolted").contains("did you mean `isolated`?"));
    fine(WithUser, "query");
    fine(WithUser, "OPERATOR");
    fine(WithUser, "req.user");
    fine(WithUser, "make(query)");
    fine(WithUser, "self.user == other");
    fine(WithUser, "user::ID");
}

#[test]
fn malformed_arguments_are_reported_with_usage() {
    assert!(only(WithUser, "atrs(plan = 1)").contains("did you mean `attrs`?"));
    assert!(
        only(Trace, "user: 1").contains("expected `=` or `,` after `user`: write `user = EXPR`")
    );
    assert!(only(Trace, "user 1").contains("expected `=` or `,`"));
    assert!(only(Trace, "user =").contains("`user` has no value"));
    assert!(only(Trace, "tags").contains("`tags` takes a list: write `tags(key = EXPR, ..)`"));
    assert!(only(Trace, "session_id(1)")
        .contains("takes a value, not a list: write `session_id = EXPR`"));
    assert!(only(Trace, "isolated = true").contains("is a flag and takes no value"));
    assert!(only(Trace, "kind").contains("`kind` has no value: write `kind = agent`"));
    assert!(only(Trace, "tags(a b)").contains("expected `=` or `,` after `a`"));
    assert!(only(Trace, "tags(%a = 1)").contains("`a = %EXPR`"));
    assert!(only(Trace, "tags(a = )").contains("`a` has no value"));
    assert!(only(Trace, "tags({A} = 1)").contains("must be a name or a string"));
}

#[test]
fn invalid_tag_keys_are_rejected() {
    let long = "k".repeat(32);
    fine(
        Trace,
        &format!("tags({long} = 1, \"a.b:c-D_9\" = 2, a.b = 3)"),
    );
    assert!(only(Trace, &format!("tags({long}k = 1)")).contains("has 33 characters"));
    assert!(only(Trace, "tags(\"\" = 1)").contains("is empty"));
    assert!(only(Trace, "tags(\"a/b\" = 1)").contains("has '/' in it"));
    assert!(only(Trace, "tags(é = 1)").contains("has 'é' in it"));
    assert!(only(Trace, "user = 1, attrs(\"\" = 1)").contains("the key of an attribute is empty"));
    fine(Trace, "attrs(\"any thing/at all\" = 1)");
}

#[test]
fn empty_id_and_debug_id_are_rejected() {
    for args in ["user = \"\"", "user_id = \"\"", "session = %\"\""] {
        assert!(only(Trace, args).contains("an empty id is not a"), "{args}");
    }
    fine(Trace, "email = \"\"");
    for args in [
        "user = ?req",
        "session = ?req",
        "email = ?req",
        "tags(a = ?req)",
        "attrs(?req)",
    ] {
        assert!(only(Trace, args).contains("`?` uses `Debug`"), "{args}");
    }
}

#[test]
fn unknown_kind_and_level_list_the_valid_ones() {
    for kind in [
        "agent",
        "llm",
        "tool",
        "chain",
        "retriever",
        "embedding",
        "task",
        "\"task\"",
    ] {
        fine(Trace, &format!("kind = {kind}"));
    }
    assert!(only(Trace, "kind = Kind::Agent").contains("did you mean `agent`?"));
    assert!(only(Trace, "kind = span").ends_with("embedding, task"));
    for level in [
        "trace",
        "\"DEBUG\"",
        "info",
        "warn",
        "error",
        "Level::WARN",
        "MY_LEVEL",
    ] {
        fine(Trace, &format!("level = {level}"));
    }
    assert!(only(Trace, "level = \"warning\"").contains("did you mean `warn`?"));
    assert!(only(Trace, "level = Level::Warn").contains("`level` is one of"));
    assert!(only(Trace, "level = 3").contains("`level` is one of"));
    assert!(only(Trace, "name = %f").contains("`name` takes no sigil"));
    assert!(only(Trace, "target = \"\"").contains("`target` is empty"));
}

#[test]
fn input_with_unknown_argument_is_rejected() {
    fine(Trace, "input, skip(req)");
    fine(Trace, "input(query, %req.id, self.x, n = LIMIT + 1)");
    assert!(only(Trace, "input(qery)").contains("did you mean `query`?"));
    assert!(only(Trace, "input, skip(other)").contains("remove it"));
    assert!(only(Trace, "skip(req)").contains("which is not given"));
    assert!(only(Trace, "input(query), skip(req)").contains("remove `skip`"));
    assert!(only(Trace, "input(query, query)").contains("`input.query` is given twice"));
    assert!(only(Trace, "fields(output = 1), output").contains("`output` is given twice"));
    assert!(only(Trace, "input, skip(\"a\")").contains("the name of an argument"));
}

#[test]
fn err_and_output_need_a_matching_return_type() {
    let with = |output: &str| mistakes(Trace, "err", &format!("fn f() {output} {{ g() }}"));
    for none in [
        "",
        "-> u8",
        "-> Option<u8>",
        "-> (u8, u8)",
        "-> &str",
        "-> ()",
        "-> impl Debug",
    ] {
        assert_eq!(with(none).len(), 1, "{none}");
    }
    for some in [
        "-> Result<u8, E>",
        "-> io::Result<()>",
        "-> Outcome",
        "-> (Result<u8, E>)",
    ] {
        assert_eq!(with(some).len(), 0, "{some}");
    }
    assert_eq!(mistakes(Trace, "output", "fn f() -> () {}").len(), 1);
    assert_eq!(mistakes(Trace, "output", "fn f() -> u8 { 1 }").len(), 0);
    let said = mistakes(
        Trace,
        "err(Debug, Display)",
        "fn f() -> Result<u8, E> { g() }",
    );
    assert!(said[0].contains("write `err(Debug)`"));
}

#[test]
fn item_without_body_is_rejected_by_kind() {
    for (item, noun) in [
        ("pub struct S;", "a struct"),
        ("pub(crate) unsafe auto trait T {}", "a trait"),
        ("enum E {}", "an enum"),
        ("mod m {}", "a module"),
        ("const C: u8 = 1;", "a constant"),
        ("static S: u8 = 1;", "a static"),
        ("type T = u8;", "a type alias"),
        ("use a::b;", "an import"),
    ] {
        let said = mistakes(Trace, "", item);
        assert!(
            said.len() == 1 && said[0].contains(noun),
            "{item}: {said:?}"
        );
    }
    assert!(mistakes(Trace, "", "fn f(&self);")[0].contains("`f` has no body"));
    assert!(mistakes(Trace, "", "const unsafe fn f() {}")[0].contains("`const fn`"));
    assert_eq!(mistakes(Trace, "usr = 1", "struct S;").len(), 2);
}

#[test]
fn output_of_stream_is_rejected() {
    let of = |args: &str, head: &str| mistakes(Trace, args, &format!("{head} {{ s() }}"));
    for stream in [
        "fn f() -> impl Stream<Item = Result<u8, E>>",
        "async fn f() -> BoxStream<'static, u8>",
        "fn f() -> Pin<Box<dyn Stream<Item = u8> + Send>>",
    ] {
        for key in ["output", "err"] {
            let said = of(key, stream);
            assert!(
                said.len() == 1 && said[0].contains("records one value"),
                "{said:?}"
            );
        }
    }
    assert!(of("err", "async fn f() -> Result<BoxStream<'static, u8>, E>").is_empty());
    assert!(of("err, output", "fn f() -> BoxFuture<'static, Result<u8, E>>").is_empty());
    assert_eq!(of("err", "fn f() -> BoxFuture<'static, u8>").len(), 1);
    assert_eq!(of("output", "fn f() -> impl Future<Output = ()>").len(), 1);
    assert!(of("err", "fn f() -> impl IntoFuture<Output = T>").is_empty());
}

#[test]
fn crate_key_rejects_everything_but_a_path() {
    for path in [
        "crate = w",
        "crate = ::w::deps",
        "crate = crate::w",
        "crate = self::w",
    ] {
        fine(Trace, path);
    }
    for other in ["crate = \"w\"", "crate = w()", "crate = %w"] {
        assert!(
            only(Trace, other).contains("write `crate = path`"),
            "{other}"
        );
    }
    assert!(only(Trace, "crate").contains("`crate` has no value: write `crate = path`"));
    assert_eq!(messages(&expand_guard("crate = w")).len(), 1);
}

#[test]
fn bare_skip_leaves_method_unchanged() {
    assert_eq!(expand(Trace, "skip", ITEM), expand(Trace, "skip", ITEM));
    assert!(!expand(Trace, "skip", ITEM).contains("whose"));
    assert!(only(Trace, "skip, kind = tool").contains("`skip` without a list excludes a method"));
}

#[test]
fn agent_key_needs_a_value() {
    fine(Trace, "agent = \"planner\"");
    fine(Trace, "agent = %req.agent, kind = chain");
    assert!(only(Trace, "agent").contains("`agent` has no value: write `agent = EXPR`"));
    assert!(only(Trace, "agent = \"a\", fields(gen_ai.agent.name = 1)").contains("given twice"));
    assert!(only(WithUser, "query, agent = \"a\"").contains("is a key of `#[whose::trace]`"));
}
