//! Messages and shapes to the letter, where a slip of ours would change little.

use proc_macro2::{Delimiter, Group};
use quote::quote;

use super::support::{expand, messages, mistakes, tokens, without_spaces};
use crate::attribute::attribute;
use crate::keys::Macro::{Trace, WithSession, WithUser};

const ITEM: &str = "fn f(query: &str, req: R) -> Result<u8, E> { g() }";

#[test]
fn repeated_key_is_reported_as_written() {
    let twice = |args| mistakes(Trace, args, ITEM);
    assert_eq!(twice("user = 1, user = 2"), ["`user` is given twice"]);
    assert_eq!(
        twice("user = 1, from = 2"),
        ["`from` is given twice: `user` is the same key"]
    );
    assert_eq!(
        twice("tags(a = 1), tags(b = 1)"),
        ["`tags` is given twice: use one list"]
    );
    assert_eq!(twice("user = query req"), ["expected `,` before this"]);
}

#[test]
fn rejected_key_causes_one_error() {
    assert_eq!(mistakes(Trace, "identify, user_id", ITEM).len(), 1);
    assert_eq!(
        mistakes(WithUser, "user = ?query", "fn f(user: U, query: Q) {}").len(),
        1
    );
    assert_eq!(mistakes(WithSession, "session = ?query", ITEM).len(), 1);
}

#[test]
fn missing_argument_error_lists_the_names() {
    let said = mistakes(WithSession, "", ITEM);
    assert_eq!(said.len(), 1);
    assert!(said[0]
        .starts_with("no session is given, and no argument is named `session` or `session_id`:"));
    let said = mistakes(WithSession, "", "fn f(session: u8, session_id: u8) {}");
    assert!(
        said[0].starts_with("both `session` and `session_id` are arguments"),
        "{said:?}"
    );
    let said = mistakes(WithUser, "", ITEM);
    assert!(
        said[0].starts_with("no user is given, and no argument is named `user`:"),
        "{said:?}"
    );
}

#[test]
fn err_list_selects_the_format() {
    let of = |args| without_spaces(&expand(Trace, args, ITEM));
    assert!(of("err").contains("::fail(__whose_span"));
    assert_eq!(of("err"), of("err(Display)"));
    assert!(of("err(Debug)").contains("::fail_debug(__whose_span"));
    for other in ["err(Other)", "err()", "err(Debug, Display)"] {
        let said = mistakes(Trace, other, ITEM);
        assert!(
            said.len() == 1 && said[0].contains("write `err(Debug)`"),
            "{said:?}"
        );
    }
}

#[test]
fn err_accepts_every_type_that_may_be_a_result() {
    let item = |output: &str| format!("fn f() -> {output} {{ g() }}");
    for output in ["ty!()", "Result<BoxFuture<'static, u8>, E>", "Alias"] {
        assert!(mistakes(Trace, "err", &item(output)).is_empty(), "{output}");
    }
    // As a type that `macro_rules!` was given arrives.
    let grouped = Group::new(Delimiter::None, quote!(Result<u8, E>));
    let expansion = attribute(Trace, tokens("err"), quote!(fn f() -> #grouped { g() }));
    assert!(messages(&expansion.to_string()).is_empty());
    assert!(mistakes(Trace, "output", &item("(u8, u8)")).is_empty());
    assert_eq!(mistakes(Trace, "output", &item("()")).len(), 1);
}

/// What an attribute makes of what `#[async_trait]` has made of a body.
fn rewritten(args: &str, body: &str) -> String {
    let item = format!(
        "fn f<'async_trait>(&'async_trait self, n: u8) -> Pin<Box<dyn Future<Output = ()> + 'async_trait>> {{
            Box::pin(async move {{ {body} }})
        }}"
    );
    let expansion = expand(WithUser, args, &item);
    assert_eq!(messages(&expansion), Vec::<String>::new());
    without_spaces(&expansion)
}

#[test]
fn async_trait_arguments_end_before_the_body() {
    let scope = "let__whose_scope";
    let before = |body: &str| {
        let expansion = rewritten("self.user", body);
        let (before, _) = expansion.split_once(scope).expect("a scope");
        before
            .rsplit_once("asyncmove{")
            .expect("a block")
            .1
            .to_owned()
    };
    assert_eq!(before("let __self = self; g(__self)"), "let__self=self;");
    assert_eq!(
        before("let __self = self; #[cfg(x)] let n = n; let x = 5; g(x)"),
        "let__self=self;#[cfg(x)]letn=n;"
    );
    assert_eq!(
        before("let __self = self; n[0] = n; g()"),
        "let__self=self;"
    );
    assert_eq!(
        before("let __self = self; #![a] let n = n; g()"),
        "let__self=self;"
    );
    assert_eq!(
        before("let __self = self; let J(n) = { let n = n; n }; g()"),
        "let__self=self;letJ(n)={letn=n;n};"
    );
    assert_eq!(
        before("let __self = self; let n = { g() }; h()"),
        "let__self=self;"
    );
}

#[test]
fn self_is_renamed_only_after_async_trait_moves_it() {
    let only_self = rewritten("self.user", "let __self = self; g(__self)");
    assert!(only_self.contains(".user(&(__self.user))"), "{only_self}");
    let nested = rewritten(
        "f((self.user, [self]))",
        "let __self = self; let n = n; g()",
    );
    assert!(nested.contains("&(f((__self.user,[__self])))"), "{nested}");
    let no_self = rewritten("self.user", "let n = n; g(n)");
    assert!(no_self.contains(".user(&(self.user))"), "{no_self}");
}

#[test]
fn box_with_two_arguments_is_not_wrapped() {
    let item = "fn f(a: &str) -> Alias { Box::pin(x, async move { a }) }";
    assert!(!expand(WithUser, "a", item).contains("scoped"));
}
