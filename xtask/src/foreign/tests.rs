//! What gets an attribute, and what does not.

use super::annotate::{annotated, functions};

fn with_attribute(source: &str) -> String {
    let found = functions(source).expect("a file of Rust");
    annotated(source, &found, "#[a]")
}

fn names(source: &str) -> Vec<String> {
    let found = functions(source).expect("a file of Rust");
    found.into_iter().map(|function| function.name).collect()
}

#[test]
fn every_sort_of_function_with_a_body_gets_the_attribute() {
    let source = "\
/// Words.
#[inline]
pub(crate) async fn free<'a>(s: &'a str) {}
mod inner { unsafe fn nested() { fn innermost() {} } }
impl S { pub fn method(&self) -> u8 { 1 } }
impl T for S { fn of_trait(&self) {} }
trait T { fn of_trait(&self); async fn default(&self) { } }
";
    let expected = "\
/// Words.
#[inline]
#[a] pub(crate) async fn free<'a>(s: &'a str) {}
mod inner { #[a] unsafe fn nested() { #[a] fn innermost() {} } }
impl S { #[a] pub fn method(&self) -> u8 { 1 } }
impl T for S { #[a] fn of_trait(&self) {} }
trait T { fn of_trait(&self); #[a] async fn default(&self) { } }
";
    assert_eq!(with_attribute(source), expected);
}

#[test]
fn what_no_attribute_can_be_about_stays_as_it_is() {
    let source = "\
const fn constant() {}
extern \"C\" fn called_by_c() {}
extern \"C\" { fn in_c(); }
#[no_mangle] fn linked() {}
#[unsafe(no_mangle)] pub fn linked_too() {}
#[proc_macro] pub fn a_macro(tokens: TokenStream) -> TokenStream { tokens }
macro_rules! made { () => { fn of_macro() {} } }
cfg_rt! { pub fn in_macro() {} }
#[test] fn a_test() {}
#[cfg(test)] mod tests { fn helper() {} }
#[cfg(all(test, unix))] mod more_tests { fn helper() {} }
#[cfg(test)] impl S { fn helper() {} }
";
    assert_eq!(with_attribute(source), source);
}

#[test]
fn offsets_are_bytes_also_behind_other_letters() {
    assert_eq!(
        with_attribute("// é ∀\nfn f() {}"),
        "// é ∀\n#[a] fn f() {}"
    );
    assert_eq!(
        with_attribute("\u{feff}// é\npub fn f() {}"),
        "\u{feff}// é\n#[a] pub fn f() {}"
    );
    // Offsets count from each file's own beginning, whatever was parsed before.
    assert_eq!(with_attribute("fn f() {}"), "#[a] fn f() {}");
}

#[test]
fn a_function_knows_what_it_returns_and_where_it_ends() {
    let source = "\
async fn a() -> io::Result<()> {
    Ok(())
}
fn b() -> fmt::Result { Ok(()) }
fn c() -> Option<Result<(), E>> { None }
fn d() {}
fn e<C: Consumer>() -> C::Result { todo!() }";
    let found = functions(source).expect("a file of Rust");
    let facts: Vec<_> = found
        .iter()
        .map(|function| (function.is_async, function.returns_result))
        .collect();
    assert_eq!(
        facts,
        [
            (true, true),
            (false, true),
            (false, false),
            (false, false),
            (false, false)
        ]
    );
    assert_eq!(found[0].lines, 1..=3);
}

#[test]
fn a_function_in_a_function_is_found_when_the_outer_one_cannot_be_annotated() {
    assert_eq!(names("const fn a() { fn b() {} }"), ["b"]);
}

#[test]
fn a_fragment_is_no_file() {
    assert!(functions("[1, 2]").is_err());
}
