pub(crate) mod debug;
pub(crate) mod epoch;
pub(crate) mod frame;
pub(crate) mod global;
pub(crate) mod isolated;
pub(crate) mod span_identity;

pub(crate) use frame::{Frame, Says, Slot};
pub(crate) use global::GlobalLayer;
pub(crate) use isolated::{Given, Identified, Isolated, IsolatedFrame, Vars};
pub(crate) use span_identity::Recorded;
