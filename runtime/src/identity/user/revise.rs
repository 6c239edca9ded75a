use super::User;
use crate::identity::UserId;
use crate::names;
use crate::policy::{Action, Policy, MASK};

impl User {
    /// Leaves of the user what the policy lets through; what it does not change is not cloned.
    pub(crate) fn treat(&mut self, policy: &Policy) {
        self.treat_texts(policy);
        self.treat_attrs(policy);
        if let Some(action) = policy.action(names::USER_ID, "") {
            self.treat_id(action);
        }
    }

    fn treat_texts(&mut self, policy: &Policy) {
        macro_rules! treat {
            ($($field:ident: $name:ident),*) => {$(
                let value = self.more.as_ref().and_then(|more| more.$field.as_deref());
                let action = policy.action(names::$name, "");
                if let Some((value, action)) = value.zip(action) {
                    let left = action.on(value);
                    self.more_mut().$field = left.map(Into::into);
                }
            )*};
        }
        treat!(email: USER_EMAIL, username: USER_NAME, full_name: USER_FULL_NAME,
            ip_address: USER_IP_ADDRESS, segment: USER_SEGMENT);
    }

    fn treat_attrs(&mut self, policy: &Policy) {
        let action = |key: &str| policy.action(names::USER_ATTRS, key);
        let Some(more) = &self.more else { return };
        if more.attrs.keys().any(|key| action(key).is_some()) {
            let attrs = &mut self.more_mut().attrs;
            attrs.retain(|key, value| action(key).is_none_or(|action| action.on_value(value)));
        }
    }

    /// A pseudonym is not the id, but stands for it: what takes the id away takes it away too.
    fn treat_id(&mut self, action: &Action) {
        let left = self.id.take().and_then(|id| action.on(id.as_str()));
        if matches!(action, Action::Pseudonymise(_)) && left.as_deref() != Some(MASK) {
            if let Some(pseudonym) = left {
                self.more_mut().hash = Some(pseudonym.into());
            }
            return;
        }
        self.id = left.and_then(|left| UserId::of(&left));
        if self.hash().is_some() {
            self.more_mut().hash = None;
        }
    }
}
