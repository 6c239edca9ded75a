//! Records that other programs send by OTLP over HTTP.

mod answer;
mod body;
mod counts;
mod receiver;
mod recent_keys;
mod routes;
mod write;

pub(crate) use receiver::Receiver;
pub(crate) use routes::routes;
