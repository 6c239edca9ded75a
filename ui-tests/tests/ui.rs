//! Compiles every program below `pass/` and `fail/`; those that pass are run. Those below `foreign/`
//! are shapes of code that nobody here wrote.
//!
//! After a change of a message: `TRYBUILD=overwrite cargo test -p whose-ui-tests`, then read the
//! difference.

#[test]
fn what_the_macros_accept_compiles_and_attributes() {
    let cases = trybuild::TestCases::new();
    cases.pass("pass/*.rs");
    cases.pass("foreign/pass/*.rs");
}

#[test]
fn what_the_macros_refuse_is_told_in_one_sentence() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("fail/*.rs");
    cases.compile_fail("foreign/fail/*.rs");
}
