mod received_identity;
mod received_record;

pub use received_record::ReceivedRecord;
