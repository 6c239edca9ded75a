//! Who wins where several layers say something. Stated in this folder and nowhere else.

mod breadcrumbs;
mod depth;
mod entry;
mod late;
mod precedence;

pub(crate) use breadcrumbs::breadcrumbs_at;
pub(crate) use depth::bound;
pub(crate) use entry::{span_entry, Conflict};
pub(crate) use late::settle;
pub(crate) use precedence::{carried_at_first, carries, names, resolve, resolve_to};
