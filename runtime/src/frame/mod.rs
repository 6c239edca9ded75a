pub(crate) mod debug;
pub(crate) mod epoch;
pub(crate) mod frame;
pub(crate) mod global;
pub(crate) mod isolated;
pub(crate) mod observer;
pub(crate) mod scope_data;
pub(crate) mod span_identity;

pub(crate) use frame::{Frame, SetAtCall};
pub(crate) use global::GlobalLayer;
pub(crate) use isolated::{Given, Identified, Isolated, IsolatedFrame, IsolatedState};
pub(crate) use observer::RecordObserver;
pub(crate) use scope_data::{ScopeData, Slot};
pub(crate) use span_identity::SpanIdentity;
