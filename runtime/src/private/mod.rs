pub(crate) mod expansion;
pub(crate) mod failing;
pub(crate) mod relations;
pub(crate) mod streams;

pub use expansion::{
    anonymous, enter, enter_traced, id, identify, output, prepare, scoped, with_fields, Captured,
    Display, Id, TracedGuard, TOLD,
};
pub use failing::{fail, fail_debug, Anatomy, Failing, Probe};
pub use relations::{following, parent, AsCauses, AsSpan};
pub use streams::{PerhapsStream, Unpolled};
