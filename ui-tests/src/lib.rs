//! Programs that the macros accept (`pass/`) and reject (`fail/`, with the expected errors), and
//! the examples of the macro documentation, which cannot run in the macro crate.

macro_rules! examples_of {
    ($($name:ident)*) => {$(
        #[doc = include_str!(concat!("../../macros/docs/", stringify!($name), ".md"))]
        pub mod $name {}
    )*};
}

examples_of!(trace with_user with_session with_conversation monitor guard as_user as_id identity shapes cookbook);
