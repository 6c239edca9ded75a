//! The cost of model calls.

mod changes;
mod data;
mod filters;
mod gaps;
mod groups;
mod invoice;
mod invoice_form;
mod over_time;
mod rest;
mod view;

pub(crate) use view::CostView;
