//! What is written for valid calls.

use proc_macro2::{TokenStream, TokenTree};

use super::support::{expand, expand_guard, messages, mistakes, tokens, without_spaces};
use crate::attribute::attribute;
use crate::keys::Macro;

/// Every punctuation character counts for itself, and a pair of delimiters for two.
fn count(tokens: TokenStream) -> usize {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(group) => 2 + count(group.stream()),
            _ => 1,
        })
        .sum()
}

fn holds(expansion: &str, part: &str) {
    assert!(
        without_spaces(expansion).contains(&without_spaces(part)),
        "no `{part}` in:\n{expansion}"
    );
}

fn lacks(expansion: &str, part: &str) {
    assert!(
        !without_spaces(expansion).contains(&without_spaces(part)),
        "`{part}` in:\n{expansion}"
    );
}

#[test]
fn small_async_fn_expands_to_at_most_225_tokens() {
    let item = "async fn answer(user_id: &str) -> String { work(user_id).await }";
    let expansion = attribute(Macro::Trace, tokens("user_id"), tokens(item));
    let counted = count(expansion);
    assert!(counted <= 225, "{counted} tokens");
}

#[test]
fn async_fn_binds_scope_before_body_takes_arguments() {
    let expansion = expand(
        Macro::WithUser,
        "from = req.user",
        "async fn f(req: R) -> u8 { g(req) }",
    );
    holds(
        &expansion,
        "async fn f(req: R) -> u8 {
            let __whose_scope = ::whose::Scope::new().user(&(req.user));
            ::whose::__private::scoped(__whose_scope, async move {
                if let ::core::option::Option::Some(__whose_return) = ::core::option::Option::None::<(u8,)> {
                    return (__whose_return).0;
                };
                g(req)
            }).await
        }",
    );
}

#[test]
fn sync_fn_enters_scope_and_keeps_its_body() {
    let expansion = expand(Macro::WithUser, "", "fn f(user: &str) { a(); b() }");
    holds(
        &expansion,
        "fn f(user: &str) {
            let __whose_guard = ::whose::__private::enter(::whose::Scope::new().user(&(user)));
            match () { () => { a(); b() } }
        }",
    );
}

#[test]
fn traced_fn_without_identity_has_empty_scope() {
    let expansion = expand(Macro::Trace, "kind = llm", "fn f() {}");
    holds(
        &expansion,
        r#"::whose::__private::enter_traced(
            ::whose::Scope::new(),
            ::whose::__private::tracing::Level::INFO,
            ::core::option::Option::Some(::whose::Kind::Llm),
            &|| ::whose::__private::tracing::span!(
                target: ::core::module_path!(), ::whose::__private::tracing::Level::INFO, "f",
            )
        )"#,
    );
}

#[test]
fn identity_is_not_a_span_field() {
    let expansion = expand(
        Macro::Trace,
        "user_id, email, session = s, tags(t = user_id), attrs(a = email)",
        "fn f(user_id: u8, email: &str, s: u8) {}",
    );
    let span = expansion.split("span !").nth(1).expect("a span");
    for identity in ["user_id", "email", "session", "t =", "a ="] {
        assert!(
            !span.split("};").next().expect("its end").contains(identity),
            "{span}"
        );
    }
}

#[test]
fn identity_keys_expand_to_their_calls() {
    let expansion = expand(
        Macro::WithUser,
        r#"id = i, email = e, username = u, full_name = f, ip_address = p, segment = %s,
           attrs(a = 1, "b.c" = %x), session = t, tags("k" = v), isolated, supplement, identify"#,
        "fn f() {}",
    );
    holds(
        &expansion,
        r#"let __whose_scope = ::whose::Scope::isolated()
            .user(::whose::User::new(&(i))
                .with_email(&(e)).with_username(&(u)).with_full_name(&(f)).with_ip_address(&(p))
                .with_segment(&(::whose::__private::Display(&(s))))
                .with_attr("a", &(1)).with_attr("b.c", &(::whose::__private::Display(&(x))))
                .supplement())
            .session(&(t))
            .tag("k", &(v));
        ::whose::__private::identify(&__whose_scope);"#,
    );
}

#[test]
fn fields_beside_user_are_added_to_it() {
    let joined =
        "::whose::__private::with_fields(&(u), ::whose::User::without_id().with_email(&(e)))";
    let expansion = expand(Macro::Trace, "user = u, email = e", "fn f() {}");
    holds(&expansion, &format!(".user({joined})"));
    let expansion = expand(Macro::Trace, "user = u, email = e, supplement", "fn f() {}");
    holds(
        &expansion,
        &format!(".user(::core::option::Option::map({joined}, ::whose::User::supplement))"),
    );
    let expansion = expand(Macro::Trace, "email = e", "fn f() {}");
    holds(
        &expansion,
        ".user(::whose::User::without_id().with_email(&(e)))",
    );
}

#[test]
fn anonymous_key_expands_to_masked_scope() {
    let expansion = expand(
        Macro::WithUser,
        "anonymous, session = s",
        "fn f(user: U) {}",
    );
    holds(
        &expansion,
        "::whose::__private::anonymous(::whose::Scope::new()).session(&(s))",
    );
    lacks(&expansion, "&(user)");
}

#[test]
fn fields_are_evaluated_between_identity_and_span() {
    let expansion = expand(
        Macro::Trace,
        r#"user_id, fields(a.b = x, "c d" = %y, ?z), input(q, %r), parent = p, output"#,
        "fn f(user_id: u8, z: u8, q: u8, r: u8) -> u8 { 1 }",
    );
    let compact = without_spaces(&expansion);
    let at = |part: &str| {
        compact
            .find(part)
            .unwrap_or_else(|| panic!("no `{part}` in {compact}"))
    };
    assert!(at("let__whose_scope") < at("match("));
    assert!(at("match(") < at("enter_traced("));
    let span = &compact[at("span!(")..];
    assert!(span.starts_with(
        "span!(target:::core::module_path!(),parent:::core::clone::Clone::clone(&__whose_parent),\
         ::whose::__private::tracing::Level::INFO,\"f\",\"input.q\"=?__whose_0,\
         \"input.r\"=%__whose_1,\"a.b\"=__whose_2,\"cd\"=%__whose_3,\"z\"=?__whose_4,\
         \"output\"=::whose::__private::tracing::field::Empty)"
    ));
}

#[test]
fn bare_input_records_all_arguments_except_skipped() {
    let item = "fn f(&self, a: u8, J(b): J, r#type: u8, _: u8) {}";
    let expansion = expand(Macro::Trace, "input, skip(b, self)", item);
    holds(
        &expansion,
        r#""input.a" = ?__whose_0, "input.type" = ?__whose_1,"#,
    );
    lacks(&expansion, "input.b");
    lacks(&expansion, "input.self");
}

#[test]
fn output_and_err_expand_to_reports() {
    let item = "async fn f() -> Result<u8, E> { g() }";
    let both = expand(Macro::Trace, "output, err(Debug)", item);
    holds(
        &both,
        "::core::result::Result::Ok(__whose_output) => { ::whose::__private::output(",
    );
    holds(
        &both,
        "::whose::__private::fail_debug(__whose_span, __whose_error,",
    );
    let err = expand(Macro::Trace, "err", item);
    holds(
        &err,
        "if let ::core::result::Result::Err(__whose_error) = __whose_output",
    );
    holds(
        &err,
        "::whose::__private::fail(__whose_span, __whose_error, (&&&::whose::__private::ErrorProbe(__whose_error)).anatomy())",
    );
    lacks(&err, "output (");
    let output = expand(Macro::Trace, "output", item);
    holds(
        &output,
        "::whose::__private::output(__whose_span, &::whose::__private::captured(__whose_output).form())",
    );
    lacks(&output, "Result::Ok");
}

#[test]
fn async_trait_body_is_wrapped_after_its_arguments() {
    let item = "fn f<'life0, 'async_trait>(&'life0 self, __arg1: J, n: u8)
            -> ::core::pin::Pin<Box<dyn ::core::future::Future<Output = R> + ::core::marker::Send + 'async_trait>>
        where Self: 'async_trait {
            Box::pin(async move {
                if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<R> {
                    #[allow(unreachable_code)]
                    return __ret;
                }
                let __self = self;
                let J(req) = { let __arg1 = __arg1; __arg1 };
                let n = n;
                let __ret: R = { let x = 1; x };
                #[allow(unreachable_code)]
                __ret
            })
        }";
    let expansion = expand(
        Macro::Trace,
        "user = req.user, session = self.id(self), tags(n)",
        item,
    );
    holds(
        &expansion,
        "let n = n;
         let __whose_scope = ::whose::Scope::new().user(&(req.user)).session(&(__self.id(__self))).tag(\"n\", &(n));
         let __whose_prepared = ::whose::__private::prepare(__whose_scope,",
    );
    holds(
        &expansion,
        "async move {
            if let ::core::option::Option::Some(__whose_return) = ::core::option::Option::None::<(R,)> {
                return (__whose_return).0;
            };
            let __ret: R = { let x = 1; x };",
    );
    let arguments = &mistakes(Macro::Trace, "user_id", item)[0];
    assert!(
        arguments.contains("the arguments are `req` and `n`"),
        "{arguments}"
    );
}

#[test]
fn deferred_future_is_created_in_scope_and_wrapped() {
    let made = |body: &str, output: &str| {
        let item = format!("fn f(a: &str) -> {output} {{ {body} }}");
        expand(Macro::WithUser, "a", &item)
    };
    let in_scope = "let __whose_scope = ::whose::Scope::new().user(&(a));
        let __whose_output = ::whose::Scope::in_scope(::core::clone::Clone::clone(&__whose_scope), move || ->";
    let scoped = "::whose::__private::scoped(__whose_scope, __whose_output)";
    for (output, wrapped) in [
        ("impl Future<Output = u8>", format!("_ {{ g(a) }}); {scoped}")),
        ("BoxStream<'_, u8>", format!("BoxStream<'_, u8> {{ g(a) }}); ::whose::__private::Box::pin({scoped})")),
        ("Box<dyn Future<Output = u8> + Unpin>", format!("::whose::__private::Box::new({scoped})")),
        (
            "Result<impl Stream<Item = u8>, E>",
            format!("::core::result::Result::Ok(__whose_output) => ::core::result::Result::Ok({scoped})"),
        ),
        (
            "Option<impl IntoFuture<Output = u8>>",
            "::whose::__private::scoped(__whose_scope, ::core::future::IntoFuture::into_future(__whose_output))".to_owned(),
        ),
    ] {
        let expansion = made("g(a)", output);
        holds(&expansion, in_scope);
        holds(&expansion, &wrapped);
    }
    // An alias hides the type, and the end of the body shows it.
    for boxed in [
        "Box::pin(async move { a })",
        "let a = a.len(); std::boxed::Box::pin(async move { a },)",
        "{ g() } ::whose::__private::Box::pin(async { 1 })",
    ] {
        holds(
            &made(boxed, "Alias<'_>"),
            &format!("::whose::__private::Box::pin({scoped})"),
        );
    }
    for other in [
        "Some(Box::pin(async move { a }))",
        "Ok(1) + Box::pin(async move { a })",
        "Box::pin(async move { a } + 1)",
        "Box::new(async move { a })",
        "Box::pin(a)",
        "my::Pin::pin(async move { a })",
        "Box::pinned(async move { a })",
    ] {
        lacks(&made(other, "Alias<'_>"), "scoped");
    }
}

#[test]
fn expansion_uses_the_given_crate_path() {
    let args = r#"crate = w::deps, user = u, email = %e, session = s, tags(t = 1), identify, supplement, kind = llm,
        agent = "a", parent = p, follows_from = c, fields(x = 1, %y), input(z), output, err"#;
    for item in [
        "fn f(u: U, y: u8, z: u8) -> Result<u8, E> { g() }",
        "async fn f(u: U, y: u8, z: u8) -> Result<BoxStream<'static, u8>, E> { g() }",
        "fn f(u: U, y: u8, z: u8) -> BoxFuture<'static, Result<u8, E>> { g() }",
        "impl S { fn f(&self, u: U, y: u8, z: u8) -> Result<u8, E> { g() } }",
    ] {
        let args = if item.starts_with("impl") {
            "crate = w::deps, kind = llm"
        } else {
            args
        };
        let expansion = expand(Macro::Trace, args, item);
        assert!(messages(&expansion).is_empty(), "{expansion}");
        holds(&expansion, "w::deps::");
        assert!(!expansion.contains("whose ::"), "{expansion}");
    }
}

#[test]
fn inner_attributes_stay_first_in_the_body() {
    let expansion = expand(
        Macro::WithUser,
        "\"u\"",
        "fn f() { #![allow(x)] #![doc = \"d\"] a(); b() }",
    );
    holds(
        &expansion,
        "{ #![allow(x)] #![doc = \"d\"] let __whose_guard",
    );
    holds(&expansion, "{ a(); b() } }");
}

#[test]
fn return_edge_of_never_is_empty_and_of_unit_is_short() {
    lacks(
        &expand(Macro::WithUser, "\"u\"", "async fn f() -> ! { loop {} }"),
        "return",
    );
    holds(
        &expand(Macro::WithUser, "\"u\"", "async fn f() { g(); }"),
        "if false { return; }; { g(); }",
    );
}

#[test]
fn guard_expands_to_one_statement() {
    assert_eq!(
        without_spaces(&expand_guard("user = u, tags(a = 1)")),
        without_spaces(
            "let __whose_guard = {
                ::whose::__private::enter(::whose::Scope::new().user(&(u)).tag(\"a\", &(1)))
            };"
        )
    );
    let identified = expand_guard("user_id, identify");
    holds(
        &identified,
        "::whose::__private::identify(&__whose_scope); ::whose::__private::enter(__whose_scope)",
    );
}
