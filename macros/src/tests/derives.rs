//! The derives.

use syn::DeriveInput;

use super::support::{messages, tokens, without_spaces};
use crate::derive::{as_id, as_user};

fn user(item: &str) -> String {
    let input: DeriveInput = syn::parse2(tokens(item)).expect("an item");
    as_user(&input).to_string()
}

fn id(item: &str) -> String {
    let input: DeriveInput = syn::parse2(tokens(item)).expect("an item");
    as_id(&input).to_string()
}

fn made(expansion: &str) -> String {
    assert_eq!(messages(expansion), Vec::<String>::new());
    without_spaces(expansion)
}

#[test]
fn derive_uses_only_fields_with_attributes() {
    let expansion = made(&user(
        "struct S { #[whose(id)] a: u8, #[whose(email)] b: E, #[whose(attr)] c: C,
            #[whose(attr = \"d.e\")] d: D, #[whose(skip)] id: u8, secret: String }",
    ));
    let chain = "::whose::User::new(&(self.a)).with_email(&(self.b)).with_attr(\"c\",&(self.c)).with_attr(\"d.e\",&(self.d));";
    assert!(expansion.contains(chain), "{expansion}");
    assert!(!expansion.contains("secret"));
}

#[test]
fn field_named_id_or_user_id_is_the_default_id() {
    assert!(made(&user("struct S { id: u8 }")).contains("new(&(self.id))"));
    assert!(made(&user("struct S { user_id: u8 }")).contains("new(&(self.user_id))"));
    assert!(
        made(&user("struct S { #[whose(skip)] id: u8, user_id: u8 }")).contains("self.user_id")
    );
    assert!(made(&user("struct S { id: u8, #[whose(id)] key: u8 }")).contains("new(&(self.key))"));
    assert!(made(&user("struct S(u8, #[whose(id)] u8);")).contains("new(&(self.1))"));
    let both = &messages(&user("struct S { id: u8, user_id: u8 }"))[0];
    assert!(both.contains("could both be the id"));
    let marked_otherwise = &messages(&user("struct S { #[whose(email)] id: u8 }"))[0];
    assert!(marked_otherwise.contains("`S` has no id"));
}

#[test]
fn with_function_converts_the_field() {
    let expansion = made(&user(
        "struct S<T> { #[whose(id, attr = \"hex\", with = Self::hex)] key: T, #[whose(email)] e: T }",
    ));
    let chain = "::whose::User::new(&(Self::hex(&(self.key)))).with_attr(\"hex\",&(Self::hex(&(self.key)))).with_email(&(self.e));";
    assert!(expansion.contains(chain), "{expansion}");
    // The function decides what `T` has to be for the key.
    assert!(expansion.contains("whereT:::whose::AsText{"), "{expansion}");
    for (written, part) in [
        ("with = f", "add its role"),
        ("skip, with = f", "add its role"),
        ("id, with", "write `with = path`"),
        ("id, with = f, with = g", "`with` is given twice"),
        ("id, wiht = f", "expected string literal"),
    ] {
        let said = messages(&user(&format!("struct S {{ #[whose({written})] id: u8 }}")));
        assert!(said[0].contains(part), "{written}: {said:?}");
    }
}

#[test]
fn derive_uses_the_given_crate_path() {
    let expansion = made(&user(
        "#[whose(crate = w)] struct S<T> { id: T, #[whose(email)] e: T }",
    ));
    assert!(!expansion.contains("whose::"), "{expansion}");
    assert!(expansion.contains("w::User::new") && expansion.contains("T:w::AsText"));
    let expansion = made(&id("#[whose(crate = w)] struct S<T>(T);"));
    assert!(!expansion.contains("whose::"), "{expansion}");
    for marks in [
        "whose",
        "whose(id)",
        "whose(crate)",
        "whose(crate = \"w\")",
        "whose(crate = w, id)",
    ] {
        for found in [
            messages(&user(&format!("#[{marks}] struct S {{ id: u8 }}"))),
            messages(&user(&format!("#[{marks}] struct S(u8);"))),
            messages(&id(&format!("#[{marks}] struct S(u8);"))),
        ] {
            assert!(
                found.len() == 1 && found[0].contains("write")
                    || found[0].contains("on the type itself"),
                "{found:?}"
            );
        }
    }
}

#[test]
fn derive_adds_bounds_for_types_with_parameters() {
    let expansion = made(&user(
        "struct S<'a, T: Clone, U> where U: Copy { id: T, #[whose(email)] e: Option<&'a U>, #[whose(attr)] n: u8 }",
    ));
    let bounds = "where U: Copy, T: ::whose::AsId, Option<&'a U>: ::whose::AsText {";
    assert!(
        expansion.contains("impl<'a,T:Clone,U>::whose::AsUserforS<'a,T,U>"),
        "{expansion}"
    );
    assert!(expansion.contains(&without_spaces(bounds)), "{expansion}");
}

#[test]
fn newtype_with_as_user_delegates_to_its_field() {
    let expansion = made(&user("struct S<T>(Arc<T>);"));
    assert!(
        expansion.contains("whereArc<T>:::whose::AsUser"),
        "{expansion}"
    );
    assert!(expansion.contains("::whose::AsUser::as_user(&self.0)"));
    assert!(made(&user("struct S(#[whose(id)] u8);")).contains("User::new(&(self.0))"));
}

#[test]
fn newtype_with_as_id_implements_both_traits() {
    let expansion = made(&id("struct S<T>(T);"));
    assert!(
        expansion.contains("impl<T>::whose::AsIdforS<T>whereT:::whose::AsId{"),
        "{expansion}"
    );
    assert!(expansion.contains("impl<T>::whose::AsUserforS<T>whereT:::whose::AsId{"));
    assert!(made(&id("struct S { inner: u8 }")).contains("::whose::AsId::as_id(&(self.inner))"));
}

#[test]
fn derive_reports_all_errors() {
    let found = messages(&user(
        "struct S { #[whose(id)] a: u8, #[whose(id)] b: u8, #[whose(emial)] c: u8, #[whose] d: u8,
            #[whose()] e: u8, #[whose(skip, email)] f: u8, #[whose(email)] g: u8,
            #[whose(email = \"x\")] h: u8, #[whose(attr = \"\")] i: u8, #[whose(attr, attr)] j: u8 }",
    ));
    let parts = [
        "a user has one id, and `a` is marked already",
        "did you mean `email`?",
        "give the role of the field",
        "give the role of the field",
        "`skip` excludes the field",
        "`f` has this attribute already",
        "`email` takes no name",
        "the key of an attribute is empty",
        "`attr` is given twice",
    ];
    assert_eq!(found.len(), parts.len(), "{found:#?}");
    for (said, part) in found.iter().zip(parts) {
        assert!(said.contains(part), "{said} lacks {part}");
    }
    for item in ["enum E { A }", "union U { a: u8 }"] {
        assert!(messages(&user(item))[0].contains("is derived for a struct"));
        assert!(messages(&id(item))[0].contains("is derived for a struct"));
    }
    for item in ["struct S;", "struct S(u8, u8);"] {
        assert!(messages(&id(item))[0].contains("a struct with one field"));
    }
    assert!(messages(&user("struct S;"))[0].contains("it has no fields"));
}
