//! Futures and streams in a return type that a scope does not reach.

use syn::{parse_str, Type};

use super::support::{expand, expand_guard, messages, mistakes, without_spaces};
use crate::keys::Macro::{self, Trace, WithSession, WithUser};
use crate::returns::{unreached, unreached_anywhere, Unreached};

/// The sorts and types that are found in `ty`.
fn found(ty: &str) -> Vec<String> {
    let ty: Type = parse_str(ty).expect("a type");
    unreached(&ty).iter().map(shown).collect()
}

fn shown(found: &Unreached<'_>) -> String {
    let tokens = found.tokens.to_token_stream().to_string();
    let compact: String = tokens.split_whitespace().collect();
    format!("{} {compact}", found.async_type)
}

#[test]
fn unreached_inside_type_is_found_with_its_tokens() {
    let cases: [(&str, &[&str]); 26] = [
        ("Sse<impl Stream>", &["stream implStream"]),
        ("sse::Sse<(impl Stream)>", &["stream (implStream)"]),
        ("(impl Stream, u8)", &["stream implStream"]),
        ("[impl Future; 2]", &["future implFuture"]),
        ("Box<[BoxStream<'a, u8>]>", &["stream BoxStream<'a,u8>"]),
        ("Vec<BoxFuture<'a, u8>>", &["future BoxFuture<'a,u8>"]),
        (
            "Json<LocalBoxStream<'a, u8>>",
            &["stream LocalBoxStream<'a,u8>"],
        ),
        ("Result<Sse<impl Stream>, E>", &["stream implStream"]),
        ("Result<u8, impl Future>", &["future implFuture"]),
        ("Result<impl Future, impl Stream>", &["stream implStream"]),
        (
            "Option<Result<BoxFuture<'a>, E>>",
            &["future BoxFuture<'a>"],
        ),
        (
            "Sse<Pin<Box<dyn Stream + Send>>>",
            &["stream Pin<Box<dynStream+Send>>"],
        ),
        ("Pin<Box<Wrapper<impl Future>>>", &["future implFuture"]),
        ("Box<BoxFuture<'a, u8>>", &["future BoxFuture<'a,u8>"]),
        ("Either<impl Future, Ready<u8>>", &["future implFuture"]),
        ("Vec<impl IntoFuture>", &["future implIntoFuture"]),
        (
            "(u8, impl TryStream<Ok = u8>)",
            &["stream implTryStream<Ok=u8>"],
        ),
        ("Vec<Box<dyn FusedFuture>>", &["future Box<dynFusedFuture>"]),
        ("impl Iterator<Item = impl Future>", &["future implFuture"]),
        (
            "Box<dyn Iterator<Item: Stream + Send>>",
            &["stream Stream+Send"],
        ),
        (
            "impl Future<Output = Sse<impl Stream>>",
            &["stream implStream"],
        ),
        (
            "BoxFuture<'a, BoxStream<'a, u8>>",
            &["stream BoxStream<'a,u8>"],
        ),
        (
            "Pin<Box<dyn Stream<Item = impl Future>>>",
            &["future implFuture"],
        ),
        (
            "Result<BoxStream<'a, impl Future>, E>",
            &["future implFuture"],
        ),
        (
            "(impl Stream, Vec<impl Future>)",
            &["stream implStream", "future implFuture"],
        ),
        (
            "Arc<Mutex<dyn Stream + Unpin>>",
            &["stream dynStream+Unpin"],
        ),
    ];
    for (ty, expected) in cases {
        assert_eq!(found(ty), expected, "{ty}");
    }
}

#[test]
fn unreached_of_wrapped_type_is_empty() {
    let cases = [
        "impl Future<Output = u8>",
        "(impl Stream<Item = u8>)",
        "impl IntoFuture<Output = u8, IntoFuture = impl Future>",
        "Box<dyn Future<Output = u8>>",
        "Pin<Box<dyn Stream<Item = u8> + Send>>",
        "Pin<Box<impl Future<Output = Vec<u8>>>>",
        "Option<BoxFuture<'a, u8>>",
        "io::Result<Pin<Box<dyn Stream<Item = io::Result<u8>>>>>",
    ];
    for ty in cases {
        assert_eq!(found(ty), [""; 0], "{ty}");
    }
}

#[test]
fn unreached_of_type_that_only_names_future_is_empty() {
    let cases = [
        "u8",
        "ty!()",
        "Result<Stream, E>",
        "Sse<Future>",
        "impl Fn() -> BoxFuture<'static, ()>",
        "Box<dyn FnMut(BoxStream<'a, u8>) -> BoxFuture<'a, u8> + Send>",
        "Vec<Arc<dyn Fn(u8) -> Pin<Box<dyn Future<Output = u8>>>>>",
        "impl AsyncFn(u8) -> u8",
        "fn() -> BoxFuture<'static, u8>",
        "Map<I, fn(u8) -> BoxFuture<'static, u8>>",
        "PhantomData<BoxFuture<'static, u8>>",
        "(u8, PhantomData<fn() -> dyn Stream>)",
        "&'a dyn Future<Output = u8>",
        "Option<&'a mut BoxStream<'a, u8>>",
        "Pin<&mut dyn Future<Output = u8>>",
        "*mut BoxFuture<'a, u8>",
        "MutexGuard<'a, BoxStream<'a, u8>>",
        "RefMut<'a, dyn Stream>",
        "mpsc::Sender<BoxFuture<'static, u8>>",
        "impl Sink<BoxFuture<'static, u8>>",
        "impl Service<R, Response = u8, Future = BoxFuture<'static, u8>>",
        "<BoxFuture<'a, u8> as Future>::Output",
        "Sse<whose::Scoped<impl Stream>>",
    ];
    for ty in cases {
        assert_eq!(found(ty), [""; 0], "{ty}");
    }
}

#[test]
fn unreached_anywhere_includes_wrapped_future() {
    let ty: Type = parse_str("Result<BoxFuture<'a, u8>, E>").expect("a type");
    let found: Vec<String> = unreached_anywhere(&ty).iter().map(shown).collect();
    assert_eq!(found, ["future BoxFuture<'a,u8>"]);
}

const REFUSED: &str =
    "the scope does not reach this stream, which is polled after `f` has returned";

const SSE: &str = "fn f(user: &str) -> Sse<impl Stream<Item = u8>> { g() }";

fn only(mac: Macro, args: &str, item: &str) -> String {
    let found = mistakes(mac, args, item);
    assert_eq!(found.len(), 1, "{args}: {found:?}");
    found[0].clone()
}

#[test]
fn scope_that_does_not_reach_stream_is_rejected() {
    for (mac, args) in [
        (WithUser, ""),
        (WithUser, "anonymous"),
        (WithSession, "session = user"),
        (Trace, "user"),
        (Trace, "session = 1"),
        (Trace, "tags(a = 1), kind = tool"),
        (Trace, "isolated"),
    ] {
        let said = only(mac, args, SSE);
        assert!(said.starts_with(REFUSED), "{said}");
        assert!(
            said.ends_with(&format!("`carried` to `{}`", mac.name())),
            "{said}"
        );
        let args = format!("{args}{}carried", if args.is_empty() { "" } else { ", " });
        assert!(mistakes(mac, &args, SSE).is_empty());
        assert!(mistakes(mac, &args, &format!("async {SSE}")).is_empty());
    }
    assert!(only(WithUser, "", &format!("async {SSE}")).starts_with(REFUSED));
}

#[test]
fn trace_without_scope_accepts_unreached_stream() {
    for args in [
        "",
        "crate = w",
        "kind = tool, fields(a = 1), input, output",
        "carried",
    ] {
        assert_eq!(mistakes(Trace, args, SSE), [""; 0], "{args}");
    }
}

#[test]
fn identity_error_does_not_hide_unreached_stream() {
    assert_eq!(mistakes(Trace, "user_id", SSE).len(), 2);
}

#[test]
fn each_unreached_future_and_stream_is_rejected() {
    let item = "fn f(user: U) -> (impl Stream, Vec<BoxFuture<'static, u8>>) { g() }";
    let found = mistakes(WithUser, "", item);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[1].starts_with("the scope does not reach this future"),
        "{found:?}"
    );
}

#[test]
fn carried_without_unreached_stream_is_rejected() {
    for output in [
        "",
        "-> u8",
        "-> impl Stream",
        "-> Scoped<impl Stream>",
        "-> Option<BoxFuture<'a, u8>>",
    ] {
        let item = format!("fn f(user: U) {output} {{ g() }}");
        let said = only(WithUser, "carried", &item);
        assert!(said.contains("the return type of `f` shows none"), "{said}");
    }
    assert!(only(WithUser, "carried = true", SSE).contains("is a flag and takes no value"));
}

#[test]
fn carried_in_guard_is_rejected() {
    let found = messages(&expand_guard("user = 1, carried"));
    assert!(
        found.len() == 1 && found[0].contains("`guard!` is a statement"),
        "{found:?}"
    );
    let found = messages(&expand_guard("unknown = 1"));
    assert!(!found[0].contains("carried"), "{found:?}");
}

#[test]
fn carried_on_block_applies_to_methods_that_need_it() {
    let block = |method: &str| format!("impl S {{ fn n(&self) {{}} {method} }}");
    let sse = block("fn m(&self) -> Sse<impl Stream> { g() }");
    let given = without_spaces(&expand(WithUser, "self.user, carried", &sse));
    assert!(
        given.contains("#[::whose::with_user(self.user)]fnn"),
        "{given}"
    );
    assert!(
        given.contains("#[::whose::with_user(self.user,carried)]fnm"),
        "{given}"
    );
    // A block may gain and lose such methods.
    let wrapped = block("async fn m(&self) -> BoxStream<'a, u8> { g() }");
    let given = without_spaces(&expand(Trace, "user = self.user, carried", &wrapped));
    assert!(
        !given.contains("carried") && messages(&given).is_empty(),
        "{given}"
    );
}

#[test]
fn stream_of_async_trait_method_is_wrapped() {
    let method = |output: &str| {
        format!(
            "fn f<'async_trait>(&'async_trait self) -> Pin<Box<dyn Future<Output = {output}> + 'async_trait>> {{
                Box::pin(async move {{ let __self = self; g(__self) }})
            }}"
        )
    };
    let stream = method("Result<BoxStream<'static, u8>, E>");
    let expansion = expand(WithUser, "self.user", &stream);
    assert_eq!(messages(&expansion), [""; 0]);
    let expansion = without_spaces(&expansion);
    assert!(
        expansion.contains("Ok(::whose::__private::Box::pin(::whose::__private::scoped("),
        "{expansion}"
    );
    assert!(only(
        WithUser,
        "self.user",
        &method("Sse<BoxStream<'static, u8>>")
    )
    .starts_with(REFUSED));
    assert!(only(Trace, "output", &method("BoxStream<'static, u8>")).contains("records one value"));
}

#[test]
fn future_from_entry_point_is_not_wrapped() {
    let item = "fn f() -> Option<BoxFuture<'static, u8>> {
        let body = async { g() };
        #[allow(clippy::expect_used)]
        {
            return Runtime::new().expect(\"Failed building the Runtime\").block_on(body);
        }
    }";
    let said = only(WithUser, "\"u\"", item);
    assert!(
        said.starts_with("the scope does not reach this future"),
        "{said}"
    );
}
