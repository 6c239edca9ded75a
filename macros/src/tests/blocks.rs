//! Attributes on `impl` blocks: what each method gets.

use super::support::{expand, messages, mistakes, without_spaces};
use crate::keys::Macro::{self, Trace, WithSession, WithUser};

/// The attribute that the method `fn m` gets in a block with it and another method.
fn given(mac: Macro, args: &str, method: &str) -> Option<String> {
    let item = format!(
        "impl<T> Tr<T> for S {{
            type Out = u8; const N: u8 = {{ 1 }}; other! {{ fn x() {{}} }}
            {method}
            fn rest(&self, user: U, session: S, query: Q, secret: X) -> io::Result<u8> {{ 1 }}
        }}"
    );
    let expansion = expand(mac, args, &item);
    assert_eq!(messages(&expansion), Vec::<String>::new());
    let compact = without_spaces(&expansion);
    let kept = "impl<T>Tr<T>forS{typeOut=u8;constN:u8={1};other!{fnx(){}}";
    assert!(compact.starts_with(kept), "{compact}");
    let (before, _) = compact.split_once("fnm").expect("the method");
    let attr = before[kept.len()..].rsplit_once("#[::whose::")?.1;
    let (name, args) = attr.split_once('(').expect("arguments");
    assert_eq!(name, mac.attr_name());
    let (args, _) = args.rsplit_once(")]").expect("the end of the attribute");
    Some(args.to_owned())
}

#[test]
fn block_expression_over_self_applies_to_methods_with_receiver() {
    for receiver in [
        "&self",
        "&mut self",
        "self",
        "self: Arc<Self>",
        "mut self: Box<Self>",
    ] {
        let method = format!("fn m({receiver}) {{}}");
        assert_eq!(
            given(WithUser, "self.user", &method).as_deref(),
            Some("self.user")
        );
    }
    assert_eq!(
        given(WithUser, "from = self.user", "fn m(user: U) {}"),
        None
    );
    assert_eq!(
        given(WithSession, "f(&[self.id])", "fn m(session: U) {}"),
        None
    );
    assert_eq!(
        given(WithUser, "\"u\"", "fn m() {}").as_deref(),
        Some("\"u\"")
    );
    assert_eq!(
        given(WithUser, "USER", "fn m() {}").as_deref(),
        Some("USER")
    );
}

#[test]
fn block_shorthand_applies_to_methods_with_that_argument() {
    assert_eq!(given(WithUser, "", "fn m(user: U) {}").as_deref(), Some(""));
    assert_eq!(given(WithUser, "", "fn m(name: U) {}"), None);
    assert_eq!(
        given(WithSession, "", "fn m(J(session_id): J) {}").as_deref(),
        Some("")
    );
    assert_eq!(
        given(WithUser, "query", "fn m(query: U) {}").as_deref(),
        Some("query")
    );
    assert_eq!(given(WithUser, "query", "fn m(user: U) {}"), None);
    assert_eq!(
        given(Trace, "session, kind = tool", "fn m() {}").as_deref(),
        Some("kind=tool")
    );
    assert_eq!(
        given(Trace, "user", "pub async fn m(user: U) {}").as_deref(),
        Some("user")
    );
}

#[test]
fn block_user_fields_follow_the_user() {
    let args = "user = self.user, email = \"e\", attrs(a = 1), identify, supplement, isolated, session = \"s\"";
    assert_eq!(
        given(Trace, args, "fn m() {}").as_deref(),
        Some("isolated,session=\"s\"")
    );
    let all = given(Trace, args, "fn m(&self) {}").expect("all");
    assert_eq!(all, without_spaces(args));
    assert_eq!(
        given(
            WithUser,
            "id = self.user, segment = \"e\"",
            "fn m(user: U) {}"
        ),
        None
    );
    assert_eq!(
        given(WithUser, "email = \"e\"", "fn m() {}").as_deref(),
        Some("email=\"e\"")
    );
    assert_eq!(
        given(WithUser, "anonymous, session", "fn m() {}").as_deref(),
        Some("anonymous")
    );
}

#[test]
fn block_list_elements_apply_where_valid() {
    let args = "tags(a = self.a, b = 1, query), fields(%query.id, ?self.x), input(query), skip";
    let args = args.trim_end_matches(", skip");
    assert_eq!(
        given(Trace, args, "fn m() {}").as_deref(),
        Some("tags(b=1)")
    );
    assert_eq!(
        given(Trace, args, "fn m(query: Q) {}").as_deref(),
        Some("tags(b=1,query),fields(%query.id),input(query)")
    );
    assert_eq!(
        given(Trace, args, "fn m(&self) {}").as_deref(),
        Some("tags(a=self.a,b=1),fields(?self.x)")
    );
    assert_eq!(
        given(Trace, "input, skip(secret, query)", "fn m(query: Q) {}").as_deref(),
        Some("input,skip(query)")
    );
}

#[test]
fn block_output_and_err_apply_to_methods_with_results() {
    let of = |output: &str| {
        given(
            Trace,
            "output, err(Debug)",
            &format!("fn m() {output} {{}}"),
        )
    };
    assert_eq!(of("").as_deref(), Some(""));
    assert_eq!(of("-> u8").as_deref(), Some("output"));
    assert_eq!(of("-> Alias").as_deref(), Some("output"));
    assert_eq!(of("-> Result<u8, E>").as_deref(), Some("output,err(Debug)"));
    assert_eq!(
        of("-> (my::IoResult)").as_deref(),
        Some("output,err(Debug)")
    );
    assert_eq!(of("-> BoxStream<'static, u8>").as_deref(), Some(""));
    assert_eq!(
        of("-> BoxFuture<'static, Result<u8, E>>").as_deref(),
        Some("output,err(Debug)")
    );
    assert_eq!(of("-> impl IntoFuture").as_deref(), Some("output"));
}

#[test]
fn block_attribute_skips_methods_with_own_attribute_or_skip() {
    assert_eq!(
        given(WithUser, "\"u\"", "#[with_user(\"own\")] fn m() {}"),
        None
    );
    assert_eq!(
        given(WithUser, "\"u\"", "#[whose::with_user(\"own\")] fn m() {}"),
        None
    );
    assert_eq!(given(WithUser, "\"u\"", "#[trace(skip)] fn m() {}"), None);
    assert_eq!(given(Trace, "", "#[whose::trace(skip)] fn m() {}"), None);
    assert_eq!(given(Trace, "", "const fn m() {}"), None);
    for other in [
        "#[inline]",
        "#[fastrace::trace]",
        "#[trace(name = \"x\")]",
        "#[whose::trace]",
    ] {
        let method = format!("{other} fn m() {{}}");
        assert_eq!(
            given(WithUser, "\"u\"", &method).as_deref(),
            Some("\"u\""),
            "{other}"
        );
    }
    // What the block says is outside of what the method says.
    let item = "impl S { #[whose::trace] fn m() {} }";
    let expansion = without_spaces(&expand(WithUser, "\"u\"", item));
    assert_eq!(
        expansion,
        "implS{#[whose::trace]#[::whose::with_user(\"u\")]fnm(){}}"
    );
}

#[test]
fn block_keeps_its_other_items() {
    let item = "#[doc = \"d\"] unsafe impl<const N: usize> Tr for S<{ N }> where u8: Copy {
        #![allow(x)] #![allow(y)]
        pub(crate) const fn c() -> W<{ N }> { W }
        #[inline] pub unsafe extern \"C\" fn m(&self) -> W<{ N }> where u8: Copy { #![allow(z)] W }
        fn declared(&self);
    }";
    let expansion = without_spaces(&expand(Trace, "", item));
    let m = "#[inline]pubunsafeextern";
    assert_eq!(
        expansion,
        without_spaces(item).replace(m, &m.replace("pub", "#[::whose::trace()]pub"))
    );
}

#[test]
fn block_errors_are_reported_once() {
    let item = "impl S { fn a(&self, query: Q) {} fn b(&self) {} fn c(&self) {} }";
    let only = |mac, args: &str| {
        let found = mistakes(mac, args, item);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    };
    assert!(only(Trace, "kimd = tool").contains("did you mean `kind`?"));
    assert!(only(Trace, "kind = tol").contains("did you mean `tool`?"));
    assert!(only(Trace, "level = \"loud\"").contains("`level` is one of"));
    assert!(only(Trace, "session_id").contains("the only argument is `query`"));
    assert!(only(WithUser, "").contains("no user is given"));
    assert!(only(WithUser, "qery").contains("did you mean `query`?"));
    assert!(only(Trace, "user = query.user")
        .contains("`query` belongs to one method, so write `query.user` there"));
    assert!(only(Trace, "tags(a = (*query).user())").contains("belongs to one method"));
    assert!(only(Trace, "name = \"n\"").contains("all spans of the block would have this name"));
    assert!(only(Trace, "skip(other), input").contains("no argument is named `other`"));
    assert_eq!(
        mistakes(Trace, "user = self.user, user_id = 1, kind = x", item).len(),
        2
    );
    let none = mistakes(Trace, "", "impl S {}");
    assert!(none[0].contains("there are none"), "{none:?}");
    let none = mistakes(
        WithUser,
        "self.user",
        "impl S { fn f() {} const fn g(&self) {} }",
    );
    assert!(
        none[0].contains("applies to no method of this block"),
        "{none:?}"
    );
    assert!(expand(Trace, "usr", item).contains("fn a (& self , query : Q)"));
}
