use crate::model::id::UserId;
use crate::model::user::User;
use crate::model::value::Value;
use crate::names::attribution;
use crate::util::Revision;

impl User {
    /// Applies `revise` to each text except the id, by the field name of the text. Unchanged texts
    /// are not copied.
    pub(crate) fn revise_texts(&mut self, revise: impl Fn(&str, &str) -> Revision<String>) {
        macro_rules! revise {
            ($($field:ident: $name:ident),*) => {$(
                let text = self.details.as_ref().and_then(|details| details.$field.as_deref());
                let left = text.map_or(Revision::Keep, |text| revise(attribution::$name, text));
                if !left.is_keep() {
                    let left = left.map(String::into_boxed_str);
                    left.apply_to_option(&mut self.details_mut().$field);
                }
            )*};
        }
        revise!(email: USER_EMAIL, username: USER_NAME, full_name: USER_FULL_NAME,
            ip_address: USER_IP_ADDRESS, segment: USER_SEGMENT);
    }

    /// Applies `revise` to each attribute, by its key.
    pub(crate) fn revise_attrs(&mut self, revise: impl Fn(&str, &Value) -> Revision<Value>) {
        let Some(more) = &self.details else { return };
        let revisions: Vec<_> = more
            .attrs
            .iter()
            .map(|(key, value)| revise(key, value))
            .collect();
        if revisions.iter().all(Revision::is_keep) {
            return;
        }
        let mut revisions = revisions.into_iter();
        let attrs = &mut self.details_mut().attrs;
        attrs.retain(|_, value| revisions.next().is_none_or(|it| it.apply_to(value)));
    }

    pub(crate) fn remove_id(&mut self) {
        self.id = None;
    }

    /// Replaces the id by a pseudonym.
    pub(crate) fn set_pseudonym(&mut self, pseudonym: String) {
        self.id = None;
        self.details_mut().hash = Some(pseudonym.into());
    }

    /// Replaces the id and its pseudonym by another id.
    pub(crate) fn replace_id(&mut self, id: Option<&str>) {
        self.id = id.and_then(UserId::of);
        if self.hash().is_some() {
            self.details_mut().hash = None;
        }
    }
}
