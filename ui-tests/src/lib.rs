//! What the macros accept (`pass/`) and refuse (`fail/`, with what is said), as programs; and the
//! examples of their documentation, which cannot run in the crate that `whose` is built from.

macro_rules! examples_of {
    ($($name:ident)*) => {$(
        #[doc = include_str!(concat!("../../macros/docs/", stringify!($name), ".md"))]
        pub mod $name {}
    )*};
}

examples_of!(trace with_user with_session guard as_user as_id identity shapes cookbook);
