//! The parts of a user, by their names on the wire.

use crate::model::user::User;
use crate::model::value::Value;
use crate::names::attribution;

impl User {
    /// Sets the part that a field names. Returns `false` where the field is not one of a user. The id is
    /// no part: see [`attribution::USER_ID_NAMES`].
    pub(crate) fn put_field(&mut self, name: &str, value: &Value) -> bool {
        let text = || value.to_string();
        match name {
            attribution::USER_EMAIL => self.put_email(&text()),
            attribution::USER_NAME => self.put_username(&text()),
            attribution::USER_FULL_NAME => self.put_full_name(&text()),
            attribution::USER_IP_ADDRESS => self.put_ip_address(&text()),
            attribution::USER_SEGMENT => self.put_segment(&text()),
            attribution::USER_HASH => self.put_hash(&text()),
            attribution::USER_ROLES => self.put_attr(attribution::ROLES_ATTR, value),
            _ => match name.strip_prefix(attribution::USER_ATTRS) {
                Some(key) => self.put_attr(key, value),
                None => return false,
            },
        }
        true
    }
}
